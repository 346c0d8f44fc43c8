"""The GitLab port: what holds for the double holds for the real adapter on a real server."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from relflow.core.answers import classify
from relflow.core.checkup.remedy import ChangeSetting, CloseBranch, ForbidForcePush, Mended, ProtectBranch, ProtectTags
from relflow.core.errors import GitLabError
from relflow.core.facts import Job, RemoteDeployment, ReportSummary, Tag
from relflow.core.people import Level
from relflow.service.ports import GitLab
from tests.contract.sites import Site
from tests.core.examples import deployment

NO_ID = 999_999
EVER = datetime(2020, 1, 1, tzinfo=UTC)


def waiting(gitlab: GitLab, site: Site, name: str = "deploy-dev", *, tag: str = "v1.0.0") -> tuple[int, Job]:
    """The project, and a job of a new tag that waits to be played."""
    project = gitlab.project(site.path).id
    (pipeline,) = gitlab.pipelines(project, site.tag(tag))
    (job,) = (job for job in gitlab.jobs(project, pipeline.id) if job.name == name)
    return project, job


def test_the_runs_of_a_pipeline(site: Site) -> None:
    """Every job, those that were retried too; which they are is not asked."""
    gitlab = site.connect("chris")
    project, job = waiting(gitlab, site)
    gitlab.play(project, job.id)
    site.until_ended(gitlab, job)
    gitlab.retry(project, job.id)
    marked, runs = gitlab.jobs(project, job.pipeline_id), gitlab.runs(project, job.pipeline_id)
    assert [each.id for each in runs] == [each.id for each in marked]
    assert job.id in {each.id for each in marked if each.retried}
    assert not any(each.retried for each in runs)


def test_what_lies_between_two_commits(site: Site) -> None:
    """The commits that the younger one has and the older has not, oldest first; none the other way round.

    A commit that GitLab has no more is no error.
    """
    gitlab = site.connect("rita")
    project = gitlab.project(site.path).id
    older = site.tag("v1.0.0")
    newer = gitlab.resolve(project, "main") or site.tag("v1.1.0")
    changes, back = gitlab.changes(project, older, newer), gitlab.changes(project, newer, older)
    assert changes is not None
    assert back is not None
    assert changes.commits[-1].commit == newer
    assert older not in {each.commit for each in changes.commits}
    assert all(each.title and each.author for each in changes.commits)
    assert changes.url.startswith("http")
    assert back.commits == ()
    assert gitlab.changes(project, "f" * 40, newer) is None


def test_the_configuration_of_a_ref(site: Site) -> None:
    """One text with the jobs in it, for a reporter too; a ref that is not there has none."""
    gitlab = site.connect("rita")
    project = gitlab.project(site.path).id
    site.tag("v1.0.0")
    found = gitlab.merged_ci(project, "v1.0.0")
    assert found is not None
    assert (found.errors, found.warnings) == ((), ())
    assert "script" in (found.text or "")
    assert gitlab.merged_ci(project, "v9.9.9") is None
    assert gitlab.merged_ci(project, "../../etc") is None


def test_one_commit_says_who_wrote_it(site: Site) -> None:
    """Author and co-authors by their addresses, as in a comparison; a commit that is gone is no error."""
    gitlab = site.connect("rita")
    project, older = gitlab.project(site.path).id, site.tag("v1.0.0")
    newer = gitlab.resolve(project, "main") or site.tag("v1.1.0")
    changes, change = gitlab.changes(project, older, newer), gitlab.change(project, newer)
    assert changes is not None
    assert change == changes.commits[-1]
    assert change.addresses
    assert gitlab.change(project, "f" * 40) is None


def told(gitlab: GitLab) -> frozenset[str]:
    """The addresses that GitLab tells the token's owner, by either way."""
    shown, listed = gitlab.identify().addresses, gitlab.listed_addresses()
    assert shown is not None
    assert listed is not None
    return shown | listed


def test_addresses_are_those_of_who_asks(site: Site) -> None:
    """The first one, others that were added, and the one that GitLab gives everybody, in one form."""
    anna, ben = (told(site.connect(name)) for name in ("anna", "ben"))
    assert {"anna@example.org", "anna@home.example.net", "11@users.noreply"} <= anna
    assert not anna & ben


