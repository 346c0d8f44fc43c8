"""Say whether the lock files still pin what pyproject.toml asks for. Needs no network: it compares the files.

Only direct requirements are compared; what those need in turn is settled when the lock is made.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

#: What each lock is for: whether the dependencies are in it, the extras, and the groups of pyproject.toml.
LOCKS: dict[str, tuple[bool, tuple[str, ...], tuple[str, ...]]] = {
    "requirements.lock": (True, ("ci", "postgres", "sandbox", "test", "all"), ("build", "check")),
    "docs/requirements.lock": (False, (), ("docs",)),
    "benchmarks/requirements.lock": (True, ("postgres", "sandbox"), ("build", "bench")),
}
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^ ]+)(?P<notes>.*(?:\n +.*)*)", re.MULTILINE)


def wanted(project: dict[str, Any], lock: str) -> Iterator[Requirement]:
    """Every direct requirement of the lock, but for extras that repeat the project's own."""
    has_project, extras, groups = LOCKS[lock]
    lists = [project["project"]["dependencies"]] if has_project else []
    lists += [project["project"]["optional-dependencies"][extra] for extra in extras]
    lists += [project["dependency-groups"][group] for group in groups]
    for lines in lists:
        yield from (each for each in map(Requirement, lines) if each.name != project["project"]["name"])


def problems(project: dict[str, Any], lock: str) -> Iterator[str]:
    """What is missing, does not fit, or is no longer asked for."""
    name, lock_text = project["project"]["name"], Path(lock).read_text("utf-8")
    pins = {canonicalize_name(found["name"]): found for found in PIN.finditer(lock_text)}
    direct = {pin for pin, found in pins.items() if name in found["notes"] or "pyproject.toml" in found["notes"]}
    asked = list(wanted(project, lock))
    for each in asked:
        pin = pins.get(canonicalize_name(each.name))
        if pin is None:
            yield f"{lock}: {each} is not locked"
        elif not each.specifier.contains(pin["version"], prereleases=True):
            yield f"{lock}: {each} is locked at {pin['version']}"
    too_many = direct - {canonicalize_name(each.name) for each in asked}
    yield from (f"{lock}: {each} is locked and not asked for" for each in too_many)


asking = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))
if found := [problem for lock in LOCKS for problem in problems(asking, lock)]:
    sys.exit("\n".join(["the lock files are not of this pyproject.toml:", *found, "next: make lock"]))
if odd := asking["dependency-groups"].keys() - {group for *_, groups in LOCKS.values() for group in groups}:
    sys.exit(f"no lock file has the groups {', '.join(sorted(odd))}: see LOCKS in .ci/lock_is_fresh.py")
