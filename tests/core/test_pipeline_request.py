"""The pipeline that a release is created with, by example: when one is asked for, and what an answer proves."""

from dataclasses import replace
from typing import Any

import pytest

from relflow.core import events as e
from relflow.core.commands import CreateRelease, RecordPipeline
from relflow.core.evolve import changes_release, evolve
from relflow.core.facts import Pipeline
from relflow.core.people import itself
from relflow.core.pipeline_request import PipelineAnswer, classify, proves_nothing
from relflow.core.release import PipelineRef
from tests.core.examples import CHRIS, COMMIT, OTHER, RITA, accepted, facts, job, refused, release

CREATE = CreateRelease("1.4.0", "v1.4.0", runs_pipeline=True)
WANTED = e.PipelineRequested(at=release().created_at, actor=CHRIS, release="1.4.0", ref="v1.4.0", after=7)


def run(number: int = 8, **fields: Any) -> Pipeline:
    """A pipeline of v1.4.0 that somebody started by the API."""
    known = {"ref": "v1.4.0", "commit": COMMIT, "status": "created", "url": f"p/{number}", "source": "api"}
    return Pipeline(**{"id": number, **known, **fields})


def asked_for(*known: Pipeline, command: CreateRelease = CREATE) -> list[str]:
    """The events of a creation where GitLab shows these pipelines of the commit."""
    return [each.name for each in accepted(None, command, facts(CHRIS, resolved=COMMIT, pipelines=known))]


def test_a_pipeline_is_asked_for_with_the_creation() -> None:
    """One decision: the release, and that a pipeline younger than all that are there is about to be started."""
    known = (run(6, ref="main"), run(5, ref="main"))
    _, asked = accepted(None, CREATE, facts(CHRIS, resolved=COMMIT, pipelines=known))
    assert isinstance(asked, e.PipelineRequested)
    assert (asked.release, asked.revision, asked.commit, asked.ref, asked.after) == ("1.4.0", 1, COMMIT, "v1.4.0", 6)
    assert (asked.source, asked.target) == ("draft", "draft")
    _, first = accepted(None, CREATE, facts(CHRIS, resolved=COMMIT, pipelines=()))
    assert isinstance(first, e.PipelineRequested)
    assert first.after == 0


@pytest.mark.parametrize(
    ("known", "asks"),
    [
        ((), True),
        ((run(7, source="push"),), False),
        ((run(7, status="failed"),), False),
        ((run(7, ref="main"),), True),
        ((run(7, status="skipped", jobs=()),), True),
        ((run(7, status="skipped", jobs=(job(),)),), False),
        ((run(8, status="skipped", jobs=()), run(7)), False),
    ],
)
def test_one_that_is_there_is_enough(known: tuple[Pipeline, ...], asks: bool) -> None:
    """A pipeline of the commit and ref serves, however it ended; one without a job does not."""
    assert asked_for(*known) == ["release_created", "pipeline_requested"][: 1 + asks]


def test_nobody_is_given_a_pipeline_unasked() -> None:
    """Without the wish for one nothing but the creation is recorded."""
    assert asked_for(command=replace(CREATE, runs_pipeline=False)) == ["release_created"]


def test_who_may_not_create_starts_nothing() -> None:
    """A refused creation asks for no pipeline; nor does a version that is there: nothing is ever asked for twice."""
    known = facts(RITA, resolved=COMMIT, pipelines=())
    assert "may_act" in refused(None, CREATE, known)
    assert "version_is_new" in refused(release(), CREATE, facts(CHRIS, resolved=COMMIT, pipelines=()))


MADE, LOST = PipelineAnswer(201, run(), "created"), PipelineAnswer(None, None, "no complete answer")


