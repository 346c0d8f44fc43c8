"""Starting the pipeline that a release is created with: one POST, and a look where that proves nothing.

    look · create and intend (T1) · POST · look, where no pipeline was shown · record (T2)

Killed anywhere it leaves a draft and at most one pipeline, which a test finds by commit and ref. So nothing is open
that would have to be closed, and nothing ever sends another POST. Source: ADR 0016, a pipeline is asked for once.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from relflow.core.commands import RecordPipeline
from relflow.core.errors import GitLabError, RelflowError
from relflow.core.events import PipelineRequested
from relflow.core.facts import Facts, Pipeline
from relflow.core.people import itself
from relflow.core.pipeline_request import PipelineAnswer, classify, proves_nothing, standing
from relflow.core.release import PipelineRef, Release
from relflow.service.app import App, Done, Seen, Trouble, settle_step
from relflow.service.ports import Identity
from relflow.service.sending import may_start, too_late

PART = itself("create")


@dataclass(frozen=True, slots=True)
class Look:
    """What GitLab showed of the commit's pipelines, and what this machine's clock said before."""

    asked_at: datetime
    pipelines: tuple[Pipeline, ...]


def look(app: App, identity: Identity, project: int, ref: str, commit: str) -> Look:
    """The look before. One request, and one more for each pipeline of the ref that GitLab calls skipped.

    That is what it calls one without a job, but also one in which everything waits for a hand.
    Raises GitLabError for a token that cannot run pipelines, too.
    """
    may_start(identity, "run pipelines")
    asked_at = app.clock.now()

    def whole(each: Pipeline) -> Pipeline:
        is_skipped = each.ref == ref and each.status == "skipped"
        return replace(each, jobs=app.gitlab.runs(project, each.id)) if is_skipped else each

    return Look(asked_at, tuple(map(whole, app.gitlab.pipelines(project, commit))))


def with_pipeline(app: App, seen: Seen, created: Done, before: Look) -> Done:
    """The release that was created just now, and the pipeline that its test will take: started, or there already."""
    wanted = next((each.event for each in created.recorded if isinstance(each.event, PipelineRequested)), None)
    if wanted is None:
        there = standing(seen.release.ref, before.pipelines)
        return replace(created, pipeline=PipelineRef(there.id, there.url) if there else None)
    try:
        return _run(app, seen, created, wanted, before.asked_at)
    except KeyboardInterrupt:
        return replace(created, trouble=_unknown(seen, "interrupted while it was asked for"))
    except RelflowError as exc:
        return replace(created, trouble=_unknown(seen, exc.what, *exc.why))


def _run(app: App, seen: Seen, created: Done, wanted: PipelineRequested, asked_at: datetime) -> Done:
    answer = _post(app, seen, wanted, asked_at)
    found = _looked(app, seen) if proves_nothing(answer, wanted) else None
    kind, detail, pipeline = classify(answer, wanted, found)
    command = RecordPipeline(seen.release.revision, seen.release.commit, kind, detail, pipeline)
    _, release, recorded = settle_step(app, seen, command, lambda tx: Facts(at=tx.at, actor=PART))
    done = Done(release, (*created.recorded, *recorded))
    if pipeline is None:
        trouble = _unknown(seen, detail) if kind == "unknown" else _refused(seen, detail)
        return replace(done, trouble=trouble)
    done = replace(done, pipeline=PipelineRef(pipeline.id, pipeline.url))
    return done if pipeline.commit == seen.release.commit else replace(done, trouble=_moved(seen.release, pipeline))


def _post(app: App, seen: Seen, wanted: PipelineRequested, asked_at: datetime) -> PipelineAnswer:
    app.listener.note(f"starting a pipeline of {wanted.ref}")
    if slept := too_late(app, asked_at):
        return PipelineAnswer(None, None, slept, was_sent=False)
    return app.gitlab.run_pipeline(seen.project.project_id, wanted.ref)


def _looked(app: App, seen: Seen) -> tuple[Pipeline, ...] | None:
    """What this person started of the commit through the API; None where GitLab could not be asked."""
    try:
        return app.gitlab.pipelines(seen.project.project_id, seen.release.commit, seen.actor.name)
    except GitLabError:
        return None


def _unknown(seen: Seen, *why: str) -> Trouble:
    version = seen.release.version
    what = f"{version} was created, and nobody knows yet whether its pipeline was started"
    steps = (
        f"relflow test {version} --wait     takes it where it was",
        f"{_page(seen)}     shows it, or starts another",
    )
    return Trouble("unknown", what, why, steps)


def _refused(seen: Seen, why: str) -> Trouble:
    version = seen.release.version
    steps = (f"{_page(seen)}     starts one by hand", f"relflow test {version} --wait     takes it then")
    return Trouble("gitlab", f"{version} was created, and no pipeline was started", (why,), steps)


def _moved(release: Release, pipeline: Pipeline) -> Trouble:
    why = f"pipeline {pipeline.id} runs at {pipeline.commit[:12]}, and {release.version} is {release.commit[:12]}"
    step = f"relflow amend {release.version} --ref {release.ref} -m REASON     binds it to what {release.ref} names now"
    return Trouble("conflict", f"{release.ref} was moved while {release.version} was created", (why,), (step,))


def _page(seen: Seen) -> str:
    return f"{seen.project.url}/-/pipelines"
