"""What a trigger would be answered, gate by gate, and which triggers there are: for those who ask before they act."""

from dataclasses import replace

from relflow.core.approving import counted
from relflow.core.case import Case
from relflow.core.commands import (
    AmendRelease,
    ApproveRelease,
    BreakGlass,
    DeployRelease,
    HoldRelease,
    RejectRelease,
    Request,
    ResumeRelease,
    RollbackRelease,
    TestRelease,
    UnapproveRelease,
)
from relflow.core.facts import Facts
from relflow.core.gates.table import asked
from relflow.core.machine import Judgement, judge
from relflow.core.release import Release
from relflow.core.text import either
from relflow.core.verdict import GateResult, Verdict, blocked, final
from relflow.core.workflow import DRAFT, HELD, Environment, Workflow, approved, before, deployed, ladder, rules

#: Triggers that are on no release's way: they are asked of a place, a point, a gate, or in an emergency.
_BESIDE = frozenset({"rollback", "tick", "waive", "break-glass"})


def verdict(workflow: Workflow, release: Release, command: Request, facts: Facts) -> Verdict:
    """What `decide` would say, with the gates that hold as well: for those who ask before they act."""
    case = Case(workflow, release, command, facts)
    judgement = judge(case)
    gates = results_of(case, judgement)
    open_question = None if all(gate.holds is not False for gate in gates) else False
    allowed = True if judgement.target is not None else open_question
    return Verdict(command.trigger, command.environment, allowed, gates)


def next_requests(workflow: Workflow, release: Release) -> tuple[Request, ...]:
    """One request for each trigger on the release's way, in the order of the table.

    A rollback is not on its way: it is about what an environment runs, whatever the release's state. Neither is a
    tick: it is asked of a point, and `checklist_ticked` of `test` names those that are missing. Nor is a waiver, which
    is asked of a gate that a refused deployment names, nor what breaks the glass.
    """
    found: dict[tuple[str, str | None], Request] = {}
    for rule in rules(workflow):
        if rule.source == release.state and rule.gates and rule.trigger not in _BESIDE:
            found.setdefault((rule.trigger, rule.environment), request_of(rule.trigger, rule.environment or ""))
    return tuple(found.values())


def triggers(workflow: Workflow) -> dict[str, bool]:
    """The triggers that people ask for of a release, by whether they name an environment."""
    asked_for = (rule for rule in rules(workflow) if rule.gates and rule.trigger not in {"tick", "waive"})
    return {rule.trigger: rule.environment is not None for rule in asked_for}


def next_environment(workflow: Workflow, release: Release) -> str:
    """The environment that the release has not reached yet; the last one when it has reached all."""
    order = ladder(workflow)
    reached = order.index(release.stands_in) if release.stands_in in order else 0
    ahead = (name for name in workflow.names if order.index(deployed(name)) > reached)
    return next(ahead, workflow.names[-1])


def request_of(trigger: str, environment: str) -> Request:
    """The request that the trigger's name stands for; free text in it is a placeholder. KeyError: no such trigger."""
    makers: dict[str, Request] = {
        "test": TestRelease(),
        "approve": ApproveRelease(environment),
        "unapprove": UnapproveRelease(environment),
        "reject": RejectRelease(environment, "…"),
        "amend": AmendRelease("…", "…"),
        "deploy": DeployRelease(environment),
        "rollback": RollbackRelease(environment, "…"),
        "break-glass": BreakGlass(environment, "…"),
        "hold": HoldRelease("…"),
        "resume": ResumeRelease("…"),
    }
    return makers[trigger]


def results_of(case: Case, judgement: Judgement) -> tuple[GateResult, ...]:
    """Every gate's result: the machine's, or why no way leaves the state and what else would stand in the way."""
    if judgement.results is not None:
        return judgement.results
    named = (rule for rule in rules(case.workflow) if rule.trigger == case.command.trigger and rule.gates)
    rule = next((rule for rule in named if rule.environment == case.command.environment), None)
    if rule is None:
        return (final("glass_breakable", f"the policy lets nobody break the glass in {case.command.environment}"),)
    return (_in_state(case), *(asked(gate, case) for gate in rule.gates))


def _in_state(case: Case) -> GateResult:
    release, trigger = case.release, case.command.trigger
    sources = _sources(case)
    waits = "closed" if release.closed else "held"
    stands = f"{waits}, from {release.held_from}" if release.held_from else f"in {release.state}"
    begin = f"{release.version} is {stands}"
    order = ladder(case.workflow)
    if release.stands_in not in order:
        why = f"{release.version} is in {release.stands_in}, which the policy does not have"
        return final("in_state", f"{why}: it stays there until a policy has it again")
    if release.state == HELD:
        if trigger == "hold":
            return final("in_state", f"{release.version} is {waits} already")
        return blocked("in_state", begin, next=way_on(case.workflow, release))
    asked = " ".join(filter(None, (trigger, case.command.environment)))
    why = f"{begin}, and {asked} starts from {either(sources, len(sources))}"
    passed_by = all(order.index(release.state) > order.index(source) for source in sources if source in order)
    if trigger == "resume" or passed_by:
        return final("in_state", why)
    if (wanted := waits_for(case)) is not None:
        return blocked("in_state", why, who=wanted.who, next=wanted.next)
    return blocked("in_state", why, next=way_on(case.workflow, release))


def waits_for(case: Case) -> GateResult | None:
    """What keeps a release that waits for people from having their word: ticks, or approvals, and not always one helps.

    None where it waits for something else. The command of the case is not looked at.
    """
    if case.release.state == DRAFT:
        result = asked("checklist_ticked", replace(case, command=TestRelease()))
        return result if result.holds is False else None
    if (name := awaited(case.workflow, case.release)) is None:
        return None
    result = asked("quorum_met", replace(case, command=DeployRelease(name)))
    return result if result.holds is False else None


def awaited(workflow: Workflow, release: Release) -> str | None:
    """The environment whose approvals the release waits for, if that is what it waits for.

    It may stand behind them already: where the rule changed since, they are to be given anew.
    """

    def waits(place: Environment) -> bool:
        lapsed = release.state == approved(place.name) and len(counted(release, place)) < place.approvals
        return lapsed or release.state == before(workflow, place.name)

    return next((place.name for place in workflow.environments if waits(place)), None)


def _sources(case: Case) -> tuple[str, ...]:
    wanted = (case.command.trigger, case.command.environment)
    found = (rule.source for rule in rules(case.workflow) if (rule.trigger, rule.environment) == wanted and rule.gates)
    return tuple(dict.fromkeys(found))


def way_on(workflow: Workflow, release: Release) -> str | None:
    """The command that takes the release one step on where it waits for nobody's word; None at the end of the way."""
    version, state = release.version, release.state
    if release.closed:
        return f"relflow amend {version} --ref REF -m REASON"
    if state == HELD:
        return f"relflow resume {version} -m REASON"
    if state == DRAFT:
        return f"relflow test {version}"
    if (name := awaited(workflow, release)) is not None:
        return f"relflow approve {version} {name}"
    return next((f"relflow deploy {version} {name}" for name in workflow.names if state == approved(name)), None)
