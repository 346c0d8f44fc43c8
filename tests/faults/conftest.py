"""The same as in acceptance: real commands against a real server, which goes wrong as planned."""

from tests.acceptance.fixtures import _running, gather, site, team

__all__ = ["_running", "gather", "site", "team"]
