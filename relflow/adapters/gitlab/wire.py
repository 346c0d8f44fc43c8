"""One request, one outcome: the only module that imports python-gitlab, and where it is held to its limits.

Nothing is ever sent twice, no redirect is followed, no answer is waited for without end, and the token goes nowhere
but into the Authorization header. Nothing here knows what the requests are about.
"""

import ipaddress
import time
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import gitlab
import requests
from requests.adapters import HTTPAdapter

from relflow import __version__
from relflow.adapters.gitlab.answer import Answer, Silence
from relflow.adapters.gitlab.silence import silence

#: Seconds in which a connection must stand; a GitLab that is there answers far sooner.
CONNECT = 10.0
#: Bytes that an answer may have. A page of a hundred jobs is below one megabyte.
LARGEST = 32 * 1024 * 1024

_HEADERS = ("content-type", "date", "location", "retry-after", "x-next-page")


class Wire:
    """A connection to one GitLab with one token. Not for use from several threads at once."""

    def __init__(self, url: str, host: str, token: str, timeout: float) -> None:
        self.host, self._token, self._timeout = host, token.encode(), timeout
        session = requests.Session()
        # GitLab answers a renamed project with a redirect; requests would turn a redirected POST into a GET.
        session.max_redirects = 0
        session.hooks["response"].append(_only_success)
        adapter = _Bounded(timeout, direct=_is_loopback(urlsplit(url).hostname or ""))
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        # No configuration file is read: those belong to `Gitlab.from_config`. Bearer is not sent on by a redirect.
        self._gitlab = gitlab.Gitlab(
            url,
            oauth_token=token,
            timeout=timeout,
            retry_transient_errors=False,
            user_agent=f"relflow/{__version__}",
            session=session,
        )

    def get(self, path: str, **query: str) -> Answer | Silence:
        """The answer to one GET, whatever its status."""
        return self._exchange("get", path, query_data=query)

    def post(self, path: str) -> Answer | Silence:
        """The answer to exactly one POST with an empty JSON object."""
        return self.send("post", path, {})

    def send(self, verb: str, path: str, body: Mapping[str, Any]) -> Answer | Silence:
        """The answer to exactly one POST, PUT or PATCH with that JSON object."""
        return self._exchange(verb, path, post_data=dict(body))

    def close(self) -> None:
        """Give the sockets back."""
        self._gitlab.session.close()

    def _exchange(self, verb: str, path: str, **data: Any) -> Answer | Silence:
        try:
            response = self._gitlab.http_request(
                verb,
                path,
                timeout=self._timeout,
                # By default it sends again after a 429, a POST too, and sleeps as long as the answer tells it to.
                retry_transient_errors=False,
                obey_rate_limit=False,
                max_retries=0,
                **data,
            )
        except _NoSuccess as exc:
            response = exc.response
        except Exception as exc:  # noqa: BLE001 - requests, urllib3, ssl and http.client each raise their own
            return silence(exc)
        return self._answer(response)

    def _answer(self, response: requests.Response) -> Answer:
        # A server that echoes the request must not bring the token into messages and logs.
        headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
        clean = {name: value.replace(self._token.decode(), "[token]") for name, value in headers.items()}
        return Answer(response.status_code, clean, response.content.replace(self._token, b"[token]"))


class _NoSuccess(Exception):  # noqa: N818 - carries the answer past python-gitlab, which drops its headers
    def __init__(self, response: requests.Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def _only_success(response: requests.Response, **_: Any) -> None:
    if not 200 <= response.status_code < 300:  # noqa: PLR2004 - HTTP's success
        raise _NoSuccess(response)


class _Bounded(HTTPAdapter):
    """Reads every answer whole, within the time limit: requests' own counts anew with every byte that trickles in."""

    def __init__(self, timeout: float, *, direct: bool) -> None:
        super().__init__(max_retries=0)
        self._timeout, self._direct = timeout, direct

    def send(self, request: Any, *_: Any, proxies: Any = None, **options: Any) -> requests.Response:
        until = time.monotonic() + self._timeout
        options.update(stream=True, timeout=(min(CONNECT, self._timeout), self._timeout))
        response = super().send(request, proxies={} if self._direct else proxies, **options)
        try:
            body = _read(response.raw, until)
        except BaseException:
            response.raw.close()
            raise
        response.raw.release_conn()
        response.raw = BytesIO(body)
        return response


def _read(raw: Any, until: float) -> bytes:
    parts, size = [], 0
    while part := raw.read1(65536, decode_content=True):
        parts.append(part)
        size += len(part)
        if time.monotonic() > until:
            raise TimeoutError
        if size > LARGEST:
            raise OverflowError
    return b"".join(parts)


def _is_loopback(host: str) -> bool:
    """Whether it is this machine, which no proxy stands before."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
