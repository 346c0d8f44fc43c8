"""Starting the pipeline that a release is created with: whether one is asked for, and what GitLab's answer proves.

Nothing tells two such requests apart but what they leave, so that one is sent at most once, and what it left is looked
for by commit, source and user. Source: ADR 0016, a pipeline is asked for once.
"""

from dataclasses import dataclass
from typing import Any

from relflow.core import events as e
from relflow.core.answers import WITHOUT_EFFECT
from relflow.core.commands import CreateRelease, RecordPipeline
from relflow.core.facts import Facts, Pipeline
from relflow.core.release import PipelineRef, Release
from relflow.core.workflow import DRAFT

#: HTTP's words for what GitLab made, and for what it refused before it kept anything.
CREATED, BAD_REQUEST = 201, 400


@dataclass(frozen=True, slots=True)
class PipelineAnswer:
    """GitLab's answer to the one POST: the status (None: no answer came), the pipeline it shows, and its words."""

    status: int | None
    pipeline: Pipeline | None
    text: str
    #: False where the request surely never left this machine.
    was_sent: bool = True


def standing(ref: str, pipelines: tuple[Pipeline, ...]) -> Pipeline | None:
    """The commit's newest pipeline of the ref; one without a job, as `[skip ci]` leaves it, is none."""
    own = (each for each in pipelines if each.ref == ref and each.jobs != ())
    return max(own, key=lambda each: each.id, default=None)


def requested(command: CreateRelease, facts: Facts) -> tuple[e.PipelineRequested, ...]:
    """That a pipeline is about to be asked for; nothing where there is one, which a test will take."""
    known = facts.pipelines or ()
    if standing(command.ref, known) is not None:
        return ()
    return (
        e.PipelineRequested(
            at=facts.at,
            actor=facts.actor,
            release=command.version,
            revision=1,
            commit=facts.resolved,
            source=DRAFT,
            target=DRAFT,
            ref=command.ref,
            after=max((each.id for each in known), default=0),
        ),
    )


def proves_nothing(answer: PipelineAnswer, wanted: e.PipelineRequested) -> bool:
    """Whether GitLab has to be looked at: it neither shows the pipeline nor surely has made none."""
    return _shown(answer, wanted) is None and answer.was_sent and answer.status not in WITHOUT_EFFECT


def classify(
    answer: PipelineAnswer, wanted: e.PipelineRequested, found: tuple[Pipeline, ...] | None
) -> tuple[str, str, Pipeline | None]:
    """`started` with the pipeline, `refused` or `unknown`; and a sentence. Whichever it is, nothing is sent again.

    `found` are the commit's pipelines that the same user has started through the API, newest first, as they were
    listed after an answer that proves nothing; None where nobody could look.
    """
    what = f"a pipeline of {wanted.ref}"
    if (pipeline := _shown(answer, wanted)) is not None:
        return "started", f"pipeline {pipeline.id} of {wanted.ref} is {pipeline.status}", pipeline
    said = f"asked for {what}, no answer came: {answer.text}"
    if answer.status is not None:
        said = f"asked for {what}, the answer proves nothing: {answer.status} {answer.text}"
    ours = [each for each in found or () if each.id > wanted.after and each.ref == wanted.ref]
    if ours:
        return "started", f"{said}; pipeline {ours[0].id} was found", ours[0]
    if not answer.was_sent:
        return "refused", f"{what} was never asked for: {answer.text}", None
    # A 400 is said before anything is kept; but of a request that was doubled on its way it may be the second answer.
    has_none = answer.status == BAD_REQUEST and found is not None
    if answer.status in WITHOUT_EFFECT or has_none:
        return "refused", f"GitLab refused {what}: {answer.status} {answer.text}", None
    return "unknown", f"{said}; {'GitLab shows none yet' if found is not None else 'nobody could look'}", None


def _shown(answer: PipelineAnswer, wanted: e.PipelineRequested) -> Pipeline | None:
    """The new pipeline that the answer shows, be it of another commit."""
    pipeline = answer.pipeline if answer.status == CREATED else None
    return pipeline if pipeline and pipeline.id > wanted.after and pipeline.ref == wanted.ref else None


def answered(release: Release, command: RecordPipeline, facts: Facts) -> e.Event:
    """The record of what became of it."""
    said: dict[str, Any] = {
        "at": facts.at,
        "actor": facts.actor,
        "release": release.version,
        "revision": command.revision,
        "commit": command.commit,
        "source": release.state,
        "target": release.state,
        "detail": command.detail,
    }
    pipeline = command.pipeline
    if pipeline is not None:
        return e.PipelineStarted(**said, pipeline=PipelineRef(pipeline.id, pipeline.url), runs_at=pipeline.commit)
    return e.PipelineRefused(**said) if command.answer == "refused" else e.PipelineUnknown(**said)
