"""The gates about the place a release goes to: its job, who else is there, and what runs there now."""

from collections.abc import Iterator

from relflow.core.case import Case, command_line, deployers
from relflow.core.commands import DeployRelease, Planned
from relflow.core.drift import accept_line
from relflow.core.facts import UNDERWAY, Job
from relflow.core.freeze import Lock, unlock_line
from relflow.core.gates.pipeline import how
from relflow.core.gates.time import told
from relflow.core.release import Deployment
from relflow.core.starting import way_to_start
from relflow.core.verdict import GateResult, blocked, final, passed, unknown
from relflow.core.versions import is_newer
from relflow.core.workflow import DRAFT


def job_playable(case: Case) -> GateResult:
    """The pipeline has exactly one current job of the configured name, at the release's commit, that can be started."""
    name, release, pipeline = "job_playable", case.release, case.facts.pipeline
    if release.pipeline is None:
        return _unbound(name, case)
    if case.facts.pipelines == ():
        return _gone(name, case, release.pipeline.id)
    if pipeline is None or pipeline.jobs is None or pipeline.id != release.pipeline.id:
        return unknown(name, "whether the job waits to be played")
    current = pipeline.current(case.environment.job)
    if len(current) != 1:
        count = "no job" if not current else f"{len(current)} jobs"
        return final(name, f"pipeline {pipeline.id} has {count} named {case.environment.job}")
    return _startable(name, current[0], case)


def _unbound(name: str, case: Case) -> GateResult:
    """Not tested yet; or imported from a time whose pipelines are gone."""
    version, why = case.release.version, f"no pipeline is bound to {case.release.version}"
    if case.release.stands_in == DRAFT:
        return blocked(name, f"{why} yet", next=f"relflow test {version}")
    if case.command.trigger == "rollback":
        return final(name, f"{why}, so that nobody knows which job ran")
    return blocked(name, why, next=f"relflow amend {version} --pipeline ID -m REASON")


def _gone(name: str, case: Case, pipeline_id: int) -> GateResult:
    why = f"pipeline {pipeline_id} is gone from GitLab"
    if case.command.trigger == "rollback":
        return final(name, f"{why}, and with it the job that ran")
    return blocked(name, why, next=f"relflow amend {case.release.version} --pipeline ID -m REASON")


def _startable(name: str, job: Job, case: Case) -> GateResult:
    who, rolls_back = f" by {job.username}" if job.username else "", case.command.trigger == "rollback"
    if job.commit != case.release.commit:
        return final(name, f"job {job.id} is of commit {job.commit[:12]}, not {case.release.commit[:12]}")
    if (way := way_to_start(case.command.trigger, job.status)) is not None:
        return passed(name, f"job {job.id} {how(job.status)}" + (": it is run again" if way == "retry" else ""))
    started = f"{job.name} was started{who} already: job {job.id} {how(job.status)}"
    if job.status in UNDERWAY:
        return blocked(name, f"{started}, wait for its end", next=command_line(case))
    if job.status == "success":
        anew = f"relflow amend {case.release.version} --pipeline ID -m REASON"
        return blocked(name, f"{started}, and only a new pipeline has another", next=anew)
    if rolls_back:
        return final(name, f"job {job.id} is {job.status}: it never ran, and a rollback runs a job again")
    why = f"job {job.id} is {job.status}, not manual: something before it is not done"
    return blocked(name, why, next=command_line(case))


def deployed_before(case: Case) -> GateResult:
    """The release ran in the environment before, at its current revision."""
    name, release, environment = "deployed_before", case.release, case.environment.name
    if (brought := release.brought_to(environment)) is not None:
        return passed(name, f"deployment {brought.id}")
    revision = f", at revision {release.revision}" if release.revision > 1 else ""
    return final(name, f"{release.version} was never deployed to {environment}{revision}")


def environment_free(case: Case) -> GateResult:
    """No deployment to the environment is open, and nobody locked it."""
    name, environment = "environment_free", case.facts.environment
    if environment is None:
        return unknown(name, "what runs there")
    lock = environment.lock
    stands = lock is not None and any(lock.stands(at) for at in case.facts.moments)
    locked = _locked(case, lock) if lock and stands else None
    if environment.occupied:
        return blocked(name, "; ".join(filter(None, (environment.occupied, locked))), next="relflow reconcile")
    if lock and locked:
        return blocked(name, locked, who=tuple(each.username for each in deployers(case)), next=unlock_line(lock))
    return passed(name)


