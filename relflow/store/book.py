"""One project's state read from its rows over a DB-API connection, without any ORM."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from relflow.core.codec import timestamp
from relflow.core.drift import Drift
from relflow.core.facts import EnvironmentFacts, Job, Live, Look
from relflow.core.freeze import Freeze, Lock
from relflow.core.live import brought, foreign
from relflow.core.project import Project
from relflow.core.record import Head
from relflow.core.release import Deployment, Release
from relflow.store.home import Connection, Rows
from relflow.store.ordering import NUMBERS, numbers_from
from relflow.store.rows import Row, deployment_of, drift_of, freeze_of, lock_of, look_of, project_of, release_of

# A + keeps a column out of the choice of an index: SQLite would take one that leads through all there ever was.
_PROJECT = "SELECT * FROM project WHERE log = :log"
_RELEASE = "SELECT * FROM release WHERE project_id = :project AND version = :version"
_TICKS = "SELECT * FROM tick WHERE project_id = :project AND version = :version ORDER BY place"
_APPROVALS = "SELECT * FROM approval WHERE project_id = :project AND version = :version ORDER BY place"
_WAIVERS = "SELECT * FROM waiver WHERE project_id = :project AND version = :version ORDER BY place"
# `+id`: ordering by the key would make SQLite walk every deployment of the project to find those of one release.
_DEPLOYMENTS = "SELECT * FROM deployment WHERE project_id = :project AND version = :version ORDER BY +id"
_VERSIONS = "SELECT version FROM release WHERE project_id = :project ORDER BY created_at DESC, version"
# The evidence is left out: nobody reads a list for it, and it is the largest column.
LISTED = """
    version, state, revision, row_version, ref, commit_sha, title, pipeline_id, pipeline_url, held_from, closed,
    created_by, created_by_user_id, created_by_auth, created_at, updated_at, '[]' AS evidence,
    NULL AS numbers"""
# An index for each way to matter.
_UNCLOSED = f"""
    SELECT {LISTED} FROM release
    WHERE project_id = :project AND NOT closed AND version IN (
        SELECT version FROM release WHERE project_id = :project AND {NUMBERS} >= :numbers
        UNION SELECT version FROM release WHERE project_id = :project AND created_at > :since
        UNION SELECT version FROM deployment WHERE +project_id = :project AND phase <> 'settled')
    ORDER BY +created_at DESC, version"""  # noqa: S608 - a constant
_BROUGHT = """
    SELECT * FROM deployment
    WHERE project_id = :project AND environment = :environment AND outcome = 'success'
    ORDER BY settled_at DESC, id DESC LIMIT :most"""
_OPEN = "SELECT * FROM deployment WHERE +project_id = :project AND phase <> 'settled' ORDER BY id"
_OPEN_IN = """
    SELECT * FROM deployment WHERE project_id = :project AND environment = :environment AND phase <> 'settled'"""
# What ran past its approvals and nobody signed off; `+id` keeps the planner from walking every deployment for it.
_DEBT = """
    SELECT * FROM deployment
    WHERE project_id = :project AND environment = :environment AND kind = 'break-glass' AND signed_off_by IS NULL
        AND phase = 'settled' AND (outcome <> 'abandoned' OR finished_at IS NOT NULL)
    ORDER BY +id LIMIT 1"""
_DEPLOYMENT = "SELECT * FROM deployment WHERE project_id = :project AND id = :id"
_PIPELINE = "SELECT version FROM release WHERE project_id = :project AND pipeline_id = :pipeline"
_NEXT = "SELECT coalesce(max(id), 0) + 1 AS id FROM deployment WHERE project_id = :project"
_BY_JOB = "SELECT * FROM deployment WHERE project_id = :project AND job_id = :job ORDER BY +id"
_BY_COMMIT = """
    SELECT version FROM release WHERE project_id = :project AND commit_sha = :commit
    ORDER BY pipeline_id IS NOT NULL AND pipeline_id = :pipeline DESC, created_at DESC, version LIMIT 1"""
_DRIFTS = "SELECT * FROM drift WHERE +project_id = :project AND accepted_at IS NULL ORDER BY id"
_DRIFT = "SELECT * FROM drift WHERE project_id = :project AND id = :id"
_DRIFT_OF = """
    SELECT * FROM drift WHERE project_id = :project AND gitlab_deployment_id = :deployment
    UNION SELECT * FROM drift WHERE project_id = :project AND job_id = :job
    ORDER BY id LIMIT 1"""
_NEXT_DRIFT = "SELECT coalesce(max(id), 0) + 1 AS id FROM drift WHERE project_id = :project"
# What a deployment of relflow's brought is not foreign, whoever started its job; what was only recorded counts once
# somebody vouches for it: nobody saw it run.
_FOREIGN = """
    SELECT * FROM drift WHERE project_id = :project AND environment = :environment AND status = 'success'
        AND (job_id IS NOT NULL OR accepted_at IS NOT NULL) AND NOT EXISTS (
            SELECT 1 FROM deployment AS own WHERE own.project_id = drift.project_id
            AND own.environment = drift.environment AND own.outcome = 'success' AND own.job_id = drift.job_id)
    ORDER BY coalesce(finished_at, found_at) DESC, id DESC LIMIT 1"""
_FREEZES = """
    SELECT * FROM freeze_period WHERE project_id = :project AND ends_at > :at AND ended_at IS NULL
    ORDER BY begins_at, id"""
_FREEZES_OF = """
    SELECT * FROM freeze_period WHERE project_id = :project AND environment = :environment AND ended_at IS NULL
    ORDER BY begins_at, id"""
_FREEZE = "SELECT * FROM freeze_period WHERE project_id = :project AND id = :id"
_NEXT_FREEZE = "SELECT coalesce(max(id), 0) + 1 AS id FROM freeze_period WHERE project_id = :project"
_LOCK = "SELECT * FROM environment_lock WHERE project_id = :project AND environment = :environment"
_LOOK = "SELECT * FROM look WHERE project_id = :project AND environment = :environment"
#: The end of the log of that name.
HEAD = """
    SELECT seq, hash, at FROM audit WHERE project_id = (SELECT id FROM project WHERE log = :log)
    ORDER BY seq DESC LIMIT 1"""


class SqlBook:
    """The reading half of the store. What it reads is one consistent state while its transaction is open.

    What belongs together is asked for before the first answer is read: a server may then be waited for once.
    """

    def __init__(self, connection: Connection, log: str) -> None:
        self._connection, self.log = connection, log
        self.refresh()

    def refresh(self) -> None:
        """Read the project's own row again, after it changed in this transaction."""
        self._row: Row | None = self._connection.execute(_PROJECT, {"log": self.log}).fetchone()
        self._project: Project | None = None

    def project(self) -> Project | None:
        """The project, or None before it is registered."""
        if self._project is None and self._row is not None:
            self._project = project_of(self._row)
        return self._project

    @property
    def project_id(self) -> int | None:
        """The project's key in this database; None before it is registered."""
        return self._row["id"] if self._row else None

    def head(self) -> Head:
        """The end of the log."""
        return head_of(self.log, self._execute(HEAD, log=self.log))

    def release(self, version: str) -> Release | None:
        """The release with its ticks, approvals, waivers and deployments, or None."""
        parts = (_RELEASE, _TICKS, _APPROVALS, _DEPLOYMENTS, _WAIVERS)
        asked, *said = [self._execute(part, version=version) for part in parts]
        row = asked.fetchone()
        return release_of(row, *(rows.fetchall() for rows in said)) if row else None

    def versions(self) -> tuple[str, ...]:
        """Every version of the project, newest first."""
        return tuple(row["version"] for row in self._all(_VERSIONS))

    def unclosed(self, live: Live | None) -> tuple[Release, ...]:
        """The releases that are not closed, newest first, without evidence, ticks, approvals and deployments.

        What is neither in flight nor newer than `live` may be missing.
        """
        numbers = numbers_from(live.version) if live and live.version else ""
        since = timestamp(live.since) if live else ""
        return tuple(release_of(row) for row in self._all(_UNCLOSED, numbers=numbers, since=since))

    def environment(self, name: str) -> EnvironmentFacts:
        """What is live in the environment, whose deployment to it is open, what closes it, what is not signed off."""
        parts = (_BROUGHT, _FOREIGN, _OPEN_IN, _DEBT, _LOCK, _FREEZES_OF)
        asked = [self._execute(part, environment=name, most=1) for part in parts]
        there, run, open_, debt, locked = (rows.fetchone() for rows in asked[:-1])
        last, lock = deployment_of(there) if there else None, lock_of(locked) if locked else None
        clicked = self.drift_of(gitlab_deployment_id=None, job_id=last.job_id) if last else None
        return EnvironmentFacts(
            brought=brought(there["version"], last, clicked) if there and last else None,
            foreign=foreign(drift_of(run), last) if run else None,
            open_deployment=deployment_of(open_) if open_ else None,
            open_version=open_["version"] if open_ else None,
            freezes=tuple(freeze_of(row) for row in asked[-1].fetchall()),
            lock=lock if lock and lock.unlocked_at is None else None,
            debt=deployment_of(debt) if debt else None,
            debt_version=debt["version"] if debt else None,
        )

    def brought_to(self, environment: str, most: int) -> tuple[tuple[str, Deployment], ...]:
        """The last successful deployments to the environment with their versions, newest first."""
        rows = self._all(_BROUGHT, environment=environment, most=most)
        return tuple((row["version"], deployment_of(row)) for row in rows)

    def open_deployments(self) -> tuple[tuple[str, Deployment], ...]:
        """The open deployments with their versions, oldest first."""
        return tuple((row["version"], deployment_of(row)) for row in self._all(_OPEN))

    def find_deployment(self, deployment_id: int) -> tuple[str, Deployment] | None:
        """The deployment of that id with its version."""
        row = self._one(_DEPLOYMENT, id=deployment_id)
        return (row["version"], deployment_of(row)) if row else None

    def release_of_pipeline(self, pipeline_id: int) -> str | None:
        """The version bound to the pipeline, if any."""
        row = self._one(_PIPELINE, pipeline=pipeline_id)
        return row["version"] if row else None

    def next_deployment_id(self) -> int:
        """The id that the next deployment gets: they count from 1 in each project."""
        return int(self._execute(_NEXT).fetchone()["id"])

    def accounting(self, environment: str, job: Job) -> tuple[Deployment, ...]:
        """The deployments to the environment that may account for the job: its own, and an open one's unseen retry."""
        by_job = [deployment_of(row) for row in self._all(_BY_JOB, job=job.id)]
        open_ = [deployment_of(row) for row in self._all(_OPEN_IN, environment=environment)]
        unseen = [each for each in open_ if each.may_have_made(job.id, job.name, job.pipeline_id)]
        return (*(each for each in by_job if each.environment == environment), *unseen)

    def release_of_commit(self, commit: str, pipeline_id: int) -> str | None:
        """The version bound to the commit: best the one of that pipeline, else the newest."""
        row = self._one(_BY_COMMIT, commit=commit, pipeline=pipeline_id)
        return row["version"] if row else None

    def drifts(self) -> tuple[Drift, ...]:
        """The drifts that nobody accepted yet, oldest first."""
        return tuple(drift_of(row) for row in self._all(_DRIFTS))

    def find_drift(self, drift_id: int) -> Drift | None:
        """The drift of that id, accepted or not."""
        row = self._one(_DRIFT, id=drift_id)
        return drift_of(row) if row else None

    def drift_of(self, *, gitlab_deployment_id: int | None, job_id: int | None) -> Drift | None:
        """The drift that names the deployment or the job, accepted or not."""
        row = self._one(_DRIFT_OF, deployment=gitlab_deployment_id, job=job_id)
        return drift_of(row) if row else None

    def next_drift_id(self) -> int:
        """The id that the next drift gets: they count from 1 in each project."""
        return int(self._execute(_NEXT_DRIFT).fetchone()["id"])

    def freezes(self, at: datetime) -> tuple[Freeze, ...]:
        """The freezes that are not over then, and that nobody ended before their time, earliest first."""
        return tuple(freeze_of(row) for row in self._all(_FREEZES, at=timestamp(at)))

    def find_freeze(self, freeze_id: int) -> Freeze | None:
        """The freeze of that id."""
        row = self._one(_FREEZE, id=freeze_id)
        return freeze_of(row) if row else None

    def next_freeze_id(self) -> int:
        """The id that the next freeze gets: they count from 1 in each project."""
        return int(self._execute(_NEXT_FREEZE).fetchone()["id"])

    def last_lock(self, environment: str) -> Lock | None:
        """The last lock of the environment, be it taken away or not; None where it never had one."""
        row = self._one(_LOCK, environment=environment)
        return lock_of(row) if row else None

    def last_look(self, environment: str) -> Look | None:
        """How far GitLab was read for the environment; None where nobody ever looked."""
        row = self._one(_LOOK, environment=environment)
        return look_of(row) if row else None

    def _execute(self, sql: str, **values: Any) -> Rows:
        return self._connection.execute(sql, {"project": self.project_id, **values})

    def _one(self, sql: str, **values: Any) -> Row | None:
        return self._execute(sql, **values).fetchone()  # type: ignore[no-any-return]

    def _all(self, sql: str, **values: Any) -> Iterable[Row]:
        return self._execute(sql, **values).fetchall()


def head_of(log: str, found: Rows) -> Head:
    """The end of the log, from what HEAD found."""
    row = found.fetchone()
    return Head(log, row["seq"], row["hash"], row["at"]) if row else Head(log)
