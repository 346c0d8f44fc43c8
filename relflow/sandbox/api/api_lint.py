"""Routes of the CI lint: a whole configuration judged and merged, that of a commit or one that is sent."""

from collections.abc import Callable
from functools import partial
from typing import Final

from relflow.sandbox.api.access import project_route
from relflow.sandbox.ci.file import merged_yaml, parse_ci_file
from relflow.sandbox.ci.rules import included
from relflow.sandbox.ci.spec import CiFileError, JobSpec
from relflow.sandbox.engine.pipelines import CI_FILE
from relflow.sandbox.model.people import DEVELOPER
from relflow.sandbox.wire.answers import Answer, not_found
from relflow.sandbox.wire.routes import Call, Route

_NOTHING: Final = f"Please provide content of {CI_FILE}"


def lint_commit(call: Call) -> Answer:
    """Judge the file of a commit, by default that of the default branch."""
    local = _files(call, call.given.text("content_ref"))
    return _judged(call, local(CI_FILE), local)


def lint_content(call: Call) -> Answer:
    """Judge a text; what it includes is that of a commit."""
    return _judged(call, call.given.needed("content"), _files(call, call.given.text("ref")))


def _files(call: Call, ref: str | None) -> Callable[[str], str | None]:
    sha = call.site.repository.resolve(ref or call.site.repository.default_branch)
    if sha is None:
        raise not_found("Commit Not Found")
    return partial(call.site.repository.file, sha)


def _judged(call: Call, text: str | None, local: Callable[[str], str | None]) -> Answer:
    jobs: tuple[JobSpec, ...] = ()
    problems, merged = [_NOTHING] if text is None else [], None
    if text is not None:
        try:
            merged, jobs = merged_yaml(text, local), parse_ci_file(text, local).jobs
        except CiFileError as exc:
            problems = list(exc.problems)
    shape = {"valid": not problems, "errors": problems, "warnings": [], "merged_yaml": merged, "includes": []}
    return Answer(200, {**shape, "jobs": list(map(_job, jobs))} if call.given.flag("include_jobs") else shape)


def _job(job: JobSpec) -> dict[str, object]:
    as_it_is = included(job, {})
    return {
        "name": job.name,
        "stage": job.stage,
        "before_script": [],
        "script": list(job.script),
        "after_script": [],
        "tag_list": [],
        "environment": job.environment.name if job.environment else None,
        "when": job.when,
        "allow_failure": bool(as_it_is and as_it_is.allow_failure),
        "only": None,
        "except": None,
        "needs": None,
    }


ROUTES: Final[tuple[Route, ...]] = (
    project_route("GET", "/ci/lint", lint_commit),
    project_route("POST", "/ci/lint", lint_content, level=DEVELOPER, archived=True),
)
