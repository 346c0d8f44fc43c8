"""A release that is created with its pipeline: looked for, asked for once, and found by a test whatever was lost."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from relflow.core.errors import GitLabError, StoreBusy
from relflow.core.events import data_of
from relflow.core.people import Level
from relflow.core.pipeline_request import PipelineAnswer
from relflow.service.app import Done, No, TroubleKind
from relflow.service.ports import Book, Store, Transaction
from relflow.service.releases import create, record_test
from tests.doubles.gitlab import PLAN, FakeGitLab, Planned, RunFault
from tests.doubles.team import Team, done

RUNS: dict[str, Any] = {"runs_pipeline": True}


@dataclass
class Late:
    """A store before whose n-th transaction something happens, once."""

    store: Store
    happens: Callable[[], object]
    nth: int = 1

    def read(self) -> AbstractContextManager[Book]:
        """The store's own look."""
        return self.store.read()

    def write(self) -> AbstractContextManager[Transaction]:
        """The store's own transaction, after that."""
        self.nth -= 1
        if self.nth == 0:
            self.happens()
        return self.store.write()


def asks(team: Team, version: str = "1.4.0", ref: str | None = None, by: str = "chris") -> Done:
    """Somebody creates the version with its pipeline."""
    made = create(team.app(by), version, ref, None, **RUNS)
    assert isinstance(made, Done), made
    return made


def names(made: Done) -> list[str]:
    """The events that it recorded."""
    return [each.event.name for each in made.recorded]


def posts(team: Team) -> int:
    """How many pipelines were asked for, whatever became of it."""
    return [each.method for each in team.gitlab.calls].count("run_pipeline")


def is_in_trouble(made: Done, kind: TroubleKind, *words: str) -> None:
    """The release is there all the same, and the person is told."""
    assert made.release.state == "draft"
    assert made.trouble is not None
    assert made.trouble.kind == kind
    told = " ".join([made.trouble.what, *made.trouble.why, *map(str, made.trouble.next_step)])
    assert all(word in told for word in words), told


def test_the_pipeline_is_started_and_taken_by_the_test(team: Team) -> None:
    """One look, one POST, two records more than a creation has; then the test takes what was started."""
    team.gitlab.commit("v1.4.0")
    made = done(asks(team))
    assert names(made) == ["release_created", "pipeline_requested", "pipeline_started"]
    assert [each.method for each in team.gitlab.calls[-2:]] == ["pipelines", "run_pipeline"]
    assert made.pipeline is not None
    assert made.release.pipeline is None, "only a test binds it"
    assert done(record_test(team.app("chris"), "1.4.0")).release.pipeline == made.pipeline


def test_it_is_recorded_before_it_is_sent(team: Team) -> None:
    """As the POST leaves, the release and the request stand in the log of everybody."""
    seen: list[str] = []

    def look() -> None:
        with team.store.read() as book:
            assert book.release("1.4.0") is not None
        seen.append("there")

    team.gitlab.commit("v1.4.0")
    team.gitlab.before("run_pipeline", look)
    asks(team)
    assert seen == ["there"]


def test_one_that_is_there_is_not_started_again(team: Team) -> None:
    """The push of the tag made one: nothing is asked for, and that one is told."""
    pushed = team.gitlab.push("v1.4.0")
    made = done(asks(team))
    assert (names(made), posts(team)) == (["release_created"], 0)
    assert made.pipeline is not None
    assert made.pipeline.id == pushed.id


@pytest.mark.parametrize(("plan", "asks_for_one"), [((), True), ((Planned("deploy-dev", "deploy", "manual"),), False)])
def test_what_gitlab_calls_skipped(team: Team, plan: tuple[Planned, ...], asks_for_one: bool) -> None:
    """What `[skip ci]` leaves has no job and serves nothing; one whose jobs all wait for a hand is called so too."""
    pushed = team.gitlab.push("v1.4.0", *plan or PLAN)
    team.gitlab.pipelines[pushed.id] = replace(pushed, status="skipped")
    if not plan:
        team.gitlab.jobs.clear()
    made = done(asks(team))
    assert (posts(team), names(made)[-1] == "pipeline_started") == (asks_for_one, asks_for_one)
    assert made.pipeline is not None
    assert (made.pipeline.id == pushed.id) is not asks_for_one


def test_nothing_is_different_for_who_does_not_ask(team: Team) -> None:
    """Without the option GitLab is asked what it was asked before."""
    team.gitlab.commit("v1.4.0")
    made = done(create(team.app("chris"), "1.4.0", None, None))
    assert (names(made), made.pipeline) == (["release_created"], None)
    assert [each.method for each in team.gitlab.calls] == ["identify", "members", "resolve", "resolve"]


