"""Any command of anybody, the steps of the protocol among them, also for what does not exist."""

from dataclasses import fields, replace
from typing import Any

from hypothesis import strategies as st

from relflow.core.commands import (
    AbandonDeployment,
    AmendRelease,
    ApproveRelease,
    ArmDeployment,
    BreakGlass,
    Command,
    CreateRelease,
    DeployRelease,
    HoldRelease,
    RecordAnswer,
    RecordPipeline,
    RejectRelease,
    ReplayDeployment,
    ResumeRelease,
    RollbackRelease,
    SettleDeployment,
    TestRelease,
    TickPoint,
    UnapproveRelease,
    WaiveGate,
)
from relflow.core.release import Release
from relflow.core.waiving import WAIVABLE
from relflow.core.workflow import Workflow
from tests.strategies.facts import jobs, pipeline_of
from tests.strategies.words import HERE, POINTS, VERSIONS, one_of, texts

_REASON = st.sampled_from(["wait", "", " ", "é\u202e"])
_EPOCH = st.integers(1, 3)
#: The environment, the deployment and the row version are told afterwards.
_COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        CreateRelease,
        st.sampled_from([*VERSIONS, "", "é", "x" * 65]),
        st.just("main"),
        st.none() | texts,
        st.just(()),
        st.booleans(),
    ),
    st.builds(
        RecordPipeline,
        st.just(1),
        st.just("c" * 40),
        st.sampled_from(["started", "unknown", "refused", "something else"]),
        st.just("a sentence"),
    ),
    st.just(TestRelease()),
    st.builds(TickPoint, st.sampled_from([*POINTS, "nothing"])),
    st.builds(ApproveRelease, st.just(HERE), st.none() | texts),
    st.just(DeployRelease(HERE)),
    st.builds(BreakGlass, st.just(HERE), _REASON),
    st.builds(WaiveGate, st.just(HERE), st.sampled_from([*sorted(WAIVABLE), "quorum_met", "nothing"]), _REASON),
    st.just(UnapproveRelease(HERE)),
    st.builds(RejectRelease, st.just(HERE), _REASON),
    st.builds(AmendRelease, st.just("main"), _REASON),
    st.builds(HoldRelease, _REASON, st.booleans(), st.booleans()),
    st.builds(RollbackRelease, st.just(HERE), _REASON),
    st.builds(ResumeRelease, _REASON),
    st.builds(ArmDeployment, st.just(HERE), st.just(0), st.just(0), _EPOCH),
    st.builds(
        RecordAnswer,
        st.just(HERE),
        st.just(0),
        st.sampled_from(["accepted", "unknown", "refused", "something else"]),
        st.just("a sentence"),
        st.none() | jobs(id=7, name="deploy", commit="c" * 40),
        _EPOCH,
    ),
    st.just(SettleDeployment(HERE, 0)),
    st.builds(AbandonDeployment, st.just(HERE), st.just(0), _REASON, st.none() | _EPOCH),
    st.builds(ReplayDeployment, st.just(HERE), st.just(0), _REASON),
)


@st.composite
def commands(draw: st.DrawFn, workflow: Workflow, release: Release | None = None) -> Command:
    """Any command, the steps of the protocol among them, also for what does not exist."""
    found = draw(_COMMANDS)
    if isinstance(found, RecordPipeline):
        return replace(found, pipeline=pipeline_of(draw, workflow, "c" * 40) if draw(st.booleans()) else None)
    numbers = (*(each.id for each in release.deployments), 99) if release else (1,)
    told: dict[str, Any] = {
        "environment": one_of(draw, (*workflow.names, "nowhere")),
        "deployment_id": one_of(draw, numbers),
        "row_version": one_of(draw, (release.row_version if release else 1, 1)),
    }
    own: dict[str, Any] = {each.name: told[each.name] for each in fields(found) if each.name in told}
    return replace(found, **own)
