"""Say whether requirements.lock still pins what pyproject.toml asks for. Needs no network: it compares the two files.

Only direct requirements are compared; what those need in turn is settled when the lock is made.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^ ]+)(?P<notes>.*(?:\n +.*)*)", re.MULTILINE)


def wanted(project: dict[str, dict[str, dict[str, list[str]]]], name: str) -> Iterator[Requirement]:
    """Every direct requirement, of extras and groups too, but for extras that repeat the project's own."""
    lists = [project["project"]["dependencies"], *project["project"]["optional-dependencies"].values()]
    for lines in [*lists, *project["dependency-groups"].values()]:
        yield from (each for each in map(Requirement, lines) if each.name != name)


def problems(project_text: str, lock_text: str) -> Iterator[str]:
    """What is missing, does not fit, or is no longer asked for."""
    project = tomllib.loads(project_text)
    name = project["project"]["name"]
    pins = {canonicalize_name(found["name"]): found for found in PIN.finditer(lock_text)}
    direct = {pin for pin, found in pins.items() if name in found["notes"] or "pyproject.toml" in found["notes"]}
    asked = list(wanted(project, name))
    for each in asked:
        pin = pins.get(canonicalize_name(each.name))
        if pin is None:
            yield f"{each} is not locked"
        elif not each.specifier.contains(pin["version"], prereleases=True):
            yield f"{each} is locked at {pin['version']}"
    yield from (f"{each} is locked and not asked for" for each in direct - {canonicalize_name(r.name) for r in asked})


found = list(problems(Path("pyproject.toml").read_text("utf-8"), Path("requirements.lock").read_text("utf-8")))
if found:
    sys.exit("\n".join(["requirements.lock is not of this pyproject.toml:", *found, "next: make lock"]))
