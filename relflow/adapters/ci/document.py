"""One YAML text as GitLab reads it, with the line on which each thing stands."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from relflow.core.text import shortened

#: GitLab itself takes no greater file.
MAX_CHARACTERS = 1_000_000
#: More values than any pipeline has; a text that names its own parts again and again would make billions.
MAX_VALUES = 100_000


class UnreadableError(ValueError):
    """The text cannot be read; `place` is where, `why` a sentence, `name` that of the finding."""

    def __init__(self, place: str, why: str, name: str = "yaml-invalid") -> None:
        super().__init__(f"{place}: {why}")
        self.place, self.why, self.name = place, why, name


class Reference(list[Any]):
    """`!reference [job, key]`: what stands there is meant."""


class _Loader(yaml.SafeLoader):
    """Safe YAML with GitLab's tag; a date stays the text that it is written as."""


def _reference(loader: yaml.SafeLoader, node: yaml.Node) -> Reference:
    if not isinstance(node, yaml.SequenceNode):
        raise yaml.YAMLError("!reference is followed by a list")
    return Reference(loader.construct_sequence(node, deep=True))


def _as_written(_: yaml.SafeLoader, node: yaml.Node) -> str:
    return str(node.value)


_Loader.add_constructor("!reference", _reference)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_written)


@dataclass(frozen=True)
class Document:
    """A file's keys and values. `node` is the same with its places in the text."""

    name: str
    text: str
    value: dict[str, Any]
    node: yaml.MappingNode
    #: Each key that stands twice in the file or in one of its jobs, with its place: only the last one counts.
    repeated: tuple[tuple[str, str], ...]
    #: Whether it begins with a `spec`: GitLab fills its inputs in, nobody else can.
    takes_inputs: bool

    def place(self, *path: str | int) -> str:
        """Where that key or item begins, or what it stands in, as `file:line`."""
        return f"{self.name}:{_line(self.node, path)}"


def read(text: str, name: str) -> Document:
    """Read a file's text; `name` is what it is called. Raises UnreadableError."""
    if len(text) > MAX_CHARACTERS:
        raise UnreadableError(name, f"it has {len(text):,} characters, at most {MAX_CHARACTERS:,} are read")
    try:
        loader = _Loader(text)
        node, takes_inputs = _body(loader, name)
        repeated = tuple(_repeated(node, name))  # before merge keys are filled in, which may repeat
        value = _with_names(loader.construct_document(node))
    except UnreadableError:
        raise
    except yaml.YAMLError as exc:
        raise UnreadableError(_at(exc, name), _why(exc)) from exc
    except RecursionError as exc:
        raise UnreadableError(name, "it is nested too deeply") from exc
    except ValueError as exc:
        raise UnreadableError(name, f"a value in it is none: {shortened(str(exc))}") from exc
    return Document(name, text, value, node, repeated, takes_inputs)


def composed(text: str) -> yaml.MappingNode:
    """The nodes of a text that could be read, nothing filled in: for whoever edits it."""
    return _body(_Loader(text), "")[0]


def _body(loader: yaml.SafeLoader, name: str) -> tuple[yaml.MappingNode, bool]:
    """The mapping that counts, and whether a header stands before it."""
    nodes = list(_nodes(loader))
    has_header = len(nodes) > 1 and _is_header(nodes[0])
    node, *more = nodes[has_header:] or [_nothing(name)]
    if more:
        raise UnreadableError(_named(name, more[0]), "another document begins; GitLab reads one")
    if not isinstance(node, yaml.MappingNode):
        raise UnreadableError(_named(name, node), "keys with values are expected")
    _must_be_finite(node, name)
    return node, has_header


def _nothing(name: str) -> yaml.MappingNode:
    start = yaml.Mark(name, 0, 0, 0, None, 0)
    return yaml.MappingNode("tag:yaml.org,2002:map", [], start, start)


def _named(name: str, node: yaml.Node) -> str:
    return f"{name}:{node.start_mark.line + 1}"


def _nodes(loader: yaml.SafeLoader) -> Iterator[yaml.Node]:
    while loader.check_node():
        node = loader.get_node()
        if node is not None:
            yield node


def _is_header(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode) and any(key.value == "spec" for key, _ in node.value)


def _must_be_finite(node: yaml.Node, name: str) -> None:
    """Refuse what names itself, and what would be more than any pipeline once every alias stands for its value."""
    counts: dict[int, int] = {}

    def count(each: yaml.Node) -> int:
        known = counts.get(id(each))
        if known == 0:
            raise UnreadableError(_named(name, each), "an alias stands inside of what it names")
        if known is None:
            counts[id(each)] = 0
            known = counts[id(each)] = 1 + sum(map(count, _children(each)))
        if known > MAX_VALUES:
            raise UnreadableError(_named(name, each), f"it has more than {MAX_VALUES:,} values")
        return known

    count(node)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [each for pair in node.value for each in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _with_names(value: Any) -> Any:
    """The value with every key a text, as JSON has them."""
    if isinstance(value, dict):
        return {_name(key): _with_names(item) for key, item in value.items()}
    if isinstance(value, Reference):
        return value
    return [_with_names(item) for item in value] if isinstance(value, list) else value


def _name(key: Hashable) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _line(node: yaml.Node, path: tuple[str | int, ...]) -> int:
    line = node.start_mark.line + 1
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in reversed(node.value) if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            found = (node.value[part], node.value[part])
        else:
            found = None
        if found is None:
            return line
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def _repeated(node: yaml.MappingNode, name: str) -> Iterator[tuple[str, str]]:
    jobs = [value for _, value in node.value if isinstance(value, yaml.MappingNode)]
    for each in (node, *jobs):
        seen = {"<<"}
        for key, _ in each.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen - {"<<"}:
                    yield shortened(key.value), _named(name, key)
                seen.add(key.value)


def _at(exc: yaml.YAMLError, name: str) -> str:
    mark = getattr(exc, "problem_mark", None) or getattr(exc, "context_mark", None)
    return f"{name}:{mark.line + 1}" if mark else name


def _why(exc: yaml.YAMLError) -> str:
    parts = [getattr(exc, "context", None), getattr(exc, "problem", None)]
    said = ", ".join(str(part) for part in parts if part) or str(exc)
    return f"it is no YAML: {shortened(said, 160)}"
