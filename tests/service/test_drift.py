"""Runs that somebody started past relflow: found once by whoever looks, and accepted by name."""

from datetime import timedelta

import pytest

from relflow.core.errors import GitLabError, UsageError
from relflow.core.events import DriftDetected, Event
from relflow.core.facts import Job
from relflow.service.app import No
from relflow.service.drifting import Noted, accept
from relflow.service.playing import deploy
from relflow.service.reconciling import abandon, reconcile
from relflow.service.rehearsing import rehearse
from relflow.service.releases import resume
from tests.doubles.gitlab import PlayFault
from tests.doubles.gitlab_world import Planned
from tests.doubles.team import Team, done


def drifted(team: Team, by: str = "anna") -> list[DriftDetected]:
    """What a look of that person found."""
    return [each.event for each in reconcile(team.app(by)).drifted if isinstance(each.event, DriftDetected)]


def played(team: Team, version: str, name: str = "deploy-dev", by: str = "ben", status: str = "success") -> Job:
    """Somebody clicked play in GitLab, and the job ended."""
    pipeline = team.release(version).pipeline
    assert pipeline is not None
    job = team.gitlab.named(team.gitlab.pipelines[pipeline.id], name)
    team.gitlab.play(job.id, by)
    youngest = team.gitlab.named(team.gitlab.pipelines[pipeline.id], name)
    team.clock.sleep(5)
    return team.gitlab.finish(youngest.id, status)


def noted(outcome: object) -> Noted:
    """The acceptance, which must be."""
    assert isinstance(outcome, Noted), outcome
    return outcome


def test_a_colleague_clicked_play(team: Team) -> None:
    """Found at the next look, exactly once; the release is held until somebody takes note, and goes on behind it."""
    team.tested("1.4.0")
    team.approved("1.4.0")
    job = played(team, "1.4.0")
    (found,) = drifted(team)
    assert (found.release, found.environment, found.job_id, found.played_by) == ("1.4.0", "dev", job.id, "gitlab:ben")
    assert team.release("1.4.0").state == "held"
    assert drifted(team, "chris") == []
    refused = resume(team.app("chris"), "1.4.0", "go on")
    assert isinstance(refused, No)
    assert [each.gate for each in refused.refusals] == ["not_drifted"]
    result = noted(accept(team.app("chris"), "dev", None, "ben had to"))
    assert result.deployment is not None
    assert (result.deployment.kind, result.deployment.outcome) == ("foreign", "success")
    resumed = done(resume(team.app("chris"), "1.4.0", "go on")).release
    assert resumed.state == "deployed-dev"
    assert drifted(team) == []


def test_a_click_on_what_nobody_approved(team: Team) -> None:
    """It is what is live there; the release stays where it was."""
    team.tested("1.4.0")
    played(team, "1.4.0")
    drifted(team)
    result = noted(accept(team.app("chris"), "dev", 1, "we know"))
    assert result.deployment is None
    assert done(resume(team.app("chris"), "1.4.0", "go on")).release.state == "tested"
    with team.store.read() as book:
        live = book.environment("dev").live
    assert live is not None
    assert (live.version, live.kind, live.by) == ("1.4.0", "foreign", "gitlab:ben")


def test_a_commit_of_no_release(team: Team) -> None:
    """Nobody is held; the environment is marked, and nothing is deployed there until somebody takes note."""
    pipeline = team.gitlab.push("hotfix", Planned("deploy-by-hand", "deploy", "manual", "dev"))
    job = team.gitlab.named(pipeline, "deploy-by-hand")
    team.gitlab.play(job.id, "ben")
    team.gitlab.finish(job.id)
    team.tested("1.4.0")
    team.approved("1.4.0")
    (found,) = drifted(team)
    assert (found.release, found.job_name) == (None, "deploy-by-hand")
    refused = deploy(team.app("chris"), "1.4.0", "dev")
    assert isinstance(refused, No)
    assert [each.gate for each in refused.refusals] == ["not_drifted"]
    noted(accept(team.app("chris"), "dev", 1, "a hotfix"))
    team.runs_at_once()
    assert done(deploy(team.app("chris"), "1.4.0", "dev")).release.state == "deployed-dev"
    with team.store.read() as book:
        live = book.environment("dev").live
    assert live is not None
    assert (live.version, live.kind) == ("1.4.0", "deploy")


def test_a_deployment_that_was_only_recorded(team: Team) -> None:
    """Somebody claims it through the API: one record, however often its status changes."""
    made = team.gitlab.record_deployment("production", "e" * 40, "running")
    (found,) = drifted(team)
    assert (found.job_id, found.gitlab_deployment_id, found.status) == (None, made.id, "running")
    team.clock.sleep(60)
    team.gitlab.update_deployment(made.id, "success")
    assert drifted(team) == []


