"""A checkup: every part is read by itself, what cannot be read is one finding, and what can be mended is sent once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from relflow.core.checkup.remedy import ChangeSetting, Mended, ProtectTags
from relflow.core.checkup.surroundings import Access, Artifacts, DatabaseFacts, FileFacts, Protection, ResourceGroup
from relflow.core.errors import SetupError
from relflow.core.finding import Finding
from relflow.service.checkup import MOST_CHANGES, Checkup, mend
from relflow.service.doctoring import examine
from relflow.service.playing import deploy
from tests.doubles.gitlab import Call
from tests.doubles.patient import FakePatient
from tests.doubles.team import WORKFLOW, Team, done

#: The reads of one checkup of a project with two environments that nothing was brought to.
READS = ["identify", "project", "settings", "protections", "members", "resource_groups", "merged_ci"]
READS += [*["has_environment"] * 2]
BROKEN = SetupError("it is broken", ("as was to be expected",), ("mend it",))


@pytest.fixture
def patient(team: Team) -> FakePatient:
    """A team whose set-up a careful maintainer made; three of them, so that nobody is one too few."""
    team.gitlab.people["dana"].level = team.gitlab.people["anna"].level
    return FakePatient(team, proposed=WORKFLOW)


def checkup(patient: FakePatient) -> Checkup:
    """What is found."""
    return examine(patient, patient.team.clock)


def names(patient: FakePatient) -> list[str]:
    """The names of what is found."""
    return [each.finding.name for each in checkup(patient).diagnoses]


def brought(team: Team, *versions: str) -> None:
    """Each runs in dev, one after the other."""
    for version in versions:
        team.tested(version)
        team.approved(version)
        team.runs_at_once()
        done(deploy(team.app("chris"), version, "dev"))


def test_a_healthy_project(patient: FakePatient) -> None:
    """Nothing is found, and each question is asked once."""
    found = checkup(patient)
    assert found.diagnoses == []
    assert [call.method for call in patient.team.gitlab.calls] == READS
    assert found.token is not None
    assert (found.token.source, found.token.username, found.token.scopes) == ("RELFLOW_TOKEN", "anna", ("api",))


def _world(change: Callable[[Team], object]) -> Callable[[FakePatient], object]:
    return lambda patient: change(patient.team)


def _rule(team: Team, **changes: object) -> None:
    team.gitlab.set_up.branches = [replace(team.gitlab.set_up.branches[0], **changes)]  # type: ignore[arg-type]


def _setting(team: Team, **changes: object) -> None:
    team.gitlab.set_up.settings = replace(team.gitlab.set_up.settings, **changes)  # type: ignore[arg-type]


def _leave(team: Team, *usernames: str) -> None:
    for name in usernames:
        team.gitlab.people[name].is_active = False


def _is_called_master(team: Team) -> None:
    _setting(team, default_branch="master")
    _rule(team, name="*")


SPOILED: dict[str, Callable[[FakePatient], object]] = {
    "settings-wrong": lambda it: setattr(it, "wrong", ("relflow.toml:3: no such key",)),
    "policy-differs": lambda it: setattr(it, "proposed", replace(WORKFLOW, required_jobs=("unit",))),
    "database-open": lambda it: setattr(it, "found_files", (FileFacts(path="/x", kind="database", mode=0o666),)),
    "guard-lost": lambda it: setattr(it, "says", DatabaseFacts(lost_guards=("audit_no_update",))),
    "database-older": lambda it: setattr(it, "lost", "record 7 is gone"),
    "token-ends-soon": _world(lambda it: setattr(it.gitlab.people["anna"], "token_expires_on", it.clock.now().date())),
    "clock-skewed": _world(lambda it: setattr(it.gitlab, "clock_ahead", timedelta(hours=1))),
    "project-archived": _world(lambda it: setattr(it.gitlab, "project", replace(it.gitlab.project, is_archived=True))),
    "rollback-refused": _world(lambda it: _setting(it, lets_roll_back=False)),
    "branch-open-to-developers": _world(lambda it: _rule(it, push=(Access(1, 30),))),
    "tags-unprotected": _world(lambda it: it.gitlab.set_up.tags.clear()),
    "resource-group-waits": _world(lambda it: it.gitlab.set_up.groups.append(ResourceGroup("dev", "oldest_first"))),
    "deploy-job-retried": lambda it: setattr(
        it, "found_in_ci", (Finding("error", "deploy-job-retried", "a", "b", "c"),)
    ),
    "ci-unchecked": _world(_is_called_master),
    "gitlab-environment-missing": _world(lambda it: it.gitlab.set_up.environments.remove("production")),
    "approvers-too-few": _world(lambda it: _leave(it, "anna", "ben", "chris")),
}


@pytest.mark.parametrize("name", SPOILED)
def test_each_part_is_looked_at(patient: FakePatient, name: str) -> None:
    """What is wrong with one part is found by name, and nothing else is."""
    SPOILED[name](patient)
    assert [each for each in names(patient) if each != "one-maintainer"] == [name]


def test_what_waits_in_the_log(patient: FakePatient) -> None:
    """A run that nobody accepted, a deployment that nobody ended, and a GitLab that nobody looked at for a week."""
    team = patient.team
    brought(team, "1.4.0")
    team.tested("1.5.0")
    team.approved("1.5.0")
    team.heard.on_look = lambda job: None
    done(deploy(team.app("chris"), "1.5.0", "dev", wait=False))
    team.clock.sleep(8 * 86_400)
    assert names(patient) == ["deployment-forgotten", "drift-unlooked"]


def test_the_way_back_has_what_it_needs(patient: FakePatient) -> None:
    """The artifacts of what ran before are looked at; there the environment need not be asked for."""
    team = patient.team
    brought(team, "1.3.0", "1.4.0")
    release = team.release("1.3.0")
    assert release.pipeline is not None
    build = team.gitlab.named(team.gitlab.pipelines[release.pipeline.id], "build")
    gone = Artifacts(build.id, "build", team.clock.now() - timedelta(days=1), is_there=False)
    team.gitlab.set_up.artifacts[build.id] = gone
    team.gitlab.calls.clear()
    assert names(patient) == ["rollback-artifacts-gone"]
    asked = [call.method for call in team.gitlab.calls]
    assert (asked.count("artifacts"), asked.count("has_environment")) == (1, 1)


def test_tags_that_releases_stand_on(patient: FakePatient) -> None:
    """Not any tag: those of the releases there are."""
    patient.team.tested("1.4.0")
    patient.team.gitlab.set_up.tags = [Protection(name="v2*")]
    [found] = checkup(patient).diagnoses
    assert "v1.4.0" in found.finding.what
    assert found.remedies == (ProtectTags("v*"),)


UNREADABLE = {
    "path": "settings-unchecked",
    "mistakes": "settings-unchecked",
    "files": "files-unchecked",
    "database": "database-unchecked",
    "reading": "log-unchecked",
    "gone": "log-unchecked",
    "token_source": "gitlab-unchecked",
    "gitlab": "gitlab-unchecked",
    "proposal": "policy-unchecked",
    "ci_findings": "ci-unchecked",
}


@pytest.mark.parametrize("part", UNREADABLE)
def test_a_part_of_this_machine_that_cannot_be_read(patient: FakePatient, part: str) -> None:
    """One error says which, why and what helps; whatever does not need it is examined all the same."""
    patient.broken[part] = BROKEN
    patient.team.gitlab.set_up.tags.clear()
    found = checkup(patient).diagnoses
    broken = [each.finding for each in found if each.finding.name != "tags-unprotected"]
    assert [(each.name, each.severity) for each in broken] == [(UNREADABLE[part], "error")]
    assert "could not be checked: " in broken[0].what
    assert broken[0].what.endswith("it is broken: as was to be expected")
    assert broken[0].fix == "mend it"
    assert (len(found) == 2) == (part not in {"path", "token_source", "gitlab"})


OF_GITLAB = {
    "identify": "gitlab-unchecked",
    "project": "project-unchecked",
    "settings": "project-settings-unchecked",
    "protections": "protections-unchecked",
    "members": "members-unchecked",
    "merged_ci": "ci-unchecked",
    "resource_groups": "resource-groups-unchecked",
    "has_environment": "environment-unchecked",
}


@pytest.mark.parametrize("method", OF_GITLAB)
@pytest.mark.parametrize(("status", "severity"), [(403, "warning"), (502, "error"), (None, "error")])
def test_a_part_of_gitlab_that_cannot_be_read(
    patient: FakePatient, method: str, status: int | None, severity: str
) -> None:
    """Who may not see a part is warned; a GitLab that fails, or whom it belongs to, leaves a hole in the check."""
    patient.team.gitlab.fail(method, status)
    found: list[Finding] = [each.finding for each in checkup(patient).diagnoses]
    vital = method in {"identify", "project"}
    assert [(each.name, each.severity) for each in found] == [(OF_GITLAB[method], "error" if vital else severity)]
    # Without the settings nobody knows which branch is the default one, whose CI configuration counts.
    others = len(READS) - (method == "settings")
    assert len(patient.team.gitlab.calls) == (READS.index(method) + 1 if vital else others)


def test_artifacts_that_cannot_be_read(patient: FakePatient) -> None:
    """One finding, too."""
    brought(patient.team, "1.3.0", "1.4.0")
    patient.team.gitlab.fail("artifacts", 403)
    assert names(patient) == ["artifacts-unchecked"]


def test_without_a_database_the_proposal_is_examined(patient: FakePatient) -> None:
    """Before the first adoption the file says what the policy will be."""
    patient.broken["database"] = BROKEN
    patient.proposed = replace(WORKFLOW, environments=(replace(WORKFLOW.environments[0], approvals=9),))
    assert names(patient) == ["database-unchecked", "approvers-too-few"]


def test_without_any_policy_the_rest_is_examined(patient: FakePatient) -> None:
    """Neither people nor places can be judged then."""
    patient.broken["reading"], patient.proposed = BROKEN, None
    patient.team.gitlab.set_up.tags.clear()
    assert names(patient) == ["log-unchecked", "tags-unprotected"]


def spoiled(patient: FakePatient) -> Checkup:
    """Three things that can be mended, and one that cannot."""
    _setting(patient.team, refuses_outdated=False, keeps_latest_artifacts=False)
    patient.team.gitlab.set_up.branches.clear()
    patient.team.gitlab.clock_ahead = timedelta(hours=1)
    return checkup(patient)


def test_what_can_be_mended_is(patient: FakePatient) -> None:
    """One request each, each is said, and the next checkup finds only what nobody mended."""
    found, said = spoiled(patient), list[str]()
    mended = mend(found, said.append)
    sent = [call for call in patient.team.gitlab.calls if call.method == "mend"]
    assert sent == [Call("anna", "mend", remedy) for remedy in found.remedies]
    assert list(mended.values()) == [Mended(True, "done")] * 3
    assert said == [f"{remedy.says}: done" for remedy in found.remedies]
    assert names(patient) == ["clock-skewed"]


def test_a_change_without_an_answer_is_not_sent_again(patient: FakePatient) -> None:
    """It is said, and the others are made."""
    found, said = spoiled(patient), list[str]()
    patient.team.gitlab.mend_answers.append(Mended(None, "no complete answer within the time limit"))
    mended = mend(found, said.append)
    assert [became.is_done for became in mended.values()] == [None, True, True]
    assert said[0] == "set ci_forward_deployment_enabled to true: no complete answer within the time limit"
    assert [call.method for call in patient.team.gitlab.calls].count("mend") == 3


def test_a_developer_is_refused(patient: FakePatient) -> None:
    """GitLab decides; nothing is changed."""
    patient.who = "chris"
    mended = mend(spoiled(patient), lambda _: None)
    assert {became.is_done for became in mended.values()} == {False}
    assert patient.team.gitlab.set_up.settings.refuses_outdated is False


def test_there_is_nothing_to_mend_without_gitlab(patient: FakePatient) -> None:
    """And nothing is sent."""
    patient.broken["gitlab"] = BROKEN
    assert mend(spoiled(patient), lambda _: None) == {}


def test_one_run_makes_few_changes(patient: FakePatient) -> None:
    """The rest is for the next one: a checkup stays below forty requests."""
    rules = [Protection(name=f"main{'*' * at}", push=(Access(at, 30),)) for at in range(20)]
    patient.team.gitlab.set_up.branches = rules
    assert len(checkup(patient).remedies) == MOST_CHANGES
    assert ChangeSetting not in {type(each) for each in checkup(patient).remedies}
