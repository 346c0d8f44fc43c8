"""What the tables hold before the first request: tokens and protections of a new sandbox, the ends of an old one."""

from functools import partial

from relflow.sandbox.clock import now
from relflow.sandbox.engine.jobs import fire
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.people import DEVELOPER, MAINTAINER, PEOPLE, Token
from relflow.sandbox.model.records import ProtectedRef
from relflow.sandbox.model.statuses import Status
from relflow.sandbox.model.tables import Tables
from relflow.sandbox.model.transitions import Event


def new_tables(default_branch: str) -> Tables:
    """Return tables with a token for everybody, a protected default branch, and tags `v*` for developers."""
    tables = Tables()
    moment = now()
    # A GitLab token lives for a year at most.
    expires_at = moment.date().replace(day=1, year=moment.year + 1)
    for person in PEOPLE:
        value = f"glpat-sandbox-{person.username}"
        give = partial(Token, value=value, user_id=person.id, name="sandbox", scopes=("api",), created_at=moment)
        tables.tokens.insert(partial(give, expires_at=expires_at))
    tables.protected_branches.insert(
        lambda row_id: ProtectedRef(row_id, default_branch, push_levels=(MAINTAINER,), merge_levels=(MAINTAINER,))
    )
    tables.protected_tags.insert(lambda row_id: ProtectedRef(row_id, "v*", create_levels=(DEVELOPER,)))
    return tables


def end_interrupted_jobs(site: Site) -> None:
    """Fail the jobs whose processes died with an earlier life, and look at every pipeline again."""
    for job in site.tables.jobs:
        if job.status in (Status.RUNNING, Status.CANCELING):
            fire(site, job, Event.DROP, failure_reason="runner_system_failure")
    site.touched.update(pipeline.id for pipeline in site.tables.pipelines)