def test_pipelines_that_were_cleaned_up_are_none(team: Team) -> None:
    """GitLab deletes old ones by itself: the deployments stay without a job, of what waited and of what relflow ran."""
    for version in ("1.3.0", "1.4.0"):
        team.approved(team.tested(version).version)
    team.runs_at_once()
    done(deploy(team.app("chris"), "1.4.0", "dev"))
    for version in ("1.3.0", "1.4.0"):
        pipeline = team.release(version).pipeline
        assert pipeline is not None
        team.gitlab.delete_pipeline(pipeline.id)
    assert drifted(team) == []
    assert (team.release("1.3.0").state, team.release("1.4.0").state) == ("approved-dev", "deployed-dev")


def test_a_foreign_run_whose_pipeline_was_deleted(team: Team) -> None:
    """It is found all the same: relflow deployed nothing there that ended so."""
    team.approved(team.tested("1.4.0").version)
    pipeline = team.gitlab.pipelines[played(team, "1.4.0").pipeline_id]
    team.gitlab.delete_pipeline(pipeline.id)
    (found,) = drifted(team)
    assert (found.environment, found.job_id, found.commit) == ("dev", None, pipeline.commit)
    assert team.release("1.4.0").state == "held"


def test_relflows_own_runs_are_none(team: Team) -> None:
    """Neither a first attempt, nor the retry of a failed one, nor while they are open."""
    team.tested("1.4.0")
    team.approved("1.4.0")
    deploy(team.app("chris"), "1.4.0", "dev", wait=False)
    assert drifted(team) == []  # it watches the job to its end, which does not come
    team.gitlab.finish(team.release("1.4.0").deployments[0].job_id or 0, "failed")
    assert drifted(team) == []
    team.runs_at_once()
    done(deploy(team.app("chris"), "1.4.0", "dev"))
    assert drifted(team) == []


def test_a_deployment_that_lags_behind_its_job(team: Team) -> None:
    """GitLab's list calls it blocked long after the job ran, and says no change: it is read again and again."""
    team.tested("1.4.0")
    job = played(team, "1.4.0")
    team.gitlab.lag(job.id, "blocked", team.clock.now() - timedelta(days=3))
    team.gitlab.record_deployment("dev", "e" * 40)  # the look goes past it
    assert [each.job_id for each in drifted(team)] == [job.id, None]


def test_what_comes_late_is_found(team: Team) -> None:
    """A row that GitLab wrote with an earlier time than what was read before: the look overlaps."""
    team.clock.sleep(7200)
    team.gitlab.record_deployment("dev", "e" * 40)
    assert len(drifted(team)) == 1
    late = team.gitlab.record_deployment("dev", "d" * 40)
    team.gitlab.update_deployment(late.id, "success", team.clock.now() - timedelta(minutes=30))
    assert [each.gitlab_deployment_id for each in drifted(team)] == [late.id]


def test_what_ran_before_relflow_came_is_none(team: Team) -> None:
    """What started before the policy was in force is not asked after."""
    team.tested("1.4.0")
    job = played(team, "1.4.0")
    team.gitlab.change(job.id, "success", started_at=team.clock.now() - timedelta(days=1))
    assert drifted(team) == []


def test_a_play_that_came_after_it_was_given_up(team: Team) -> None:
    """The POST was lost, a person gave up after the quiet period, and then it arrived: one record, and the hold."""
    team.tested("1.4.0")
    team.approved("1.4.0")
    team.gitlab.play_faults.append(PlayFault(effect="later"))
    deploy(team.app("chris"), "1.4.0", "dev")
    team.clock.sleep(700)
    done(abandon(team.app("chris"), 1, "nothing came"))
    assert drifted(team) == []
    team.gitlab.deliver()
    (found,) = drifted(team)
    assert (found.deployment_id, found.played_by, found.status) == (1, "gitlab:chris", "pending")
    assert team.release("1.4.0").state == "held"


def test_a_retry_that_nobody_has_seen_yet(team: Team) -> None:
    """The answer was lost, so no record knows the new job while it runs: it is the open deployment's all the same."""
    team.tested("1.4.0")
    team.approved("1.4.0")
    team.runs_at_once("failed")
    deploy(team.app("chris"), "1.4.0", "dev")
    team.heard.on_look = lambda _: None
    team.gitlab.play_faults.append(PlayFault())
    deploy(team.app("chris"), "1.4.0", "dev", timeout_s=1)
    again = team.release("1.4.0").deployments[1]
    assert (again.phase, again.job_id) == ("unknown", None)
    assert reconcile(team.app("anna"), timeout_s=1).drifted == ()
    team.runs_at_once()
    assert drifted(team) == []
    assert team.release("1.4.0").state == "deployed-dev"


