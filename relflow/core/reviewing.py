"""Signing off what was deployed past its approvals: by whom, and what is recorded of it."""

from relflow.core import events as e
from relflow.core.case import standing_level
from relflow.core.decision import Accepted, Decision, Refused
from relflow.core.facts import Facts
from relflow.core.gates.deployment import signoff_line
from relflow.core.people import Level
from relflow.core.release import BREAK_GLASS, Deployment, Release
from relflow.core.verdict import GateResult, blocked, final, passed


def decide_signoff(project: str, release: Release, deployment: Deployment, reason: str, facts: Facts) -> Decision:
    """Close the debt that the deployment left: a word of somebody who had no part in it."""
    results = (
        standing_level("may_act", facts, Level.DEVELOPER, project, "signoff"),
        passed("reason_given")
        if reason.strip()
        else blocked("reason_given", "a reason is needed", next=signoff_line(deployment)),
        _debt_open(deployment),
        _by_another(deployment, facts),
    )
    if refusals := tuple(result for result in results if not result.holds):
        return Refused(refusals)
    signed = e.ReviewDebtSignedOff(
        at=facts.at,
        actor=facts.actor,
        release=release.version,
        revision=deployment.revision,
        environment=deployment.environment,
        commit=deployment.commit,
        source=release.state,
        target=release.state,
        reason=reason,
        deployment_id=deployment.id,
    )
    return Accepted((signed,))


def _debt_open(deployment: Deployment) -> GateResult:
    name, which = "debt_open", f"deployment {deployment.id}"
    if deployment.kind != BREAK_GLASS:
        return final(name, f"{which} went the way of its approvals: nobody has to sign it off")
    if deployment.signed_off_by is not None:
        return final(name, f"{deployment.signed_off_by.name} signed {which} off already")
    if deployment.is_open:
        return blocked(name, f"{which} is open: its end is not known yet", next="relflow reconcile")
    return passed(name) if deployment.owes_review else final(name, f"{which} was abandoned: nothing ran")


def _by_another(deployment: Deployment, facts: Facts) -> GateResult:
    """Whoever broke the glass, or took it over, does not look at it alone."""
    own = {each.gitlab_user_id for each in deployment.starters}
    if facts.actor.gitlab_user_id not in own:
        return passed("by_another")
    others = (each for each in facts.members or () if each.access_level >= Level.DEVELOPER)
    who = tuple(each.username for each in others if each.user_id not in own)
    why = f"{facts.actor.name} broke the glass: somebody else looks at it"
    return blocked("by_another", why, who=who, next=signoff_line(deployment))
