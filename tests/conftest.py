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
    """Ctrl-C reaches what the tests start: a shell lets all that it runs in the background ignore it.

    Nothing is collected before there are tests: hardly anything of what is imported is garbage.
    """
    gc.disable()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What was imported stays to the end: the collector need not go through all of it for every test's garbage.

    Nor need it look so often at what lives for a test's length: Python's own thresholds are for memory that is dear. A
    file that a cycle leaves open is warned of later for that, and by `_nothing_is_left` at the latest.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """The server that a test of this process may have started is stopped with it; what was left open is warned of."""
    yield
    postgres.stop()
    gc.collect()
