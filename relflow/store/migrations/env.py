"""What Alembic runs: the migrations on the connection it was given, inside that connection's transaction."""

from alembic import context

from relflow.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
