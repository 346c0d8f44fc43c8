"""Whether what a rollback would run still finds what the jobs before it left."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from relflow.core.checkup.remedy import Diagnosis, KeepArtifacts, diagnosis
from relflow.core.checkup.surroundings import Artifacts, WayBackFacts

#: Artifacts that expire sooner are worth a word.
SOON = timedelta(days=14)


def check_way_back(found: WayBackFacts, at: datetime, *, are_kept: bool | None) -> Iterator[Diagnosis]:
    """The artifacts of its pipeline; `are_kept` says whether the project keeps those of each ref's last pipeline.

    Whether the deploy job fetches them cannot be told here, so none of this is an error.
    """
    others = [each for each in found.artifacts if each.job != found.deploy_job and each.expires_at]
    gone = [each for each in others if not each.is_there and _until(each) <= at]
    leads = f"a rollback of {found.environment} leads to {found.version}"
    if gone:
        what = f"{leads}, and the artifacts of {_names(gone)} in its pipeline have expired"
        consequence = "where the deploy job fetches them it fails, when the way back is needed"
        fix = "expire_in in .gitlab-ci.yml, longer than a release stays the way back"
        yield diagnosis("warning", "rollback-artifacts-gone", what, consequence, fix)
    going = [] if are_kept else [each for each in others if each.is_there and _until(each) <= at + SOON]
    if going:
        what = f"{leads}, and the artifacts of {_names(going)} in its pipeline expire {_until(going[0]):%Y-%m-%d}"
        consequence = "where the deploy job fetches them it fails from then on"
        remedies = [KeepArtifacts(each.job_id, each.job) for each in going]
        fix = "keep them in GitLab, on the page of the job"
        yield diagnosis("warning", "rollback-artifacts-expire", what, consequence, fix, *remedies)


def _until(each: Artifacts) -> datetime:
    assert each.expires_at is not None  # noqa: S101 - the others were left out
    return each.expires_at


def _names(found: list[Artifacts]) -> str:
    return ", ".join(each.job for each in found)
