"""The contract's JSON shapes as text for a person."""

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, cast

from relflow.cli.table import bold, table
from relflow.core.release import BREAK_GLASS, IMPORTED
from relflow.core.text import either, escaped, shortened
from relflow.core.verdict import ONLY_GITLAB

if TYPE_CHECKING:
    from relflow.views import contract

T = TypeVar("T")
SHA = 12


def visible(shape: T) -> T:
    """The shape with every text in it escaped: what is made of it can be shown as it is."""
    seen: object = shape
    if isinstance(shape, dict):
        seen = {key: visible(value) for key, value in shape.items()}
    elif isinstance(shape, list):
        seen = [visible(value) for value in shape]
    elif isinstance(shape, str):
        seen = escaped(shape)
    return cast("T", seen)


def local(at: str | None) -> str:
    """A stored time in the local zone with its offset, to the second."""
    return "" if at is None else datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


def name(person: str | None) -> str:
    """The name without its kind, unless it is not a user's."""
    return (person or "").removeprefix("user:")


def state_of(release: "contract.Release") -> str:
    """The state, and where a held or closed release was."""
    waits = "closed" if release["closed"] else "held"
    return f"{waits}, from {release['held_from']}" if release["held_from"] else release["state"]


def release_list(releases: "list[contract.Release]") -> str:
    """One line a release."""
    releases = visible(releases)
    if not releases:
        return "no release"
    rows = [
        (
            each["version"],
            state_of(each),
            each["commit"][:SHA],
            each["ref"],
            name(each["created_by"]),
            local(each["updated_at"]),
        )
        for each in releases
    ]
    return table(("version", "state", "commit", "ref", "created by", "last change"), rows)


def release_page(shape: "contract.Show", held: "contract.Entry | None") -> str:
    """One release in full; `held` is the record of the hold that stands."""
    shape, held = visible(shape), visible(held)
    release = shape["release"]
    parts = [_head(release, held, was_imported=any(each["kind"] == IMPORTED for each in shape["deployments"]))]
    if shape["requirements"]:
        rows = [(each["gate"], _mark(each["holds"]), each["evidence"] or each["why"]) for each in shape["requirements"]]
        if (numbers := shape["numbers"]) and numbers["report_digest"]:
            rows.append(("test_report_summary", "", numbers["report_digest"]))
        parts.append(table(("tested by", "", ""), rows))
    if shape["checklist"]:
        parts.append(table(("checklist", "", "ticked by", "at", ""), map(_point, shape["checklist"])))
    if shape["approvals"]:
        parts.append(table(("approval for", "by", "at", "comment", ""), map(_approval, shape["approvals"])))
    if shape["waivers"]:
        parts.append(table(("waived", "for", "by", "at", "why", ""), map(_waiver, shape["waivers"])))
    if shape["deployments"]:
        parts.append(
            table(("deployment", "to", "how", "job", "requested by", "at"), map(_deployment, shape["deployments"]))
        )
    if possible := [each for each in shape["next"] if not any(gate["final"] for gate in each["gates"])]:
        lines = [line for each in possible for line in _verdict(each)]
        parts.append("\n".join([bold("what can come next"), *lines]))
    return "\n\n".join(parts)


def _head(release: "contract.Release", held: "contract.Entry | None", *, was_imported: bool) -> str:
    lines = [f"{bold(release['version'])}  {state_of(release)}"]
    if release["title"]:
        lines.append(f"  {release['title']}")
    lines.append(f"  commit    {release['commit'][:SHA]} ({release['ref']}), revision {release['revision']}")
    if release["pipeline"]:
        lines.append(f"  pipeline  {release['pipeline']['id']}  {release['pipeline']['url']}")
    if was_imported:
        lines.append(f"  imported  by {name(release['created_by'])}, first deployed {local(release['created_at'])}")
    else:
        lines.append(f"  created   {local(release['created_at'])} by {name(release['created_by'])}")
    if held:
        lines.append(f"  held      {local(held['at'])} by {name(held['actor'])}: {held['reason'] or ''}")
    return "\n".join(lines)


def _mark(holds: bool | None) -> str:
    return {True: "yes", False: "no", None: "?"}[holds]


