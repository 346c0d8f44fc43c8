"""A wire to PostgreSQL that counts how often the server is waited for, and that can be cut at the COMMIT.

Before the server has it, or before its answer comes back.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

#: The end of a message of the simple query protocol.
COMMIT = b"COMMIT\x00"


@dataclass
class Wire:
    """Listens on `port`. `cut` is None, or says at which end of the next COMMIT the connection breaks."""

    server: int
    port: int = 0
    cut: str | None = None
    #: Where each COMMIT was cut.
    cuts: list[str] = field(default_factory=list)
    #: How often the server spoke after it was spoken to.
    trips: int = 0
    _is_asked: bool = False

    def carry(self, client: socket.socket) -> None:
        """One connection, until one side or the wire ends it."""
        deaf = threading.Event()
        with client, socket.create_connection(("127.0.0.1", self.server)) as server:
            threading.Thread(target=self._poured, args=(server, client, deaf), daemon=True).start()
            with suppress(OSError):
                while sent := client.recv(65536):
                    if self.cut and COMMIT in sent:
                        self.cuts.append(self.cut)
                        if self.cut == "before":
                            break
                        deaf.set()
                    self._is_asked = True
                    server.sendall(sent)
            _end(client, server)

    def _poured(self, server: socket.socket, client: socket.socket, deaf: threading.Event) -> None:
        with suppress(OSError):
            while said := server.recv(65536):
                if deaf.is_set():
                    break
                self.trips, self._is_asked = self.trips + self._is_asked, False
                client.sendall(said)
        _end(client, server)


def _end(*ends: socket.socket) -> None:
    for each in ends:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    """A wire to the server on that port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        wire = Wire(port, listening.getsockname()[1])

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=wire.carry, args=(listening.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield wire
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
