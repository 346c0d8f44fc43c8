"""The workflow compiled to a `transitions` machine: it decides which triggers leave a state and which gates pass."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from transitions import EventData, Machine, Transition

from relflow.core.approving import eligible, standing
from relflow.core.case import Case, once
from relflow.core.commands import DeployRelease, HoldRelease, SettleDeployment
from relflow.core.gates.table import asked
from relflow.core.observe import Ended, observe
from relflow.core.release import BREAK_GLASS
from relflow.core.verdict import GateResult
from relflow.core.workflow import DRAFT, Rule, Workflow, rules, states


@dataclass
class Probe:
    """What the machine moves instead of a release: a state, and what the gates said on the way."""

    state: str
    results: tuple[GateResult, ...] | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """Where the trigger leads (None: nowhere), and the gates that were asked; None when the state has no such way."""

    target: str | None
    results: tuple[GateResult, ...] | None


class GatedTransition(Transition):
    """A transition that asks all its gates instead of stopping at the first no, so that all reasons are shown."""

    def __init__(self, *args: Any, gates: tuple[str, ...] = (), guard: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gates, self.guard = gates, guard

    def execute(self, event_data: EventData) -> bool:
        """Move the probe when this is the case's row and every gate of it holds."""
        case: Case = event_data.kwargs["case"]
        probe: Any = event_data.model
        if not applies(self.guard, case):
            return False
        probe.results = tuple(asked(gate, case) for gate in self.gates)
        return all(result.holds for result in probe.results) and bool(super().execute(event_data))


@once
def _completes_quorum(case: Case) -> bool:
    actor = case.facts.actor.gitlab_user_id
    given = {each.by.gitlab_user_id for each in standing(case)}
    if actor in {each.user_id for each in eligible(case)}:
        given.add(actor)
    # Whoever approves takes their own no back; another's no stands.
    against = {each.by.gitlab_user_id for each in case.release.rejections_for(case.environment.name)} - {actor}
    return len(given) >= case.environment.approvals and not against


def _stands_without(case: Case) -> bool:
    actor = case.facts.actor.gitlab_user_id
    left = [each for each in standing(case) if each.by.gitlab_user_id != actor]
    return len(left) >= case.environment.approvals


def _holds_more(case: Case) -> bool:
    command, release = case.command, case.release
    assert isinstance(command, HoldRelease)  # noqa: S101 - only the row of a hold asks
    return (command.close and not release.closed) or (command.cancel_job and bool(release.under_way()))


def _succeeded(case: Case) -> bool:
    command, facts = case.command, case.facts
    deployment = case.release.deployment(command.deployment_id) if isinstance(command, SettleDeployment) else None
    if deployment is None:
        return False
    seen = observe(deployment, facts.job, facts.pipeline)
    return isinstance(seen, Ended) and seen.outcome == "success"


def _broken(case: Case) -> bool:
    command = case.command
    deployment = case.release.deployment(command.deployment_id) if isinstance(command, SettleDeployment) else None
    return deployment is not None and deployment.kind == BREAK_GLASS and _succeeded(case)


GUARDS: dict[str, Callable[[Case], bool]] = {
    "quorum_completed": _completes_quorum,
    "quorum_open": lambda case: not _completes_quorum(case),
    "quorum_stands_without": _stands_without,
    "quorum_falls": lambda case: not _stands_without(case),
    "holding_more": _holds_more,
    "requested": lambda case: isinstance(case.command, DeployRelease),
    "job_succeeded": _succeeded,
    "glass_broken": _broken,
    "held_in": lambda case: True,
}


def applies(guard: str | None, case: Case) -> bool:
    """Whether the case is the one that a guarded row is for; `held_in STATE` asks where the release was held."""
    if guard is None:
        return True
    name, _, state = guard.partition(" ")
    return GUARDS[name](case) and state in ("", case.release.held_from)


def event_name(trigger: str, environment: str | None) -> str:
    """The machine's name of a trigger: `deploy prod`, `hold`."""
    return f"{trigger} {environment}" if environment else trigger


@lru_cache(maxsize=32)
def compiled(workflow: Workflow) -> Machine:
    """The machine of the workflow; shared, because it holds no model and no state."""
    machine = _Gated(model=None, **_options(workflow))
    _add(machine, rules(workflow), gated=True)
    return machine


class _Gated(Machine):
    transition_cls = GatedTransition


def _options(workflow: Workflow) -> dict[str, Any]:
    return {
        "states": list(states(workflow)),
        "initial": DRAFT,
        "auto_transitions": False,
        "send_event": True,
        "queued": False,
        "ignore_invalid_triggers": True,
    }


def _add(machine: Machine, table: tuple[Rule, ...], *, gated: bool) -> None:
    for rule in table:
        more: dict[str, Any] = {"gates": rule.gates, "guard": rule.guard} if gated else {}
        machine.add_transition(event_name(rule.trigger, rule.environment), rule.source, rule.target, **more)


def judge(case: Case) -> Judgement:
    """What the machine says of the case. Pure: the probe is thrown away."""
    machine, probe = compiled(case.workflow), Probe(case.release.state)
    if probe.state not in machine.states:  # the policy dropped the environment on which the release stands
        return Judgement(None, None)
    event = machine.events.get(event_name(case.command.trigger, case.command.environment))
    moved = event is not None and event.trigger(probe, case=case)
    return Judgement(probe.state if moved else None, probe.results)


def picture(workflow: Workflow) -> str:
    """The workflow as a Mermaid state diagram, drawn by the machine; ways that change no state are left out."""
    from transitions.extensions import GraphMachine

    shown = GraphMachine(model=Probe(DRAFT), graph_engine="mermaid", **_options(workflow))
    _add(shown, tuple(rule for rule in rules(workflow) if rule.source != rule.target), gated=False)
    source = str(shown.get_graph().source)
    lines = source.splitlines()
    return "\n".join(line.rstrip() for line in lines[lines.index("stateDiagram-v2") :]) + "\n"
