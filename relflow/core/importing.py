"""Bringing the past under the workflow, decided. Pure, as `decide` is for releases."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from relflow.core import events as e
from relflow.core.case import standing_level
from relflow.core.decision import Accepted, Decision, Refused
from relflow.core.drifting import run_of
from relflow.core.facts import Facts, Live
from relflow.core.past import Past, PastVersion, Ran, when
from relflow.core.people import Actor, Level, itself, seen_in_gitlab
from relflow.core.release import PastDeployment, PipelineRef
from relflow.core.text import text_problem
from relflow.core.workflow import Workflow, deployed

PART = itself("import")
#: Why what ran somewhere is taken note of although no release can be made of it.
BEFORE = "it ran there before relflow did"


@dataclass(frozen=True, slots=True)
class Known:
    """What the store has already: the versions to be left alone, and what it calls live in each environment."""

    versions: frozenset[str] = frozenset()
    live: Mapping[str, Live | None] = field(default_factory=dict)


def decide_import(workflow: Workflow, url: str, past: Past, known: Known, facts: Facts) -> Decision:
    """A release for each version that is not known yet, in the state of the furthest environment that it reached.

    Accepted without an event where nothing is new. `url` is the project's page. Where something else ran last in an
    environment, that is noted as a run that was accepted, so that nothing older is taken for what is live there.
    """
    may = standing_level("may_act", facts, Level.MAINTAINER, workflow.project, "import")
    if not may.holds:
        return Refused((may,))
    fresh = tuple(each for each in past.versions if each.version not in known.versions and _furthest(workflow, each))
    numbers = _numbered((run for each in fresh for run in each.runs), facts.next_deployment_id)
    releases = (_imported(workflow, url, each, numbers, facts) for each in fresh)
    return Accepted((*releases, *_noted(workflow, past, known, numbers, facts)))


def _numbered(runs: Iterable[Ran], begin: int) -> dict[int, int]:
    """The number that each deployment gets, by GitLab's own: in the order in which they ended."""
    return {run.shown.id: number for number, run in enumerate(sorted(runs, key=when), start=begin)}


def _imported(workflow: Workflow, url: str, past: PastVersion, numbers: dict[int, int], facts: Facts) -> e.Event:
    furthest = _furthest(workflow, past) or ""
    pipeline = next(iter(reversed((*past.pipelines, *past.reached(furthest).pipelines))), None)
    return e.ReleaseImported(
        at=facts.at,
        actor=facts.actor,
        release=past.version,
        revision=1,
        commit=past.tag.commit,
        target=deployed(furthest),
        ref=past.tag.name,
        pipeline=PipelineRef(pipeline, f"{url}/-/pipelines/{pipeline}") if pipeline else None,
        deployments=tuple(_deployment(run, numbers[run.shown.id]) for run in past.runs),
        **_released(past),
    )


def _released(past: PastVersion) -> dict[str, Any]:
    """What GitLab's own release says; a name that is only the tag's again is no title."""
    if (found := past.published) is None:
        return {}
    title = None if found.name in {past.tag.name, past.version} or text_problem(found.name) else found.name
    by = seen_in_gitlab(found.username, None) if found.username else None
    return {"title": title, "released_at": found.at, "released_by": by}


def _furthest(workflow: Workflow, past: PastVersion) -> str | None:
    """The furthest environment that it reached; None where the policy dropped all of them meanwhile."""
    return next((name for name in reversed(workflow.names) if past.reached(name).runs), None)


def _deployment(run: Ran, number: int) -> PastDeployment:
    job = run.shown.job
    return PastDeployment(
        deployment_id=number,
        environment=run.environment,
        gitlab_deployment_id=run.shown.id,
        by=_who(run),
        started_at=(job.started_at if job else None) or run.ended_at,
        ended_at=run.ended_at,
        pipeline_id=(job.pipeline_id if job else None) or None,
        job_id=job.id if job else None,
        job_name=job.name if job else None,
        job_url=job.url if job else None,
    )


def _who(run: Ran) -> Actor:
    job = run.shown.job
    name, number = (job.username, job.user_id) if job else (run.shown.username, None)
    return seen_in_gitlab(name, number) if name else seen_in_gitlab("unknown", None)


def _noted(
    workflow: Workflow, past: Past, known: Known, numbers: dict[int, int], facts: Facts
) -> Iterator[e.DriftDetected | e.DriftAccepted]:
    """What ran last where that is not what relflow would call live."""
    drift_id = facts.next_drift_id
    for name in workflow.names:
        last, live = past.last(name), known.live.get(name)
        if last is None or last.shown.id in numbers or (live is not None and _covers(live, last)):
            continue
        common: dict[str, Any] = {"at": facts.at, "environment": name, "commit": last.shown.commit}
        run = {**run_of(last.shown.job, last.shown), "finished_at": last.ended_at}
        common["drift_id"], ended = drift_id, {"status": run["status"], "finished_at": run["finished_at"]}
        yield e.DriftDetected(**common, actor=PART, deployment_id=None, gitlab_deployment_id=last.shown.id, **run)
        yield e.DriftAccepted(**common, actor=facts.actor, reason=BEFORE, **ended)
        drift_id += 1


def _covers(live: Live, last: Ran) -> bool:
    return live.commit == last.shown.commit or (live.at_latest or live.since) >= last.ended_at
