"""On which line of a TOML text each value stands, so that a mistake can be pointed at.

The text is known to be valid (tomllib read it before): this only walks over it, and judges nothing.
"""

import re
import tomllib
from bisect import bisect_right

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:\\.|[^"\\])*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*""")
_SCALAR = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|[^,\]}#\n]+",  # numbers, booleans, dates: those may hold a blank
    re.DOTALL,
)


def lines_of(text: str) -> dict[Path, int]:
    """The line of each table, key and array item: `("environments", 1, "job")` -> 14."""
    walk = _Walk(text)
    walk.document()
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    return {path: bisect_right(starts, offset) for path, offset in walk.offsets.items()}


class _Walk:
    """One pass over the text, which leaves the offset of each path."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.offsets: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        while self._skip_blank() < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        start, is_array = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        keys = self._keys()
        self.at += 2 if is_array else 1
        table: Path = ()
        for key in keys[:-1]:
            table = self._current((*table, key))
        table = (*table, keys[-1])
        if is_array:
            self.counts[table] = self.counts.get(table, -1) + 1
            self.offsets.setdefault(table, start)
        table = self._current(table)
        self.offsets[table] = start
        return table

    def _current(self, table: Path) -> Path:
        """The table, or the last item where it is an array of tables."""
        return (*table, self.counts[table]) if table in self.counts else table

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self.text[self.at] == ".":
            self.at += 1
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        found = _KEY.match(self.text, self.at)
        assert found, "a key is expected in valid TOML"  # noqa: S101 - tomllib read this text
        self.at = found.end()
        return found[1] if found[1][0] not in "\"'" else next(iter(tomllib.loads(f"{found[1]}=0")))

    def _pair(self, table: Path) -> None:
        start, path = self.at, table
        for key in self._keys():
            path = (*path, key)
            self.offsets.setdefault(path, start)
        self.at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Path) -> None:
        self._skip_blank()
        self.offsets.setdefault(path, self.at)
        opening = self.text[self.at]
        if opening == "[":
            self._items(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            found = _SCALAR.match(self.text, self.at)
            self.at = found.end() if found else len(self.text)

    def _items(self, path: Path) -> None:
        self.at, count = self.at + 1, 0
        while self._next_is_not("]"):
            self._value((*path, count))
            count += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self._next_is_not("}"):
            self._pair(path)

    def _next_is_not(self, closing: str) -> bool:
        """Whether another item follows; commas are passed over, and so is the closing bracket."""
        self._skip_blank()
        if self.text[self.at] == ",":
            self.at += 1
            self._skip_blank()
        if self.text[self.at] != closing:
            return True
        self.at += 1
        return False

    def _skip_blank(self) -> int:
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at
