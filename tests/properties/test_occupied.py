"""Law 9 from the other side: whatever else is true, an open deployment keeps its environment."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relflow.core.commands import DeployRelease, Request, RollbackRelease
from relflow.core.decide import decide
from relflow.core.decision import Refused
from relflow.core.facts import EnvironmentFacts
from tests.strategies.facts import deployments, facts, lives
from tests.strategies.scenes import Reached, releases
from tests.strategies.words import VERSIONS


@pytest.mark.parametrize("asked", ["deploy", "rollback"])
@given(data=st.data(), reached=releases())
def test_law_9_a_second_is_refused_while_one_is_open(data: st.DataObject, reached: Reached, asked: str) -> None:
    """Every facts' environment with a deployment that is not settled refuses another, by that name."""
    workflow, release = reached.workflow, reached.release
    name = data.draw(st.sampled_from(workflow.names))
    there = st.builds(
        EnvironmentFacts,
        brought=st.none() | lives(),
        open_deployment=deployments(name, release.commit),
        open_version=st.sampled_from(VERSIONS),
    )
    known = replace(data.draw(facts(workflow, release)), environment=data.draw(there))
    request: Request = DeployRelease(name) if asked == "deploy" else RollbackRelease(name, "back to it")
    decision = decide(workflow, release, request, known)
    assert isinstance(decision, Refused)
    assert "environment_free" in {each.gate for each in decision.refusals}