def test_a_token_says_who_acts(site: Site) -> None:
    """The person, by name and number as in the list of members, and what the token may do."""
    gitlab = site.connect("anna")
    identity = gitlab.identify()
    (listed,) = (each for each in gitlab.members(gitlab.project(site.path).id) if each.username == "anna")
    assert identity.actor.id == "user:anna"
    assert identity.actor.gitlab_user_id == listed.user_id
    assert identity.scopes is None or "api" in identity.scopes
    assert identity.clock_ahead is None or abs(identity.clock_ahead) < timedelta(minutes=1)


def test_an_unknown_token_is_an_error(site: Site) -> None:
    """401 for whatever is asked; a play says it in its answer."""
    gitlab = site.connect_with("glpat-nobody")
    with pytest.raises(GitLabError) as caught:
        gitlab.identify()
    assert caught.value.status == 401
    with pytest.raises(GitLabError) as caught:
        gitlab.project(site.path)
    assert caught.value.status in {401, 404}
    assert classify(gitlab.play(1, NO_ID), deployment(job_id=NO_ID))[0] == "refused"


def test_a_project_is_found_by_its_path(site: Site) -> None:
    """The path it is known by, and where people see it."""
    project = site.connect("rita").project(site.path)
    assert (project.path, project.is_archived) == (site.path, False)
    assert project.url.endswith(site.path)


@pytest.mark.parametrize("username", ["anna", "otto"])
def test_a_project_that_is_not_there_is_an_error(site: Site, username: str) -> None:
    """Nobody learns whether it is missing or hidden."""
    path = site.path if username == "otto" else "group/none"
    with pytest.raises(GitLabError) as caught:
        site.connect(username).project(path)
    assert caught.value.status == 404


def test_a_hidden_project_is_an_error_for_every_question(site: Site) -> None:
    """It is never taken for a job, pipeline or ref that is gone."""
    project, job = waiting(site.connect("anna"), site)
    stranger = site.connect("otto")
    for ask in (stranger.job, stranger.pipeline, stranger.jobs):
        with pytest.raises(GitLabError) as caught:
            ask(project, job.id)
        assert caught.value.status == 404
    with pytest.raises(GitLabError):
        stranger.resolve(project, "v1.0.0")


def test_members_have_their_levels(site: Site) -> None:
    """Maintainers, developers and reporters; a stranger is none."""
    gitlab = site.connect("anna")
    levels = {each.username: each.access_level for each in gitlab.members(gitlab.project(site.path).id)}
    assert (levels["anna"], levels["chris"], levels["rita"]) == (Level.MAINTAINER, Level.DEVELOPER, Level.REPORTER)
    assert "otto" not in levels


def test_names_of_commits(site: Site) -> None:
    """A tag and a commit's own id stand for it; what names nothing is None."""
    gitlab = site.connect("anna")
    project, commit = gitlab.project(site.path).id, site.tag("v1.0.0")
    assert gitlab.resolve(project, "v1.0.0") == commit
    assert gitlab.resolve(project, commit) == commit
    assert [gitlab.resolve(project, ref) for ref in ("v9", "no/such", "f" * 40, "", "..")] == [None] * 5


def test_the_pipelines_of_a_commit(site: Site) -> None:
    """Its own, without jobs, and the same when asked for by its number; none for a commit without."""
    gitlab = site.connect("anna")
    project = gitlab.project(site.path).id
    commit = site.tag("v1.0.0")
    (found,) = gitlab.pipelines(project, commit)
    assert (found.ref, found.commit, found.jobs) == ("v1.0.0", commit, None)
    again = gitlab.pipeline(project, found.id)
    assert again is not None
    assert (again.id, again.ref, again.commit, again.source) == (found.id, "v1.0.0", commit, found.source)
    assert gitlab.pipelines(project, "f" * 40) == ()
    assert gitlab.pipeline(project, NO_ID) is None


def test_a_pipeline_is_started(site: Site) -> None:
    """Another one each time, at the ref's commit; a list of what one person started by the API has those alone."""
    commit, gitlab = site.tag("v1.0.0"), site.connect("chris")
    project = gitlab.project(site.path).id
    pushed = gitlab.pipelines(project, commit)
    assert gitlab.pipelines(project, commit, "chris") == ()
    answers = [gitlab.run_pipeline(project, "v1.0.0") for _ in range(2)]
    assert [each.status for each in answers] == [201, 201]
    made = [each.pipeline for each in answers if each.pipeline]
    assert [(each.ref, each.commit, each.source) for each in made] == [("v1.0.0", commit, "api")] * 2
    assert made[1].id > made[0].id > pushed[0].id
    own = [each.id for each in gitlab.pipelines(project, commit, "chris")]
    assert own == [each.id for each in reversed(made)]
    assert gitlab.pipelines(project, commit, "anna") == ()
    assert [each.id for each in gitlab.pipelines(project, commit)] == [*own, *(each.id for each in pushed)]


