"""The values that the examples of the core are told with: one policy, one team, one release at a time."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from relflow.core.case import Case
from relflow.core.commands import Command
from relflow.core.decide import decide
from relflow.core.decision import Accepted, Refused
from relflow.core.drift import Drift
from relflow.core.events import Event
from relflow.core.evolve import evolve
from relflow.core.facts import EnvironmentFacts, Facts, Job, Live, Pipeline
from relflow.core.gates.table import GATES
from relflow.core.people import Actor, Level, Member, user
from relflow.core.release import Approval, Deployment, PipelineRef, Release
from relflow.core.verdict import GateResult
from relflow.core.workflow import Approvers, Environment, Workflow

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
COMMIT, OTHER = "c" * 40, "d" * 40
IDS = {"anna": 11, "ben": 12, "chris": 13, "dana": 14, "rita": 16}
ANNA, BEN, CHRIS, DANA, RITA = (user(name, number) for name, number in IDS.items())
STRANGER = user("stranger", 99)
TEAM = (
    Member("anna", 11, Level.MAINTAINER),
    Member("ben", 12, Level.MAINTAINER),
    Member("chris", 13, Level.DEVELOPER),
    Member("dana", 14, Level.DEVELOPER),
    Member("rita", 16, Level.REPORTER),
)
WORKFLOW = Workflow(
    "group/data-provider",
    (
        Environment("dev", "deploy-dev", "dev"),
        Environment("prod", "deploy-prod", "production", 2, Approvers("maintainer", ("dana",))),
    ),
)


def job(name: str = "deploy-dev", status: str = "manual", **fields: Any) -> Job:
    """A job of pipeline 7."""
    stage = {"build": "build", "test": "test"}.get(name, "deploy")
    known = {"id": 73, "stage": stage, "commit": COMMIT, "url": "https://gitlab.example.org/-/jobs/73"}
    return Job(**{**known, "name": name, "status": status, **fields})


def pipeline(*jobs: Job, **fields: Any) -> Pipeline:
    """Pipeline 7 of v1.4.0; without jobs named, everything before the deploy jobs succeeded."""
    made = jobs or (
        job("build", "success", id=71),
        job("test", "success", id=72),
        job("deploy-dev", id=73),
        job("deploy-prod", id=74),
    )
    return Pipeline(
        **{"id": 7, "ref": "v1.4.0", "commit": COMMIT, "status": "manual", "url": "p/7", "jobs": made, **fields}
    )


def facts(actor: Actor = ANNA, **known: Any) -> Facts:
    """What a use case read: the team, and whatever is given."""
    return Facts(**{"at": AT, "actor": actor, "members": TEAM, "drifts": (), **known})


def ready(actor: Actor = CHRIS, **known: Any) -> Facts:
    """All that a deployment asks for, with nothing in its way."""
    free = {"pipelines": (pipeline(),), "newest_pipeline": 7, "tagged": COMMIT, "environment": EnvironmentFacts()}
    free |= {"environment_before": EnvironmentFacts(), "gitlab_freezes": ()}
    return facts(actor, **{**free, **known})


def release(state: str = "draft", **fields: Any) -> Release:
    """Release 1.4.0, created by chris; bound to pipeline 7 from `tested` on."""
    bound = None if state == "draft" else PipelineRef(7, "p/7")
    known: dict[str, Any] = {"version": "1.4.0", "ref": "v1.4.0", "commit": COMMIT, "created_by": CHRIS}
    return Release(**{**known, "created_at": AT, "updated_at": AT, "state": state, "pipeline": bound, **fields})


def word(by: Actor, environment: str = "dev", decision: str = "approved", **fields: Any) -> Approval:
    """Somebody's word on revision 1."""
    known: dict[str, Any] = {"environment": environment, "by": by, "decision": decision}
    return Approval(**{**known, "at": AT, "revision": 1, "commit": COMMIT, **fields})


def deployment(phase: str = "armed", **fields: Any) -> Deployment:
    """Deployment 1 to dev, which dana asked for; it owns job 73 of pipeline 7."""
    known: dict[str, Any] = {"id": 1, "revision": 1, "environment": "dev", "commit": COMMIT, "pipeline_id": 7}
    played = None if phase == "intended" else AT
    known |= {"job_id": 73, "job_name": "deploy-dev", "job_url": "j/73", "played_at": played}
    return Deployment(**{**known, "requested_by": DANA, "requested_at": AT, "phase": phase, **fields})


def live(version: str = "1.3.0", pipeline_id: int = 5) -> EnvironmentFacts:
    """An environment that runs that version."""
    found = Live(version=version, revision=1, commit=OTHER, since=AT, by="user:anna", pipeline_id=pipeline_id)
    return EnvironmentFacts(brought=found)


def run(version: str | None = None, pipeline_id: int = 9) -> Live:
    """What ben brought somewhere, past relflow."""
    by: dict[str, Any] = {"by": "gitlab:ben", "kind": "foreign", "pipeline_id": pipeline_id}
    return Live(version=version, revision=None, commit=OTHER, since=AT, **by)


def drift(**fields: Any) -> Drift:
    """Drift 3: ben played job 81 to dev for 1.4.0, and nobody accepted it yet."""
    known: dict[str, Any] = {"id": 3, "environment": "dev", "version": "1.4.0", "commit": COMMIT}
    known |= {"gitlab_deployment_id": 41, "job_id": 81, "job_name": "deploy-dev", "job_url": "j/81", "pipeline_id": 7}
    known |= {"played_by": "gitlab:ben", "status": "success", "finished_at": AT, "found_at": AT}
    return Drift(**{**known, **fields})


def gate(name: str, command: Command, known: Facts, of: Release | None = None) -> GateResult:
    """What one gate says."""
    return GATES[name](Case(WORKFLOW, of or release("approved-dev", approvals=(word(ANNA),)), command, known))


def accepted(of: Release | None, command: Command, known: Facts, workflow: Workflow = WORKFLOW) -> tuple[Event, ...]:
    """The events of a command that must be accepted."""
    decision = decide(workflow, of, command, known)
    assert isinstance(decision, Accepted), decision
    return decision.events


def refused(of: Release | None, command: Command, known: Facts, workflow: Workflow = WORKFLOW) -> dict[str, str | None]:
    """The gates that refused a command, which must be refused, with their sentences."""
    decision = decide(workflow, of, command, known)
    assert isinstance(decision, Refused), decision
    return {each.gate: each.why for each in decision.refusals}


def after(of: Release | None, command: Command, known: Facts, workflow: Workflow = WORKFLOW) -> Release:
    """The release after a command that must be accepted."""
    for event in accepted(of, command, known, workflow):
        of = evolve(of, event)
    assert of is not None
    return of


def environment(name: str, /, **changes: Any) -> Workflow:
    """The policy with one environment changed."""
    places = tuple(replace(each, **changes) if each.name == name else each for each in WORKFLOW.environments)
    return replace(WORKFLOW, environments=places)
