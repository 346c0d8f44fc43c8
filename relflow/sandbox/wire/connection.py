"""One connection of the HTTP server: reading requests, writing answers, and the ways to break off."""

import socket
import struct
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Final
from urllib.parse import urlsplit

from relflow.sandbox.clock import now
from relflow.sandbox.wire.answers import Answer
from relflow.sandbox.wire.application import Request

PIECES: Final = 10
# Linger on, for no time at all: closing such a socket resets the connection.
_RESET: Final = struct.pack("ii", 1, 0)


class Connection(BaseHTTPRequestHandler):
    """Reads requests; a subclass serves them."""

    protocol_version = "HTTP/1.1"
    server_version = "relflow-sandbox"
    sys_version = ""
    disable_nagle_algorithm = True

    def serve(self, request: Request) -> None:
        """Answer a request by calling one of the methods below."""
        raise NotImplementedError

    def _request(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.serve(Request(self.command, parts.path, parts.query, headers, body))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _request  # noqa: N815  # the names http.server wants

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name http.server gave it
        """Say nothing: `/sandbox/received` tells what came."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the time for the `Date` header: it is the sandbox's own."""
        return super().date_time_string(now().timestamp() if timestamp is None else timestamp)

    def write(self, answer: Answer) -> None:
        """Send a whole answer in one piece."""
        self._head(answer, payload := answer.payload())
        self.wfile.write(b"" if self.command == "HEAD" else payload)
        self.wfile.flush()

    def write_truncated(self, answer: Answer) -> None:
        """Announce the whole body, send half of it, and end the connection."""
        self._head(answer, payload := answer.payload())
        self.wfile.write(payload[: len(payload) // 2])
        self.hang_up()

    def write_slowly(self, answer: Answer, pause: Callable[[], None]) -> None:
        """Send the body in pieces with a pause before each."""
        self._head(answer, payload := answer.payload())
        for piece in _pieces(payload):
            pause()
            self.wfile.write(piece)
            self.wfile.flush()

    def hang_up(self) -> None:
        """End the connection; the client sees what was sent so far and then the end."""
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """End the connection so that the client sees a reset. Raises ConnectionResetError."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        # The two file objects hold the descriptor open; only the last close resets.
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        raise ConnectionResetError("on purpose")  # nothing may touch the closed files any more

    def _head(self, answer: Answer, payload: bytes) -> None:
        self.send_response(answer.status)
        headers = {"Content-Type": answer.content_type, **answer.headers}
        if answer.status == HTTPStatus.NO_CONTENT:
            headers.pop("Content-Type")
        else:
            headers["Content-Length"] = str(len(payload))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


def _pieces(payload: bytes) -> Iterator[bytes]:
    size = max(1, -(-len(payload) // PIECES))
    return (payload[start : start + size] for start in range(0, len(payload), size))
