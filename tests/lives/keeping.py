"""I6: the log has no gap, every `prev` fits, and what the store answers is what the log's bytes fold into."""

from functools import cache

from relflow.core.events import from_record
from relflow.core.evolve import History
from relflow.core.record import Break, Head, digest_of, following, head_after
from relflow.service.ports import Store
from tests.doubles.team import LOG
from tests.lives.broken import Broken
from tests.lives.openings import in_memory, memory_of

#: The end of a log, and what it folds into.
Folded = tuple[Head, History]


@cache
def _opening(name: str) -> Folded:
    return _folded((Head(LOG), History(LOG)), memory_of(in_memory(name)).records)


def check_log(opening: str, records: tuple[bytes, ...], written: int, store: Store) -> None:
    """Raises Broken unless so many records came to those of the opening, and all of them fit."""
    head, history = _opening(opening)
    if len(records) != head.seq + written:
        raise Broken("I8", f"{written} records were committed, and {len(records) - head.seq} are there")
    copy = History(LOG, history.project, dict(history.releases))
    _folded((head, copy), records[head.seq :])
    with store.read() as book:
        for version in book.versions():
            if book.release(version) != copy.releases.get(version):
                raise Broken("I6", f"{version} is not what its records fold into")
        if len(book.versions()) != len(copy.releases):
            raise Broken("I6", "there are other releases than the log tells of")


def _folded(folded: Folded, records: tuple[bytes, ...]) -> Folded:
    head, history = folded
    for raw in records:
        record = following(head, raw)
        if isinstance(record, Break):
            raise Broken("I6", f"record {record.seq}: {record.problem}")
        head = head_after(record, digest_of(raw))
        history.apply(from_record(record))
    return head, history
