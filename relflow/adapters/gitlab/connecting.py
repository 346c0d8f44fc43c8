"""An address and a token to a connection: what cannot be one is refused before anything is sent."""

from urllib.parse import urlsplit

from relflow.adapters.clock import SystemClock
from relflow.adapters.gitlab.setup import PythonGitLabSetup
from relflow.adapters.gitlab.wire import Wire
from relflow.core.errors import SetupError
from relflow.service.ports import Clock


def connect(url: str, token: str, *, clock: Clock | None = None, timeout: float = 30.0) -> PythonGitLabSetup:
    """A GitLab for one person's token; `timeout` is how many seconds an answer may take. Sends nothing yet.

    Raises SetupError for an address or a token that cannot be one.
    """
    host = _host(url)
    # requests would name the token in its complaint about a header that cannot be sent.
    if not token.isascii() or not token.isprintable() or not token.strip() or " " in token:
        raise SetupError("that is no token", ("it is empty, or has blanks or characters that no token has",))
    return PythonGitLabSetup(Wire(url.rstrip("/"), host, token, timeout), clock or SystemClock())


def _host(url: str) -> str:
    """The host that the address names, with its port."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or "@" in parts.netloc or parts.query or parts.fragment:
        next_step = ("write it as in https://gitlab.example.org",)
        raise SetupError("that is no address of a GitLab", ("it needs http or https, a host, and no more",), next_step)
    return parts.netloc
