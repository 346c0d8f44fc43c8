"""The table of measurements: what a line says, and that writing it leaves the rest of the page alone."""

from functools import partial
from pathlib import Path

from benchmarks import table
from benchmarks.measuring import Result, in_turns, ratio


def test_a_line_says_whether_the_goal_is_met() -> None:
    """A goal is a floor or a ceiling; what is missed is said to be missed."""
    met = Result("start", 1.104, 1.2, True, "110 : 100 ms")
    missed = Result("verifying", 12_345.6, 50_000, False, "3.0 s", "records a second")
    assert table.line(met) == "| start | 1.10 | ≤ 1.2 | met | 110 : 100 ms |"
    assert table.line(missed) == "| verifying | 12,346 records a second | ≥ 50,000 | **missed** | 3.0 s |"
    absent = Result("writers", None, 0.5, False, "nothing is installed")
    assert table.line(absent) == "| writers | not measured | ≥ 0.5 |  | nothing is installed |"


def test_writing_changes_what_stands_between_the_marks(tmp_path: Path) -> None:
    """The words around the table are somebody's; a second run replaces the first."""
    page = tmp_path / "page.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n")
    for value in (1.0, 2.0):
        table.write(page, [Result("start", value, 1.2, True, "")])
    text = page.read_text()
    assert text.startswith(f"before\n{table.BEGIN}\n")
    assert text.endswith(f"{table.END}\nafter\n")
    assert text.count("| start |") == 1
    assert "| start | 2.00 | ≤ 1.2 | **missed** |" in text


def test_contenders_take_turns() -> None:
    """The machine may get slower on the way: in every second round the order is the other one."""
    order: list[str] = []

    def turn(name: str) -> float:
        order.append(name)
        return float(len(order))

    found = in_turns({name: partial(turn, name) for name in "ab"}, 3)
    assert "".join(order) == "abbaab"
    assert found == {"a": [1.0, 4.0, 5.0], "b": [2.0, 3.0, 6.0]}
    assert ratio([2.0, 9.0, 4.0], [1.0, 1.0, 2.0]) == 2.0
