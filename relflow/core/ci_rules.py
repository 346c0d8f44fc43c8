"""What relflow asks of a project's CI configuration: a pure function from jobs and policy to findings.

What cannot be told from what was read is said to be so, and never guessed.
"""

import re
from collections.abc import Iterator

from relflow.core.ci import CiConfig, CiJob
from relflow.core.finding import Finding
from relflow.core.requirements import fits
from relflow.core.workflow import Environment, Workflow

_ORDER = {"error": 0, "warning": 1, "note": 2}
_VARIABLE = re.compile(r"\$(?:\{\w+\}|\w+|\[\[.*?\]\])")
_ONLINE = "relflow ci lint --ref BRANCH     asks GitLab, which reads all of it"


def judge(workflow: Workflow, config: CiConfig) -> tuple[Finding, ...]:
    """Everything that stands between this configuration and the policy, errors first."""
    found = [finding for each in workflow.environments for finding in judge_environment(each, config)]
    found += [finding for job in config.jobs for finding in _past_relflow(job, workflow)]
    found += _to_pass(workflow, config)
    return worst_first(found)


def worst_first(findings: list[Finding]) -> tuple[Finding, ...]:
    """The findings, errors before warnings before notes, else in their order."""
    return tuple(sorted(findings, key=lambda each: _ORDER[each.severity]))


def judge_environment(environment: Environment, config: CiConfig) -> Iterator[Finding]:
    """What is odd about the job that deploys there; its names are stable, `ci init` mends by them."""
    job = config.job(environment.job)
    if job is None:
        yield _missing(environment, config)
    elif "extends" in job.unread:
        what = f"{job.place}: {job.name} extends what could not be read"
        yield Finding("warning", "deploy-job-unread", what, "whether it is as it must be cannot be told", _ONLINE)
    else:
        yield from _unread(job)
        yield from _start(job)
        yield from _environment(job, environment)
        yield from _run(job, environment)


def _missing(environment: Environment, config: CiConfig) -> Finding:
    what = f"{config.source}: there is no job {environment.job}, which relflow.toml names for {environment.name}"
    if not config.is_whole:
        note = "it may be in what could not be read, or nowhere"
        return Finding("warning", "deploy-job-unseen", what, note, _ONLINE)
    consequence = f"nothing can be deployed to {environment.name}"
    return Finding("error", "deploy-job-missing", what, consequence, "relflow ci init     writes one")


def _unread(job: CiJob) -> Iterator[Finding]:
    for key in job.unread:
        what = f"{job.place}: `{key}` of {job.name} could not be read"
        yield Finding("warning", "value-unread", what, "whether it is as it must be cannot be told", _ONLINE)


def _start(job: CiJob) -> Iterator[Finding]:
    if job.is_trigger:
        what = f"{job.place}: {job.name} triggers another pipeline"
        consequence = "GitLab lists it among the bridges, where relflow looks for no job to play"
        yield Finding("error", "deploy-job-triggers", what, consequence, "name the job that deploys, of this pipeline")
    if job.is_parallel:
        what = f"{job.place}: {job.name} is `parallel`"
        consequence = "GitLab makes several jobs of other names of it, and relflow plays one"
        yield Finding(
            "error", "deploy-job-parallel", what, consequence, "take `parallel` out, or move it to a job before"
        )
    if "rules" in job.unread or "when" in job.unread:
        return
    if not job.starts:
        what = f"{job.place}: every rule of {job.name} is `when: never`"
        yield Finding("error", "deploy-job-never-there", what, "no pipeline has it", "let a rule be `when: manual`")
    if alone := sorted({str(way.when) for way in job.starts if way.when != "manual"}):
        in_rules = job.rules is not None
        where, fix = ("a rule", f"each rule of {job.name}") if in_rules else ("it", job.name)
        what = f"{job.place}: {job.name} is not manual: {where} is `when: {alone[0]}`"
        consequence = "it deploys by itself, and nobody is asked for an approval"
        yield Finding("error", "deploy-job-starts-itself", what, consequence, f"set `when: manual` in {fix}")


def _environment(job: CiJob, environment: Environment) -> Iterator[Finding]:
    wanted, named = environment.gitlab_environment, job.environment
    fix = f"set `environment: {wanted}` in {job.name}"
    if "environment" in job.unread:
        return
    if named is None:
        what = f"{job.place}: {job.name} has no `environment`"
        consequence = "GitLab notes down no deployment: what goes past relflow is not seen"
        yield Finding("error", "environment-missing", what, consequence, fix)
    elif not reaches(named, wanted):
        what = f"{job.place}: {job.name} deploys to {named}, and relflow.toml says {wanted}"
        consequence = f"none of its deployments are where relflow looks for them, in {wanted}"
        yield Finding(
            "error", "environment-differs", what, consequence, f"{fix}, or gitlab_environment in relflow.toml"
        )
    elif named != wanted:
        what = f"{job.place}: the environment of {job.name} is made of variables: {named}"
        yield Finding("note", "environment-varies", what, f"whether it is {wanted} cannot be told", fix)
    if named is not None and job.action != "start":
        what = f"{job.place}: {job.name} has `action: {job.action}`, which is no deployment"
        yield Finding("error", "environment-not-started", what, "GitLab notes down no deployment", "take `action` out")


