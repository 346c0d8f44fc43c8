"""A release on its way, without playing anything: who may, what is missing, and what is recorded."""

import pytest

from relflow.core.errors import GitLabError, SetupError, UsageError
from relflow.core.workflow import Environment, Workflow
from relflow.service.app import Conflict, Done, No
from relflow.service.holding import hold
from relflow.service.releases import approve, create, record_test, resume
from tests.doubles.gitlab import Planned
from tests.doubles.team import Team, done


def gates(outcome: object) -> set[str]:
    """The names of the gates that refused."""
    assert isinstance(outcome, No), outcome
    return {each.gate for each in outcome.refusals}


def names(outcome: Done) -> list[str]:
    """The names of the recorded events."""
    return [each.event.name for each in outcome.recorded]


def test_a_release_is_bound_to_the_commit_of_its_tag(team: Team) -> None:
    """`create 1.4.0` finds the tag v1.4.0 where there is no tag 1.4.0."""
    team.gitlab.push("v1.4.0")
    made = done(create(team.app("chris"), "v1.4.0", None, "Rounding"))
    assert (made.release.version, made.release.ref, made.release.state) == ("1.4.0", "v1.4.0", "draft")
    assert made.release.commit == team.gitlab.refs["v1.4.0"]
    assert names(made) == ["release_created"]


def test_an_unknown_ref_is_refused_and_the_refusal_recorded(team: Team) -> None:
    """Nothing is created, and the log keeps that somebody tried."""
    outcome = create(team.app("chris"), "9.9.9", None, None)
    assert gates(outcome) == {"ref_resolves"}
    assert isinstance(outcome, No)
    assert [each.event.name for each in outcome.recorded] == ["command_refused"]


@pytest.mark.parametrize("version", ["", "a/b", "1\n2", "1 2", "x\x1b[2J", "1\u202e2", "1" * 10_000, "-1", "ü"])
def test_a_malformed_version_is_a_usage_error(team: Team, version: str) -> None:
    """It is refused before GitLab is asked and nothing is recorded."""
    with pytest.raises(UsageError):
        create(team.app("chris"), version, None, None)
    assert team.gitlab.calls == []


def test_the_same_version_twice_is_refused(team: Team) -> None:
    """A version names one release for ever."""
    team.tested("1.4.0")
    assert gates(create(team.app("dana"), "1.4.0", None, None)) == {"version_is_new"}


def test_a_failed_job_keeps_a_release_in_draft(team: Team) -> None:
    """The pipeline's own status does not matter; its jobs do."""
    team.gitlab.push("v1.3.0", Planned("unit", status="failed"), Planned("deploy-dev", "deploy", "manual", "dev"))
    done(create(team.app("chris"), "1.3.0", None, None))
    assert gates(record_test(team.app("chris"), "1.3.0")) == {"jobs_passed"}
    assert team.release("1.3.0").state == "draft"


def test_waiting_looks_until_the_jobs_are_finished(team: Team) -> None:
    """`test --wait` ends when every required job is finished, and the evidence is of that moment."""
    pipeline = team.gitlab.push("v1.4.0", Planned("unit", status="running"), Planned("deploy-dev", "deploy", "manual"))
    done(create(team.app("chris"), "1.4.0", None, None))
    team.runs_at_once()
    assert done(record_test(team.app("chris"), "1.4.0", wait=True)).release.state == "tested"
    assert team.heard.looks[0].id == team.gitlab.named(pipeline, "unit").id
    assert team.clock.slept


def test_waiting_for_a_pipeline_that_never_comes_ends(team: Team) -> None:
    """A commit without a pipeline is a refusal after a minute, not a wait for ever."""
    team.gitlab.commit("v1.4.0")
    done(create(team.app("chris"), "1.4.0", None, None))
    assert "pipeline_found" in gates(record_test(team.app("chris"), "1.4.0", wait=True))
    assert 60 <= sum(team.clock.slept) < 120


def test_one_pipeline_serves_one_release(team: Team) -> None:
    """Two versions of one commit: the second finds the pipeline taken."""
    first = team.tested("1.4.0")
    done(create(team.app("chris"), "1.4.1", "v1.4.0", None))
    assert gates(record_test(team.app("chris"), "1.4.1")) == {"pipeline_unclaimed"}
    assert team.release("1.4.1").commit == first.commit


