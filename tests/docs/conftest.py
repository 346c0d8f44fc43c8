"""The database with a little history that the store's tests have, for what the pages say of it."""

from tests.store.conftest import file, team

__all__ = ["file", "team"]
