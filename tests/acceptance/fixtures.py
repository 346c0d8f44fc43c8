"""The site that a test process shares, and the team that each story gets anew."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.site import Site
from tests.acceptance.team import Team

Gather = Callable[..., Team]


@pytest.fixture(scope="session")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    with site.sandbox:
        yield site
    assert site.logged == []


@pytest.fixture
def site(_running: Site) -> Iterator[Site]:
    """GitLab at rest, with nothing received and nothing going wrong."""
    _running.begins_anew()
    yield _running
    _running.is_up()


@pytest.fixture
def gather(site: Site, tmp_path: Path) -> Iterator[Gather]:
    """Bring people together in a new folder; the environments are `dev`, `prod` unless told otherwise."""
    teams: list[Team] = []

    def begin(**places: int) -> Team:
        home = tmp_path / f"team-{len(teams)}"
        home.mkdir()
        teams.append(Team(site, home, places or None))
        return teams[-1]

    yield begin
    for team in teams:
        team.keeps_its_promises()


@pytest.fixture
def team(gather: Gather) -> Team:
    """A team whose policy is in force: dev takes one approval, prod two."""
    return gather().settled()
