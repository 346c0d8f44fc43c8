"""Waivers: which gates can have one, which of those given count, and what a gate says where one does."""

from dataclasses import replace

from relflow.core.case import Case, allows
from relflow.core.commands import BreakGlass, DeployRelease
from relflow.core.people import Member
from relflow.core.release import Release, Waiver
from relflow.core.verdict import GateResult, Remedy
from relflow.core.workflow import Environment

#: The gates of a deployment whose failing is a matter of judgement: whether a younger pipeline, a tag that moved or the
#: time of day matters, somebody can tell who looked. The others say that it cannot be done, that two would meet, that
#: what runs is not what the log says, or that people did not agree, which is no one person's to waive.
WAIVABLE = frozenset({"evidence_current", "ref_unmoved", "not_frozen", "in_window", "soaked"})


def waivers_for(case: Case, gate: str) -> tuple[Member, ...]:
    """Everybody who may waive the gate for the case's environment; nobody where the members were not read."""
    by = case.environment.waivable_by(gate)
    return tuple(each for each in case.facts.members or () if by is not None and allows(by, each))


def lapse(
    release: Release, environment: Environment | None, waiver: Waiver, members: tuple[Member, ...] | None = None
) -> str | None:
    """Why a waiver counts no more; None where it does. Who gave it is judged where the members were read.

    None for the environment: the policy dropped it.
    """
    if (waiver.revision, waiver.commit) != (release.revision, release.commit):
        return f"given for revision {waiver.revision}"
    if environment is None:
        return f"the policy has no {waiver.environment}"
    by = environment.waivable_by(waiver.gate)
    if by is None:
        return f"the policy lets nobody waive it for {environment.name} any more"
    able = members is None or any(each.user_id == waiver.by.gitlab_user_id and allows(by, each) for each in members)
    return None if able else f"{waiver.by.name} may not waive it any more"


def standing_waiver(case: Case, gate: str) -> Waiver | None:
    """The waiver of the gate that counts for the case's environment, the latest."""
    known = (each for each in _given(case, gate) if _lapse(case, each) is None)
    return max(known, key=lambda each: each.at, default=None)


def _given(case: Case, gate: str) -> tuple[Waiver, ...]:
    asked = (case.environment.name, gate)
    return tuple(each for each in case.release.waivers if (each.environment, each.gate) == asked)


def _lapse(case: Case, waiver: Waiver) -> str | None:
    return lapse(case.release, case.environment, waiver, case.facts.members)


def waive_line(case: Case, gate: str) -> str:
    """The command that waives the gate."""
    return f"relflow waive {case.release.version} {case.environment.name} {gate} -m REASON"


def with_waiver(case: Case, result: GateResult) -> GateResult:
    """The result, as holding where somebody answers for it; else with those who may, and a waiver that lapsed."""
    if result.holds or not isinstance(case.command, DeployRelease | BreakGlass):
        return result
    gate = result.gate
    if (waiver := standing_waiver(case, gate)) is not None:
        by = waiver.by.name
        return GateResult(
            gate=gate,
            holds=True,
            why=result.why if result.holds is False else None,
            evidence=f"waived by {by}: {waiver.reason}",
            waived_by=by,
        )
    if result.holds is None or case.environment.waivable_by(gate) is None:
        return result
    who = tuple(each.username for each in waivers_for(case, gate))
    told = [f"no longer waived by {each.by.name} ({_lapse(case, each)})" for each in _given(case, gate)[-1:]]
    return replace(result, why="; ".join([result.why or gate, *told]), or_else=Remedy(waive_line(case, gate), who))
