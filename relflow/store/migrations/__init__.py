"""Alembic's migrations, run in code: there is no ini file."""
