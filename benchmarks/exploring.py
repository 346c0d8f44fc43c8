"""(h) `workflow check`: how long it takes to explore a small policy, and one that asks for everything."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.measuring import Result, relflow, run

_HEAD = '[gitlab]\nurl = "https://gitlab.example.org"\nproject = "group/data-provider"\n'
_SMALL = '\n[[environments]]\nname = "{name}"\njob = "deploy-{name}"\n'
_STRICT = """
[requirements]
jobs = ["test", "lint*"]
coverage_at_least = 80
tests_at_least = 100
no_failed_tests = true
ref_protected = true
checklist = [
  { point = "notes", text = "the notes are written" },
  { point = "data", text = "the data was looked at", by = { roles = ["lead"] } },
]

[roles]
lead = ["anna", "ben"]
"""
_EVERYTHING = """approvals = 4
approvers = { access = "maintainer", users = ["chris", "dana"], roles = ["lead"] }
four_eyes = ["creator", "author", "deployer"]
window = ["Mon-Thu 08:00-16:00"]
timezone = "Europe/Berlin"
break_glass = true
waivable = [{ gate = "in_window", role = "lead" }, { gate = "not_frozen", role = "lead" }]
"""


def results(folder: Path, *, quick: bool) -> Iterator[Result]:
    """The whole command each time, start included."""
    folder.mkdir(parents=True)
    small = _HEAD + "".join(_SMALL.format(name=name) for name in ("dev", "prod"))
    strict = _HEAD + _STRICT + "".join(_strict(number) for number in range(5))
    for name, text, goal in (("two environments", small, 300), ("five environments, all gates", strict, 5000)):
        (folder / "relflow.toml").write_text(text)
        taken = [run(relflow("workflow", "check"), folder).seconds for _ in range(1 if quick else 7)]
        yield Result(f"`workflow check`: {name}", 1000 * median(taken), goal, True, "the whole command", "ms")


def _strict(number: int) -> str:
    soak = 'soak = "24h"\n' if number else ""  # in the first nothing can soak before
    return _SMALL.format(name=f"e{number}") + _EVERYTHING + soak