@pytest.mark.parametrize(
    ("username", "ref", "status", "words"),
    [("chris", "v9", 400, "Reference not found"), ("rita", "v1.0.0", 403, "Forbidden"), ("otto", "v1.0.0", 404, "")],
)
def test_a_pipeline_that_cannot_be_started(site: Site, username: str, ref: str, status: int, words: str) -> None:
    """No such ref, no right, no project: GitLab's words, and nothing is made."""
    commit, chris = site.tag("v1.0.0"), site.connect("chris")
    project = chris.project(site.path).id
    before = chris.pipelines(project, commit)
    answer = site.connect(username).run_pipeline(project, ref)
    assert (answer.status, answer.pipeline, answer.was_sent) == (status, None, True)
    assert words in answer.text
    assert len(chris.pipelines(project, commit)) == len(before)


def test_what_a_pipeline_measured(site: Site) -> None:
    """Its coverage when it is asked for alone, which no list tells, and what its test reports add up to."""
    gitlab = site.connect("rita")
    project = gitlab.project(site.path).id
    (listed,) = gitlab.pipelines(project, site.tag("v1.0.0"))
    whole = gitlab.pipeline(project, listed.id)
    assert whole is not None
    assert (listed.coverage, whole.coverage) == (None, "85.30")
    report = gitlab.report(project, listed.id)
    assert replace(report, digest=None) == ReportSummary(2)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", report.digest or "")
    assert gitlab.report(project, listed.id) == report
    with pytest.raises(GitLabError) as caught:
        gitlab.report(project, NO_ID)
    assert caught.value.status == 404


def test_which_refs_are_protected(site: Site) -> None:
    """Tags of releases are; a commit, and a name that nothing has, are not."""
    gitlab = site.connect("rita")
    project, commit = gitlab.project(site.path).id, site.tag("v1.0.0")
    assert gitlab.is_protected(project, "v1.0.0")
    assert not gitlab.is_protected(project, commit)
    assert not gitlab.is_protected(project, "nothing")


def test_the_jobs_of_a_pipeline(site: Site) -> None:
    """All of the pipeline's commit, oldest first; each the same when asked for alone."""
    gitlab = site.connect("anna")
    project, job = waiting(gitlab, site)
    jobs = gitlab.jobs(project, job.pipeline_id)
    assert [each.id for each in jobs] == sorted(each.id for each in jobs)
    assert {each.commit for each in jobs} == {gitlab.resolve(project, "v1.0.0")}
    assert {"deploy-dev", "deploy-prod"} <= {each.name for each in jobs if each.status == "manual"}
    assert gitlab.job(project, job.id) == job
    assert gitlab.job(project, NO_ID) is None


def test_the_jobs_of_no_pipeline_are_an_error(site: Site) -> None:
    """An empty answer would mean that the pipeline has no jobs."""
    gitlab = site.connect("anna")
    with pytest.raises(GitLabError) as caught:
        gitlab.jobs(gitlab.project(site.path).id, NO_ID)
    assert caught.value.status == 404


def test_a_play_starts_the_job(site: Site) -> None:
    """Under its own number and in the player's name."""
    chris = site.connect("chris")
    project, job = waiting(site.connect("anna"), site)
    answer = chris.play(project, job.id)
    assert classify(answer, deployment(job_id=job.id))[0] == "accepted"
    assert answer.job is not None
    assert answer.job.username == "chris"
    ended = site.until_ended(chris, job)
    assert (ended.id, ended.status, ended.username) == (job.id, "success", "chris")
    assert ended.finished_at is not None


def test_a_finished_job_that_is_played_again_runs_again(site: Site) -> None:
    """The answer shows the old job and proves nothing; the list shows both, and which of them was replaced."""
    gitlab = site.connect("ben")
    project, job = waiting(gitlab, site)
    gitlab.play(project, job.id)
    site.until_ended(gitlab, job)
    assert classify(gitlab.play(project, job.id), deployment(job_id=job.id))[0] == "unknown"
    first, second = (each for each in gitlab.jobs(project, job.pipeline_id) if each.name == job.name)
    assert (first.id, first.retried, second.retried) == (job.id, True, False)
    assert second.id > job.id
    assert second.username == "ben"
    site.until_ended(gitlab, second)
    assert gitlab.play(project, job.id).status == 400


