"""What PostgreSQL itself refuses: triggers that keep the audit table append-only and without gaps.

They are made by the first migration. Whoever owns the table can drop them, and then the chain tells; the role that
relflow works as day by day need not own it.
"""

from relflow.store.home import Connection

#: How each trigger is defined, and what its function does; in words that stand for any spacing.
GUARDS = {
    "audit_append_only": (
        """CREATE TRIGGER audit_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()""",
        """
        BEGIN
          RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END""",
    ),
    "audit_next_only": (
        "CREATE TRIGGER audit_next_only BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_next_only()",
        """
        DECLARE
          following bigint;
        BEGIN
          EXECUTE 'SELECT coalesce(max(seq), 0) + 1 FROM ' || CAST(TG_RELID AS regclass) || ' WHERE project_id = $1'
            INTO following USING NEW.project_id;
          IF NEW.seq <> following THEN
            RAISE EXCEPTION 'the audit log has no gaps and no second first'
              USING ERRCODE = 'integrity_constraint_violation';
          END IF;
          RETURN NEW;
        END""",
    ),
}
_TRIGGERS = """
    SELECT tgname AS name, pg_get_triggerdef(pg_trigger.oid, true) AS definition, prosrc AS body
    FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE tgrelid = CAST('audit' AS regclass) AND NOT tgisinternal AND tgenabled IN ('O', 'A')"""


def lost_guards(connection: Connection) -> list[str]:
    """The triggers that are missing, switched off, or do something else."""
    rows = connection.execute(_TRIGGERS).fetchall()
    found = {row["name"]: (_plain(row["definition"]), _plain(row["body"])) for row in rows}
    return [name for name, texts in GUARDS.items() if found.get(name) != tuple(map(_plain, texts))]


def _plain(text: str) -> str:
    return " ".join(text.split())
