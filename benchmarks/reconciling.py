"""(f) `reconcile` of many open deployments: seconds and requests, against the sandbox over real HTTP.

An environment has at most one open deployment, so a hundred of them are in five projects of twenty environments. In
each they are opened, end in GitLab, and are settled by one command.
"""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Result
from benchmarks.served import Served

SECONDS, REQUESTS = 60, 3


def results(folder: Path, *, quick: bool) -> Iterator[Result]:
    """A hundred open deployments of twenty environments."""
    environments, projects = (5, 1) if quick else (20, 5)
    ran = [_settled(folder / str(number), environments) for number in range(projects)]
    number = environments * projects
    what = f"reconciling {number} open deployments of {environments} environments"
    detail = f"{environments} by each of {projects} commands"
    yield Result(what, sum(seconds for seconds, _ in ran), SECONDS, True, detail, "s")
    asked = sum(requests for _, requests in ran)
    yield Result(f"{what}: requests each", asked / number, REQUESTS, True, f"{asked} to GitLab")


def _settled(folder: Path, environments: int) -> tuple[float, int]:
    """Seconds and requests of one command."""
    with Served(folder, environments) as project:
        project.leaves_open()
        assert project.open_count() == environments  # noqa: S101 - or there would be nothing to do
        before = project.request_count()
        seconds = project.types("reconcile").seconds
        assert not project.open_count()  # noqa: S101 - or it was quick for having done nothing
        return seconds, project.request_count() - before
