"""Creating a database and bringing an old one to this version's schema."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from relflow.store.engine import engine_of, mark, version_table
from relflow.store.guards import GUARDS
from relflow.store.home import Home
from relflow.store.tables import METADATA


def upgrade(home: Home, mode: int = 0o600) -> bool:
    """Create the database, or migrate it to this version's schema; whether anything changed. Atomic.

    The mode is a new file's. In PostgreSQL the database itself must be there.
    """
    home.prepare(mode)
    with home.translated(), engine_of(home).connect() as connection, connection.begin():
        revision = _revision_of(connection)
        if revision == _scripts().get_current_head():
            return False
        if revision is None and connection.dialect.name == "sqlite":
            create(connection)
        else:
            migrate(connection)
        mark(connection)
    return True


def create(connection: Connection) -> None:
    """Make the newest schema in an empty file at once, as a new one is waited for; the migrations lead to the same."""
    METADATA.create_all(connection)
    for trigger in GUARDS.values():
        connection.exec_driver_sql(trigger)
    command.stamp(_config(connection), "head")


def migrate(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to the revision, in the connection's transaction."""
    command.upgrade(_config(connection), revision)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "relflow.store:migrations")
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", "relflow.store:migrations")
    return ScriptDirectory.from_config(config)


def _revision_of(connection: Connection) -> str | None:
    options = {"version_table": version_table(connection)}
    return MigrationContext.configure(connection, opts=options).get_current_revision()
