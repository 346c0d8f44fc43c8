"""Jobs as they are in the end: with what they extend, with references followed, with the defaults they inherit."""

from typing import Any

from relflow.adapters.ci.document import Reference
from relflow.adapters.ci.including import Gathered, over
from relflow.core.finding import Finding

#: Top-level keys that are no jobs.
GLOBALS = frozenset(
    {
        *("default", "include", "stages", "variables", "workflow", "spec", "$schema"),
        *("image", "services", "cache", "before_script", "after_script"),
    }
)
#: The keys whose values are looked at.
LOOKED_AT = (
    *("stage", "when", "rules", "allow_failure", "environment", "resource_group", "interruptible", "retry"),
    *("trigger", "parallel"),
)
#: What a job inherits from `default`, of these.
INHERITED = ("interruptible", "retry")
MOST_STEPS = 11


class _UnknownError(Exception):
    """What is named is not there, or names itself."""


def jobs_of(gathered: Gathered) -> dict[str, tuple[dict[str, Any], tuple[str, ...]]]:
    """Each visible job by its name: its keys, and those whose value could not be told."""
    found = {}
    for name, value in gathered.value.items():
        if name not in GLOBALS and not name.startswith(".") and isinstance(value, dict):
            found[name] = _job(gathered, name, value)
    return found


def _job(gathered: Gathered, name: str, value: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    unread = []
    try:
        keys = _extended(gathered.value, value, (name,))
    except _UnknownError as exc:
        keys, unread = dict(value), ["extends"]
        if gathered.is_whole:
            place = gathered.places.get((name, "extends"), gathered.places.get((name,), ""))
            what, consequence = f"{place}: {name} extends {exc}", "GitLab makes no pipeline of it"
            gathered.findings.append(Finding("error", "extends-unknown", what, consequence, "correct it"))
    keys = _with_defaults(gathered.value.get("default"), keys)
    for key in LOOKED_AT:
        try:
            if key in keys:
                keys[key] = _followed(gathered.value, keys[key])
        except _UnknownError:
            unread.append(key)
            del keys[key]
    return keys, tuple(unread)


def _extended(document: dict[str, Any], job: dict[str, Any], above: tuple[str, ...]) -> dict[str, Any]:
    """The job over all that it extends; the last one named wins."""
    named = job.get("extends", [])
    merged: dict[str, Any] = {}
    for parent in [named] if isinstance(named, str) else named if isinstance(named, list) else ():
        if parent in above or len(above) > MOST_STEPS:
            raise _UnknownError(f"{parent}, which extends it")
        if not isinstance(parent, str) or not isinstance(document.get(parent), dict):
            raise _UnknownError(f"{parent}, which is not there")
        merged = over(merged, _extended(document, document[parent], (*above, parent)))
    return over(merged, {key: value for key, value in job.items() if key != "extends"})


def _with_defaults(defaults: Any, keys: dict[str, Any]) -> dict[str, Any]:
    inherit = keys.get("inherit")
    wanted = inherit.get("default", True) if isinstance(inherit, dict) else True
    names = [name for name in INHERITED if wanted is True or (isinstance(wanted, list) and name in wanted)]
    given = {name: defaults[name] for name in names if isinstance(defaults, dict) and name in defaults}
    return {**given, **keys}


def _followed(document: dict[str, Any], value: Any, steps: int = 0) -> Any:
    """The value with every reference in it replaced; one inside a list gives its items, as GitLab flattens them."""
    if steps > MOST_STEPS:
        raise _UnknownError("too many references")
    if isinstance(value, Reference):
        target: Any = document
        for part in value:
            if not isinstance(target, dict) or part not in target:
                raise _UnknownError(" ".join(map(str, value)))
            target = target[part]
        return _followed(document, target, steps + 1)
    if isinstance(value, dict):
        return {key: _followed(document, item, steps) for key, item in value.items()}
    if isinstance(value, list):
        items = [(item, _followed(document, item, steps)) for item in value]
        return [one for old, new in items for one in (new if _spreads(old, new) else [new])]
    return value


def _spreads(old: Any, new: Any) -> bool:
    return isinstance(old, Reference) and isinstance(new, list)
