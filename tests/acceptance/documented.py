"""The table of requests in the reference, held against what each command of each story really sent."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parents[2] / "docs" / "reference" / "requests.md"
MOST_BEFORE_A_PLAY = 8
MOST_OF_A_CHECKUP, MOST_CHANGES = 40, 10
#: What the most demanding policy reads besides: coverage, test reports, tag and branch.
MOST_REQUIRED = 4
#: What is read to find out what went past relflow.
LISTS = 3
#: What is read to tell whether the approver is an author.
AUTHORS = 2
POSTING = frozenset({"deploy", "rollback", "hold --cancel-job"})


@cache
def documented() -> dict[str, int]:
    """The first number of each row by its command; for what sends a POST it counts up to and with that."""
    found: dict[str, int] = {}
    for line in TABLE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        number = re.match(r"\d+", cells[1]) if len(cells) > 1 else None
        names = [name.rstrip(" …") for name in re.findall(r"`([^`]+)`", cells[0])]
        found.update(dict.fromkeys(names, int(number[0])) if number else {})
    return found


def is_as_documented(words: Sequence[str], asked: Sequence[str]) -> bool:
    """Whether a command that succeeded, alone, made the requests that the table says."""
    name = _row(words)
    fixed = documented()[name]
    if name.startswith("create"):
        return len(asked) == fixed + _beside(name, words, asked)
    if name == "watch":
        return not asked or len(asked) == fixed + _looks(asked[fixed:]) + 1
    if name == "reconcile":
        ends = 1 if _looks(asked) else 0
        lists = sum(one.endswith("/deployments") for one in asked)  # of so many that they fill several pages, say
        return len(asked) == fixed + _looks(asked) + ends + lists and lists >= LISTS
    if name == "reconcile --abandon":  # of one that is odd the pipeline's jobs, too
        return len(asked) == fixed + asked[-1].endswith("/jobs")
    if name in POSTING:
        played = next(place for place, one in enumerate(asked, start=1) if one.startswith("POST"))
        end = 0 if "--no-wait" in words else _looks(asked[fixed:]) + 1
        # Whether a retry that was refused runs all the same is looked for in the list, and then each look is one.
        lists = sum(one.endswith("/jobs") for one in asked[fixed:]) - 1 if asked[fixed - 1].endswith("/retry") else 0
        return played == fixed <= MOST_BEFORE_A_PLAY + 1 and len(asked) == fixed + end + max(0, lists)
    if name.startswith("doctor"):
        changes = sum(not one.startswith("GET") for one in asked)
        return fixed <= len(asked) < MOST_OF_A_CHECKUP and changes <= (MOST_CHANGES if "--fix" in words else 0)
    if name == "approve" and "GET /user/emails" in asked:  # authors may not approve there
        return fixed + AUTHORS <= len(asked) <= fixed + AUTHORS + 1
    if name in {"why", "plan"}:
        members = sum(one.endswith("/members/all") for one in asked)
        return fixed <= len(asked) and len(asked) - members <= MOST_BEFORE_A_PLAY
    if name == "test":
        required = _required(asked)
        return len(asked) >= fixed if "--wait" in words else len(asked) == fixed + required <= fixed + MOST_REQUIRED
    lists = sum(one.endswith("/deployments") for one in asked) if name == "import" else 0  # one of each environment
    return len(asked) == fixed + lists


def _beside(name: str, words: Sequence[str], asked: Sequence[str]) -> int:
    """What a creation asks besides: for a tag, as the stories' are named vVERSION; about its pipeline."""
    tag = int({"--commit", "--ref"}.isdisjoint(words))
    if name == "create":
        return tag
    starts = asked.count("POST /projects/42/pipeline")
    assert starts <= 1
    # Where one is there, none is started; jobs are those of what GitLab skipped; an answer may prove nothing.
    lists = sum(one.endswith(("/pipelines", "/jobs")) for one in asked)
    return tag + lists - 1 + starts - 1


def _required(asked: Sequence[str]) -> int:
    """What only the policy's requirements are read for: coverage, test reports, and whether the ref is protected."""
    read = (r"pipelines/\d+", r"pipelines/\d+/test_report_summary", r"repository/(?:tags|branches)/[^/]+")
    listed = any(one.endswith("/pipelines") for one in asked)  # else the pipeline was named
    return sum(
        re.fullmatch(f"GET /projects/42/{path}", one) is not None for one in asked for path in read[not listed :]
    )


def _row(words: Sequence[str]) -> str:
    """The row of a command line: its longest beginning that is one, where options may stand anywhere."""
    names = [name for name in documented() if set(name.split()) <= set(words) and name.split()[0] == words[0]]
    assert names, f"docs/reference/requests.md has no row for {' '.join(words)}"
    return max(names, key=len)


def _looks(asked: Sequence[str]) -> int:
    return sum(re.fullmatch(r"GET /projects/42/jobs/\d+", one) is not None for one in asked)