def _point(each: "contract.Point") -> tuple[str | None, ...]:
    if each["ticked_by"] is None:
        return each["point"], each["text"], "nobody yet", "", ""
    note = "" if each["counts"] else f"ticked for revision {each['revision']}, no longer counts"
    return each["point"], each["text"], name(each["ticked_by"]), local(each["at"]), note


def _approval(each: "contract.Approval") -> tuple[str | None, ...]:
    stale = f"{each['stale']}, no longer counts" if each["stale"] else ""
    note = ", ".join(filter(None, ("" if each["decision"] == "approved" else each["decision"], stale)))
    return each["environment"], name(each["by"]), local(each["at"]), shortened(each["comment"] or ""), note


def _waiver(each: "contract.Waiver") -> tuple[str | None, ...]:
    stale = f"{each['stale']}, no longer counts" if each["stale"] else ""
    return each["gate"], each["environment"], name(each["by"]), local(each["at"]), shortened(each["reason"]), stale


def _deployment(each: "contract.Deployment") -> tuple[object, ...]:
    kind = "" if each["kind"] == "deploy" else _loud(each["kind"])
    attempt = f"attempt {each['attempt']}" if each["attempt"] > 1 else ""
    how = ", ".join(filter(None, (kind, attempt, each["outcome"] or f"open: {each['phase']}")))
    unseen = f"a retry of {each['base_job']}" if each["base_job"] else "none to be seen"
    job = f"{each['job']['name']} {each['job']['id']}" if each["job"] else unseen
    return each["id"], each["environment"], how, job, name(each["requested_by"]), local(each["requested_at"])


def _verdict(each: "contract.Verdict") -> list[str]:
    what = " ".join(filter(None, (each["trigger"], each["environment"])))
    lines = [f"  {what}"]
    unread = [gate for gate in each["gates"] if gate["holds"] is None and (gate["why"] or "").endswith(ONLY_GITLAB)]
    for gate in each["gates"]:
        if not gate["holds"] and gate not in unread:
            who = f"     ({either(tuple(map(name, gate['who'])))})" if gate["who"] else ""
            lines.append(f"    {_mark(gate['holds']):<4} {gate['gate']}: {gate['why'] or ''}{who}")
    lines += [
        f"    yes  {gate['gate']}: waived by {name(gate['waived_by'])}" for gate in each["gates"] if gate["waived_by"]
    ]
    if unread:
        lines.append(f"    ?    {', '.join(gate['gate'] for gate in unread)}: only GitLab knows")
    return lines


def status_page(shape: "contract.Status") -> str:
    """What runs where, what is on its way, and what waits for whom."""
    shape = visible(shape)
    parts = [bold(shape["project"])]
    places = [_place(each) for each in shape["environments"]]
    parts.append(table(("environment", "live", "since", "by", "in flight"), places))
    if closed := [row for each in shape["environments"] for row in _closed(each)]:
        parts.append(table(("closed", "", "until", "by", "why", "next"), closed))
    if drifts := [drift for each in shape["environments"] for drift in each["drift"]]:
        parts.append(_drift_table(drifts))
    if debts := [each["debt"] for each in shape["environments"] if each["debt"]]:
        rows = [(_loud(each["kind"]), *_debt(each)) for each in debts]
        parts.append(table(("nobody signed off", "deployment", "of", "to", "by", "next"), rows))
    if shape["releases"]:
        rows = [(each["version"], state_of(each), local(each["updated_at"])) for each in shape["releases"]]
        parts.append(table(("on its way", "state", "since"), rows))
    if shape["needs_you"]:
        todo = [f"  relflow {each['trigger']} {each['version']} {each['environment']}" for each in shape["needs_you"]]
        parts.append("\n".join([bold("waits for you"), *todo]))
    return "\n\n".join(parts)


def _debt(each: "contract.Deployment") -> tuple[object, ...]:
    who, line = name(each["requested_by"]), f"relflow signoff {each['id']} -m REASON"
    return each["id"], each["version"], each["environment"], who, line


def _loud(kind: str) -> str:
    """Capitals, which are red on a terminal."""
    return kind.upper() if kind == BREAK_GLASS else kind


