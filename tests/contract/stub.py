"""A server that says what it is told to, byte by byte, on a real socket: for answers that no GitLab gives on purpose.

It keeps what it received. What it says is a queue of replies; a request beyond the queue gets the last one again.
"""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

#: A token that must never be seen again.
CANARY = "glpat-canary-5c4rl3t"
#: Seconds an answer may take in these tests: enough for a loaded machine, and what is waited for where none comes.
PATIENCE, IMPATIENCE = 20.0, 1.0

REASONS = {200: "OK", 204: "No Content", 301: "Moved Permanently", 302: "Found", 429: "Too Many Requests"}


@dataclass(frozen=True)
class Received:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What is sent back, and how the connection ends then: `close`, `keep`, `reset`, `hang` (never), `trickle`."""

    data: bytes = b""
    end: str = "close"

    @property
    def is_endless(self) -> bool:
        """Whether the client has to give up."""
        return self.end in {"hang", "trickle"}


def reply(status: int, body: Any, *, kind: str = "application/json", end: str = "close", **headers: str) -> Reply:
    """A well-formed HTTP answer; a body that is not bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Whatever')}", f"Content-Type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(data)}", f"Connection: {'keep-alive' if end == 'keep' else 'close'}"]
    return Reply("\r\n".join(lines).encode() + b"\r\n\r\n" + data, end)


def truncated(status: int, body: Any) -> Reply:
    """An answer that ends some bytes before its announced end."""
    return Reply(reply(status, body).data[:-7])


@dataclass
class Stub:
    """A listening server; `received` grows with every request."""

    port: int
    replies: list[Reply] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    #: How many connections were made.
    connected: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    #: Sent as soon as somebody connects, and nothing after it; for what speaks no HTTP, and no TLS either.
    greeting: bytes = b""
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def says(self, *replies: Reply) -> None:
        """Answer with these, in turn."""
        self.replies[:] = replies

    def serve(self, connection: socket.socket) -> None:
        """Answer the requests of one connection until its end."""
        self.connected += 1
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rb") as stream:
            if self.greeting:
                connection.sendall(self.greeting)
                connection.recv(65536)
                return
            while request := _read(stream):
                self.received.append(request)
                said = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
                connection.sendall(said.data)
                if said.end != "keep":
                    self._end(connection, said.end)
                    return

    def _end(self, connection: socket.socket, end: str) -> None:
        if end == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif end == "hang":
            self.over.wait()
        elif end == "trickle":
            while not self.over.wait(0.05):
                connection.sendall(b" ")


def _read(stream: Any) -> Received | None:
    first = stream.readline().decode().split()
    if not first:
        return None
    lines = iter(lambda: stream.readline().decode("latin-1").strip(), "")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Received(first[0], first[1], headers, stream.read(int(headers.get("content-length", 0))))


@contextmanager
def listening() -> Iterator[Stub]:
    """A stub for as long as the block lasts; then no thread and no socket of it is left."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stub, threads = Stub(server.getsockname()[1]), list[threading.Thread]()
        acceptor = threading.Thread(target=_accept, args=(server, stub, threads))
        acceptor.start()
        try:
            yield stub
        finally:
            stub.over.set()
            server.shutdown(socket.SHUT_RDWR)
            for thread in (acceptor, *threads):
                thread.join(5)


def _accept(server: socket.socket, stub: Stub, threads: list[threading.Thread]) -> None:
    while not stub.over.is_set():
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threads.append(threading.Thread(target=_serve, args=(stub, connection)))
        threads[-1].start()


def _serve(stub: Stub, connection: socket.socket) -> None:
    try:
        stub.serve(connection)
    except OSError:
        connection.close()  # the client went away, which some tests want
