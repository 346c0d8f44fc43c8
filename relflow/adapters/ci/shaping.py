"""A job's keys as the values that the rules look at; what is not of the form that GitLab documents is left unread."""

from typing import Any

from relflow.adapters.ci.including import Gathered
from relflow.adapters.ci.resolving import jobs_of
from relflow.core.ci import CiConfig, CiJob, CiRule

DEFAULT_STAGES = ("build", "test", "deploy")
_YES = (True, False)


def config_of(gathered: Gathered, source: str) -> CiConfig:
    """The configuration, called `source` in sentences. Jobs that extend what is not there are noted in `gathered`."""
    jobs = tuple(
        _job(name, gathered.places.get((name,), source), keys, unread)
        for name, (keys, unread) in jobs_of(gathered).items()
    )
    return CiConfig(source, jobs, stages_of(gathered.value), gathered.is_whole)


def stages_of(value: dict[str, Any]) -> tuple[str, ...]:
    """The stages in order, or GitLab's where the file names none."""
    given = value.get("stages")
    named = tuple(each for each in given if isinstance(each, str)) if isinstance(given, list) else ()
    return named or DEFAULT_STAGES


def _job(name: str, place: str, keys: dict[str, Any], unread: tuple[str, ...]) -> CiJob:
    odd = list(unread)

    def known(key: str, found: Any, default: Any) -> Any:
        """The value that was found, or the default with a note that it could not be told."""
        if found is not None:
            return found
        odd.append(key)
        return default

    given = {key: value for key, value in keys.items() if value is not None}
    environment, action = _environment(given.get("environment"))
    return CiJob(
        name=name,
        place=place,
        stage=_text(given.get("stage")) or "test",
        when=known("when", _text(given.get("when", "on_success")), "on_success"),
        rules=known("rules", _rules(given["rules"]), ()) if "rules" in given else None,
        allow_failure=_optional(given.get("allow_failure")),
        environment=known("environment", environment, None) if "environment" in given else None,
        action=action,
        resource_group=known("resource_group", _text(given["resource_group"]), None)
        if "resource_group" in given
        else None,
        interruptible=known("interruptible", _flag(given.get("interruptible", False)), False),
        retry=known("retry", _retries(given.get("retry", 0)), 0),
        is_trigger="trigger" in given,
        is_parallel="parallel" in given,
        unread=tuple(dict.fromkeys(odd)),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _optional(value: Any) -> bool | None:
    """Whether it may fail; for some exit codes is yes, too."""
    return bool(value) if isinstance(value, bool | dict) else None


def _retries(value: Any) -> int | None:
    most = value.get("max", 0) if isinstance(value, dict) else value
    return most if isinstance(most, int) and not isinstance(most, bool) else None


def _environment(value: Any) -> tuple[str | None, str]:
    if isinstance(value, dict):
        return _text(value.get("name")), _text(value.get("action")) or "start"
    return _text(value), "start"


def _rules(value: Any) -> tuple[CiRule, ...] | None:
    """The rules in order; None where one is of a form that is not known."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        return None
    return tuple(
        CiRule(_text(each.get("when")), _optional(each.get("allow_failure")), _flag(each.get("interruptible")))
        for each in value
    )
