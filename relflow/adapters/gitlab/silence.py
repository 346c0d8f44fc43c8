"""Foreign exceptions to Silence. Only words of our own and the system's survive: a URL never does, nor a header."""

import socket
import ssl
from collections.abc import Iterator

from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError, ReadTimeoutError

from relflow.adapters.gitlab.answer import Silence
from relflow.core.text import shortened

_NEVER_LEFT = (NewConnectionError, ConnectTimeoutError, socket.gaierror)


def silence(exc: BaseException) -> Silence:
    """What the exception, and those it came from, say of the request."""
    causes = list(_causes(exc))
    for each in causes:
        if isinstance(each, ssl.SSLCertVerificationError):
            return Silence("untrusted", f"its certificate is refused: {_clean(each.verify_message)}", sent=False)
    if any(isinstance(each, ProxyError) for each in causes):
        return Silence("unreachable", "the proxy that the environment names does not let it through", sent=False)
    if any(isinstance(each, ConnectTimeoutError) and not isinstance(each, NewConnectionError) for each in causes):
        return Silence("unreachable", "no connection within the time limit", sent=False)
    if any(isinstance(each, _NEVER_LEFT) for each in causes):
        return Silence("unreachable", _system(causes), sent=False)
    if any(isinstance(each, ReadTimeoutError | TimeoutError) for each in causes):
        return Silence("late", "no complete answer within the time limit")
    if any(isinstance(each, ssl.SSLError) for each in causes):
        return Silence("untrusted", "no secure connection: is the address https, and no proxy in between?")
    return Silence("broken", f"the connection broke off ({type(causes[-1]).__name__})")


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    """The exception, then what it came from, down to the first cause."""
    while exc is not None:
        yield exc
        exc = exc.__cause__ or exc.__context__


def _system(causes: list[BaseException]) -> str:
    """The operating system's words, as in "Connection refused"."""
    words = [each.strerror for each in causes if isinstance(each, OSError) and isinstance(each.strerror, str)]
    return _clean(words[-1]) if words else "no connection"


def _clean(text: str) -> str:
    return shortened(text, 120)
