"""What Alembic runs: the migrations on the connection it was given, inside that connection's transaction."""

from alembic import context

from relflow.store.engine import version_table
from relflow.store.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    version_table=version_table(connection),
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
