"""The form of `relflow.toml`: which tables and keys there are, and of what type. What they mean is the workflow's."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from relflow.core.durations import duration
from relflow.core.policy_check.form import APPROVING
from relflow.core.text import escaped
from relflow.core.windows import window
from relflow.core.workflow import ENVIRONMENT_NAME
from relflow.settings.address import url_problem
from relflow.settings.place import project_problem, written_database_problem

MAX_NAME = 255
MAX_APPROVALS = 100
MAX_TESTS = 1_000_000_000


def _name(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    if len(text) > MAX_NAME:
        raise ValueError(f"it has {len(text):,} characters, at most {MAX_NAME} are kept")
    if escaped(text) != text:
        raise ValueError(f"it has characters that cannot be seen: {escaped(text)}")
    return text


def _access(text: str) -> str:
    if text.lower() not in APPROVING:
        raise ValueError(f"it is one of {', '.join(APPROVING)}")
    return text.lower()


def _point(text: str) -> str:
    is_name = ENVIRONMENT_NAME.fullmatch(_name(text)) is not None
    return _sound(text, None if is_name else "it is lower-case letters, digits and -, beginning with a letter")


def _duration(text: str) -> str:
    duration(text)
    return text


def _window(text: str) -> str:
    window(text)
    return text


def _some(windows: list[str]) -> list[str]:
    if not windows:
        raise ValueError("without any window it would never open; leave it out where it is always open")
    return windows


def _url(text: str) -> str:
    return _sound(text, url_problem(text))


def _project(text: str) -> str:
    return _sound(text, project_problem(text))


def _database(text: str) -> str:
    return _sound(text, written_database_problem(text))


def _sound(text: str, problem: str | None) -> str:
    if problem:
        raise ValueError(problem)
    return text


Name = Annotated[str, AfterValidator(_name)]


class Table(BaseModel):
    """A table that has the keys named here, and no others; `"2"` is no number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class GitLabTable(Table):
    """Which project of which GitLab."""

    url: Annotated[str, AfterValidator(_url)] | None = Field(
        default=None, description="GitLab's address; required unless RELFLOW_GITLAB_URL names it"
    )
    project: Annotated[str, AfterValidator(_project)] = Field(description="The project's path: group/name")


class DatabaseTable(Table):
    """Where releases and their history are kept."""

    url: Annotated[str, AfterValidator(_database)] | None = Field(
        default=None,
        description="sqlite:///FILE, relative to this file, or postgresql+psycopg://USER@HOST/NAME; "
        "default: one file in the user's data folder",
    )


class RequirementsTable(Table):
    """What `tested` means."""

    jobs: list[Name] | None = Field(
        default=None,
        description="Jobs that must have succeeded, by name; * stands for any text, ? for one character, the deploy "
        "jobs left out. Default: every job before the deploy jobs",
    )
    coverage_at_least: int | None = Field(
        default=None, ge=0, le=100, description="The least coverage of the pipeline, in percent"
    )
    tests_at_least: int | None = Field(
        default=None, ge=1, le=MAX_TESTS, description="How many tests must have run, skipped ones not counted"
    )
    no_failed_tests: bool = Field(default=False, description="Whether the test reports must show no failure")
    ref_protected: bool = Field(default=False, description="Whether the release's tag or branch must be protected")
    checklist: list["PointTable"] = Field(default=[], description="What people vouch for with relflow tick")


class ApproversTable(Table):
    """Who may approve: everybody with that access level, the users named, and those of the roles."""

    access: Annotated[str, AfterValidator(_access)] | None = Field(
        default=None, description=f"The least access level: {', '.join(APPROVING)}; left out: only who is named"
    )
    users: list[Name] = Field(default=[], description="Usernames; they need no more than Reporter access")
    roles: list[Name] = Field(default=[], description="Names under [roles]: whoever stands there is named here")

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.access is None and not self.users and not self.roles:
            raise ValueError("it names nobody: access, users or roles does")
        return self


class PointTable(Table):
    """A point of the checklist."""

    point: Annotated[str, AfterValidator(_point)] = Field(description="Its name: lower-case letters, digits and -")
    text: Name = Field(description="What is vouched for, as a sentence")
    by: ApproversTable | None = Field(default=None, description="Who may tick it; default: access developer")


class WaivableTable(Table):
    """A gate that somebody may waive, and who."""

    gate: Name = Field(description="The gate's name, like ref_unmoved")
    role: Name | None = Field(default=None, description="A name under [roles]: whoever stands there may waive it")
    access: Annotated[str, AfterValidator(_access)] | None = Field(
        default=None, description="Everybody with at least that access level may"
    )
    users: list[Name] = Field(default=[], description="Usernames; they need no more than Reporter access")

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.role is None and self.access is None and not self.users:
            raise ValueError("it names nobody: role, access or users does")
        return self


class EnvironmentTable(Table):
    """One environment; their order is the way to production."""

    name: Name = Field(description="Lower-case letters, digits and -")
    job: Name = Field(description="The manual job that deploys to it")
    gitlab_environment: Name | None = Field(default=None, description="Its name in GitLab; default: name")
    approvals: int = Field(default=1, le=MAX_APPROVALS, description="How many people must approve, at least 1")
    approvers: ApproversTable | None = Field(
        default=None, description="Default: access developer, for the last environment maintainer"
    )
    four_eyes: list[str] = Field(
        default=["creator"],
        description="creator: who created a release does not approve it; author: who wrote or co-wrote a commit of it "
        "since what the last environment runs does not; deployer: who deploys it has not approved it",
    )
    soak: Annotated[str, AfterValidator(_duration)] | None = Field(
        default=None,
        description="How long a release must have been live in the environment before, without interruption: "
        "30m, 24h or 7d",
    )
    window: Annotated[list[Annotated[str, AfterValidator(_window)]], AfterValidator(_some)] | None = Field(
        default=None,
        description="When it may be deployed to, like Mon-Thu 08:00-16:00; default: always. Over midnight it is two: "
        "Mon 22:00-24:00 and Tue 00:00-02:00",
    )
    timezone: Name | None = Field(
        default=None,
        description="The IANA name of the windows' time zone, like Europe/Berlin; refusals tell their times in it, "
        "with or without a window",
    )
    waivable: list[WaivableTable] = Field(
        default=[], description="Gates that do not stop a deployment where somebody answers for it by relflow waive"
    )
    break_glass: bool = Field(
        default=False,
        description="Whether a maintainer may deploy past approvals and time, which somebody else has to sign off",
    )


class SettingsFile(Table):
    """The settings of relflow for one project."""

    gitlab: GitLabTable
    database: DatabaseTable = DatabaseTable()
    requirements: RequirementsTable = RequirementsTable()
    roles: dict[str, list[Name]] = Field(default={}, description='Names for people: `lead = ["anna", "ben"]`')
    rollback_obeys_time: bool = Field(
        default=False, description="Whether freezes and windows stop a rollback, too; without it they are only shown"
    )
    environments: list[EnvironmentTable] = Field(description="In the order of the way to production")