def _run(job: CiJob, environment: Environment) -> Iterator[Finding]:
    if job.resource_group is None and "resource_group" not in job.unread:
        what = f"{job.place}: {job.name} has no `resource_group`"
        consequence = "who clicks in GitLab while relflow deploys makes two deployments run at once"
        fix = f"set `resource_group: {environment.gitlab_environment}` in {job.name}"
        yield Finding("warning", "resource-group-missing", what, consequence, fix)
    if any(way.interruptible for way in job.starts):
        what = f"{job.place}: {job.name} is `interruptible`"
        consequence = "a push may cancel it in the middle of a deployment"
        yield Finding(
            "error", "deploy-job-interruptible", what, consequence, f"set `interruptible: false` in {job.name}"
        )
    if job.retry:
        what = f"{job.place}: {job.name} has `retry: {job.retry}`"
        consequence = "GitLab deploys again by itself after a failure: relflow plays once, and holds what ran twice"
        yield Finding("error", "deploy-job-retried", what, consequence, f"set `retry: 0` in {job.name}")
    if any(_blocks(way.when, way.allow_failure, in_rules=job.rules is not None) for way in job.starts):
        what = f"{job.place}: {job.name} blocks its pipeline until it is played"
        consequence = "jobs of later stages do not start, and where merging needs a pipeline that succeeded, it waits"
        fix = f"set `allow_failure: true` in {job.name}, unless that is meant"
        yield Finding("note", "pipeline-blocked", what, consequence, fix)


def _blocks(when: str | None, allow_failure: bool | None, *, in_rules: bool) -> bool:
    """Outside of `rules` a manual job is optional unless it says otherwise, inside it blocks."""
    return when == "manual" and (allow_failure is False or (in_rules and allow_failure is None))


def _past_relflow(job: CiJob, workflow: Workflow) -> Iterator[Finding]:
    """What another job does to an environment of the policy."""
    if job.name in workflow.deploy_jobs or not job.deploys or job.environment is None:
        return
    reached = [each for each in workflow.environments if reaches(job.environment, each.gitlab_environment)]
    for each in reached:
        alone = any(way.when != "manual" for way in job.starts)
        if job.environment != each.gitlab_environment:
            what = f"{job.place}: the environment of {job.name} is made of variables: {job.environment}"
            consequence = f"it may be {each.gitlab_environment}, past relflow"
            yield Finding("note", "environment-varies", what, consequence, "give it a beginning that no other has")
            continue
        what = f"{job.place}: {job.name} deploys to {each.gitlab_environment}, too"
        consequence = (
            f"{'it deploys by itself' if alone else 'whoever plays it deploys'} past relflow, which only notices"
        )
        fix = f"take {job.name} out, or its `environment`: {each.job} is the one for {each.name}"
        yield Finding("error" if alone else "warning", "environment-reached-past-relflow", what, consequence, fix)


def _to_pass(workflow: Workflow, config: CiConfig) -> Iterator[Finding]:
    """Whether there is what `tested` asks for."""
    for name in missing_tests(workflow, config):
        if workflow.required_jobs is None:
            what = f"{config.source}: no job that counts runs before the deploy jobs"
            fix = "relflow ci init     writes a test job"
            yield Finding("error", "nothing-to-pass", what, "no release can be tested", fix)
            continue
        what = f"{config.source}: there is no job {name}, which relflow.toml requires"
        if config.is_whole:
            fix = "write it, or correct [requirements] in relflow.toml"
            yield Finding("error", "required-job-missing", what, "no release can be tested", fix)
        else:
            yield Finding("warning", "required-job-unseen", what, "it may be in what could not be read", _ONLINE)


def missing_tests(workflow: Workflow, config: CiConfig) -> tuple[str, ...]:
    """The required jobs that nothing has; `test` where none is required by name, and none at all would count."""
    if workflow.required_jobs is not None:
        names = workflow.required_jobs
        return tuple(name for name in names if not any(_is_of(job, name) for job in config.jobs))
    return ("test",) if config.is_whole and not any(map(_must_pass, _before(workflow, config))) else ()


def _before(workflow: Workflow, config: CiConfig) -> tuple[CiJob, ...]:
    """The jobs of the stages before the first deploy job; all but those of `.post` where there is none."""
    deploying = [_stage(job, config) for job in config.jobs if job.name in workflow.deploy_jobs]
    first = min(deploying, default=len(config.stages) + 1)
    return tuple(job for job in config.jobs if job.name not in workflow.deploy_jobs and _stage(job, config) < first)


def _stage(job: CiJob, config: CiConfig) -> int:
    order = (".pre", *config.stages, ".post")
    return order.index(job.stage) if job.stage in order else len(order)


def _must_pass(job: CiJob) -> bool:
    return job.allow_failure is not True and any(way.when != "manual" for way in job.starts)


def _is_of(job: CiJob, required: str) -> bool:
    """Whether the required name is the job's, or one of a `parallel` job's, or a pattern for it."""
    is_part = job.is_parallel and re.match(rf"{re.escape(job.name)}(?: \d+/\d+|: \[)", required) is not None
    names = (job.name, f"{job.name} 1/1") if job.is_parallel else (job.name,)
    return is_part or any(fits(required, each) for each in names)


def reaches(named: str, wanted: str) -> bool:
    """Whether an environment written so can be that one, whatever its variables are."""
    pattern = "".join(re.escape(part) if place % 2 == 0 else ".*" for place, part in enumerate(_split(named)))
    return re.fullmatch(pattern, wanted, re.DOTALL) is not None


def _split(named: str) -> list[str]:
    """Text and variables in turn, text first."""
    parts, at = [], 0
    for found in _VARIABLE.finditer(named):
        parts += [named[at : found.start()], found[0]]
        at = found.end()
    return [*parts, named[at:]]
