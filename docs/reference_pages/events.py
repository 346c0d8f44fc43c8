"""The page of events, from the closed list in the core."""

from dataclasses import fields
from typing import Any, get_type_hints

from docs.reference_pages.markdown import code, page, sentence, table
from relflow.core.events import EVENTS, Event

COMMON = frozenset(each.name for each in fields(Event))
_WORDS = {
    "str": "text",
    "int": "integer",
    "datetime": "time",
    "dict[text, Any]": "object",
    "GateResult": "gate result",
    "tuple[gate result, ...]": "list of gate results",
    "PipelineRef": "pipeline (id, url)",
    "tuple[PastDeployment, ...]": "list of deployments (deployment_id, environment, gitlab_deployment_id, by, "
    "started_at, ended_at, pipeline_id, job_id, job_name, job_url)",
    "relflow.core.people.Actor": "person (id, gitlab_user_id, auth)",
    "relflow.core.evidence.Numbers": "numbers (coverage, tests, failed, skipped, jobs, report_digest)",
    " | None": " or null",
}


def events() -> str:
    """Each event, what it says, and the type of its data."""
    said = (
        "Every record of the audit log is one of these. All carry `at, actor, release, revision, environment, commit,\n"
        "from, to, reason`; the table says what `data` holds besides. `why` is why a gate did not hold."
    )
    rows = ((code(name), sentence(kind.__doc__), _data(kind)) for name, kind in EVENTS.items())
    return page("Events", said, table(("event", "says", "data"), rows))


def _data(kind: type[Event]) -> str:
    hints = get_type_hints(kind)
    own = (f"`{each.name}`: {_type(hints[each.name])}" for each in fields(kind) if each.name not in COMMON)
    return "; ".join(own) or "-"


def _type(hint: Any) -> str:
    name = hint.__name__ if isinstance(hint, type) and not getattr(hint, "__args__", None) else str(hint)
    for module in ("relflow.core.verdict.", "relflow.core.release.", "typing.", "datetime."):
        name = name.replace(module, "")
    for python, word in _WORDS.items():
        name = name.replace(python, word)
    return name
