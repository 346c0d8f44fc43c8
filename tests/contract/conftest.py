"""A stub on loopback, and the real adapter connected to it with a token that must never be seen again."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from relflow.adapters.gitlab import PythonGitLabSetup, connect
from relflow.sandbox.server import Sandbox
from tests.contract.sites import DoubleSite, SandboxSite, Site, repository
from tests.contract.stub import CANARY, IMPATIENCE, PATIENCE, Stub, listening
from tests.doubles.clock import SteppingClock


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A server that says what the test tells it to."""
    with listening() as found:
        yield found


@pytest.fixture
def gitlab(stub: Stub) -> Iterator[PythonGitLabSetup]:
    """The adapter, connected to the stub."""
    with connect(stub.url, CANARY, clock=SteppingClock(), timeout=PATIENCE) as found:
        yield found


@pytest.fixture
def impatient(stub: Stub) -> Iterator[PythonGitLabSetup]:
    """The same, for answers that never come."""
    with connect(stub.url, CANARY, clock=SteppingClock(), timeout=IMPATIENCE) as found:
        yield found


@pytest.fixture(scope="session")
def _service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository, made once."""
    return repository(tmp_path_factory.mktemp("made") / "service", "v1.0.0")


@pytest.fixture(params=["double", "sandbox"])
def site(request: pytest.FixtureRequest, tmp_path: Path, _service: Path) -> Iterator[Site]:
    """Each of the worlds that the port is tested on."""
    if request.param == "double":
        yield DoubleSite()
        return
    copy = Path(shutil.copytree(_service, tmp_path / "service"))
    with Sandbox(copy) as sandbox, closing(SandboxSite(sandbox)) as found:
        yield found
