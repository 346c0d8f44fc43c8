"""The listening socket and the threads of its connections."""

import socket
import sys
import threading
import traceback
from functools import partial
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from relflow.sandbox.clock import now
from relflow.sandbox.wire.answers import RefusedError
from relflow.sandbox.wire.application import Application, Request
from relflow.sandbox.wire.connection import Connection
from relflow.sandbox.wire.control import CONTROL_PATH, control
from relflow.sandbox.wire.misbehaviour import misbehave
from relflow.sandbox.wire.parameters import parse_body

LOOPBACK = "127.0.0.1"


class Server(ThreadingHTTPServer):
    """Serves one application on loopback. Raises OSError when the port is taken."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, application: Application, port: int) -> None:
        """Listen at once; answers begin with `start`."""
        self.application = application
        self._open: set[socket.socket] = set()
        self._idle = threading.Condition()
        answer = self._serve

        class Serving(Connection):
            def serve(self, request: Request) -> None:
                answer(self, request)

        super().__init__((LOOPBACK, port), Serving)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="http", daemon=True)

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"http://{LOOPBACK}:{self.server_address[1]}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End all connections, also those that wait on purpose, and free the port."""
        self.application.faults.clear()
        if self._thread.is_alive():
            self.shutdown()
        with self._idle:
            for connection in self._open:
                _shut(connection)
            self._idle.wait_for(lambda: not self._open, timeout=5)
        self.server_close()

    def server_bind(self) -> None:
        """Bind without asking the name service who 127.0.0.1 is: offline that can take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection, known as open while it lasts."""
        with self._idle:
            self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._idle:
                self._open.discard(request)
                self._idle.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what broke a connection, unless the client just went away."""
        if not isinstance(sys.exception(), ConnectionError):
            self.application.site.log(traceback.format_exc())

    def _serve(self, connection: Connection, request: Request) -> None:
        if request.path.startswith(CONTROL_PATH):
            connection.write(control(self.application, request))
            return
        received = self.application.received
        number = received.add(
            now(), request.method, request.api_path, request.query, self.application.user_of(request), _body(request)
        )
        fault = self.application.faults.take(request.method, request.api_path)
        if fault is None:
            answer = self.application.handle(request)
            # Noted before it is sent: who has the answer finds it in the list.
            received.finish(number, answer.status, None)
            connection.write(answer)
        else:
            note = partial(received.finish, number, fault=fault.kind.value)
            misbehave(self.application, connection, request, fault, note)


def _body(request: Request) -> object:
    try:
        return parse_body(request.headers.get("content-type", "application/json"), request.body)
    except RefusedError:
        return None


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # closed by the other side already
        return
