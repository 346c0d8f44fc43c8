"""The records of the log as text: one line each, with what it is about and what somebody said."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from relflow.cli.table import table
from relflow.cli.texts import SHA, local, name, sort_of, visible
from relflow.core.codec import JSON
from relflow.core.text import shortened

if TYPE_CHECKING:
    from relflow.views import contract

#: Characters of the last column.
WIDTH = 80


def log_lines(entries: "list[contract.Entry]") -> str:
    """One line a record, oldest first."""
    if not entries:
        return "no record"
    return table(("seq", "at", "who", "event", "release", "", ""), map(_entry, visible(entries)))


def _entry(each: "contract.Entry") -> tuple[object, ...]:
    moved = f"{each['from']} -> {each['to']}" if each["to"] and each["from"] not in (None, each["to"]) else ""
    where = " ".join(filter(None, (each["environment"], moved)))
    who, said = name(each["actor"]), shortened(_said(each), WIDTH)
    return each["seq"], local(each["at"]), who, each["event"], each["release"], where, said


def _said(each: "contract.Entry") -> str:
    data, about = each["data"], _ABOUT.get(each["event"])
    words = each["reason"] or data.get("comment") or data.get("title") or data.get("detail")
    return ": ".join(filter(None, (about(each, data) if about else "", words)))


def _imported(_: "contract.Entry", data: JSON) -> str:
    past = data["deployments"]
    places = ", ".join(dict.fromkeys(each["environment"] for each in past))
    whose = (past[-1]["by"]["id"]).removeprefix("gitlab:")
    return f"{data['ref']}, was in {places}, last {local(past[-1]['ended_at'])} by {whose}"


def _tested(_: "contract.Entry", data: JSON) -> str:
    numbers = data.get("numbers") or {}
    covered = f"{numbers['coverage']} % covered" if numbers.get("coverage") else ""
    tests = f"{numbers['tests']} tests" if numbers.get("tests") is not None else ""
    return ", ".join(filter(None, (f"pipeline {data['pipeline']['id']}", covered, tests)))


def _held(_: "contract.Entry", data: JSON) -> str:
    cancels = ", ".join(map(str, data.get("cancels") or ()))
    return f"cancels deployment {cancels}" if cancels else ""


def _requested(_: "contract.Entry", data: JSON) -> str:
    base, plays = data.get("base_job"), "is" if data["kind"] == "foreign" else "plays"
    starts = f"runs job {base} again" if base else f"{plays} job {data['job_id']}"
    waived = [f", {gate['gate']} waived by {gate['waived_by']}" for gate in data["gates"] if gate.get("waived_by")]
    return f"{sort_of(data['kind'])} {data['deployment_id']} {starts}{''.join(waived)}"


def _taken_over(_: "contract.Entry", data: JSON) -> str:
    return f"deployment {data['deployment_id']}, epoch {data['epoch']}"


def _settled(_: "contract.Entry", data: JSON) -> str:
    words = {"success": "succeeded", "canceled": "was canceled", "abandoned": "was abandoned"}
    return f"deployment {data['deployment_id']} {words.get(data['outcome'], data['outcome'])}"


def _drift(_: "contract.Entry", data: JSON) -> str:
    who = (data["played_by"] or "somebody").removeprefix("gitlab:")
    what = f"job {data['job_id']}" if data["job_id"] else f"deployment {data['gitlab_deployment_id']}, recorded only,"
    return f"drift {data['drift_id']}, {what} by {who}: {data['status']}"


def _refused(_: "contract.Entry", data: JSON) -> str:
    return f"{data['trigger']} ({', '.join(gate['gate'] for gate in data['gates'])})"


#: What a record is about, by event, from the record and its data.
_ABOUT: "dict[str, Callable[[contract.Entry, JSON], str]]" = {
    "policy_adopted": lambda _, data: str(data["digest"][:SHA]),
    "release_created": lambda _, data: str(data["ref"]),
    "pipeline_requested": lambda _, data: str(data["ref"]),
    "release_imported": _imported,
    "release_tested": _tested,
    "point_ticked": lambda _, data: str(data["point"]),
    "review_debt_signed_off": lambda _, data: f"deployment {data['deployment_id']}",
    "gate_waived": lambda _, data: str(data["gate"]),
    "release_amended": lambda each, data: f"revision {each['revision']} is {data['ref']}",
    "release_held": _held,
    "deployment_requested": _requested,
    "deployment_taken_over": _taken_over,
    "deployment_settled": _settled,
    "drift_detected": _drift,
    "drift_accepted": lambda _, data: f"drift {data['drift_id']}, {data['status']}",
    "command_refused": _refused,
}
