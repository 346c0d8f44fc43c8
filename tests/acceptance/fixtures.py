"""The site that a test process shares, and the team that each story gets anew."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from relflow.store.postgres.granting import grant
from relflow.store.postgres.home import PostgresHome
from tests import postgres
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


@contextmanager
def as_application() -> Iterator[PostgresHome]:
    """A database in PostgreSQL, for a role that has no more rights than relflow's everyday needs."""
    server = postgres.running()
    with server.home() as home:
        name = str(home).rpartition("/")[2]
        role = f"application_{name}"
        server.run(f"CREATE ROLE {role} LOGIN")
        grant(home, role)
        try:
            yield PostgresHome(server.url(name, role))
        finally:
            server.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}", database=name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def gather(request: pytest.FixtureRequest, site: Site, tmp_path: Path) -> Iterator[Gather]:
    """Bring people together in a new folder; the environments are `dev`, `prod` unless told otherwise."""
    teams: list[Team] = []
    with ExitStack() as homes:

        def begin(**places: int) -> Team:
            home = tmp_path / f"team-{len(teams)}"
            home.mkdir()
            kept = homes.enter_context(as_application()) if request.param == "postgresql" else None
            teams.append(Team(site, home, places or None, kept))
            return teams[-1]

        yield begin
        for team in teams:
            team.keeps_its_promises()


@pytest.fixture
def team(gather: Gather) -> Team:
    """A team whose policy is in force: dev takes one approval, prod two."""
    return gather().settled()
