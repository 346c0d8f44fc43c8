"""Creating a database and bringing an old one to this version's schema."""

import os
import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from relflow.core.errors import SetupError
from relflow.store.engine import writing_engine
from relflow.store.faults import translated
from relflow.store.guards import GUARDS
from relflow.store.missing import must_be_complete
from relflow.store.network import must_be_local
from relflow.store.opening import APPLICATION_ID, NAMES_IT, SCHEMA_VERSION, must_be_a_file
from relflow.store.tables import METADATA


def upgrade(file: Path, mode: int = 0o600) -> bool:
    """Create the database, or migrate it to this version's schema; whether anything changed. Atomic.

    A new file gets the mode whatever the umask says; what SQLite keeps beside it gets the same.
    """
    is_new = not file.exists()
    must_be_a_file(file)
    must_be_local(file)
    if is_new:
        _touch(file, mode)
    _refuse_unfit(file)
    with translated(file), writing_engine(file).connect() as connection, connection.begin():
        if _head_of(connection) == _scripts().get_current_head():
            return False
        if is_new:
            create(connection)
        else:
            migrate(connection)
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
    return True


def create(connection: Connection) -> None:
    """Make the newest schema in an empty database at once; the migrations lead to the same (a test compares)."""
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


def _head_of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _touch(file: Path, mode: int) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        file.chmod(mode)
    except OSError as exc:
        raise SetupError(
            f"cannot create {file}", (exc.strerror or str(exc),), (f"check who owns {file.parent}",)
        ) from exc


def _refuse_unfit(file: Path) -> None:
    with translated(file):
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        try:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if application == APPLICATION_ID and version == SCHEMA_VERSION:
                must_be_complete(file, connection)
        finally:
            connection.close()
    if tables and application != APPLICATION_ID:
        raise SetupError(f"{file} is not relflow's database", ("it belongs to another program",), (NAMES_IT,))
    if version > SCHEMA_VERSION:
        why = f"its schema is {version}, this relflow knows {SCHEMA_VERSION}"
        raise SetupError(f"{file} was written by a newer relflow", (why,), ("upgrade relflow",))
