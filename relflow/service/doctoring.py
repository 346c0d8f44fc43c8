"""Examining a project as a reviewer would who wants to get past relflow. Each part is read, and judged, by itself."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from relflow.core.checkup.log import check_log
from relflow.core.checkup.machine import check_clock, check_database, check_files, check_token
from relflow.core.checkup.people import check_chances, check_people
from relflow.core.checkup.protections import check_protections
from relflow.core.checkup.remedy import Diagnosis, diagnosis
from relflow.core.checkup.settings import check_environments, check_groups, check_settings
from relflow.core.checkup.surroundings import (
    DatabaseFacts,
    FileFacts,
    LogFacts,
    ProjectSettings,
    TokenFacts,
    WayBackFacts,
)
from relflow.core.checkup.way_back import check_way_back
from relflow.core.errors import UsageError
from relflow.core.finding import Finding
from relflow.core.freeze import Freeze
from relflow.core.workflow import Environment, Workflow
from relflow.service.checkup import Checkup
from relflow.service.ports import Book, Clock, GitLabSetup, Identity, MergedCi, RemoteProject
from relflow.service.way_back import way_back

#: How many of the newest releases say what tags look like here.
NEWEST = 10
_ALL_OF_IT = "all that GitLab knows"


class Patient(Protocol):
    """What is examined. Each part is read when it is asked for, and raises RelflowError where it cannot be."""

    def path(self) -> str:
        """The project's path in GitLab."""

    def mistakes(self) -> tuple[str, ...]:
        """Those of the settings file, in sentences; none where there is no file."""

    def proposal(self) -> Workflow | None:
        """The policy that the settings file proposes, where there is one."""

    def files(self) -> tuple[FileFacts, ...]:
        """The files and folders that are there, of those that matter."""

    def database(self) -> DatabaseFacts:
        """What the database says of itself."""

    def reading(self) -> AbstractContextManager[Book]:
        """The project's book. Raises SetupError where no policy is in force."""

    def gone(self) -> str | None:
        """What this machine has seen in the log and is no longer there, in a sentence."""

    def ci_findings(self, workflow: Workflow, merged: MergedCi, source: str) -> tuple[Finding, ...]:
        """What the policy has against the CI configuration of that name, as GitLab merged it."""

    def token_source(self) -> str:
        """Where the token comes from that may go to the project's GitLab."""

    def gitlab(self) -> GitLabSetup:
        """GitLab, with that token."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the log tells: the policy in force, what waits, and what each way back would run again."""

    workflow: Workflow | None = None
    facts: LogFacts = field(default_factory=LogFacts)
    #: By environment: version and pipeline.
    ways_back: dict[str, tuple[str, int]] = field(default_factory=dict)
    #: The environments that something was brought to.
    used: frozenset[str] = frozenset()
    #: Those that nobody ended, and that are not over.
    freezes: tuple[Freeze, ...] = ()


def examine(patient: Patient, clock: Clock) -> Checkup:
    """Look at everything. 9 requests and one for each environment; more beyond a hundred of a kind."""
    checkup = Checkup()
    checkup.path = checkup.ask("settings", "where the project is", patient.path)
    if checkup.path is None:
        return checkup
    mistakes = checkup.ask("settings", "the settings file", patient.mistakes)
    checkup.found(_mistakes(mistakes or ()))
    checkup.found(check_files(checkup.ask("files", "who may read and write the files", patient.files) or ()))
    known = _of_database(checkup, patient, clock.now())
    proposal = None if mistakes or mistakes is None else checkup.ask("policy", "relflow.toml", patient.proposal)
    in_force = known.workflow if known else None
    checkup.found(_policy(in_force, proposal))
    _of_gitlab(checkup, patient, clock, in_force or proposal, known or Known())
    return checkup


def _mistakes(sentences: tuple[str, ...]) -> Iterator[Diagnosis]:
    for each in sentences:
        consequence, fix = "commands that record something refuse to", "relflow workflow check     once it is corrected"
        yield diagnosis("error", "settings-wrong", each, consequence, fix)


def _policy(in_force: Workflow | None, proposal: Workflow | None) -> Iterator[Diagnosis]:
    if None not in (in_force, proposal) and in_force != proposal:
        what, consequence = "relflow.toml differs from the policy in force", "commands that record something refuse to"
        fix = "relflow policy diff     what differs; relflow policy adopt     puts it in force (Maintainer)"
        yield diagnosis("error", "policy-differs", what, consequence, fix)


def _of_database(checkup: Checkup, patient: Patient, at: datetime) -> Known | None:
    facts = checkup.ask("database", "the database", patient.database)
    if facts is None:
        return None
    checkup.found(check_database(facts))
    known = checkup.ask("log", "what waits in the log", lambda: _known(patient, at))
    if known is not None:
        checkup.found(check_log(known.facts, at))
    return known


def _known(patient: Patient, at: datetime) -> Known:
    gone = patient.gone()
    with patient.reading() as book:
        project = book.project()
        workflow = project.workflow if project else None
        if workflow is None:
            return Known()
        used = frozenset(name for name in workflow.names if book.brought_to(name, 1))
        log, back = replace(_waits(book, workflow), gone=gone), dict(_ways_back(book, workflow))
        return Known(workflow, log, back, used, book.freezes(at))


