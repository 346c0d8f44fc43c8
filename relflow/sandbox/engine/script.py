"""The bash script of a job, and reading its output: coverage and JUnit reports."""

import re
import shlex
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

from relflow.sandbox.ci.spec import ArtifactsSpec
from relflow.sandbox.clock import now
from relflow.sandbox.model.records import TestSuite


def bash_script(lines: Iterable[str]) -> str:
    """Write a script that shows each command before it runs and ends at the first failure, as the runner does."""
    parts = ["set -eo pipefail"]
    for line in lines:
        shown = line.strip().split("\n", 1)
        more = " # collapsed multi-line command" if len(shown) > 1 else ""
        parts += [f"printf '%s\\n' {shlex.quote(f'$ {shown[0]}{more}')}", line]
    return "\n".join(parts) + "\n"


def find_coverage(pattern: str | None, trace: str) -> float | None:
    """Return the number of the last line of the output that matches the pattern."""
    if pattern is None:
        return None
    for match in reversed(list(re.finditer(pattern, trace, re.MULTILINE))):
        number = re.search(r"\d+(?:\.\d+)?", match[1] if match.re.groups and match[1] else match[0])
        if number:
            return float(number[0])
    return None


def left_behind(folder: Path, spec: ArtifactsSpec) -> dict[str, int | datetime | None]:
    """Return how many bytes a job left for later ones, and until when they last; nothing at all is None."""
    there = [found for pattern in spec.paths for found in folder.glob(pattern.lstrip("/"))]
    files = {file for found in there for file in (found.rglob("*") if found.is_dir() else [found]) if file.is_file()}
    until = now() + timedelta(seconds=spec.expire_in_s) if files and spec.expire_in_s is not None else None
    return {"archive_size": sum(file.stat().st_size for file in files) if files else None, "artifacts_expire_at": until}


def read_junit(folder: Path, patterns: Iterable[str]) -> TestSuite | None:
    """Add up all JUnit reports that a job left behind; None when there is none."""
    files = sorted({file for pattern in patterns for file in folder.glob(pattern) if file.is_file()})
    if not files:
        return None
    try:
        # The report is written by scripts that run here anyway.
        roots = [ET.fromstring(file.read_bytes()) for file in files]  # noqa: S314
    except ET.ParseError as exc:
        return TestSuite(0.0, 0, 0, 0, 0, f"JUnit XML parsing failed: {exc}")
    cases = [case for root in roots for case in root.iter("testcase")]
    return TestSuite(
        total_time=round(sum(float(case.get("time", "0")) for case in cases), 6),
        total_count=len(cases),
        failed_count=sum(case.find("failure") is not None for case in cases),
        skipped_count=sum(case.find("skipped") is not None for case in cases),
        error_count=sum(case.find("error") is not None for case in cases),
    )
