"""How SQLite means to find what the read side asks for: through an index to few rows, however long the history is.

Our databases have no statistics, so that the plan for an empty one is the plan for a large one.
"""

import re
import sqlite3
from collections.abc import Iterator
from itertools import combinations

import pytest

from relflow.store import book
from relflow.views import log, names, past, releases
from tests.empty import empty_database

#: What goes through every row of its project, and why it may.
WHOLE = {
    "book._VERSIONS": "a check of the whole log wants every version",
    "log._ACTORS": "only who asked for a person that never did anything",
    "names._BEGINNING": "it ends at the newest few that begin so",
    "past._OPEN": "every deployment, to find the one that was open then",
    "book._NEXT": "one look at the end of an index",
    "book._NEXT_DRIFT": "one look at the end of an index",
    "book._NEXT_FREEZE": "one look at the end of an index",
    "book.HEAD": "one look at the end of an index",
    "log._COUNT": "one look at the end of an index",
    "log.": "it ends at the last few of the log",
    "log.environment": "it ends at the last few of the environment",
    "log.actor": "it ends at the last few of the person",
    "log.environment.actor": "it ends at the last few of both",
    "releases.": "it ends at the newest few",
    "releases.state": "it ends at the newest few in the state",
}

#: Indexes of what is open only: there is never much of it.
OPEN = ("USING INDEX uq_deployment_open", "USING INDEX ix_drift_open")


def statements() -> Iterator[tuple[str, str]]:
    """Every statement by its name, those of `log` and `list` with everything that can be asked of them."""
    for module in (book, names, past, log):
        short = module.__name__.rpartition(".")[2]
        for name, text in vars(module).items():
            if isinstance(text, str) and text.split()[0] == "SELECT" and name != "_ENTRIES":
                yield f"{short}.{name}", text
    for short, first, terms, last in (
        ("log", log._ENTRIES, log._TERMS, log._LAST),
        ("releases", releases._LISTED, releases._TERMS, releases._NEWEST),
    ):
        for count in range(len(terms) + 1):
            for asked in combinations(terms, count):
                yield f"{short}.{'.'.join(asked)}", " ".join((first, *(terms[name] for name in asked), last))


STATEMENTS = dict(statements())


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A database as it is made today."""
    connection = sqlite3.connect(empty_database(tmp_path_factory.mktemp("plans") / "releases.db").file)
    yield connection
    connection.close()


def steps(database: sqlite3.Connection, sql: str) -> list[str]:
    """The steps of its plan that read a table."""
    values = dict.fromkeys(re.findall(r":(\w+)", sql), "1")
    plan = [str(row[3]) for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    return [step for step in plan if re.match(r"(SCAN|SEARCH) (?!\(subquery|before$|after$)", step)]


def is_narrow(step: str) -> bool:
    """Whether it goes to few rows: by more than the project, or through the index of what is open."""
    return bool(re.search(r"\((?!project_id=\?\)).*\?\)$", step)) or step.endswith(OPEN)


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_is_asked_leads_to_few_rows(database: sqlite3.Connection, name: str) -> None:
    """No step walks through all of a project's rows, but those of which it is known why."""
    found = steps(database, STATEMENTS[name])
    assert found
    assert name in WHOLE or all(map(is_narrow, found)), found


def test_the_check_of_plans_can_fail(database: sqlite3.Connection) -> None:
    """A scan, and a search by nothing but the project, are both noticed."""
    for sql in (
        "SELECT * FROM release",
        "SELECT * FROM audit WHERE project_id = :project AND actor = :actor",
        "SELECT * FROM deployment WHERE project_id = :project AND version = :version ORDER BY id",
    ):
        assert not all(map(is_narrow, steps(database, sql)))
