"""Whether a log is older than somebody outside knows it to be: sound in itself, and its end is gone or another."""

from relflow.store.book import SqlBook
from relflow.store.home import Connection

_HASH = "SELECT hash FROM audit WHERE project_id = :project AND seq = :seq"


def what_is_gone(connection: Connection, log: str, seen: tuple[int, str] | None) -> str | None:
    """The sentence about a record that was seen, by number and hash, and is not there; None where nothing is gone.

    What was seen must have been asked before the log is: others may write meanwhile.
    """
    if seen is None:
        return None
    seq, digest = seen
    book = SqlBook(connection, log)
    row = connection.execute(_HASH, {"project": book.project_id, "seq": seq}).fetchone()
    if row is None:
        return f"its log ends at record {book.head().seq}, and this machine has seen record {seq}"
    return None if row["hash"] == digest else f"its record {seq} is not the one that this machine has seen"
