"""Whether somebody may start the job of a deployment that is open: nothing has started it, and every gate holds anew.

A replay is a decision to deploy by the person who asks, so that it is judged as one; only the deployment itself
does not stand in its own way.
"""

from dataclasses import replace
from datetime import timedelta

from relflow.core.case import Case, command_line
from relflow.core.commands import BreakGlass, DeployRelease, ReplayDeployment, RollbackRelease
from relflow.core.facts import Facts
from relflow.core.gates.pipeline import how
from relflow.core.gates.table import reason_given
from relflow.core.judging import results_of
from relflow.core.machine import judge
from relflow.core.observe import Ended, Odd, Running, Waiting, observe, runs_since
from relflow.core.release import BREAK_GLASS, Deployment
from relflow.core.starting import BEHIND, quiet_until, way_of, way_to_start
from relflow.core.verdict import GateResult, blocked, final, passed


def abandon_line(deployment: Deployment) -> str:
    """The command that closes the deployment on a person's word."""
    return f"relflow reconcile --abandon {deployment.id} -m REASON"


def replay_line(deployment: Deployment) -> str:
    """The command that starts its job on a person's word."""
    return f"relflow reconcile --replay {deployment.id} -m REASON"


def asked_again(deployment: Deployment, reason: str) -> DeployRelease | BreakGlass | RollbackRelease:
    """The request that a replay of the deployment repeats."""
    if deployment.kind == "rollback":
        return RollbackRelease(deployment.environment, reason)
    if deployment.kind == BREAK_GLASS:
        return BreakGlass(deployment.environment, reason)
    return DeployRelease(deployment.environment)


def may_replay(case: Case, command: ReplayDeployment, deployment: Deployment) -> tuple[GateResult, ...]:
    """All that a replay needs. The facts are those of a deployment, with `job` the one that the POST would name."""
    waits = _job_waits(case, deployment)
    own = (_reason_given(case, deployment), *waits)
    if case.workflow.environment(deployment.environment) is None:
        return (*own, final("environment_known", f"the policy has no environment {deployment.environment} any more"))
    asked = asked_again(deployment, command.reason)
    again = replace(case, command=asked, facts=without_own(case.facts, deployment))
    # That job is asked about already, and better: a deployment would be told what to do for another one.
    said = ("reason_given",) if waits[0].holds else ("reason_given", "job_playable")
    gates = (each for each in results_of(again, judge(again)) if each.gate not in said)
    # Where a gate says to ask the same again, that is the replay: a second deployment would find this one open.
    typed = command_line(again)
    return (*own, *(replace(each, next=replay_line(deployment)) if each.next == typed else each for each in gates))


def without_own(facts: Facts, deployment: Deployment) -> Facts:
    """The facts as if the deployment were not open."""
    place = facts.environment
    if place is None or place.open_deployment is None or place.open_deployment.id != deployment.id:
        return facts
    return replace(facts, environment=replace(place, open_deployment=None, open_version=None))


def _reason_given(case: Case, deployment: Deployment) -> GateResult:
    given = reason_given(case)
    return given if given.holds else replace(given, next=replay_line(deployment))


def _job_waits(case: Case, deployment: Deployment) -> tuple[GateResult, ...]:
    """Whether nothing has started the job; and if so, whether a POST still may."""
    name, unstarted = "quiet_period_over", _job_unstarted(case, deployment)
    if not unstarted.holds:
        return (unstarted,)
    if behind := clock_behind(case.facts):
        return unstarted, blocked(name, behind)
    lost = may_still_arrive(name, case.facts, deployment, replay_line(deployment))
    return unstarted, lost or passed(name)


def _job_unstarted(case: Case, deployment: Deployment) -> GateResult:
    """What GitLab shows is still as it was before the first POST."""
    name, job = "job_unstarted", case.facts.job
    if deployment.odd:
        return blocked(name, deployment.odd, next=abandon_line(deployment))
    if deployment.phase == "accepted":
        return blocked(name, f"GitLab accepted the {way_of(deployment)} already", next="relflow reconcile")
    seen = observe(deployment, job, case.facts.pipeline)
    if not isinstance(seen, Waiting):
        return blocked(name, _shown(seen), next="relflow reconcile")
    if runs := runs_since(deployment, case.facts.pipeline):
        return blocked(name, f"job {runs[0].id} {how(runs[0].status)}: look again", next="relflow reconcile")
    if job is None or job.id != deployment.starts or way_to_start(deployment.kind, job.status) != way_of(deployment):
        shown = how(job.status if job else None)
        return blocked(name, f"job {deployment.starts} {shown}", next=abandon_line(deployment))
    return passed(name, f"job {job.id} {how(job.status)}")


def _shown(seen: Running | Ended | Odd) -> str:
    if isinstance(seen, Odd):
        return seen.why
    goes_on = "watch it" if isinstance(seen, Running) else "its end can be recorded"
    return f"job {seen.job.id} {how(seen.job.status)}: {goes_on}"


def clock_behind(facts: Facts) -> str | None:
    """That the quiet period which a play begins now would be over too early; None where the clock may begin one.

    As it was measured when GitLab said who acts, too: a machine may sleep for an hour after that, and its clock then
    seems to be ahead of what GitLab had said.
    """
    measured = -(facts.clock_ahead or timedelta())
    behind = max(facts.surely_at - facts.at, measured)
    return f"this machine's clock is {behind.total_seconds():.0f} s behind GitLab's" if behind > BEHIND else None


def may_still_arrive(name: str, facts: Facts, deployment: Deployment, line: str) -> GateResult | None:
    """That a POST may be on its way; None once it has arrived or never will. `line` is what to type then."""
    until = quiet_until(deployment)
    if until is None or facts.surely_at >= until:
        return None
    by = f" by {deployment.starters[-1].name}" if deployment.taken_over_by else ""
    why = f"the {way_of(deployment)} of job {deployment.starts}{by} may still arrive at GitLab"
    return blocked(name, why, earliest=until, next=line)