@pytest.mark.parametrize(("username", "status"), [("rita", 403), ("otto", 404)])
def test_a_play_without_the_right_has_no_effect(site: Site, username: str, status: int) -> None:
    """A reporter is told so; a stranger learns nothing."""
    gitlab = site.connect("anna")
    project, job = waiting(gitlab, site)
    answer = site.connect(username).play(project, job.id)
    assert (answer.status, classify(answer, deployment(job_id=job.id))[0]) == (status, "refused")
    assert gitlab.job(project, job.id) == job


def test_a_retry_makes_a_job_that_runs_at_once(site: Site) -> None:
    """The answer shows the new job; the old one is replaced, keeps its end, and cannot be retried again."""
    gitlab = site.connect("ben")
    project, job = waiting(gitlab, site)
    gitlab.play(project, job.id)
    site.until_ended(gitlab, job)
    answer = gitlab.retry(project, job.id)
    assert classify(answer, deployment(job_id=None, base_job=job.id, job_name=job.name))[0] == "accepted"
    assert answer.job is not None
    made = site.until_ended(gitlab, answer.job)
    assert (made.id > job.id, made.name, made.status, made.username) == (True, job.name, "success", "ben")
    first, second = (each for each in gitlab.jobs(project, job.pipeline_id) if each.name == job.name)
    assert [(each.id, each.status, each.retried) for each in (first, second)] == [
        (job.id, "success", True),
        (made.id, "success", False),
    ]
    again = gitlab.retry(project, job.id)
    assert (again.status, again.job) == (403, None)


def test_a_job_that_waits_cannot_be_retried(site: Site) -> None:
    """GitLab says so before it touches the job."""
    gitlab = site.connect("ben")
    project, job = waiting(gitlab, site)
    answer = gitlab.retry(project, job.id)
    assert classify(answer, deployment(job_id=None, base_job=job.id, job_name=job.name))[0] == "refused"
    assert gitlab.job(project, job.id) == job


def test_a_cancel_ends_what_runs_and_nothing_else(site: Site) -> None:
    """The answer is the same for a finished job, which keeps its end; who may not play may not cancel."""
    gitlab = site.connect("ben")
    project, job = waiting(gitlab, site)
    gitlab.play(project, job.id)
    assert site.connect("rita").cancel(project, job.id).status == 403
    answer = gitlab.cancel(project, job.id)
    assert answer.status == 201
    ended = site.until_ended(gitlab, job)
    assert ended.status in {"canceled", "success"}  # it may have been quicker
    assert gitlab.cancel(project, job.id).status == 201
    again = gitlab.job(project, job.id)
    assert again is not None
    assert again.status == ended.status


def test_a_play_of_nothing(site: Site) -> None:
    """There is no such job."""
    gitlab = site.connect("anna")
    assert gitlab.play(gitlab.project(site.path).id, NO_ID).status == 404


def test_the_deployments_of_an_environment(site: Site) -> None:
    """A waiting job's is blocked, a finished one's succeeded; it names the job, and the player as its user."""
    gitlab = site.connect("chris")
    project, job = waiting(gitlab, site)
    blocked = of_job(gitlab.deployments(project, EVER, "blocked"), job)
    assert blocked.commit == job.commit
    gitlab.play(project, job.id)
    ended = site.until_ended(gitlab, job)
    done = of_job(gitlab.deployments(project, EVER, "success"), job)
    assert (done.id, done.environment, done.job) == (blocked.id, "dev", ended)
    assert done.updated_at >= blocked.updated_at
    assert done in gitlab.deployments(project, done.updated_at)
    later = gitlab.deployments(project, done.updated_at + timedelta(seconds=2))
    assert done.id not in {each.id for each in later}
    assert [each for each in gitlab.deployments(project, EVER, "running") if each.job == ended] == []


def test_the_deployments_of_one_environment(site: Site) -> None:
    """Only its own, with the tag that they ran for; at most so many, and those are the ones that changed last."""
    gitlab = site.connect("chris")
    project, job = waiting(gitlab, site)
    found = gitlab.deployments(project, EVER, environment="dev")
    assert {each.environment for each in found} == {"dev"}
    assert of_job(found, job).ref == "v1.0.0"
    gitlab.play(project, job.id)
    ended = site.until_ended(gitlab, job)
    (last,) = gitlab.deployments(project, EVER, environment="dev", most=1)
    assert last.job == ended
    assert gitlab.deployments(project, EVER, "success", environment="dev") == (last,)
    assert gitlab.deployments(project, EVER, environment="de") == ()


