"""The gates about the pipeline: is there one, did its jobs pass, and is it still the newest word on the commit."""

from relflow.core.case import Case, at_least
from relflow.core.people import Level
from relflow.core.requirements import is_pattern, required_jobs, unmet
from relflow.core.verdict import GateResult, blocked, final, passed, unknown


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
        return final(name, f"pipeline {pipeline.id} belongs to {other} already: each release needs one of its own")
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
    why = "; ".join(_ended(job, status) for job, status in missing.items()) + f" in pipeline {pipeline.id}"
    if None in missing.values():
        return final(name, why)
    ended = [status in {"failed", "canceled", "skipped"} for status in missing.values()]
    why += ": what is run again in GitLab counts" if any(ended) else ""
    return blocked(
        name,
        why,
        who=at_least(case.facts.members, Level.DEVELOPER),
        next=f"relflow test {case.release.version}{'' if all(ended) else ' --wait'}",
    )


def _ended(job: str, status: str | None) -> str:
    """What became of the job, or of the pattern that stands for none."""
    return f"no job fits {job}" if status is None and is_pattern(job) else f"{job} {how(status)}"


def how(status: str | None) -> str:
    """What a job of that status did, in words; None is a job that is missing."""
    words = {None: "is not there", "success": "succeeded", "failed": "failed", "canceled": "was canceled"}
    return words.get(status, f"is {status}")


def evidence_current(case: Case) -> GateResult:
    """No newer pipeline of the release's ref and commit has another word on it."""
    name, release, newest = "evidence_current", case.release, case.facts.newest_pipeline
    if release.pipeline is None:
        return passed(name)
    if newest is None:
        return unknown(name, "whether a newer pipeline ran")
    if newest <= release.pipeline.id:
        return passed(name, f"pipeline {release.pipeline.id} is the newest of {release.ref}")
    why = f"pipeline {newest} is newer than {release.pipeline.id}, by which it was tested"
    return blocked(name, why, next=f"relflow amend {release.version} --pipeline {newest} -m REASON")


def ref_unmoved(case: Case) -> GateResult:
    """The release's tag still names its commit."""
    name, release, tagged = "ref_unmoved", case.release, case.facts.tagged
    if tagged is None:
        return unknown(name, "what the tag names now")
    if tagged in ("", release.commit):
        return passed(name)
    why = f"the tag {release.ref} names {tagged[:12]} now, not {release.commit[:12]}"
    return blocked(name, why, next=f"relflow amend {release.version} --ref {release.ref} -m REASON")


def binds_anew(case: Case) -> GateResult:
    """An amend names another commit, or another pipeline of the same one."""
    name, release, pipeline = "binds_anew", case.release, case.facts.pipeline
    if not case.facts.resolved:
        return unknown(name, "what the ref names")
    if pipeline is not None and not (unclaimed := pipeline_unclaimed(case)).holds:
        return final(name, unclaimed.why or name)
    bound = release.pipeline.id if release.pipeline else None
    if case.facts.resolved != release.commit or (pipeline is not None and pipeline.id != bound):
        return passed(name)
    what = f"pipeline {pipeline.id} of {release.commit[:12]}" if pipeline else release.commit[:12]
    return final(name, f"{release.version} is bound to {what} already")


def not_recalled(case: Case) -> GateResult:
    """A version that was recalled from the last environment is not made anew under the same name."""
    last = f"deployed-{case.workflow.names[-1]}"
    if case.release.held_from == last:
        why = f"{case.release.version} was recalled from {case.workflow.names[-1]}: make a new version"
        return final("not_recalled", why)
    return passed("not_recalled")


def not_closed(case: Case) -> GateResult:
    """A closed release stays where it is until it is amended."""
    if case.release.closed:
        next_step = f"relflow amend {case.release.version} --ref REF -m REASON"
        return blocked("not_closed", f"{case.release.version} is closed", next=next_step)
    return passed("not_closed")
