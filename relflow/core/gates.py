"""The gates: each a pure function of a case, named after the rule that holds."""

from collections.abc import Callable

from relflow.core.case import Case, at_least, eligible, is_excluded, may_approve, standing, standing_level, still_wanted
from relflow.core.facts import UNDERWAY, Job
from relflow.core.people import Level
from relflow.core.requirements import required_jobs, unmet
from relflow.core.verdict import GateResult, blocked, final, passed, unknown
from relflow.core.versions import is_newer

Gate = Callable[[Case], GateResult]

#: The least access level of a trigger; Developer for all others. A named approver needs no more than Reporter.
LEAST = {"hold": Level.REPORTER, "approve": Level.REPORTER}


def command_line(case: Case, trigger: str | None = None) -> str:
    """The command of the case as a person types it, or another trigger's on the same release and environment."""
    words = ["relflow", trigger or case.command.trigger, case.release.version, case.command.environment]
    return " ".join(word for word in words if word)


def may_act(case: Case) -> GateResult:
    """The actor is a member with at least the trigger's level."""
    trigger = case.command.trigger
    return standing_level("may_act", case.facts, LEAST.get(trigger, Level.DEVELOPER), case.workflow.project, trigger)


def reason_given(case: Case) -> GateResult:
    """Whoever stops or restarts a release says why."""
    if getattr(case.command, "reason", "").strip():
        return passed("reason_given")
    return blocked("reason_given", "a reason is needed", next=f"{command_line(case)} -m REASON")


def pipeline_found(case: Case) -> GateResult:
    """GitLab has a pipeline of the release's commit."""
    name, release, pipeline = "pipeline_found", case.release, case.facts.pipeline
    if case.facts.pipelines is None:
        return unknown(name, "the pipeline")
    if pipeline is None:
        why = f"GitLab has no pipeline for commit {release.commit[:12]} of {release.ref}"
        return blocked(name, why, next=f"relflow test {release.version} --wait")
    if pipeline.commit != release.commit:
        return final(name, f"pipeline {pipeline.id} is of commit {pipeline.commit[:12]}, not {release.commit[:12]}")
    return passed(name, f"pipeline {pipeline.id} of {pipeline.ref}")


def pipeline_unclaimed(case: Case) -> GateResult:
    """No other release is bound to the pipeline: its deploy jobs can be played once."""
    name, other, pipeline = "pipeline_unclaimed", case.facts.pipeline_of, case.facts.pipeline
    if pipeline is None:
        return unknown(name, "the pipeline")
    if other not in (None, case.release.version):
        return final(name, f"pipeline {pipeline.id} belongs to {other} already")
    return passed(name)


def jobs_passed(case: Case) -> GateResult:
    """Every required job of the pipeline succeeded; the pipeline's own status hides failures."""
    name, pipeline = "jobs_passed", case.facts.pipeline
    if pipeline is None or pipeline.jobs is None:
        return unknown(name, "how the jobs ended")
    names = required_jobs(case.workflow, pipeline)
    if not names and case.workflow.required_jobs is None:
        why = f"pipeline {pipeline.id} has no job before the deploy jobs; [requirements] jobs names those that count"
        return final(name, why)
    missing = unmet(pipeline, names)
    if not missing:
        return passed(name, f"{', '.join(names) or 'no job required'} in pipeline {pipeline.id}")
    why = "; ".join(f"{job} {_how(status)}" for job, status in missing.items()) + f" in pipeline {pipeline.id}"
    if None in missing.values():
        return final(name, why)
    wait = any(status not in {"failed", "canceled", "skipped"} for status in missing.values())
    return blocked(
        name,
        why,
        who=at_least(case.facts.members, Level.DEVELOPER),
        next=f"relflow test {case.release.version}{' --wait' if wait else ''}",
    )


def _how(status: str | None) -> str:
    return {None: "is not there", "failed": "failed", "canceled": "was canceled"}.get(status, f"is {status}")


def may_approve_gate(case: Case) -> GateResult:
    """The actor has the access level that approvers need, or is named."""
    name, environment, member = "may_approve", case.environment, case.facts.member()
    if case.facts.members is None:
        return unknown(name, "who may approve")
    if member is not None and may_approve(environment, member):
        return passed(name, f"{member.username} has access level {member.access_level}")
    who = tuple(each.username for each in eligible(case))
    need = f"{environment.approvers.access.capitalize()} access"
    if environment.approvers.users:
        need += f", or to be one of {', '.join(environment.approvers.users)}"
    why = f"{case.facts.actor.name} may not approve for {environment.name}: that needs {need}"
    return blocked(name, why, who=who, next=command_line(case))


