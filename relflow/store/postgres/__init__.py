"""The database in PostgreSQL. `psycopg` is an extra: nothing imports what is here before a URL asks for it."""

#: The table of the last migration's number. Its name says that the database is relflow's.
MARK = "relflow_version"
