"""A running sandbox for each test that changes it, one for all tests that only read, and people who talk to them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import gitlab
import pytest

from relflow.sandbox.sample_repository import create_sample
from relflow.sandbox.server import SAMPLE_NAME, Sandbox
from tests.sandbox.people import Person
from tests.sandbox.repositories import Workshop

Start = Callable[..., Sandbox]
Ask = Callable[..., Person]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start sandboxes that end with the test. What they log must be nothing, unless the test expects it."""
    running: list[Sandbox] = []
    logged: list[str] = []

    def begin(repo: Path | None = None, *, state_dir: Path | None = None, logs: list[str] = logged) -> Sandbox:
        sandbox = Sandbox(repo, state_dir=state_dir, log=logs.append)
        running.append(sandbox.start())
        return sandbox

    yield begin
    for sandbox in running:
        sandbox.stop()
    assert logged == []


@pytest.fixture(scope="session")
def _sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled sample, made once: a dozen of git's processes make it, and a copy is the same."""
    folder = tmp_path_factory.mktemp("bundled") / SAMPLE_NAME
    create_sample(folder)
    return folder


@pytest.fixture
def sandbox(start: Start, _sample: Path, tmp_path: Path) -> Sandbox:
    """A sandbox with the bundled sample, its pipelines still on their way."""
    return start(Path(shutil.copytree(_sample, tmp_path / SAMPLE_NAME)))


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox with the bundled sample where everything that runs by itself has ended. For reading only."""
    with Sandbox() as found:
        found.wait_for(lambda tables: all(pipeline.finished_at for pipeline in tables.pipelines))
        yield found


@pytest.fixture
def workshop(tmp_path: Path, start: Start) -> Workshop:
    """A repository with a job to play, and the switches that decide how its jobs end."""
    return Workshop(tmp_path, start)


@pytest.fixture
def person() -> Iterator[Ask]:
    """Make people who talk to a sandbox over HTTP, by name."""
    met: list[Person] = []

    def meet(sandbox: Sandbox, username: str = "anna", token: str | None = None) -> Person:
        met.append(Person(sandbox, token or sandbox.token(username)))
        return met[-1]

    yield meet
    for one in met:
        one.close()


@pytest.fixture
def library() -> Iterator[Callable[[Sandbox, str], gitlab.Gitlab]]:
    """Make python-gitlab clients."""
    made: list[gitlab.Gitlab] = []

    def connect(sandbox: Sandbox, username: str) -> gitlab.Gitlab:
        made.append(gitlab.Gitlab(sandbox.url, private_token=sandbox.token(username), timeout=10))
        return made[-1]

    yield connect
    for client in made:
        client.session.close()
