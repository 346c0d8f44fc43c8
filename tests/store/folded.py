"""What every row that is folded from the log has to stand: a rebuild, a copy, and somebody's edit."""

from pathlib import Path

from relflow.store.checking import verify_log
from relflow.store.copying import copy
from relflow.store.home import Home
from relflow.store.rebuilding import rebuild
from relflow.store.sqlite import SqliteHome
from tests.doubles.team import LOG
from tests.store.test_checking import dump, edit


def is_in_the_log(home: Home, folder: Path, table: str, count: int) -> None:
    """Law 5: the table has so many rows, and a rebuild and a copy have the same."""
    before = dump(home)
    assert [row[0] for row in before].count(table) == count
    assert rebuild(home) == {LOG: 1}
    assert dump(home) == before
    target = SqliteHome(folder / "copy.db")
    (report,) = copy(home, target)
    assert report.ok
    assert dump(target) == before


def is_found_out(home: Home, statement: str) -> None:
    """The edit is seen in the rows' layer, and a rebuild puts it right."""
    edit(home, statement)
    (layer,) = (each for each in verify_log(home, LOG).layers if each.layer == "rows")
    assert layer.ok is False
    rebuild(home)
    assert verify_log(home, LOG).ok
