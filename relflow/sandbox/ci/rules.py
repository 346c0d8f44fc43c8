"""Whether a job belongs to a pipeline, and how it starts there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from relflow.sandbox.ci.expressions import parse
from relflow.sandbox.ci.spec import JobSpec, Rule


@dataclass(frozen=True)
class Inclusion:
    """How a job that belongs to the pipeline starts."""

    when: str
    allow_failure: bool
    variables: Mapping[str, str] = field(default_factory=dict)


def included(job: JobSpec, variables: Mapping[str, str]) -> Inclusion | None:
    """Judge a job for one pipeline; None leaves it out. The first rule that matches decides."""
    if job.rules is None:
        # Outside rules a manual job is optional unless it says otherwise; inside rules it blocks.
        optional = job.when == "manual" if job.allow_failure is None else job.allow_failure
        return Inclusion(job.when, optional)
    rule = next((rule for rule in job.rules if _matches(rule, variables)), None)
    when = "never" if rule is None else rule.when or job.when
    if rule is None or when == "never":
        return None
    said = rule.allow_failure if rule.allow_failure is not None else job.allow_failure
    return Inclusion(when, bool(said), rule.variables)


def _matches(rule: Rule, variables: Mapping[str, str]) -> bool:
    return rule.condition is None or parse(rule.condition)(variables)
