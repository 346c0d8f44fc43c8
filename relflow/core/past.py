"""The past as GitLab tells it: which version each successful deployment brought, and which of them brought none."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from relflow.core.drifting import is_run
from relflow.core.facts import Published, RemoteDeployment, Tag
from relflow.core.text import version_identity, version_problem
from relflow.core.versions import semver_key


@dataclass(frozen=True, slots=True)
class Ran:
    """A successful deployment to one of the policy's environments; `environment` is its name there."""

    environment: str
    shown: RemoteDeployment

    @property
    def ended_at(self) -> datetime:
        """When it ended, by GitLab's clock; where it shows no job, when it last changed."""
        job = self.shown.job
        return (job.finished_at if job else None) or self.shown.updated_at


@dataclass(frozen=True, slots=True)
class PastVersion:
    """A version that was deployed, its tag, and its deployments in the order in which they ended."""

    version: str
    tag: Tag
    runs: tuple[Ran, ...]
    #: GitLab's own release of the tag, if somebody made one.
    published: Published | None = None

    @property
    def pipelines(self) -> tuple[int, ...]:
        """The pipelines of its deployments, as far as GitLab shows their jobs; the last one is last."""
        return tuple(each.shown.job.pipeline_id for each in self.runs if each.shown.job)

    def reached(self, environment: str) -> "PastVersion":
        """The same with its deployments to that environment only."""
        return replace(self, runs=tuple(each for each in self.runs if each.environment == environment))


@dataclass(frozen=True, slots=True)
class Past:
    """The versions that were deployed, the one first that was first; and what no version names, newest first."""

    versions: tuple[PastVersion, ...] = ()
    unnamed: tuple[Ran, ...] = ()

    def last(self, environment: str) -> Ran | None:
        """What ended last there, be it a version's or not."""
        every = chain(self.unnamed, *(each.runs for each in self.versions))
        return max((each for each in every if each.environment == environment), key=when, default=None)


def when(run: Ran) -> tuple[datetime, int]:
    """The order in which deployments ended."""
    return run.ended_at, run.shown.id


def happened(shown: RemoteDeployment, before: datetime) -> bool:
    """Whether it succeeded, and began before that time: what began later is drift, or relflow's own.

    A deployment may lag behind its job, and a job is of one commit: where they disagree, nothing is known.
    """
    job = shown.job
    agrees = job is None or (job.status, job.commit) == ("success", shown.commit)
    return shown.status == "success" and agrees and not is_run(shown, before)


def arranged(runs: Iterable[Ran], tags: Iterable[Tag], published: Iterable[Published] = ()) -> Past:
    """Each deployment beside the version that it brought.

    That is the tag that its pipeline ran for, if that names its commit still; else the newest version that does.
    """
    by_version, by_commit = dict[str, Tag](), dict[str, dict[str, str]]()
    for tag in sorted(tags, key=lambda each: each.name != version_of(each.name)):  # as `create`: VERSION, else vVERSION
        if (version := version_of(tag.name)) and by_version.setdefault(version, tag).commit == tag.commit:
            by_commit.setdefault(tag.commit, {})[tag.name] = version
    found, unnamed = dict[str, list[Ran]](), list[Ran]()
    for run in sorted(runs, key=when):
        names = by_commit.get(run.shown.commit, {})
        version = names.get(run.shown.ref) or max(names.values(), key=_order, default=None)
        (found.setdefault(version, []) if version else unnamed).append(run)
    known = {each.tag: each for each in published}
    tagged = ((version, by_version[version], tuple(ran)) for version, ran in found.items())
    versions = (PastVersion(version, tag, ran, known.get(tag.name)) for version, tag, ran in tagged)
    return Past(tuple(versions), tuple(reversed(unnamed)))


def version_of(tag: str) -> str | None:
    """The version that a tag stands for: it begins with a digit, once a leading `v` is dropped; None for any other."""
    version = version_identity(tag)
    return version if version[:1].isdigit() and not version_problem(version) else None


def _order(version: str) -> tuple[object, ...]:
    key = semver_key(version)
    return (key is not None, key or (), version)
