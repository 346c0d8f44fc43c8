"""Law 9 from the other side: whatever else is true, an open deployment keeps its environment."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from relflow.core.commands import DeployRelease
from relflow.core.decide import decide
from relflow.core.decision import Refused
from relflow.core.facts import EnvironmentFacts
from relflow.core.release import Deployment
from tests.strategies import Reached, facts, releases


@given(st.data(), releases())
def test_law_9_a_second_is_refused_while_one_is_open(data: st.DataObject, reached: Reached) -> None:
    """Every facts' environment with a deployment that is not settled refuses another, by that name."""
    workflow, release = reached.workflow, reached.release
    known = data.draw(facts(workflow, release))
    name = data.draw(st.sampled_from(workflow.names))
    there = _open_in(name, known.environment)
    assume(there is not None)
    decision = decide(workflow, release, DeployRelease(name), replace(known, environment=there))
    assert isinstance(decision, Refused)
    assert "environment_free" in {each.gate for each in decision.refusals}


def _open_in(name: str, there: EnvironmentFacts | None) -> EnvironmentFacts | None:
    found = there.open_deployment if there else None
    if there is None or not isinstance(found, Deployment):
        return None
    return replace(there, open_deployment=replace(found, environment=name, phase="accepted", outcome=None))
