"""A stub on loopback, and the real adapter connected to it with a token that must never be seen again."""

from collections.abc import Iterator

import pytest

from relflow.adapters.gitlab import PythonGitLab, connect
from tests.contract.sites import DoubleSite, Site
from tests.contract.stub import CANARY, PATIENCE, Stub, listening
from tests.doubles.clock import SteppingClock


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A server that says what the test tells it to."""
    with listening() as found:
        yield found


@pytest.fixture
def gitlab(stub: Stub) -> Iterator[PythonGitLab]:
    """The adapter, connected to the stub."""
    with connect(stub.url, CANARY, clock=SteppingClock(), timeout=PATIENCE) as found:
        yield found


@pytest.fixture(params=["double"])
def site(request: pytest.FixtureRequest) -> Site:
    """Each of the worlds that the port is tested on."""
    return DoubleSite()
