"""Breadth first: all that can be reached from where one begins, and a shortest way to each."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Node = TypeVar("Node", bound=Hashable)
Step = TypeVar("Step")


@dataclass(slots=True)
class Reach(Generic[Node, Step]):
    """What was reached, in order of distance. Nodes are one where they are equal, whatever else they carry."""

    came: dict[Node, tuple[Node, Step] | None] = field(default_factory=dict)
    before: dict[Node, list[Node]] = field(default_factory=dict)

    def way(self, node: Node) -> tuple[Step, ...]:
        """The steps of a shortest way there, in order."""
        steps: list[Step] = []
        while (last := self.came[node]) is not None:
            node, step = last
            steps.append(step)
        return tuple(reversed(steps))

    def leading_to(self, goals: Iterable[Node]) -> set[Node]:
        """The nodes from which one of the goals is reached, the goals among them."""
        seen = {goal for goal in goals if goal in self.came}
        todo = list(seen)
        while todo:
            for node in self.before.get(todo.pop(), ()):
                if node not in seen:
                    seen.add(node)
                    todo.append(node)
        return seen


def reach(begin: Iterable[Node], moves: Callable[[Node], Iterable[tuple[Step, Node]]]) -> Reach[Node, Step]:
    """Everything that the moves lead to; of two ways of one length, the one that was offered first."""
    found: Reach[Node, Step] = Reach(dict.fromkeys(begin))
    todo = list(found.came)
    for node in todo:  # it grows while it is walked
        for step, after in moves(node):
            found.before.setdefault(after, []).append(node)
            if after not in found.came:
                found.came[after] = (node, step)
                todo.append(after)
    return found
