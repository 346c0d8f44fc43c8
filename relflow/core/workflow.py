"""The workflow as data: environments, what each demands, and the table of transitions they yield."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from relflow.core.codec import LATER, build, plain
from relflow.core.record import canonical

DRAFT, TESTED, HELD = "draft", "tested", "held"
ENVIRONMENT_NAME = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Approvers:
    """Who may approve: everybody with at least that access level (a lower-case word; None: nobody), and the named."""

    access: str | None = "developer"
    users: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waivable:
    """A gate that does not stop a deployment where one of these people answers for it."""

    gate: str
    by: Approvers


@dataclass(frozen=True, slots=True)
class Environment:
    """One place a release goes to, and what that takes."""

    name: str
    job: str
    gitlab_environment: str
    approvals: int = 1
    approvers: Approvers = Approvers()
    #: `creator`, `author` (of its commits): may not approve, however high their level; `deployer`: must not be one of
    #: the approvers.
    four_eyes: tuple[str, ...] = ("creator",)
    #: How long a release must have been live in the environment before, as written: `24h`.
    soak: str | None = field(default=None, metadata=LATER)
    #: When it may be deployed to, as written: `Mon-Thu 08:00-16:00`. None of them: always.
    window: tuple[str, ...] = field(default=(), metadata=LATER)
    #: The zone of the windows, and of the times that refusals tell.
    timezone: str | None = field(default=None, metadata=LATER)
    #: Gates that somebody may waive. It is no part of the approval rule.
    waivable: tuple[Waivable, ...] = field(default=(), metadata=LATER)
    #: Whether a maintainer may deploy past approvals and time, which leaves a debt of review.
    break_glass: bool = field(default=False, metadata=LATER)

    def waivable_by(self, gate: str) -> Approvers | None:
        """Who may waive the gate; None where nobody may."""
        return next((each.by for each in self.waivable if each.gate == gate), None)


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the checklist: what somebody vouches for by hand, and who may."""

    name: str
    text: str
    by: Approvers = Approvers()


