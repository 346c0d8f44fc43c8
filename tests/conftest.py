"""Two ways to search: `dev` while working, `ci` deeper and the same every time. And the end of a server's life."""

import gc
import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests import postgres

settings.register_profile("dev", max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("dev"), max_examples=80, derandomize=True, print_blob=True)
#: `make explore`: as many for each of two cores.
settings.register_profile("explore", settings.get_profile("dev"), max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


def pytest_configure() -> None:
    """Ctrl-C reaches what the tests start: a shell lets all that it runs in the background ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What was imported stays to the end: the collector need not go through all of it for every test's garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _servers_end() -> Iterator[None]:
    """The server that a test of this process may have started is stopped with it."""
    yield
    postgres.stop()