def test_the_creator_may_not_approve_and_others_may(team: Team) -> None:
    """Four eyes; the refusal names who can."""
    team.tested("1.4.0", by="chris")
    outcome = approve(team.app("chris"), "1.4.0", "dev")
    assert gates(outcome) == {"four_eyes"}
    assert isinstance(outcome, No)
    assert set(outcome.refusals[0].who) == {"anna", "ben", "dana", "emil"}
    assert done(approve(team.app("dana"), "1.4.0", "dev")).release.state == "approved-dev"


def test_nobody_counts_twice(team: Team) -> None:
    """The same person's second approval is refused."""
    team.approved(team.tested("1.4.0").version)
    assert gates(approve(team.app("anna"), "1.4.0", "dev")) == {"approves_once"}


@pytest.mark.parametrize(("who", "expected"), [("rita", {"may_approve"}), ("otto", None)])
def test_who_may_not_approve(team: Team, who: str, expected: set[str] | None) -> None:
    """A reporter is refused by the rule; GitLab hides the project from an outsider."""
    team.tested("1.4.0")
    if expected is None:
        with pytest.raises(GitLabError):
            approve(team.app(who), "1.4.0", "dev")
    else:
        assert gates(approve(team.app(who), "1.4.0", "dev")) == expected


def test_anyone_on_the_team_may_stop_the_line(team: Team) -> None:
    """A reporter may hold; to resume takes a developer; resume leads back to where it was."""
    before = team.tested("1.4.0")
    held = done(hold(team.app("rita"), "1.4.0", "totals look wrong")).release
    assert (held.state, held.held_from) == ("held", "tested")
    assert gates(resume(team.app("rita"), "1.4.0", "sorry")) == {"may_act"}
    assert gates(approve(team.app("anna"), "1.4.0", "dev")) == {"in_state"}
    after = done(resume(team.app("dana"), "1.4.0", "old export")).release
    assert (after.state, after.held_from) == (before.state, None)


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_a_hold_needs_a_reason(team: Team, reason: str) -> None:
    """White space is no reason."""
    team.tested("1.4.0")
    with pytest.raises(UsageError, match="reason"):
        hold(team.app("dana"), "1.4.0", reason)


def test_a_reason_is_kept_as_given_up_to_its_limit(team: Team) -> None:
    """Control characters are kept and escaped where shown; what is too long is refused with the limit."""
    team.tested("1.4.0")
    with pytest.raises(UsageError) as caught:
        hold(team.app("dana"), "1.4.0", "x" * 100_000)
    assert "4000" in caught.value.why[0]
    with pytest.raises(UsageError):
        hold(team.app("dana"), "1.4.0", "bad \udc80 byte")
    kept = done(hold(team.app("dana"), "1.4.0", "red \x1b[31m alert"))
    assert kept.recorded[-1].event.reason == "red \x1b[31m alert"


def test_names_that_do_not_exist_get_the_nearest(team: Team) -> None:
    """A typo is a usage error that says what was meant."""
    team.tested("1.4.0")
    with pytest.raises(UsageError) as caught:
        approve(team.app("anna"), "1.4.1", "dev")
    assert caught.value.next_step == ("did you mean 1.4.0?",)
    with pytest.raises(UsageError) as caught:
        approve(team.app("anna"), "1.4.0", "pord")
    assert caught.value.next_step == ("did you mean prod?",)


def test_a_file_that_differs_from_the_policy_in_force_stops_everything(team: Team) -> None:
    """Nobody gets to production by editing their own copy."""
    own = Workflow("group/data-provider", (Environment("dev", "deploy-dev", "dev"),))
    with pytest.raises(SetupError, match="differs"):
        create(team.app("chris", own), "1.4.0", None, None)


def test_a_release_that_was_bound_anew_meanwhile_is_a_conflict(team: Team) -> None:
    """What GitLab was asked about is no longer what the release is: nothing is decided on it."""
    team.gitlab.push("v1.4.0")
    done(create(team.app("chris"), "1.4.0", None, None))
    team.gitlab.before("members", lambda: done(record_test(team.app("dana"), "1.4.0")))
    assert isinstance(record_test(team.app("chris"), "1.4.0"), Conflict)