@dataclass(frozen=True, slots=True)
class Workflow:
    """The policy in force for one project: environments in order, and what `tested` means."""

    project: str
    environments: tuple[Environment, ...]
    #: Jobs that must have succeeded, by name or pattern; None: every job before the deploy jobs.
    required_jobs: tuple[str, ...] | None = None
    #: Percent.
    coverage_at_least: int | None = field(default=None, metadata=LATER)
    tests_at_least: int | None = field(default=None, metadata=LATER)
    no_failed_tests: bool = field(default=False, metadata=LATER)
    ref_protected: bool = field(default=False, metadata=LATER)
    checklist: tuple[Point, ...] = field(default=(), metadata=LATER)
    #: Whether freezes and windows stop a rollback, too.
    rollback_obeys_time: bool = field(default=False, metadata=LATER)

    def environment(self, name: str | None) -> Environment | None:
        """The environment of that name, or None."""
        return next((each for each in self.environments if each.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The environments' names, in order."""
        return tuple(each.name for each in self.environments)

    def point(self, name: str | None) -> Point | None:
        """The point of the checklist of that name, or None."""
        return next((each for each in self.checklist if each.name == name), None)

    @property
    def counts_tests(self) -> bool:
        """Whether the pipeline's test reports are asked for."""
        return self.tests_at_least is not None or self.no_failed_tests

    @property
    def deploy_jobs(self) -> tuple[str, ...]:
        """The manual jobs' names, in the order of their environments."""
        return tuple(each.job for each in self.environments)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the transition table: the trigger leads from `source` to `target` when every gate holds.

    Where one trigger has several rows from a state, `guard` says which of them the case is; the guards exclude
    each other, so the order of the rows does not matter.
    """

    trigger: str
    environment: str | None
    source: str
    target: str
    gates: tuple[str, ...] = ()
    guard: str | None = None


@lru_cache(maxsize=256)
def approval_rule(environment: Environment) -> str:
    """The sha-256 of what an approval for the environment was given under, in hex: how many, by whom, four eyes.

    The order in which people are named makes no other rule, nor do job, place and time.
    """
    approvers = environment.approvers
    rule = {
        "approvals": environment.approvals,
        "access": approvers.access,
        "users": sorted(set(approvers.users)),
        "four_eyes": sorted(set(environment.four_eyes)),
    }
    return hashlib.sha256(canonical(plain(rule))).hexdigest()


def approved(environment: str) -> str:
    """The state of a release whose quorum for the environment stands."""
    return f"approved-{environment}"


def deployed(environment: str) -> str:
    """The state of a release that its deployment brought to the environment."""
    return f"deployed-{environment}"


def before(workflow: Workflow, environment: str) -> str:
    """The state in which a release waits for the environment's approvals."""
    place = workflow.names.index(environment)
    return TESTED if place == 0 else deployed(workflow.names[place - 1])


def place_before(workflow: Workflow, environment: str) -> str | None:
    """The environment before that one on the way to production; None for the first, and for one that is not there."""
    place = workflow.names.index(environment) if environment in workflow.names else 0
    return workflow.names[place - 1] if place else None


def ladder(workflow: Workflow) -> tuple[str, ...]:
    """The states on the way to production, in order; `held` stands beside them."""
    steps = [state for name in workflow.names for state in (approved(name), deployed(name))]
    return (DRAFT, TESTED, *steps)


def states(workflow: Workflow) -> tuple[str, ...]:
    """Every state of the workflow."""
    return (*ladder(workflow), HELD)


TEST_GATES = ("may_act", "pipeline_found", "pipeline_unclaimed", "jobs_passed")
TICK_GATES = ("may_act", "point_known", "may_tick", "ticks_once")
APPROVE_GATES = ("may_act", "may_approve", "four_eyes", "approves_once")
UNAPPROVE_GATES = ("may_act", "own_approval", "nothing_under_way")
WAIVE_GATES = ("may_act", "reason_given", "gate_waivable", "may_waive", "waives_once")
REJECT_GATES = ("may_act", "may_approve", "reason_given", "nothing_under_way")
DEPLOY_GATES = (
    *("may_act", "quorum_met", "four_eyes", "evidence_current", "ref_unmoved", "job_playable", "environment_free"),
    *("not_older", "not_drifted", "review_done", "plan_current", "not_frozen"),
)
ROLLBACK_GATES = (
    *("may_act", "reason_given", "deployed_before", "quorum_met", "job_playable", "environment_free"),
    "not_frozen",
)
#: All that a deployment asks but what people agree to; gates of time are left out as well.
BREAK_GLASS_GATES = (
    *("may_act", "reason_given", "evidence_current", "ref_unmoved", "job_playable", "environment_free"),
    *("not_older", "not_drifted"),
)
HOLD_GATES = ("may_act", "reason_given")
RESUME_GATES = ("may_act", "reason_given", "not_closed", "not_drifted")
AMEND_GATES = ("may_act", "reason_given", "binds_anew", "nothing_under_way", "not_recalled")


def gates_of_test(workflow: Workflow) -> tuple[str, ...]:
    """What always holds for a test, and what this policy asks for besides."""
    asked = {
        "coverage_at_least": workflow.coverage_at_least is not None,
        "tests_at_least": workflow.tests_at_least is not None,
        "no_failed_tests": workflow.no_failed_tests,
        "ref_protected": workflow.ref_protected,
        "checklist_ticked": bool(workflow.checklist),
    }
    return (*TEST_GATES, *(gate for gate, is_asked in asked.items() if is_asked))


@lru_cache(maxsize=32)
def rules(workflow: Workflow) -> tuple[Rule, ...]:
    """The whole transition table, written out: no wildcards, no inheritance."""
    return (*_walk(workflow), *_holds(workflow))


def _walk(workflow: Workflow) -> Iterator[Rule]:
    yield Rule("test", None, DRAFT, TESTED, gates_of_test(workflow))
    yield Rule("tick", None, DRAFT, DRAFT, TICK_GATES)
    for environment in workflow.environments:
        name, waiting, agreed = environment.name, before(workflow, environment.name), approved(environment.name)
        yield Rule("approve", name, waiting, agreed, APPROVE_GATES, "quorum_completed")
        yield Rule("approve", name, waiting, waiting, APPROVE_GATES, "quorum_open")
        yield Rule("approve", name, agreed, agreed, APPROVE_GATES)
        yield Rule("unapprove", name, waiting, waiting, UNAPPROVE_GATES)
        yield Rule("unapprove", name, agreed, agreed, UNAPPROVE_GATES, "quorum_stands_without")
        yield Rule("unapprove", name, agreed, waiting, UNAPPROVE_GATES, "quorum_falls")
        yield Rule("reject", name, waiting, HELD, REJECT_GATES)
        yield Rule("reject", name, agreed, HELD, REJECT_GATES)
        yield from (Rule("waive", name, state, state, WAIVE_GATES) for state in (waiting, agreed))
        yield Rule("deploy", name, agreed, agreed, (*DEPLOY_GATES, *_timed(environment)), "requested")
        yield Rule("deploy", name, agreed, deployed(name), (), "job_succeeded")
        if environment.break_glass:
            yield from _past_approval(workflow, name)
        for state in _from(workflow, deployed(name)):
            yield Rule("rollback", name, state, state, (*ROLLBACK_GATES, *_timed(environment, soaks=False)))


def _timed(environment: Environment, *, soaks: bool = True) -> Iterator[str]:
    """The gates of time that the environment's policy asks for. What is rolled back to has soaked before it came."""
    if environment.window:
        yield "in_window"
    if environment.soak and soaks:
        yield "soaked"


def _past_approval(workflow: Workflow, name: str) -> Iterator[Rule]:
    """Whoever breaks the glass needs no approval, of this environment or one before: only that it is tested."""
    steps = ladder(workflow)
    for state in steps[steps.index(TESTED) : steps.index(deployed(name))]:
        yield Rule("break-glass", name, state, state, BREAK_GLASS_GATES)
        if state != approved(name):
            yield Rule("deploy", name, state, deployed(name), (), "glass_broken")


def _from(workflow: Workflow, state: str) -> tuple[str, ...]:
    """The states on the way to production, from that one on."""
    steps = ladder(workflow)
    return steps[steps.index(state) :]


def _holds(workflow: Workflow) -> Iterator[Rule]:
    for state in ladder(workflow):
        yield Rule("hold", None, state, HELD, HOLD_GATES)
        yield Rule("resume", None, HELD, state, RESUME_GATES, f"held_in {state}")
        if state != deployed(workflow.names[-1]):
            yield Rule("amend", None, state, DRAFT, AMEND_GATES)
    yield Rule("amend", None, HELD, DRAFT, AMEND_GATES)
    yield Rule("hold", None, HELD, HELD, HOLD_GATES, "holding_more")
    for name in workflow.names:
        # A hold never loses what GitLab did: the job goes on, and resume leads to where it got.
        yield Rule("deploy", name, HELD, HELD, (), "job_succeeded")


def policy(workflow: Workflow) -> dict[str, object]:
    """The workflow as the JSON object that is recorded when it is adopted."""
    kept: dict[str, object] = plain(workflow)
    return kept


def workflow_of(recorded: dict[str, object]) -> Workflow:
    """The workflow of a recorded policy; keys of a newer relflow are left out."""
    return build(Workflow, recorded)


def digest(workflow: Workflow) -> str:
    """The sha-256 of the policy's canonical bytes, in hex: two equal policies have one digest."""
    return hashlib.sha256(canonical(policy(workflow))).hexdigest()
