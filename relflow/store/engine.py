"""SQLAlchemy's engine over the writing connections: for what makes and migrates the schema."""

from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event

from relflow.store.writing import open_writer


def writing_engine(file: Path) -> Engine:
    """An engine whose transactions begin with the write lock: `BEGIN IMMEDIATE`."""
    engine = create_engine("sqlite://", creator=lambda: open_writer(file), poolclass=NullPool)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