@pytest.mark.parametrize(
    ("answer", "found", "kind", "number"),
    [
        (MADE, None, "started", 8),
        (PipelineAnswer(201, run(commit=OTHER), "created"), None, "started", 8),
        (PipelineAnswer(201, run(7), "created"), (), "unknown", None),
        (PipelineAnswer(201, run(ref="main"), "created"), (), "unknown", None),
        (PipelineAnswer(200, run(), "created"), (), "unknown", None),
        (PipelineAnswer(201, None, "a web page"), (run(),), "started", 8),
        (LOST, (run(9), run(8)), "started", 9),
        (LOST, (run(7), run(6)), "unknown", None),
        (LOST, (run(9, ref="main"),), "unknown", None),
        (LOST, (), "unknown", None),
        (LOST, None, "unknown", None),
        (replace(LOST, was_sent=False), None, "refused", None),
        (PipelineAnswer(400, None, "Reference not found"), (), "refused", None),
        (PipelineAnswer(400, None, "Reference not found"), None, "unknown", None),
        (PipelineAnswer(400, None, "Reference not found"), (run(),), "started", 8),
        (PipelineAnswer(401, None, "Unauthorized"), None, "refused", None),
        (PipelineAnswer(403, None, "Forbidden"), None, "refused", None),
        (PipelineAnswer(404, None, "Project Not Found"), None, "refused", None),
        (PipelineAnswer(405, None, "moved"), None, "refused", None),
        (PipelineAnswer(409, None, "Resource lock"), (), "unknown", None),
        (PipelineAnswer(429, None, "Retry later"), (), "unknown", None),
        (PipelineAnswer(500, None, "Internal Server Error"), (), "unknown", None),
        (PipelineAnswer(502, None, "a web page"), (run(),), "started", 8),
    ],
)
def test_what_an_answer_proves(
    answer: PipelineAnswer, found: tuple[Pipeline, ...] | None, kind: str, number: int | None
) -> None:
    """The new pipeline that it shows, or that a look shows, was started; what GitLab says before all work was not."""
    said, detail, pipeline = classify(answer, WANTED, found)
    assert (said, pipeline.id if pipeline else None) == (kind, number)
    assert "pipeline 8 of v1.4.0 is" in detail or "a pipeline of v1.4.0" in detail
    assert proves_nothing(answer, WANTED) or found is None


def test_what_needs_no_look() -> None:
    """Neither a new pipeline nor a plain no is looked behind; whatever else comes is."""
    quiet = [MADE, replace(LOST, was_sent=False), *(PipelineAnswer(each, None, "") for each in (401, 403, 404, 405))]
    assert not any(proves_nothing(each, WANTED) for each in quiet)
    odd = [LOST, *(PipelineAnswer(each, None, "") for each in (200, 201, 302, 400, 409, 422, 429, 500, 502))]
    assert all(proves_nothing(each, WANTED) for each in odd)


@pytest.mark.parametrize(("answer", "name"), [("refused", "pipeline_refused"), ("unknown", "pipeline_unknown")])
def test_what_became_of_it_is_recorded(answer: str, name: str) -> None:
    """With GitLab's words, about what the release was bound to as it was asked for."""
    command = RecordPipeline(1, COMMIT, answer, "what GitLab said")
    (event,) = accepted(release("held", held_from="draft", revision=2, commit=OTHER), command, facts(itself("create")))
    assert (event.name, event.revision, event.commit, event.source, event.target) == (name, 1, COMMIT, "held", "held")
    assert getattr(event, "detail", None) == "what GitLab said"


def test_a_pipeline_that_was_started_is_recorded_with_its_commit() -> None:
    """Which need not be the release's: the ref may have been moved."""
    command = RecordPipeline(1, COMMIT, "started", "", run(commit=OTHER))
    (event,) = accepted(release(), command, facts(itself("create")))
    assert isinstance(event, e.PipelineStarted)
    assert (event.pipeline, event.runs_at, event.commit) == (PipelineRef(8, "p/8"), OTHER, COMMIT)


@pytest.mark.parametrize("kind", e.PIPELINE_EVENTS)
def test_none_of_it_moves_the_release(kind: type[e.Event]) -> None:
    """No row changes, so that a relflow which does not know these events folds the same."""
    data: dict[str, Any] = {
        "ref": "v1.4.0",
        "after": 0,
        "pipeline": PipelineRef(8, "p/8"),
        "runs_at": COMMIT,
        "detail": "",
    }
    own = {name: value for name, value in data.items() if name in kind.__dataclass_fields__}
    event = kind(at=release().created_at, actor=CHRIS, release="1.4.0", **own)
    assert not changes_release(event)
    assert evolve(release(), event) == release()