def _locked(case: Case, lock: Lock) -> str:
    until = f", until {told(lock.until, case.environment)}" if lock.until else ""
    return f"{lock.environment} is {lock.what}{until}"


def not_older(case: Case) -> GateResult:
    """What is live in the environment is not newer: by version, else by pipeline."""
    name, facts, release = "not_older", case.facts, case.release
    if facts.environment is None:
        return unknown(name, "what is live there")
    live = facts.environment.live
    if live is None or live.version == release.version:
        return passed(name)
    newer = is_newer(live.version, than=release.version) if live.version else None
    if newer is None:
        newer = release.pipeline is not None and live.pipeline_id > release.pipeline.id
    if newer:
        why = f"{live.label} is live in {case.environment.name}, and it is newer than {release.version}"
        return final(name, f"{why}: a deployment never goes back")
    return passed(name, f"{live.label} is live")


def not_drifted(case: Case) -> GateResult:
    """No run that nobody accepted yet: none in the environment, or where none is asked for, none of the release."""
    name, environment = "not_drifted", case.command.environment
    if case.facts.drifts is None:
        return unknown(name, "what else ran there")
    if environment is None:
        there = [each for each in case.facts.drifts if each.version == case.release.version]
    else:
        there = [each for each in case.facts.drifts if each.environment == environment]
    if not there:
        return passed(name)
    more = f", and {len(there) - 1} more" if len(there) > 1 else ""
    why = f"{there[0].what} went to {there[0].environment} without relflow{more}"
    who = tuple(each.username for each in deployers(case))
    return blocked(name, why, who=who, next=accept_line(there[0]))


def review_done(case: Case) -> GateResult:
    """Whatever was deployed there past its approvals was signed off, by somebody else than who did so."""
    name, environment = "review_done", case.facts.environment
    if environment is None:
        return unknown(name, "what was deployed past its approvals")
    if (debt := environment.debt) is None:
        return passed(name)
    why = f"deployment {debt.id} of {environment.debt_version} by {debt.requested_by.name} went past its approvals"
    others = {each.gitlab_user_id for each in debt.starters}
    who = tuple(each.username for each in deployers(case) if each.user_id not in others)
    return blocked(name, f"{why}, and nobody signed it off", who=who, next=signoff_line(debt))


def signoff_line(deployment: Deployment) -> str:
    """The command that signs the deployment off."""
    return f"relflow signoff {deployment.id} -m REASON"


def plan_current(case: Case) -> GateResult:
    """Where a plan was given, all that it said still holds: the commit, the job, and what runs there."""
    name, command, facts = "plan_current", case.command, case.facts
    plan = command.plan if isinstance(command, DeployRelease) else None
    if plan is None:
        return passed(name)
    if facts.environment is None or (case.release.pipeline is not None and facts.pipelines is None):
        return unknown(name, "whether the plan still holds")
    if moved := "; ".join(_moved(case, plan)):
        anew = f"relflow plan {case.release.version} {case.environment.name}"
        return blocked(name, f"since the plan was made, {moved}", next=anew)
    return passed(name, f"the plan holds: job {plan.job_id}")


def _moved(case: Case, plan: Planned) -> Iterator[str]:
    """What is otherwise than it was planned, each in words."""
    release, pipeline, environment = case.release, case.facts.pipeline, case.facts.environment
    if release.commit != plan.commit:
        yield f"{release.version} was bound to {release.commit[:12]}, not {plan.commit[:12]} any more"
    if (bound := release.pipeline.id if release.pipeline else None) != plan.pipeline_id:
        yield f"its pipeline is {bound or 'none'}, not {plan.pipeline_id or 'none'} any more"
    current = pipeline.current(case.environment.job) if pipeline else ()
    if (job := current[0].id if len(current) == 1 else None) != plan.job_id:
        yield f"the job to start is {job or 'none'}, not {plan.job_id or 'none'} any more"
    live = environment.live if environment else None
    if (live.commit if live else None) != plan.replaces:
        yield f"{live.label if live else 'nothing'} runs in {case.environment.name}, which is not what it would replace"
