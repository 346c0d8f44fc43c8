"""Whatever people, GitLab or a file say, no control and no direction mark of it reaches a terminal."""

import contextlib
import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relflow.cli.failing import Failure, as_shape, as_text, refusal
from relflow.cli.logged import log_lines
from relflow.cli.progress import Progress
from relflow.cli.results import answer_of
from relflow.cli.table import table
from relflow.cli.texts import release_list, release_page, report_lines, status_page
from relflow.core.events import (
    ApprovalGiven,
    Event,
    ReleaseApproved,
    ReleaseCreated,
    ReleaseDeployed,
    ReleaseHeld,
    ReleaseResumed,
)
from relflow.core.facts import Job
from relflow.core.release import Release
from relflow.core.text import either
from relflow.core.verdict import GateResult
from relflow.service.app import Done
from relflow.service.ports import Recorded
from tests.cli.running import run_here
from tests.doubles.clock import START, SteppingClock
from tests.doubles.team import WORKFLOW, assembled, memory_store

#: C0 without the line feed, C1, line and paragraph separators, and what reorders or hides text.
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
MARKS = (
    "\x00\x07\x08\x09\x0a\x0d\x1b\x7f\x85\x9b\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2060\u2066\u2069\ufeff"
)
TEXTS = st.text(st.one_of(st.sampled_from(MARKS), st.characters(exclude_categories=["Cs"])), min_size=1, max_size=30)
#: A page of text, a hundred times: no deadline, since the machine may be busy with other tests.
QUICK = settings(deadline=None)
TIME = re.compile(r"\d{4}-\d\d-\d\dT")


def poisoned(shape: Any, text: str) -> Any:
    """The shape with that text in the place of every other, except times."""
    if isinstance(shape, dict):
        return {key: poisoned(value, text) for key, value in shape.items()}
    if isinstance(shape, list):
        return [poisoned(value, text) for value in shape]
    return text if isinstance(shape, str) and not TIME.match(shape) else shape


def safe(shown: str, line_count: int | None = None) -> bool:
    """Whether nothing of it can move a cursor or turn text around, and no text made a line of its own."""
    return not UNSAFE.search(shown) and line_count in (None, shown.count("\n"))


Said = Callable[[str], Any]


@pytest.fixture(scope="module")
def said(past: Path) -> Said:
    """What a command that reads says of a real history."""
    return cache(lambda words: run_here(past, *words.split(), "--json").json)


PAGES: dict[str, Callable[[Any], str]] = {
    "list": release_list,
    "status": status_page,
    "log": log_lines,
    "show 1.4.0": lambda shape: release_page(shape, None),
    "audit verify": lambda shape: report_lines(shape, shape["layers"][0]["detail"]),
}


@pytest.mark.parametrize("words", PAGES)
@QUICK
@given(text=TEXTS)
def test_a_page_shows_no_control_whatever_is_kept(said: Said, words: str, text: str) -> None:
    """Every text of every shape, names and addresses too; and no text makes a line of its own."""
    page, shape = PAGES[words], said(words)
    assert safe(page(poisoned(shape, text)), page(poisoned(shape, "x")).count("\n"))


@QUICK
@given(text=TEXTS)
def test_why_a_release_is_held_shows_no_control(said: Said, text: str) -> None:
    """The reason of the hold is somebody's free text."""
    shape, held = said("show 1.5.0"), said("log")[-1]
    lines = release_page(shape, held).count("\n")
    assert safe(release_page(shape, poisoned(held, text)), lines)


@QUICK
@given(text=TEXTS)
def test_a_failure_shows_no_control(text: str) -> None:
    """Its sentences, its steps, and the people it names; each stays on its line."""
    failure = Failure("refused", text, (text, text), (text,))
    assert safe(as_text(failure), 3)
    gate = GateResult(gate="quorum_met", holds=False, why=text, who=(text,), next=text)
    assert safe(as_text(refusal(text, (gate,))), 2)
    assert json.loads(json.dumps(as_shape(failure)))["what"] == text


@QUICK
@given(text=TEXTS)
def test_a_table_and_a_list_of_names_show_no_control(text: str) -> None:
    """Cells are escaped by the table, one row a line."""
    assert safe(table(("a", "b"), [(text, 1), (None, text)]), 2)
    assert safe(as_text(Failure("usage", either((text, text)))), 0)


@QUICK
@given(text=TEXTS)
def test_progress_shows_no_control(text: str) -> None:
    """A job's name and address come from GitLab, and a deploy job's name from anybody who may push."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        progress = Progress(is_terminal=False)
        progress.note(text)
        progress.watching(Job(id=7, name=text, stage="deploy", status=text, commit="c", url=text))
    assert safe(said.getvalue(), 2)


@pytest.fixture(scope="module")
def tested() -> Release:
    """A release on its way."""
    clock = SteppingClock()
    return assembled(memory_store(clock), clock).tested("1.4.0")


@QUICK
@given(text=TEXTS)
def test_what_was_done_shows_no_control(tested: Release, text: str) -> None:
    """The sentence of each event, with texts of people in it; one line each, and the step after them."""
    actor = replace(tested.created_by, id=f"user:{text}")
    release = replace(tested, version=text, ref=text, commit=text, title=text, created_by=actor)
    about: dict[str, Any] = {
        "at": START,
        "actor": actor,
        "release": text,
        "revision": 1,
        "environment": text,
        "reason": text,
    }
    events: list[Event] = [ReleaseCreated(ref=text, **about), ApprovalGiven(**about), ReleaseApproved(**about)]
    events += [ReleaseHeld(**about), ReleaseResumed(**about), ReleaseDeployed(deployment_id=1, **about)]
    recorded = tuple(Recorded(seq, event) for seq, event in enumerate(events, start=1))
    assert safe(answer_of(Done(release, recorded), "group/project", WORKFLOW).text, len(events))


@pytest.mark.parametrize("name", ["evil\x1b[2J", "evil\u202e"])
def test_the_name_of_a_folder_shows_no_control(tmp_path: Path, past: Path, name: str) -> None:
    """A folder may be called anything, and a clone brings folders."""
    folder = shutil.copytree(past, tmp_path / name)
    for words in ("workflow check", "db check", "db upgrade", "list --config nowhere", "policy diff --config ."):
        ended = run_here(folder, *words.split())
        assert safe(ended.out + ended.err), words
