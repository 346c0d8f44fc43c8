"""What the role gets that relflow works as day by day: to read and to record, and nothing that could change a record.

Whoever made the tables owns them, and could drop every guard; so that is another role, for upgrades and rebuilds.
"""

from contextlib import closing

from psycopg import sql

from relflow.core.errors import SetupError, UsageError
from relflow.store.postgres.faults import translated
from relflow.store.postgres.home import PostgresHome
from relflow.store.postgres.speaking import PostgresConnection
from relflow.store.tables import METADATA, AuditRow

#: The log is added to; every other table follows it, and nothing of relflow's day takes a row away.
_RIGHTS = {
    table.name: "SELECT, INSERT" if table.name == AuditRow.__tablename__ else "SELECT, INSERT, UPDATE"
    for table in METADATA.sorted_tables
}
#: Statements for a role, in their order. The last two are for what later migrations make.
_GRANTS = (
    "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}",
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}",
    *(f"GRANT {rights} ON {{schema}}.{name} TO {{role}}" for name, rights in _RIGHTS.items()),
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE ON SEQUENCES TO {role}",
)
_ABOUT = """
    SELECT current_schema() AS schema, pg_get_userbyid(relowner) AS owner,
      pg_has_role(current_user, relowner, 'USAGE') AS may_grant,
      (SELECT rolsuper OR pg_has_role(rolname, relowner, 'USAGE') FROM pg_roles WHERE rolname = :role) AS is_above
    FROM pg_class WHERE oid = CAST('audit' AS regclass)"""
_TOO_MUCH = """
    SELECT has_table_privilege(:role, 'audit', 'UPDATE') OR has_table_privilege(:role, 'audit', 'DELETE')
      OR has_table_privilege(:role, 'audit', 'TRUNCATE') OR has_table_privilege(:role, 'audit', 'TRIGGER') AS found"""


def grant(home: PostgresHome, role: str) -> None:
    """Give the role what relflow's commands need, and take from it what it had beyond that; in one transaction.

    Raises UsageError for a role that is not there or stands above every right, SetupError for who may not grant.
    """
    with translated(home), closing(home.opened()) as connection:
        about = connection.execute(_ABOUT, {"role": role}).fetchone()
        if about["is_above"] is None:
            raise UsageError(f"there is no role {role} in {home}", (), (f"createuser {role}",))
        if about["is_above"]:
            why = ("it owns the tables, is a member of their owner, or is a superuser",)
            step = "createuser NAME     makes a role for relflow's everyday"
            raise UsageError(f"no right can be kept from {role}", why, (step,))
        if not about["may_grant"]:
            step = f"the same with {about['owner']} as the user in the URL"
            raise SetupError(f"only {about['owner']} can grant in {home}", ("it owns the tables",), (step,))
        _granted(home, connection, about["schema"], role)


def _granted(home: PostgresHome, connection: PostgresConnection, schema: str, role: str) -> None:
    names = {"schema": sql.Identifier(schema), "role": sql.Identifier(role)}
    with connection.raw.transaction():
        for statement in _GRANTS:
            connection.raw.execute(sql.SQL(statement).format(**names))
        if connection.execute(_TOO_MUCH, {"role": role}).fetchone()["found"]:
            why = ("another grant, to PUBLIC or to a role that it is a member of, lets it change the log",)
            raise SetupError(f"{role} would have more than it needs. Nothing was changed.", why, (r"psql:  \dp audit",))