def _place(each: "contract.Place") -> tuple[str, ...]:
    live, flying = each["live"], each["in_flight"]
    air = f"{flying['version']}: {sort_of(flying['kind'])} {flying['id']}, {flying['phase']}" if flying else ""
    if live is None:
        return each["name"], "nothing yet", "", "", air
    label = live["version"] or f"commit {live['commit'][:SHA]}"
    version = label if live["kind"] == "deploy" else f"{label} ({_loud(live['kind'])})"
    return each["name"], version, local(live["since"]), name(live["by"]), air


def _closed(each: "contract.Place") -> "list[tuple[object, ...]]":
    freeze, lock, rows = each["freeze"], each["lock"], list[tuple[object, ...]]()
    if lock:
        until, again = local(lock["until"]), f"relflow unlock {each['name']} -m REASON"
        rows.append((each["name"], "locked", until, name(lock["locked_by"]), shortened(lock["reason"]), again))
    if freeze:
        until, again = local(freeze["ends_at"]), f"relflow freeze end {freeze['id']} -m REASON"
        rows.append((each["name"], "frozen", until, name(freeze["added_by"]), shortened(freeze["reason"]), again))
    return rows


def freeze_list(freezes: "list[contract.Freeze]") -> str:
    """The freezes that are in force or to come, earliest first."""
    freezes = visible(freezes)
    if not freezes:
        return "no freeze is in force or to come"
    rows = [
        (
            each["id"],
            each["environment"],
            local(each["begins_at"]),
            local(each["ends_at"]),
            name(each["added_by"]),
            shortened(each["reason"]),
        )
        for each in freezes
    ]
    return table(("freeze", "of", "from", "to", "by", "why"), rows)


def freeze_line(freeze: "contract.Freeze") -> str:
    """What became of a freeze that was added or ended just now."""
    freeze = visible(freeze)
    if freeze["ended_at"]:
        return f"freeze {freeze['id']} of {freeze['environment']} is ended"
    span = f"from {local(freeze['begins_at'])} to {local(freeze['ends_at'])}"
    return f"{freeze['environment']} is frozen {span}: freeze {freeze['id']}"


def lock_line(lock: "contract.Lock") -> str:
    """What became of a lock that was put on or taken away just now."""
    lock = visible(lock)
    if lock["unlocked_at"]:
        return f"{lock['environment']} is unlocked"
    return f"{lock['environment']} is locked until {local(lock['until']) or 'somebody unlocks it'}"


def _drift_table(drifts: "list[contract.Drift]") -> str:
    rows = [(*_drift(each), f"relflow drift accept {each['environment']} {each['id']} -m REASON") for each in drifts]
    return table(("drift", "in", "what nobody asked for", "of", "by", "next"), rows)


def _drift(each: "contract.Drift") -> tuple[object, ...]:
    what = f"job {each['job']['id']} ({each['job']['name']})" if each["job"] else "recorded only"
    whose = each["version"] or f"commit {each['commit'][:SHA]}"
    return each["id"], each["environment"], f"{what}: {each['status']}", whose, (each["by"] or "").partition(":")[2]


def drift_page(drifts: "list[contract.Drift]", looks: dict[str, str | None]) -> str:
    """The runs that nobody accepted yet, and how old that knowledge is: no GitLab is asked for it."""
    drifts = visible(drifts)
    parts = [_drift_table(drifts) if drifts else "no run that nobody asked for is known"]
    rows = [(name, local(at) if at else "never") for name, at in visible(looks).items()]
    return "\n\n".join([*parts, table(("environment", "GitLab was looked at, by relflow reconcile"), rows)])


def sort_of(kind: str) -> str:
    """What it is called before its number: `deployment`, or `rollback, deployment`."""
    return "deployment" if kind == "deploy" else f"{_loud(kind)}, deployment"


def report_lines(shape: "contract.Report", log: str) -> str:
    """What a check of the log found, a line for each layer."""
    shape, log = visible(shape), escaped(log)
    words = {True: "ok", False: "BROKEN", None: "-"}
    rows = [
        (each["layer"], words[each["ok"]], f"record {each['first_bad']}: " * bool(each["first_bad"]) + each["detail"])
        for each in shape["layers"]
    ]
    return f"{log}: {shape['records']} records\n" + table(("layer", "", ""), rows)
