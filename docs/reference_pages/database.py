"""The page of the database, from the tables, what guards them, and the settings of a connection."""

import inspect
import re
from collections.abc import Iterable

from sqlalchemy import CheckConstraint, Column, Index, Table, UniqueConstraint
from sqlmodel import SQLModel

from docs.reference_pages.markdown import code, page, sentence, table
from relflow.store import tables as module
from relflow.store.guards import GUARDS
from relflow.store.home import BUSY_TIMEOUT_MS, SCHEMA_VERSION
from relflow.store.opening import APPLICATION_ID, PRAGMAS
from relflow.store.postgres import MARK
from relflow.store.postgres.guards import GUARDS as IN_POSTGRESQL

#: A column's meaning stands above it: `#: …`.
_COLUMN = re.compile(r"((?: *#: .*\n)+) +(\w+):")
MODELS: tuple[type[SQLModel], ...] = tuple(
    kind
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, SQLModel) and kind is not SQLModel
)


def database() -> str:
    """Every table with its columns and constraints, the triggers, and the settings of a connection."""
    said = (
        "One database, a SQLite file or one in PostgreSQL, holds any number of projects. `audit` is the truth. A\n"
        "*projection* is what the log leads to: its rows are written in the same transaction as the records, and\n"
        "`relflow db rebuild` makes them anew. Times are text in UTC, like `2026-05-04T07:30:00.000000Z`. Both\n"
        "have the same tables: in PostgreSQL an integer is a `bigint`, bytes are `bytea`, and text is ordered by its\n"
        f'bytes (`COLLATE "C"`). `alembic_version`, in PostgreSQL `{MARK}`, names the last migration.'
    )
    known = {kind.__tablename__: kind for kind in MODELS}
    parts = [part for each in module.METADATA.sorted_tables for part in _table(known[each.name], each)]
    return page("Database", said, *parts, _guards(), _settings())


def meanings(kind: type[SQLModel]) -> dict[str, str]:
    """What the comment above each column of the table says."""
    found = _COLUMN.findall(inspect.getsource(kind))
    return {name: " ".join(re.sub(r" *#: ?", " ", comment).split()) for comment, name in found}


def _table(kind: type[SQLModel], each: Table) -> tuple[str, ...]:
    said = meanings(kind)
    columns = ((code(column.name), _type(column), said.get(column.name, "")) for column in each.columns)
    rules = [*map(_key, _unique(each)), *map(_check, _checks(each)), *map(_index, _indexes(each))]
    listed = ["\n".join(f"- {rule}" for rule in rules)] if rules else []
    return f"## {each.name}\n\n{sentence(kind.__doc__)}", table(("column", "type", "meaning"), columns), *listed


def _type(column: "Column[object]") -> str:
    null = " or null" if column.nullable else ""
    key = ", key" if column.primary_key else ""
    refers = "".join(f", of `{each.target_fullname}`" for each in column.foreign_keys)
    words = {"varchar": "text", "blob": "bytes", "boolean": "true or false"}
    kind = str(column.type).lower()
    return f"{words.get(kind, kind)}{null}{key}{refers}"


def _unique(each: Table) -> list[UniqueConstraint]:
    found = (rule for rule in each.constraints if isinstance(rule, UniqueConstraint))
    return sorted(found, key=lambda rule: [column.name for column in rule.columns])


def _checks(each: Table) -> list[CheckConstraint]:
    return sorted(
        (rule for rule in each.constraints if isinstance(rule, CheckConstraint)), key=lambda rule: str(rule.sqltext)
    )


def _indexes(each: Table) -> list[Index]:
    return sorted(each.indexes, key=lambda rule: str(rule.name))


def _key(rule: UniqueConstraint) -> str:
    return f"unique: {', '.join(code(column.name) for column in rule.columns)}"


def _check(rule: CheckConstraint) -> str:
    return f"always: `{rule.sqltext}`"


def _index(rule: Index) -> str:
    where = rule.dialect_options["sqlite"]["where"]
    only = f" where `{where}`" if where is not None else ""
    kind = "unique" if rule.unique else "index"
    return f"{kind} `{rule.name}`: {', '.join(code(str(column.name)) for column in rule.columns)}{only}"


def _guards() -> str:
    said = "Triggers keep the log append-only. They are a fence against mistakes: `relflow audit verify` compares them."
    texts = (inspect.cleandoc(sql.strip("\n")) + ";" for sql in GUARDS.values())
    theirs = (f"{_inner(made)};\n-- {name}() is\n{_inner(body)};" for name, (made, body) in IN_POSTGRESQL.items())
    return f"## Guards\n\n{said}\n\n{_sql(texts)}\n\nIn PostgreSQL, where TRUNCATE is one of them:\n\n{_sql(theirs)}"


def _inner(sql: str) -> str:
    first, _, rest = sql.strip("\n").partition("\n")
    return inspect.cleandoc(f"{first}\n{rest}")


def _sql(texts: Iterable[str]) -> str:
    return "```sql\n" + "\n\n".join(texts) + "\n```"


def _settings() -> str:
    rows = [(code(name), code(str(value))) for name, (value, _) in PRAGMAS.items()]
    rows.append((code("busy_timeout"), f"`{BUSY_TIMEOUT_MS}` milliseconds"))
    said = (
        "Set on every connection that writes to a file, and read back at once; a file that cannot have them is refused."
    )
    header = (
        f"The file's header says whose it is: `application_id` is `0x{APPLICATION_ID:X}` (`rflw`), `user_version` is "
        f"the schema's\nversion, {SCHEMA_VERSION}.\n\n"
        "In PostgreSQL a write transaction begins with `SELECT … FOR UPDATE` of the project's row, waits as long for "
        "it,\nand asks for `synchronous_commit` where the server's default is `off`."
    )
    return f"## Settings\n\n{said}\n\n{table(('pragma', 'value'), rows)}\n\n{header}"