def test_looking_costs_three_requests(team: Team) -> None:
    """Two for who asks, and three lists, however many environments there are."""
    reconcile(team.app("anna"))
    assert [each.method for each in team.gitlab.calls] == ["identify", *["deployments"] * 3]


def test_a_gitlab_in_trouble(team: Team) -> None:
    """Nothing is recorded of an environment that could not be read; the next look finds it."""
    team.tested("1.4.0")
    played(team, "1.4.0")
    team.gitlab.fail("deployments")
    with pytest.raises(GitLabError):
        reconcile(team.app("anna"))
    assert len(drifted(team)) == 1


def test_a_run_is_no_deployment_while_another_is_open(team: Team) -> None:
    """The job failed and was retried in GitLab: what is open there is closed first, then the retry may be accepted."""
    team.tested("1.4.0")
    team.approved("1.4.0")
    done(deploy(team.app("chris"), "1.4.0", "dev", wait=False))
    job = played(team, "1.4.0", status="failed")
    again = team.gitlab.retry(job.id, "ben").job
    assert again is not None
    team.gitlab.finish(again.id)
    reconcile(team.app("anna"))
    refused = accept(team.app("anna"), "dev", None, "it was fixed")
    assert isinstance(refused, No)
    assert [(each.gate, each.next) for each in refused.refusals] == [("environment_free", "relflow reconcile")]
    done(abandon(team.app("anna"), 1, "it failed"))
    assert noted(accept(team.app("anna"), "dev", None, "it was fixed")).deployment is not None


def test_what_somebody_else_started_is_no_end_of_what_was_given_up(team: Team) -> None:
    """Somebody plays its job, somebody else runs that again: neither is relflow's, and each has its record."""
    team.tested("1.4.0")
    team.approved("1.4.0")
    team.gitlab.play_faults.append(PlayFault("never"))
    deploy(team.app("chris"), "1.4.0", "dev")
    job = played(team, "1.4.0", by="emil", status="failed")
    again = team.gitlab.retry(job.id, "ben").job
    assert again is not None
    team.gitlab.finish(again.id)
    reconcile(team.app("anna"))
    done(abandon(team.app("anna"), 1, "neither is ours"))
    reconcile(team.app("anna"))
    with team.store.read() as book:
        assert {each.job_id for each in book.drifts()} == {job.id, again.id}


def test_a_gitlab_that_fails_when_drift_is_looked_for(team: Team) -> None:
    """What became of the open deployments is told all the same, with why nobody could look."""
    team.approved(team.tested("1.4.0").version)
    done(deploy(team.app("chris"), "1.4.0", "dev", wait=False))
    team.runs_at_once()
    for nth in (1, 2):
        team.gitlab.fail("deployments", nth=nth)
    with pytest.raises(GitLabError):
        rehearse(team.app("anna"))
    seen = reconcile(team.app("anna"))
    assert done(seen.results[0]).release.state == "deployed-dev"
    assert isinstance(seen.failed, GitLabError)


def test_naming_a_drift(team: Team) -> None:
    """Which one must be clear; what is not there is said, with what is."""
    with pytest.raises(UsageError, match="no drift in dev"):
        accept(team.app("chris"), "dev", None, "yes")
    with pytest.raises(UsageError, match="there is no environment dve"):
        accept(team.app("chris"), "dve", None, "yes")
    for commit in "ab":
        team.gitlab.record_deployment("dev", commit * 40)
    drifted(team)
    with pytest.raises(UsageError, match="2 drifts in dev wait to be accepted: which one") as caught:
        accept(team.app("chris"), "dev", None, "yes")
    assert caught.value.next_step[0].startswith("relflow drift accept dev 1 -m REASON")
    with pytest.raises(UsageError, match="there is no drift 9 in dev"):
        accept(team.app("chris"), "dev", 9, "yes")
    with pytest.raises(UsageError, match="there is no drift 1 in prod") as caught:
        accept(team.app("chris"), "prod", 1, "yes")
    assert caught.value.why == ("it is in dev",)
    with pytest.raises(UsageError, match="needs a reason"):
        accept(team.app("chris"), "dev", 1, " ")


def test_a_refused_acceptance_is_recorded(team: Team) -> None:
    """By whom, of what, and why not."""
    team.tested("1.4.0")
    played(team, "1.4.0")
    drifted(team)
    refused = accept(team.app("rita"), "dev", 1, "yes")
    assert isinstance(refused, No)
    (event,) = (each.event for each in refused.recorded)
    assert (event.name, event.release, event.environment, event.actor.name) == (
        "command_refused",
        "1.4.0",
        "dev",
        "rita",
    )
    assert of_kind(event) == "drift accept"


def of_kind(event: Event) -> str:
    """The trigger of a refusal."""
    return str(getattr(event, "trigger", ""))
