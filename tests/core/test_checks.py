"""What a checkup finds, one defect at a time: everything else is as it should be, and nothing else is told."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from relflow.core.checkup.log import check_log
from relflow.core.checkup.machine import check_clock, check_database, check_files, check_token
from relflow.core.checkup.people import check_chances, check_people
from relflow.core.checkup.protections import check_protections
from relflow.core.checkup.remedy import (
    ChangeSetting,
    CloseBranch,
    Diagnosis,
    ForbidForcePush,
    KeepArtifacts,
    LetGroupPass,
    ProtectBranch,
    ProtectTags,
    Remedy,
)
from relflow.core.checkup.settings import check_environments, check_groups, check_settings
from relflow.core.checkup.surroundings import (
    Access,
    Artifacts,
    DatabaseFacts,
    FileFacts,
    LogFacts,
    ProjectSettings,
    Protection,
    Protections,
    ResourceGroup,
    TokenFacts,
    WayBackFacts,
)
from relflow.core.checkup.way_back import check_way_back
from relflow.core.facts import Look
from relflow.core.freeze import Freeze
from relflow.core.people import Member, user
from relflow.core.workflow import Approvers, Environment, Point, Waivable, Workflow

URL = "https://gitlab.example.org/group/data-provider"
AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
SETTINGS = ProjectSettings(
    default_branch="main",
    refuses_outdated=True,
    lets_roll_back=True,
    keeps_latest_artifacts=True,
    variables_from="maintainer",
)
MAIN = Protection(name="main", push=(Access(1, 40),))
PROTECTIONS = Protections((MAIN,), (Protection(name="v*"),))
TOKEN = TokenFacts("RELFLOW_TOKEN", "anna", ("api",), date(2026, 12, 1))
DEV = Environment("dev", "deploy-dev", "dev")
PROD = Environment("prod", "deploy-prod", "production", 2, Approvers("maintainer"))
WORKFLOW = Workflow("group/data-provider", (DEV, PROD))
PEOPLE = tuple(
    Member(name, 11 + at, level)
    for at, (name, level) in enumerate(
        [("anna", 40), ("ben", 40), ("carl", 40), ("dana", 30), ("emil", 30), ("rita", 20)]
    )
)
DATABASE = FileFacts(path="/srv/r/releases.db", kind="database", mode=0o600)
SHARED = (replace(DATABASE, mode=0o660), FileFacts(path="/srv/r", kind="folder", mode=0o2770))
LOOK = Look(begins_at=AT - timedelta(days=90), read_until=AT, looked_at=AT - timedelta(days=1))
LEFT = Artifacts(17, "build", AT + timedelta(days=100), True)
BACK = WayBackFacts("prod", "1.3.0", "deploy-prod", (LEFT, Artifacts(18, "unit", None, False)))


def settings(**changes: object) -> Iterable[Diagnosis]:
    """With one setting otherwise."""
    return check_settings(replace(SETTINGS, **changes), URL)  # type: ignore[arg-type]


def main(*rules: Protection, refs: tuple[str, ...] = ("v1.4.0",)) -> Iterable[Diagnosis]:
    """With other rules for branches."""
    return check_protections(Protections(rules, PROTECTIONS.tags), "main", refs, URL)


def without_tags() -> Iterable[Diagnosis]:
    """With no protected tag, and no release yet."""
    return check_protections(Protections((MAIN,), ()), "main", (), URL)


def groups(*found: ResourceGroup) -> Iterable[Diagnosis]:
    """With these resource groups."""
    return check_groups(found, WORKFLOW)


def prod(**changes: object) -> Iterable[Diagnosis]:
    """With another rule for prod."""
    changed = replace(PROD, **changes)  # type: ignore[arg-type]
    return check_people(replace(WORKFLOW, environments=(DEV, changed)), PEOPLE)


def chances(*freezes: Freeze, **changes: object) -> Iterable[Diagnosis]:
    """What is possible under another rule for prod, with these freezes."""
    changed = replace(PROD, **changes)  # type: ignore[arg-type]
    return check_chances(replace(WORKFLOW, environments=(DEV, changed)), PEOPLE, freezes, AT)


def point(*users: str) -> Iterable[Diagnosis]:
    """What is possible where only these tick."""
    checklist = (Point("notes", "they are written", Approvers(None, users)),)
    return check_chances(replace(WORKFLOW, checklist=checklist), PEOPLE, (), AT)


def frozen(days: int) -> Freeze:
    """Anna froze prod for so many days."""
    known: dict[str, Any] = {"reason": "inventory", "added_by": user("anna", 11), "added_at": AT}
    return Freeze(id=3, environment="prod", begins_at=AT, ends_at=AT + timedelta(days=days), **known)


def token(**changes: object) -> Iterable[Diagnosis]:
    """With another token."""
    return check_token(replace(TOKEN, **changes), AT.date())  # type: ignore[arg-type]


def back(*left: Artifacts, are_kept: bool | None = False) -> Iterable[Diagnosis]:
    """With something else left by the jobs of the way back."""
    return check_way_back(replace(BACK, artifacts=left), AT, are_kept=are_kept)


def _fast() -> Workflow:
    """One environment in which the glass can be broken."""
    return replace(WORKFLOW, environments=(replace(DEV, break_glass=True),))


HEALTHY: dict[str, Callable[[], Iterable[Diagnosis]]] = {
    "settings": settings,
    "protections": lambda: main(MAIN),
    "a branch that nobody may push to": lambda: main(Protection(name="main", push=(Access(1, 0),))),
    "a branch that a named developer may push to": lambda: main(Protection(name="main", push=(Access(1, None),))),
    "a pattern covers the branch": lambda: main(Protection(name="ma*n"), Protection(name="x*", lets_force_push=True)),
    "releases from the branch": lambda: main(MAIN, refs=("main",)),
    "groups": lambda: groups(ResourceGroup("production", "unordered"), ResourceGroup("x", "oldest_first")),
    "environments": lambda: check_environments((), URL),
    "people": prod,
    "chances": lambda: chances(frozen(300), break_glass=True, window=("Mon 08:00-09:00",), timezone="UTC"),
    "a policy of older rules": lambda: chances(approvals=0),
    "a deployer apart": lambda: prod(four_eyes=("creator", "deployer")),
    "token": token,
    "clock": lambda: check_clock(timedelta(seconds=-60)),
    "files": lambda: check_files((DATABASE, FileFacts(path="/srv/r", kind="folder", mode=0o755))),
    "files of a group": lambda: check_files(SHARED),
    "files of one's own": lambda: check_files(
        (FileFacts(path="/h/x", kind="token", mode=0o600), FileFacts(path="/h/y", kind="trust", mode=0o644))
    ),
    "database": lambda: check_database(DatabaseFacts()),
    "log": lambda: check_log(LogFacts(looks=(("dev", LOOK),), open_deployments=((3, "dev", AT),)), AT),
    "way back": lambda: back(LEFT),
    "a way back that is kept": lambda: back(replace(LEFT, expires_at=AT + timedelta(days=1)), are_kept=True),
    "what the deploy job itself left": lambda: back(Artifacts(19, "deploy-prod", AT, False)),
}

SOON, LATER = AT + timedelta(days=3), timedelta(seconds=61)
KEY = "ci_forward_deployment"
#: Each defect: how bad it is, its name, and the changes that mend it.
DEFECTS: list[tuple[str, str, Callable[[], Iterable[Diagnosis]], tuple[Remedy, ...]]] = [
    ("error", "project-archived", lambda: settings(is_archived=True), ()),
    (
        "error",
        "outdated-deployments-allowed",
        lambda: settings(refuses_outdated=False),
        (ChangeSetting(f"{KEY}_enabled", True),),
    ),
    (
        "error",
        "rollback-refused",
        lambda: settings(lets_roll_back=False),
        (ChangeSetting(f"{KEY}_rollback_allowed", True),),
    ),
    (
        "warning",
        "variables-from-developers",
        lambda: settings(variables_from="developer"),
        (ChangeSetting("ci_pipeline_variables_minimum_override_role", "maintainer"),),
    ),
    (
        "warning",
        "artifacts-not-kept",
        lambda: settings(keeps_latest_artifacts=False),
        (ChangeSetting("keep_latest_artifact", True),),
    ),
    ("warning", "project-settings-untold", lambda: settings(refuses_outdated=None), ()),
    ("error", "branch-unprotected", lambda: main(Protection(name="release/*")), (ProtectBranch("main"),)),
    (
        "error",
        "branch-open-to-developers",
        lambda: main(MAIN, Protection(name="m*", push=(Access(7, 40), Access(8, 30)))),
        (CloseBranch("m*", (8,)),),
    ),
    (
        "error",
        "branch-open-to-developers",
        lambda: main(Protection(name="main", push=(Access(8, 30),), is_inherited=True)),
        (),
    ),
    (
        "warning",
        "force-push-allowed",
        lambda: main(replace(MAIN, lets_force_push=True)),
        (ForbidForcePush("main"),),
    ),
    ("warning", "tags-unprotected", lambda: main(MAIN, refs=("v1.4.0", "1.3.0")), (ProtectTags("*"),)),
    ("warning", "tags-unprotected", without_tags, (ProtectTags("v*"),)),
    (
        "warning",
        "resource-group-waits",
        lambda: groups(ResourceGroup("production", "oldest_first")),
        (LetGroupPass("production"),),
    ),
    ("warning", "gitlab-environment-missing", lambda: check_environments(("production",), URL), ()),
    ("error", "approvers-too-few", lambda: prod(approvals=4), ()),
    ("error", "approvers-too-few", lambda: prod(approvals=5, approvers=Approvers("developer")), ()),
    (
        "error",
        "approvers-too-few",
        lambda: prod(approvals=5, approvers=Approvers("developer"), four_eyes=("deployer",)),
        (),
    ),
    ("warning", "approver-left", lambda: prod(approvers=Approvers("maintainer", ("zoe",))), ()),
    ("error", "untested", lambda: point("zoe"), ()),
    ("error", "waiver-nobody", lambda: chances(waivable=(Waivable("not_frozen", Approvers(None, ("zoe",))),)), ()),
    ("error", "debt-nobody", lambda: check_chances(_fast(), PEOPLE[2:3], (), AT), ()),
    ("warning", "glass-unbreakable", lambda: check_chances(_fast(), PEOPLE[3:5], (), AT), ()),
    ("error", "never-open", lambda: chances(frozen(400)), ()),
    ("note", "one-maintainer", lambda: check_people(replace(WORKFLOW, environments=(DEV,)), PEOPLE[2:]), ()),
    ("note", "token-unchecked", lambda: token(scopes=None), ()),
    ("error", "token-scope-too-narrow", lambda: token(scopes=("read_user",)), ()),
    ("note", "token-only-reads", lambda: token(scopes=("read_api",)), ()),
    ("warning", "token-scope-too-wide", lambda: token(scopes=("api", "sudo")), ()),
    ("warning", "token-never-ends", lambda: token(expires_on=None), ()),
    ("warning", "token-ends-soon", lambda: token(expires_on=date(2026, 5, 18)), ()),
    ("error", "clock-skewed", lambda: check_clock(LATER), ()),
    ("error", "clock-skewed", lambda: check_clock(-LATER), ()),
    ("warning", "clock-unchecked", lambda: check_clock(None), ()),
    ("error", "token-file-open", lambda: check_files((FileFacts(path="/h/x", kind="token", mode=0o640),)), ()),
    ("error", "trust-file-open", lambda: check_files((FileFacts(path="/h/x", kind="trust", mode=0o664),)), ()),
    ("error", "database-open", lambda: check_files((replace(DATABASE, mode=0o606),)), ()),
    ("note", "database-readable", lambda: check_files((replace(DATABASE, mode=0o644),)), ()),
    ("error", "database-read-only", lambda: check_files((replace(DATABASE, is_writable=False),)), ()),
    ("error", "folder-open", lambda: check_files((FileFacts(path="/srv/r", kind="folder", mode=0o1777),)), ()),
    ("error", "folder-not-shared", lambda: check_files((SHARED[0], replace(SHARED[1], mode=0o770))), ()),
    ("error", "database-damaged", lambda: check_database(DatabaseFacts(damage=("a row is lost",))), ()),
    ("error", "database-unsafe", lambda: check_database(DatabaseFacts(unsafe_settings=("fsync is off",))), ()),
    ("error", "guard-lost", lambda: check_database(DatabaseFacts(lost_guards=("audit_no_update",))), ()),
    ("error", "database-older", lambda: check_log(LogFacts(gone="record 7 is gone"), AT), ()),
    ("warning", "drift-open", lambda: check_log(LogFacts(drifts=((2, "dev"),)), AT), ()),
    (
        "warning",
        "deployment-forgotten",
        lambda: check_log(LogFacts(open_deployments=((3, "dev", AT - timedelta(days=2)),)), AT),
        (),
    ),
    ("note", "drift-unlooked", lambda: check_log(LogFacts(looks=(("dev", replace(LOOK, looked_at=None)),)), AT), ()),
    ("warning", "rollback-artifacts-gone", lambda: back(replace(LEFT, is_there=False, expires_at=AT)), ()),
    (
        "warning",
        "rollback-artifacts-expire",
        lambda: back(replace(LEFT, expires_at=SOON), are_kept=None),
        (KeepArtifacts(17, "build"),),
    ),
]


@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_found_where_all_is_well(name: str) -> None:
    """A finding that is there every day is soon overlooked."""
    assert list(HEALTHY[name]()) == []


@pytest.mark.parametrize(("severity", "name", "found", "remedies"), DEFECTS, ids=[each[1] for each in DEFECTS])
def test_a_defect_is_found_by_its_name(
    severity: str, name: str, found: Callable[[], Iterable[Diagnosis]], remedies: tuple[Remedy, ...]
) -> None:
    """It and nothing else, with what can come of it, what helps, and what relflow can change."""
    [diagnosis] = found()
    assert (diagnosis.finding.severity, diagnosis.finding.name, diagnosis.remedies) == (severity, name, remedies)
    assert diagnosis.finding.what
    assert diagnosis.finding.consequence
    assert diagnosis.finding.fix
    assert all(each.says for each in diagnosis.remedies)


@pytest.mark.parametrize(
    ("pattern", "ref", "covers"),
    [
        ("main", "main", True),
        ("main", "maint", False),
        ("v*", "v1.0.0", True),
        ("v*", "1.0.0", False),
        ("*", "anything/at/all", True),
        ("*-stable", "1-stable", True),
        ("*-stable", "1-stable-x", False),
        ("a*b*c", "a-b-c", True),
        ("a*b*c", "acb", False),
        ("a*b*b", "ab", False),
        ("v?", "v1", False),
    ],
)
def test_what_a_protection_covers(pattern: str, ref: str, covers: bool) -> None:
    """A star stands for anything, and nothing else does."""
    assert Protection(name=pattern).covers(ref) is covers