def test_every_tag(site: Site) -> None:
    """With the commit that it names, which for an annotated one is not its own id."""
    gitlab = site.connect("rita")
    project, commit = gitlab.project(site.path).id, site.tag("v1.0.0")
    assert gitlab.tags(project) == (Tag("v1.0.0", commit),)


def test_releases_of_tags(site: Site) -> None:
    """None where nobody made one; else what it is called, and who made it when."""
    gitlab = site.connect("rita")
    project = gitlab.project(site.path).id
    site.tag("v1.0.0")
    assert gitlab.releases(project) == ()
    site.publish("v1.0.0", "Spring")
    (found,) = gitlab.releases(project)
    assert (found.tag, found.name, found.username) == ("v1.0.0", "Spring", "anna")
    assert found.at > EVER


def of_job(deployments: Sequence[RemoteDeployment], job: Job) -> RemoteDeployment:
    """The deployment of that job: another commit's waits beside it."""
    (found,) = (each for each in deployments if each.job and each.job.id == job.id)
    assert [each.id for each in deployments] == sorted((each.id for each in deployments), reverse=True)
    return found


def test_how_the_project_is_set_up(site: Site) -> None:
    """Settings, protections and environments, as a reporter sees them."""
    gitlab = site.connect("rita")
    project = gitlab.project(site.path).id
    settings, found = gitlab.settings(project), gitlab.protections(project)
    assert (settings.default_branch, settings.is_archived) == ("main", False)
    assert (settings.refuses_outdated, settings.lets_roll_back, settings.keeps_latest_artifacts) == (True, True, True)
    assert [(each.name, [row.level for row in each.push]) for each in found.branches] == [("main", [40])]
    assert [each.name for each in found.tags] == ["v*"]
    assert gitlab.resource_groups(project) == ()
    assert gitlab.has_environment(project, "dev")
    assert not gitlab.has_environment(project, "de")


def test_a_setting_is_changed(site: Site) -> None:
    """By a maintainer, and it is seen afterwards; a developer is refused, and nothing is changed."""
    anna, chris = site.connect("anna"), site.connect("chris")
    project = anna.project(site.path).id
    remedy = ChangeSetting("ci_forward_deployment_rollback_allowed", False)
    assert chris.mend(project, remedy).is_done is False
    assert chris.settings(project).lets_roll_back is True
    assert anna.mend(project, remedy) == Mended(True, "done")
    assert chris.settings(project).lets_roll_back is False


def test_a_branch_is_opened_and_closed(site: Site) -> None:
    """The rows that let developers push are changed one by one, by their ids."""
    gitlab = site.connect("anna")
    project = gitlab.project(site.path).id
    gitlab.mend(project, ProtectBranch("other"))
    gitlab.mend(project, ProtectTags("1.*"))
    found = gitlab.protections(project)
    assert {each.name for each in found.branches} == {"main", "other"}
    assert {each.name for each in found.tags} == {"v*", "1.*"}
    (rule,) = (each for each in found.branches if each.name == "other")
    assert gitlab.mend(project, CloseBranch("other", tuple(row.id for row in rule.push))).is_done
    assert gitlab.mend(project, ForbidForcePush("other")).is_done


def test_what_jobs_left_is_listed(site: Site) -> None:
    """Each job once, oldest first; of these none left anything."""
    gitlab = site.connect("rita")
    project, job = waiting(gitlab, site)
    found = gitlab.artifacts(project, job.pipeline_id)
    assert job.id in {each.job_id for each in found}
    assert [each.job_id for each in found] == sorted(each.job_id for each in found)
    assert not any(each.is_there for each in found)


def test_its_own_freezes(site: Site) -> None:
    """None where there is none; else the one that covers a time, whatever other times are asked about with it."""
    gitlab = site.connect("chris")
    project = gitlab.project(site.path).id
    assert gitlab.freezes(project, (EVER,)) == ()
    now = site.freeze()
    for moments in ((now,), (now, now + timedelta(days=3)), (EVER, now)):
        covering = [each for each in gitlab.freezes(project, moments) if each.covers(now)]
        assert len(covering) == 1
        assert timedelta(minutes=59) < covering[0].ends_at - covering[0].begins_at < timedelta(minutes=61)
