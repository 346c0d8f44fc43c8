"""Words for what went wrong: an answer that is no success, or silence, to a GitLabError a person can act on."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from relflow.adapters.gitlab.answer import Answer, Silence
from relflow.core.errors import GitLabError
from relflow.core.text import shortened

_NEW_TOKEN = "make a personal access token with the scope api, and set it as RELFLOW_TOKEN"  # noqa: S105 - words
_WHICH_TOKEN = "look at RELFLOW_TOKEN, GITLAB_TOKEN, GITLAB_PRIVATE_TOKEN: the first that is set is used"  # noqa: S105 - words
_ADDRESS = "check [gitlab] url in relflow.toml"
_AGAIN = "try again in a minute"


def trouble(subject: str, host: str, outcome: Answer | Silence) -> GitLabError:
    """The error of a read that did not work; `subject` is what was asked for."""
    subject = shortened(subject, 120)
    if isinstance(outcome, Silence):
        return _silent(subject, host, outcome)
    what, next_step = _judged(subject, host, outcome)
    said = f"asked for {subject}, {host} answered {outcome.status}: {outcome.words}"
    return GitLabError(what, (said,), next_step, status=outcome.status)


def strange(subject: str, host: str, why: str) -> GitLabError:
    """The error of an answer that is JSON, but not the JSON that was to come."""
    what = "GitLab answered something this version does not understand"
    said = f"asked for {shortened(subject, 120)}, {host} answered data in which {why}"
    return GitLabError(what, (said,), (_ADDRESS,), status=200)


def is_absent(answer: Answer | Silence) -> bool:
    """Whether GitLab says that the thing is not there, and not its project: the texts differ by version."""
    if not isinstance(answer, Answer) or answer.status != HTTPStatus.NOT_FOUND or not isinstance(answer.json, dict):
        return False
    message = answer.json.get("message")
    return isinstance(message, str) and "project not found" not in message.casefold()


def _silent(subject: str, host: str, silence: Silence) -> GitLabError:
    what, next_step = {
        "unreachable": (f"{host} cannot be reached", "check the network, and [gitlab] url in relflow.toml"),
        "untrusted": (f"{host} cannot be trusted", "let REQUESTS_CA_BUNDLE name your certificate authority's file"),
        "late": (f"{host} did not answer in time", _AGAIN),
        "broken": (f"{host} broke off its answer", _AGAIN),
    }[silence.kind]
    return GitLabError(what, (f"asked for {subject}: {silence.text}",), (next_step,))


def _judged(subject: str, host: str, answer: Answer) -> tuple[str, tuple[str, ...]]:
    """What happened and what to do next, by status."""
    status = answer.status
    if 300 <= status < 400:  # noqa: PLR2004 - HTTP's redirects
        where = _place(answer.headers.get("location", ""))
        return f"{subject} has moved to {where}", ("check [gitlab] url and project in relflow.toml",)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "GitLab asks to wait: too many requests", (wait(answer.headers),)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"GitLab is in trouble itself ({status})", (_AGAIN,)
    if answer.json is None:
        return f"{host} answers, but not as GitLab does", (_ADDRESS,)
    if status == HTTPStatus.UNAUTHORIZED:
        return _token_problem(answer), (_NEW_TOKEN, _WHICH_TOKEN)
    if answer.error == "insufficient_scope":
        return "the token's scopes do not allow this", (_NEW_TOKEN, _WHICH_TOKEN)
    if status == HTTPStatus.FORBIDDEN:
        return f"GitLab does not let you see {subject}", ("ask a maintainer of the project for access", _WHICH_TOKEN)
    if status == HTTPStatus.NOT_FOUND:
        what = f"GitLab does not show {subject}: not there, or hidden from you"
        return what, ("check the project's path", "ask a maintainer of the project whether you are a member")
    return f"GitLab refused to show {subject}", (_ADDRESS,)


def _token_problem(answer: Answer) -> str:
    # The words alone tell the two apart: `error` is "invalid_token" for both.
    words = answer.words.casefold()
    if "expired" in words:
        return "the token has expired"
    if "revoked" in words:
        return "the token was revoked"
    return "GitLab refused the token" if answer.error else "GitLab does not know the token"


def wait(headers: Mapping[str, str]) -> str:
    """When to try again. `Retry-After` is a number of seconds, or a date, or something a proxy made up."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit() and len(told) < 7:  # noqa: PLR2004 - eleven days
        return f"try again in {int(told)} seconds"
    try:
        at = parsedate_to_datetime(told).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return _AGAIN
    return f"try again after {at:%Y-%m-%d %H:%M:%S} UTC"


def _place(location: str) -> str:
    """The target of a redirect, without what may be secret in it."""
    try:
        parts = urlsplit(location)
        host = f"{parts.scheme}://{parts.hostname}" if parts.hostname else ""
    except ValueError:
        return "an unreadable address"
    return shortened(f"{host}{parts.path}" or "nowhere", 120)
