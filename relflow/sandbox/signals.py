"""Waiting for the signal to stop."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

STOPPING: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def wait_for_signal() -> Iterator[Callable[[], None]]:
    """Catch SIGINT and SIGTERM from now on, and yield what waits for one of them.

    The byte comes from the signal handler in C. A handler in Python would wait for the main thread, which a signal
    that comes just before it blocks does not wake: an `Event` set there was seen to hang, one time in a hundred.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    before = {number: signal.signal(number, lambda *_: None) for number in STOPPING}
    descriptor = signal.set_wakeup_fd(writer.fileno())

    def wait() -> None:
        while reader.recv(1)[0] not in STOPPING:
            pass

    try:
        yield wait
    finally:
        signal.set_wakeup_fd(descriptor)
        for number, handler in before.items():
            signal.signal(number, handler)
        reader.close()
        writer.close()