@pytest.mark.parametrize("effect", ["now", "twice"])
@pytest.mark.parametrize(
    "answer",
    [
        PipelineAnswer(None, None, "no complete answer within the time limit"),
        PipelineAnswer(502, None, "a web page"),
        PipelineAnswer(400, None, "a copy of it was quicker"),
        PipelineAnswer(201, None, "a web page"),
    ],
)
def test_what_was_started_without_a_word_is_found(team: Team, effect: str, answer: PipelineAnswer) -> None:
    """By commit, source and user, in the look that follows; doubled on its way it is the younger one, as for a test."""
    team.gitlab.commit("v1.4.0")
    team.gitlab.run_faults.append(RunFault(effect, answer))
    made = done(asks(team))
    assert (names(made)[-1], posts(team)) == ("pipeline_started", 1)
    assert made.pipeline is not None
    assert made.pipeline.id == max(team.gitlab.pipelines)
    assert done(record_test(team.app("chris"), "1.4.0")).release.pipeline == made.pipeline


def test_what_others_start_meanwhile_is_not_taken_for_it(team: Team) -> None:
    """A colleague's pipeline by the API, and our own push, show nothing about a POST that was lost."""

    def others() -> None:
        team.gitlab.run("v1.4.0", "dana")
        team.gitlab.push("v1.4.0", by="chris")

    team.gitlab.commit("v1.4.0")
    team.gitlab.before("run_pipeline", others)
    team.gitlab.run_faults.append(RunFault("never"))
    is_in_trouble(asks(team), "unknown")


def test_a_post_that_arrives_late_is_taken_by_the_test(team: Team) -> None:
    """Nobody knows at first; nothing is sent again, by nobody: the version is there, and the test finds what came."""
    team.gitlab.commit("v1.4.0")
    team.gitlab.run_faults.append(RunFault("later"))
    made = asks(team)
    is_in_trouble(made, "unknown", "nobody knows yet", "relflow test 1.4.0 --wait")
    assert names(made)[-1] == "pipeline_unknown"
    assert isinstance(create(team.app("chris"), "1.4.0", None, None, **RUNS), No)
    assert isinstance(record_test(team.app("chris"), "1.4.0"), No)
    team.gitlab.deliver()
    done(record_test(team.app("chris"), "1.4.0"))
    assert (posts(team), len(team.gitlab.pipelines)) == (1, 1)


def test_a_test_waits_for_what_is_on_its_way(team: Team) -> None:
    """`test --wait` looks until it is there."""
    team.gitlab.commit("v1.4.0")
    team.gitlab.run_faults.append(RunFault("later"))
    asks(team)
    team.gitlab.before("pipelines", team.gitlab.deliver, nth=3)
    done(record_test(team.app("chris"), "1.4.0", wait=True))
    assert posts(team) == 1


def _demoted(world: FakeGitLab) -> None:
    world.before("run_pipeline", lambda: setattr(world.people["chris"], "level", Level.REPORTER))