def _waits(book: Book, workflow: Workflow) -> LogFacts:
    newest = filter(None, map(book.release, book.versions()[:NEWEST]))
    return LogFacts(
        drifts=tuple((each.id, each.environment) for each in book.drifts()),
        open_deployments=tuple((each.id, each.environment, each.requested_at) for _, each in book.open_deployments()),
        looks=tuple((name, look) for name in workflow.names if (look := book.last_look(name))),
        refs=tuple(dict.fromkeys(each.ref for each in newest)),
    )


def _ways_back(book: Book, workflow: Workflow) -> Iterator[tuple[str, tuple[str, int]]]:
    for name in workflow.names:
        version = way_back(book, name).version
        release = book.release(version) if version else None
        if release is not None and release.pipeline is not None:
            yield name, (release.version, release.pipeline.id)


def _of_gitlab(checkup: Checkup, patient: Patient, clock: Clock, workflow: Workflow | None, known: Known) -> None:
    source = checkup.ask("gitlab", _ALL_OF_IT, patient.token_source)
    gitlab = checkup.ask("gitlab", _ALL_OF_IT, patient.gitlab) if source is not None else None
    identity = checkup.ask("gitlab", _ALL_OF_IT, gitlab.identify) if gitlab is not None else None
    if source is None or gitlab is None or identity is None:
        return
    at = identity.gitlab_at or clock.now()
    checkup.token, checkup.gitlab = _token(source, identity), gitlab
    checkup.found((*check_token(checkup.token, at.date()), *check_clock(identity.clock_ahead)))
    checkup.remote = checkup.ask("project", "the project", lambda: gitlab.project(checkup.path or ""))
    if checkup.remote is not None:
        _Project(checkup, patient, gitlab, checkup.remote, at, known).examine(workflow)


def _token(source: str, identity: Identity) -> TokenFacts:
    return TokenFacts(source, identity.actor.name, identity.scopes, identity.expires_on)


@dataclass(frozen=True, slots=True)
class _Project:
    """The project in GitLab, under examination."""

    checkup: Checkup
    patient: Patient
    gitlab: GitLabSetup
    remote: RemoteProject
    at: datetime
    known: Known

    def examine(self, workflow: Workflow | None) -> None:
        ask, project = self.checkup.ask, self.remote.id
        settings = ask("project-settings", "the project's settings", lambda: self.gitlab.settings(project))
        if settings is not None:
            self.checkup.found(check_settings(settings, self.remote.url))
        self._protections(settings)
        members = ask("members", "who the members are", lambda: self.gitlab.members(project))
        if workflow is None:
            return
        if members is not None:
            self.checkup.found(check_people(workflow, members))
            self.checkup.found(check_chances(workflow, members, self.known.freezes, self.at))
        groups = ask(
            "resource-groups", "who of those that wait goes first", lambda: self.gitlab.resource_groups(project)
        )
        self.checkup.found(check_groups(groups or (), workflow))
        if settings is not None and settings.default_branch is not None:
            self._ci(workflow, settings.default_branch)
        for environment in workflow.environments:
            self._environment(environment, settings)

    def _ci(self, workflow: Workflow, branch: str) -> None:
        what, source = f"the CI configuration of {branch}", f"{branch} in GitLab"

        def findings() -> tuple[Finding, ...]:
            merged = self.gitlab.merged_ci(self.remote.id, branch)
            if merged is None:
                raise UsageError(f"GitLab has no {branch}")
            return self.patient.ci_findings(workflow, merged, source)

        self.checkup.found(map(Diagnosis, self.checkup.ask("ci", what, findings) or ()))

    def _protections(self, settings: ProjectSettings | None) -> None:
        what = "who may push, and make tags"
        found = self.checkup.ask("protections", what, lambda: self.gitlab.protections(self.remote.id))
        if found is not None:
            branch, refs = settings.default_branch if settings else None, self.known.facts.refs
            self.checkup.found(check_protections(found, branch, refs, self.remote.url))

    def _environment(self, environment: Environment, settings: ProjectSettings | None) -> None:
        if environment.name in self.known.ways_back:
            self._way_back(environment, settings)
        elif environment.name not in self.known.used:
            name = environment.gitlab_environment
            is_there = self.checkup.ask(
                "environment", f"whether GitLab has {name}", lambda: self.gitlab.has_environment(self.remote.id, name)
            )
            self.checkup.found(check_environments((name,) if is_there is False else (), self.remote.url))

    def _way_back(self, environment: Environment, settings: ProjectSettings | None) -> None:
        version, pipeline = self.known.ways_back[environment.name]
        what = f"what the jobs of {version} left for a rollback of {environment.name}"
        left = self.checkup.ask("artifacts", what, lambda: self.gitlab.artifacts(self.remote.id, pipeline))
        if left is not None:
            facts = WayBackFacts(environment.name, version, environment.job, left)
            are_kept = settings.keeps_latest_artifacts if settings else None
            self.checkup.found(check_way_back(facts, self.at, are_kept=are_kept))