def four_eyes(case: Case) -> GateResult:
    """The approver is not the one who created the release."""
    actor, version = case.facts.actor, case.release.version
    if case.facts.members is None:
        return unknown("four_eyes", "who asks")
    if not is_excluded(case.environment, case.release, actor.gitlab_user_id):
        return passed("four_eyes")
    why = f"{actor.name} created {version}, and its creator may not approve it"
    return blocked("four_eyes", why, who=still_wanted(case), next=command_line(case))


def approves_once(case: Case) -> GateResult:
    """Nobody's approval counts twice."""
    actor, environment = case.facts.actor, case.environment
    if case.facts.members is None:
        return unknown("approves_once", "who asks")
    given = case.release.approvals_for(environment.name)
    if all(each.by.gitlab_user_id != actor.gitlab_user_id for each in given):
        return passed("approves_once")
    why = f"{actor.name} approved {case.release.version} for {environment.name} already"
    return blocked("approves_once", why, who=still_wanted(case), next=command_line(case))


def quorum_met(case: Case) -> GateResult:
    """Enough distinct people said yes, each of whom may still approve."""
    name, environment, given = "quorum_met", case.environment, standing(case)
    names = ", ".join(each.by.name for each in given)
    if len(given) < environment.approvals:
        why = f"{len(given)} of {environment.approvals} approvals given" + (f": {names}" if names else "")
        return blocked(name, why, who=still_wanted(case), next=command_line(case, "approve"))
    if case.facts.members is None:
        return unknown(name, "whether they may still approve")
    return passed(name, f"{len(given)} of {environment.approvals}: {names}")


def job_playable(case: Case) -> GateResult:
    """The pipeline has exactly one current job of the configured name, at the release's commit, and it waits."""
    name, release, pipeline = "job_playable", case.release, case.facts.pipeline
    if release.pipeline is None:
        why = f"no pipeline is bound to {release.version} yet"
        return blocked(name, why, next=f"relflow test {release.version}")
    if pipeline is None or pipeline.jobs is None:
        return unknown(name, "whether the job waits to be played")
    current = pipeline.current(case.environment.job)
    if len(current) != 1:
        count = "no job" if not current else f"{len(current)} jobs"
        return final(name, f"pipeline {pipeline.id} has {count} named {case.environment.job}")
    return _playable(name, current[0], case)


def _playable(name: str, job: Job, case: Case) -> GateResult:
    who = f" by {job.username}" if job.username else ""
    if job.commit != case.release.commit:
        return final(name, f"job {job.id} is of commit {job.commit[:12]}, not {case.release.commit[:12]}")
    if job.status == "manual":
        return passed(name, f"job {job.id} is manual")
    if job.status in {"success", *UNDERWAY}:
        return final(name, f"{job.name} was started{who} already: job {job.id} is {job.status}")
    if job.status in {"failed", "canceled"}:
        why = f"job {job.id} {_how(job.status)}, and this version of relflow makes no second attempt with one pipeline"
        return final(name, why)
    return blocked(name, f"job {job.id} is {job.status}, not manual: something before it is not done")


def environment_free(case: Case) -> GateResult:
    """No deployment to the environment is open, relflow's own or one that GitLab shows running."""
    name, environment = "environment_free", case.facts.environment
    if environment is None:
        return unknown(name, "what runs there")
    if (deployment := environment.open_deployment) is not None:
        whose = f"deployment {deployment.id} of {environment.open_version} to {deployment.environment}"
        return blocked(name, f"{whose} is open: {deployment.phase}", next="relflow reconcile")
    if case.facts.foreign_jobs:
        job = case.facts.foreign_jobs[0]
        why = f"GitLab runs job {job.id} ({job.name}) there, started by {job.username or 'somebody'}"
        return blocked(name, why)
    return passed(name)


def not_older(case: Case) -> GateResult:
    """What is live in the environment is not newer: by version, else by pipeline."""
    name, facts, release = "not_older", case.facts, case.release
    if facts.environment is None:
        return unknown(name, "what is live there")
    live = facts.environment.live
    if live is None or live.version == release.version:
        return passed(name)
    newer = is_newer(live.version, than=release.version)
    if newer is None:
        newer = release.pipeline is not None and live.pipeline_id > release.pipeline.id
    if newer:
        return final(name, f"{live.version} is live in {case.environment.name}, and it is newer than {release.version}")
    return passed(name, f"{live.version} is live")


GATES: dict[str, Gate] = {
    "may_act": may_act,
    "reason_given": reason_given,
    "pipeline_found": pipeline_found,
    "pipeline_unclaimed": pipeline_unclaimed,
    "jobs_passed": jobs_passed,
    "may_approve": may_approve_gate,
    "four_eyes": four_eyes,
    "approves_once": approves_once,
    "quorum_met": quorum_met,
    "job_playable": job_playable,
    "environment_free": environment_free,
    "not_older": not_older,
}