REFUSALS: dict[str, tuple[Callable[[FakeGitLab], object], str]] = {
    "rules": (
        lambda world: world.run_faults.append(RunFault("never", PipelineAnswer(400, None, "filtered out by rules"))),
        "400 filtered out by rules",
    ),
    "right": (lambda world: world.run_faults.append(RunFault("never", PipelineAnswer(403, None, "Forbidden"))), "403"),
    "network": (
        lambda world: world.run_faults.append(
            RunFault("never", PipelineAnswer(None, None, "Connection refused", was_sent=False))
        ),
        "Connection refused",
    ),
    "gone": (lambda world: world.before("run_pipeline", world.refs.clear), "400 Reference not found"),
    "level": (_demoted, "403 Forbidden"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_gitlab_refuses_is_told(team: Team, name: str) -> None:
    """In its words; the release is there, and the next steps are the person's own pipeline and a test."""
    happens, words = REFUSALS[name]
    team.gitlab.commit("v1.4.0")
    happens(team.gitlab)
    made = asks(team)
    is_in_trouble(made, "gitlab", "no pipeline was started", words, "/-/pipelines", "relflow test 1.4.0 --wait")
    assert (names(made)[-1], made.pipeline) == ("pipeline_refused", None)
    assert team.gitlab.pipelines == {}


def test_a_400_that_nobody_can_look_behind_proves_nothing(team: Team) -> None:
    """It may be the answer to the second copy of a request that was doubled on its way."""
    team.gitlab.commit("v1.4.0")
    team.gitlab.run_faults.append(RunFault("never", PipelineAnswer(400, None, "no")))
    team.gitlab.fail("pipelines", nth=2)
    made = asks(team)
    is_in_trouble(made, "unknown", "nobody could look")
    assert names(made)[-1] == "pipeline_unknown"


def test_a_ref_that_was_moved_meanwhile(team: Team) -> None:
    """GitLab runs what the ref names when the POST arrives: that is told, recorded, and not used."""
    bound = team.gitlab.commit("main")
    team.gitlab.before("run_pipeline", lambda: team.gitlab.commit("main"))
    made = asks(team, ref="main")
    is_in_trouble(made, "conflict", "main was moved", "relflow amend 1.4.0 --ref main")
    started = made.recorded[-1].event
    assert (started.name, started.commit) == ("pipeline_started", bound)
    assert getattr(started, "runs_at", None) == team.gitlab.refs["main"] != bound
    assert isinstance(record_test(team.app("chris"), "1.4.0"), No)


def test_a_machine_that_slept_asks_for_nothing(team: Team) -> None:
    """A POST leaves within a minute of the look or not at all: others may have started one since."""
    team.gitlab.commit("v1.4.0")
    team.gitlab.before("pipelines", lambda: team.clock.jump(timedelta(hours=3)))
    made = asks(team)
    is_in_trouble(made, "gitlab", "never asked for", "slept")
    assert (names(made)[-1], posts(team)) == ("pipeline_refused", 0)


def test_a_token_that_may_only_read_creates_nothing(team: Team) -> None:
    """What cannot be done is said before anything is."""
    team.gitlab.commit("v1.4.0")
    team.gitlab.people["chris"].scopes = ("read_api",)
    with pytest.raises(GitLabError, match="may not run pipelines"):
        create(team.app("chris"), "1.4.0", None, None, **RUNS)
    with team.store.read() as book:
        assert book.versions() == ()
    assert posts(team) == 0


def test_a_look_that_fails_creates_nothing(team: Team) -> None:
    """The command can be typed again as it was."""
    team.gitlab.commit("v1.4.0")
    team.gitlab.fail("pipelines")
    with pytest.raises(GitLabError):
        create(team.app("chris"), "1.4.0", None, None, **RUNS)
    assert names(done(asks(team)))[-1] == "pipeline_started"


def test_a_refused_creation_starts_nothing(team: Team) -> None:
    """A version that is there, or a ref that is not: no look behind it, no POST."""
    team.gitlab.commit("v1.4.0")
    done(asks(team))
    assert isinstance(create(team.app("dana"), "1.4.0", None, None, **RUNS), No)
    assert isinstance(create(team.app("dana"), "1.5.0", None, None, **RUNS), No)
    assert posts(team) == 1


@pytest.mark.parametrize("method", ["run_pipeline", "pipelines"])
def test_whoever_is_interrupted_is_told(team: Team, method: str) -> None:
    """From the commit on it is unknown, never an exception; the test takes what was started."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    team.gitlab.commit("v1.4.0")
    team.gitlab.run_faults.append(RunFault())
    team.gitlab.before(method, interrupt, nth=1 if method == "run_pipeline" else 2)
    made = asks(team)
    is_in_trouble(made, "unknown", "interrupted")
    assert names(made) == ["release_created", "pipeline_requested"]


def test_what_cannot_be_recorded_is_told(team: Team) -> None:
    """The pipeline runs, and the database stays locked: exit 5, and the test finds it."""

    def locked() -> None:
        raise StoreBusy("somebody else is writing")

    team.gitlab.commit("v1.4.0")
    made = create(replace(team.app("chris"), store=Late(team.store, locked, nth=2)), "1.4.0", None, None, **RUNS)
    assert isinstance(made, Done)
    is_in_trouble(made, "unknown", "somebody else is writing")
    done(record_test(team.app("chris"), "1.4.0"))
    assert posts(team) == 1


def test_two_who_create_the_same_version_at_once(team: Team) -> None:
    """Both look and see none; one of them creates it, and only that one asks for a pipeline."""
    team.gitlab.commit("v1.4.0")
    quicker = Late(team.store, lambda: done(asks(team, by="dana")))
    made = create(replace(team.app("chris"), store=quicker), "1.4.0", None, None, **RUNS)
    assert isinstance(made, No)
    assert (team.release("1.4.0").created_by.name, posts(team)) == ("dana", 1)


def test_what_is_recorded_says_all_that_finds_it(team: Team) -> None:
    """The request names the ref and what was there; the start names the pipeline and its commit."""
    commit = team.gitlab.commit("v1.4.0")
    team.gitlab.push("main")
    made = done(asks(team))
    data = [data_of(each.event) for each in made.recorded]
    assert data[1] == {"ref": "v1.4.0", "after": 0}
    assert made.pipeline is not None
    assert data[2]["runs_at"] == commit
    assert data[2]["pipeline"] == {"id": made.pipeline.id, "url": made.pipeline.url}
