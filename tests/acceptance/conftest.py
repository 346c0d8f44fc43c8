"""Stories through real commands: real processes, real HTTP, a real repository, real jobs, a real database."""

from tests.acceptance.fixtures import _running, gather, site, team

__all__ = ["_running", "gather", "site", "team"]
