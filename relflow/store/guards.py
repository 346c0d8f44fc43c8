"""What the database itself refuses: triggers that keep the audit table append-only and without gaps.

They are a fence, not a proof: whoever owns the file can drop them, and then the chain tells.
"""

GUARDS: dict[str, str] = {
    "audit_no_update": """
        CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    "audit_no_delete": """
        CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    # INSERT OR REPLACE deletes without a DELETE trigger unless recursive_triggers is on: only max + 1 may come in.
    "audit_next_only": """
        CREATE TRIGGER audit_next_only BEFORE INSERT ON audit
        WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit WHERE project_id = NEW.project_id)
        BEGIN SELECT RAISE(ABORT, 'the audit log has no gaps and no second first'); END""",
}
