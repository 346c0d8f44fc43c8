"""Reject, unapprove, amend, close: people change their mind, and nothing of an old decision counts for a new one."""

from dataclasses import replace

import pytest

from relflow.core.errors import UsageError
from relflow.core.people import Level
from relflow.core.workflow import Environment
from relflow.service.holding import hold
from relflow.service.playing import deploy
from relflow.service.releases import amend, approve, create, record_test, reject, resume, unapprove
from tests.doubles.clock import SteppingClock
from tests.doubles.team import WORKFLOW, Team, assembled, done, memory_store
from tests.service.test_playing import dev_job
from tests.service.test_walk import gates, names


@pytest.fixture
def ready(team: Team) -> Team:
    """1.4.0 is approved for dev by anna, and a job that runs succeeds at the first look."""
    team.approved(team.tested("1.4.0").version)
    team.runs_at_once()
    return team


def test_a_rejection_holds_and_the_quorum_falls(ready: Team) -> None:
    """After the quorum: the release waits, and resuming leads to where approvals are waited for."""
    result = done(reject(ready.app("dana"), "1.4.0", "dev", "the totals are wrong"))
    assert names(result) == ["approval_rejected", "release_held"]
    assert (result.release.state, result.release.held_from) == ("held", "tested")


def test_a_rejection_stands_however_many_agree(ready: Team) -> None:
    """Until the same person approves, nobody else's approval completes the quorum."""
    done(reject(ready.app("dana"), "1.4.0", "dev", "the totals are wrong"))
    done(resume(ready.app("dana"), "1.4.0", "let us talk"))
    assert done(approve(ready.app("ben"), "1.4.0", "dev")).release.state == "tested"
    refused = deploy(ready.app("chris"), "1.4.0", "dev")
    assert {"in_state", "quorum_met"} == gates(refused)
    agreed = done(approve(ready.app("dana"), "1.4.0", "dev"))
    assert agreed.release.state == "approved-dev"
    done(deploy(ready.app("chris"), "1.4.0", "dev"))


def test_rejecting_withdraws_ones_own_yes(ready: Team) -> None:
    """Nobody says yes and no at once."""
    release = done(reject(ready.app("anna"), "1.4.0", "dev", "on second thought")).release
    assert [(each.by.name, each.decision) for each in release.approvals] == [
        ("anna", "withdrawn"),
        ("anna", "rejected"),
    ]


@pytest.mark.parametrize(("who", "gate"), [("rita", "may_approve")])
def test_who_may_not_approve_may_not_reject(ready: Team, who: str, gate: str) -> None:
    """A no weighs as much as a yes; whoever has none may hold instead."""
    assert gate in gates(reject(ready.app(who), "1.4.0", "dev", "no"))


def test_a_yes_can_be_taken_back(ready: Team) -> None:
    """Where the quorum falls with it the release falls back, and a deployment is refused."""
    release = done(unapprove(ready.app("anna"), "1.4.0", "dev")).release
    assert release.state == "tested"
    assert list(release.approvals_for("dev")) == []
    assert "quorum_met" in gates(deploy(ready.app("chris"), "1.4.0", "dev"))
    assert done(approve(ready.app("anna"), "1.4.0", "dev")).release.state == "approved-dev"


def test_a_quorum_that_stands_without_it_stays(ready: Team) -> None:
    """One of two approvals is taken back where one is enough."""
    done(approve(ready.app("ben"), "1.4.0", "dev"))
    assert done(unapprove(ready.app("ben"), "1.4.0", "dev")).release.state == "approved-dev"


def test_only_ones_own_yes_can_be_taken_back(ready: Team) -> None:
    """The refusal names whose it is."""
    assert gates(unapprove(ready.app("ben"), "1.4.0", "dev")) == {"own_approval"}


@pytest.mark.parametrize("act", ["unapprove", "reject", "amend"])
def test_nothing_changes_its_mind_about_a_running_deployment(ready: Team, act: str) -> None:
    """While the job runs the word stays; a hold is what stops the line."""
    job = dev_job(ready)
    done(deploy(ready.app("chris"), "1.4.0", "dev", wait=False))
    ready.gitlab.commit("v1.4.0-fixed")
    acts = {
        "unapprove": lambda: unapprove(ready.app("anna"), "1.4.0", "dev"),
        "reject": lambda: reject(ready.app("anna"), "1.4.0", "dev", "stop"),
        "amend": lambda: amend(ready.app("anna"), "1.4.0", "fix", ref="v1.4.0-fixed"),
    }
    assert "nothing_under_way" in gates(acts[act]())
    assert ready.gitlab.jobs[job.id].status == "pending"


def test_an_amend_begins_a_new_revision(ready: Team) -> None:
    """Another commit: draft again, and neither evidence nor approvals of the old one count."""
    ready.gitlab.push("v1.4.0-fixed")
    amended = done(amend(ready.app("chris"), "1.4.0", "the fix", ref="v1.4.0-fixed")).release
    assert (amended.state, amended.revision, amended.ref, amended.pipeline) == ("draft", 2, "v1.4.0-fixed", None)
    assert amended.commit == ready.gitlab.refs["v1.4.0-fixed"]
    assert [amended.counts(each) for each in amended.approvals] == [False]
    done(record_test(ready.app("chris"), "1.4.0"))
    assert "quorum_met" in gates(deploy(ready.app("chris"), "1.4.0", "dev"))
    done(approve(ready.app("anna"), "1.4.0", "dev"))
    assert done(deploy(ready.app("chris"), "1.4.0", "dev")).release.deployments[0].revision == 2


def test_an_amend_to_what_it_is_bound_to_is_refused(ready: Team) -> None:
    """Nothing would change."""
    assert gates(amend(ready.app("chris"), "1.4.0", "again", ref="v1.4.0")) == {"binds_anew"}


