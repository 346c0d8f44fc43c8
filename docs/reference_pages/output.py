"""The schemas of `--json`, and their page: made of the shapes that the code is typed by."""

import json
import re
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from docs.reference_pages.markdown import code, page, table
from relflow.views import contract

NO_RESULT = "any of them"
#: What each command prints; `sandbox run` has no answer.
ANSWERS: dict[str, Any] = {
    "init": contract.Init,
    "import": contract.Import,
    "status": contract.Status,
    "list": contract.List,
    "show": contract.Show,
    "log": contract.Log,
    "why": contract.Why,
    "plan": contract.Plan,
    "create": contract.Changed,
    "test": contract.Changed,
    "tick": contract.Changed,
    "approve": contract.Changed,
    "unapprove": contract.Changed,
    "reject": contract.Changed,
    "waive": contract.Changed,
    "hold": contract.Changed,
    "amend": contract.Changed,
    "resume": contract.Changed,
    "deploy": contract.Changed,
    "signoff": contract.Changed,
    "rollback": contract.Changed,
    "watch": contract.Deployment,
    "reconcile": contract.Reconcile,
    "reconcile --abandon": contract.Changed,
    "reconcile --replay": contract.Changed,
    "reconcile --dry-run": contract.ReconcileDryRun,
    "drift": contract.Drifts,
    "drift accept": contract.DriftAccept,
    "freeze add": contract.FreezeChanged,
    "freeze end": contract.FreezeChanged,
    "freeze list": contract.Freezes,
    "lock": contract.LockChanged,
    "unlock": contract.LockChanged,
    "policy adopt": contract.PolicyAdopt,
    "policy show": contract.PolicyShow,
    "policy diff": contract.PolicyDiff,
    "audit verify": contract.AuditVerify,
    "workflow show": contract.WorkflowShow,
    "workflow check": contract.WorkflowCheck,
    "ci init": contract.CiInit,
    "ci lint": contract.CiLint,
    "doctor": contract.Doctor,
    "db upgrade": contract.DbUpgrade,
    "db check": contract.DbCheck,
    "db rebuild": contract.DbRebuild,
    "db backup": contract.DbBackup,
    "db copy": contract.DbCopy,
    "db grant": contract.DbGrant,
    "trust": contract.Trust,
    "demo": contract.Demo,
    NO_RESULT: contract.Failure,
}


class _Closed(GenerateJsonSchema):
    """No key beyond those that are told, and no title that says the key once more."""

    def typed_dict_schema(self, schema: Any) -> dict[str, Any]:
        return {**super().typed_dict_schema(schema), "additionalProperties": False}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def answers() -> dict[str, tuple[str, dict[str, Any]]]:
    """The schema of what each command prints, and the name of its file."""
    made = {command: TypeAdapter(shape).json_schema(schema_generator=_Closed) for command, shape in ANSWERS.items()}
    return {command: (f"{_hyphened(schema['title'])}.json", schema) for command, schema in made.items()}


def schemas() -> dict[str, str]:
    """The text of each schema, by the name of its file."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {file: json.dumps(dialect | schema, indent=2) + "\n" for file, schema in answers().values()}


def output() -> str:
    """Each schema, the commands whose answer it is, and what it says."""
    said = (
        "With `--json` a command prints one JSON value on stdout, and nothing else there; `watch` prints one a line.\n"
        "Keys are in snake_case, times are RFC 3339 in UTC, what is absent is null, people are `user:NAME`. A command\n"
        "that has a result and a failure prints both: its own shape with `error` added. One without a result prints\n"
        "`error` only. The files are JSON Schema 2020-12; each holds all that it needs."
    )
    told = {file: schema["description"] for file, schema in answers().values()}
    rows = ((f"[{file}](schemas/{file})", _printed_by(file), text) for file, text in told.items())
    return page("Output for scripts", said, table(("schema", "printed by", "is"), rows))


def _printed_by(file: str) -> str:
    return ", ".join(code(command) for command, (name, _) in answers().items() if name == file)


def _hyphened(name: str) -> str:
    return re.sub("(?<!^)(?=[A-Z])", "-", name).lower()