def test_an_amend_to_nothing_is_a_usage_error(ready: Team) -> None:
    """A ref or a pipeline that does not exist, and how to find one that does."""
    with pytest.raises(UsageError, match="knows no tag") as no_ref:
        amend(ready.app("chris"), "1.4.0", "again", ref="v9")
    assert no_ref.value.next_step == ("relflow amend 1.4.0 --ref REF -m REASON     with a ref that was pushed",)
    with pytest.raises(UsageError, match="no pipeline 999") as no_pipeline:
        amend(ready.app("chris"), "1.4.0", "again", pipeline_id=999)
    listed = f"{ready.gitlab.project.url}/-/pipelines     lists them"
    assert no_pipeline.value.next_step == (listed,)


def test_a_pipeline_that_was_run_again_is_the_newer_word(ready: Team) -> None:
    """The evidence is old: amend to the new pipeline, test and approve again, and the job of that one is played."""
    old, newer = ready.release("1.4.0").pipeline, ready.gitlab.push("v1.4.0")
    refused = deploy(ready.app("chris"), "1.4.0", "dev")
    assert gates(refused) == {"evidence_current"}
    amended = done(amend(ready.app("chris"), "1.4.0", "run again", pipeline_id=newer.id)).release
    assert old is not None
    assert amended.pipeline is not None
    assert (amended.revision, amended.pipeline.id) == (2, newer.id)
    done(record_test(ready.app("chris"), "1.4.0"))
    done(approve(ready.app("anna"), "1.4.0", "dev"))
    assert done(deploy(ready.app("chris"), "1.4.0", "dev")).release.deployments[0].pipeline_id == newer.id


def test_a_moved_tag_is_refused(ready: Team) -> None:
    """The version means another commit now; amend says so."""
    ready.gitlab.commit("v1.4.0")
    refused = deploy(ready.app("chris"), "1.4.0", "dev")
    assert gates(refused) == {"ref_unmoved"}
    done(amend(ready.app("chris"), "1.4.0", "the tag was moved", ref="v1.4.0"))


def test_a_branch_that_went_on_is_no_moved_tag(team: Team) -> None:
    """A branch moves with every push; only a tag promises to stay."""
    team.gitlab.push("main")
    done(create(team.app("chris"), "1.4.0", "main", None))
    done(record_test(team.app("chris"), "1.4.0"))
    team.approved("1.4.0")
    team.gitlab.commit("main")
    team.runs_at_once()
    assert done(deploy(team.app("chris"), "1.4.0", "dev")).release.state == "deployed-dev"


def test_a_recalled_version_is_not_made_anew(ready: Team) -> None:
    """Held in the last environment's state: what was in production keeps its meaning."""
    done(deploy(ready.app("chris"), "1.4.0", "dev"))
    ready.approved("1.4.0", "prod", by=("anna", "ben"))
    done(deploy(ready.app("chris"), "1.4.0", "prod"))
    ready.gitlab.commit("v1.4.1")
    assert "in_state" in gates(amend(ready.app("chris"), "1.4.0", "quick fix", ref="v1.4.1"))
    done(hold(ready.app("dana"), "1.4.0", "recalled"))
    assert gates(amend(ready.app("chris"), "1.4.0", "quick fix", ref="v1.4.1")) == {"not_recalled"}


def test_a_closed_release_is_reopened_by_an_amend_only(ready: Team) -> None:
    """Closing holds it and puts it out of sight; a held one can be closed too, once."""
    result = done(hold(ready.app("dana"), "1.4.0", "abandoned", close=True))
    assert names(result) == ["release_held", "release_closed"]
    assert gates(resume(ready.app("dana"), "1.4.0", "no")) == {"not_closed"}
    assert "in_state" in gates(hold(ready.app("dana"), "1.4.0", "again", close=True))
    ready.gitlab.commit("v1.4.0-fixed")
    reopened = done(amend(ready.app("dana"), "1.4.0", "we do need it", ref="v1.4.0-fixed")).release
    assert (reopened.closed, reopened.state) == (False, "draft")


def test_a_held_release_can_be_closed(ready: Team) -> None:
    """It stays held from where it was."""
    done(hold(ready.app("dana"), "1.4.0", "wait"))
    closed = done(hold(ready.app("dana"), "1.4.0", "never mind", close=True))
    assert names(closed) == ["release_closed"]
    assert (closed.release.closed, closed.release.held_from) == (True, "approved-dev")


def test_where_the_policy_says_so_an_approver_may_not_deploy(team: Team) -> None:
    """Four eyes for the deployer: somebody else plays the job."""
    apart = Environment("dev", "deploy-dev", "dev", four_eyes=("creator", "deployer"))
    clock = SteppingClock()
    strict = assembled(memory_store(clock), clock, replace(WORKFLOW, environments=(apart,)))
    strict.runs_at_once()
    strict.approved(strict.tested("1.4.0").version, by=("dana",))
    assert gates(deploy(strict.app("dana"), "1.4.0", "dev")) == {"four_eyes"}
    assert done(deploy(strict.app("chris"), "1.4.0", "dev")).release.state == "deployed-dev"


def test_a_rejecter_who_left_is_still_answered(ready: Team) -> None:
    """Their no stands until an amend; the refusal says whose it is."""
    done(reject(ready.app("dana"), "1.4.0", "dev", "no"))
    done(resume(ready.app("anna"), "1.4.0", "go on"))
    ready.gitlab.people["dana"].level = Level.NONE
    done(approve(ready.app("ben"), "1.4.0", "dev"))
    assert ready.release("1.4.0").state == "tested"
