"""Situations in the life of a team, each as the commands that somebody types in it; `PAGES` has them by name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from relflow.core.checkup.remedy import Mended
from relflow.core.checkup.surroundings import Access
from relflow.core.facts import Published, ReportSummary
from relflow.core.people import Level
from relflow.core.pipeline_request import PipelineAnswer
from relflow.service.holding import hold
from relflow.service.ports import MergedCi
from relflow.service.releases import create, record_test
from tests.cli.desk import Desk
from tests.doubles.clock import START
from tests.doubles.gitlab import PlayFault, RunFault

Situation = Callable[[Desk], None]
PAGES: dict[str, Situation] = {}


def page(situation: Situation) -> Situation:
    """Keep the situation as a page of its name."""
    PAGES[situation.__name__.replace("_", "-")] = situation
    return situation


@page
def first_project(desk: Desk) -> None:
    """A maintainer begins with nothing but a token."""
    (desk.folder / "relflow.toml").unlink()
    (desk.folder / "releases.db").unlink()
    desk("anna", "db upgrade")
    desk(
        "anna",
        "init --url https://gitlab.example.org --project group/data-provider"
        " --environment dev=deploy-dev --environment prod=deploy-prod --approvals dev=2 --private --yes",
    )
    desk("anna", "db upgrade")
    desk("anna", "policy show")
    desk("anna", "status")


@page
def first_project_for_machines(desk: Desk) -> None:
    """The same, for a script."""
    (desk.folder / "relflow.toml").unlink()
    desk(
        "anna",
        "init --url https://gitlab.example.org --project group/data-provider"
        " --environment dev=deploy-dev --private --yes --json",
    )
    desk("anna", "db upgrade --json")


@page
def who_may_not_begin(desk: Desk) -> None:
    """A developer types what a maintainer has to."""
    (desk.folder / "relflow.toml").unlink()
    desk(
        "chris",
        "init --url https://gitlab.example.org --project group/data-provider"
        " --environment dev=deploy-dev --private --yes",
    )
    desk("anna", "policy adopt --yes")


def has_a_past(desk: Desk) -> None:
    """1.2.0 ran in both environments, 1.3.0 runs in prod, 1.4.0 in dev; a hotfix that is no version was there once."""
    for days, ref, by, *names in (
        (90, "v1.2.0", "ben", "deploy-dev", "deploy-prod"),
        (60, "hotfix", "emil", "deploy-dev"),
        (40, "v1.3.0", "emil", "deploy-dev", "deploy-prod"),
        (7, "v1.4.0", "emil", "deploy-dev"),
    ):
        desk.gitlab.ran_before(ref, START - timedelta(days=days), *names, by=by)
    desk.gitlab.push("v1.5.0")
    desk.gitlab.published.append(Published("v1.3.0", "Averages", START - timedelta(days=40), "dana"))


@page
def with_a_past(desk: Desk) -> None:
    """A maintainer brings what GitLab tells of the time before; a developer may not."""
    has_a_past(desk)
    desk("anna", "import")
    desk("anna", "import --dry-run")
    desk("chris", "import --yes")
    desk("anna", "import --yes")
    desk("anna", "status")
    desk("anna", "show 1.3.0")
    desk("anna", "show 1.3.0 --at 2026-03-02T09:00:00Z")
    desk("anna", "log")
    desk("anna", "import --yes")
    desk("ben", "rollback prod -m 'wrong totals' --yes --no-wait")


@page
def with_a_past_for_machines(desk: Desk) -> None:
    """The same, for a script."""
    has_a_past(desk)
    desk("anna", "import --yes --json")
    desk("anna", "status --json")


@page
def with_a_past_of_hotfixes(desk: Desk) -> None:
    """What runs in dev is a commit that no version names, prod's pipeline is gone, and relflow has 1.4.0 already."""
    has_a_past(desk)
    desk.does("chris", "create 1.4.0")
    desk.gitlab.ran_before("main", START - timedelta(days=3), "deploy-dev", by="dana")
    prod = next(each for each in desk.gitlab.pipelines.values() if each.ref == "v1.3.0")
    desk.gitlab.delete_pipeline(prod.id)
    desk("anna", "import --yes --since 2025-01-01")
    desk("anna", "status")
    desk("anna", "show 1.3.0")
    desk("anna", "import --yes --limit 2")
    desk("anna", "rollback prod --to 1.3.0 -m again --yes")


def asks_for_three(desk: Desk) -> None:
    """The settings file wants another approval for prod, and lets dana give one."""
    file = desk.folder / "relflow.toml"
    text = file.read_text().replace("approvals = 2", "approvals = 3")
    file.write_text(text.replace('["emil"]', '["dana", "emil"]'))


@page
def another_policy(desk: Desk) -> None:
    """The settings file changes; 1.4.0 has two approvals of three then."""
    desk.approved("1.4.0", "prod")
    asks_for_three(desk)
    desk("chris", "deploy 1.4.0 prod --yes")
    desk("anna", "policy diff")
    desk("anna", "policy adopt")
    desk("anna", "policy adopt --yes")
    desk("chris", "deploy 1.4.0 prod --yes")


@page
def another_policy_for_machines(desk: Desk) -> None:
    """The same, for a script."""
    desk.approved("1.4.0", "prod")
    asks_for_three(desk)
    desk("anna", "policy adopt --yes --json")


@page
def walk_to_dev(desk: Desk) -> None:
    """A release from its tag to the first environment."""
    desk.gitlab.push("v1.4.0")
    desk("chris", "create 1.4.0 --title 'Round half to even'")
    desk("chris", "test 1.4.0")
    desk("dana", "approve 1.4.0 dev -m 'read the diff'")
    desk.goes("pending", "running", "running", "success")
    desk("chris", "deploy 1.4.0 dev")


@page
def pipeline_started(desk: Desk) -> None:
    """No push made a pipeline of the tag: the creation starts one; of the next release there is one already."""
    desk.gitlab.commit("v1.4.0")
    desk("chris", "create 1.4.0 --run-pipeline")
    desk("chris", "test 1.4.0 --wait")
    desk.gitlab.push("v1.5.0")
    desk("chris", "create 1.5.0 --run-pipeline")
    desk("chris", "create 1.5.0 --run-pipeline")
    desk("chris", "log")


@page
def pipeline_started_for_machines(desk: Desk) -> None:
    """The same, for a script; then GitLab refuses one."""
    desk.gitlab.commit("v1.4.0")
    desk("chris", "create 1.4.0 --run-pipeline --json")
    desk.gitlab.commit("v1.5.0")
    desk.gitlab.run_faults.append(RunFault("never", PipelineAnswer(403, None, "Forbidden")))
    desk("chris", "create 1.5.0 --run-pipeline --json")


@page
def pipeline_refused(desk: Desk) -> None:
    """GitLab's own rules let no pipeline be started by its API; and a commit is no ref that one could run at."""
    commit = desk.gitlab.commit("v1.4.0")
    words = "Pipeline filtered out by workflow rules."
    desk.gitlab.run_faults.append(RunFault("never", PipelineAnswer(400, None, words)))
    desk("chris", "create 1.4.0 --run-pipeline")
    desk("chris", f"create 1.5.0 --commit {commit} --run-pipeline")
    desk("chris", "log 1.4.0")


@page
def pipeline_without_an_answer(desk: Desk) -> None:
    """The answer is lost: once the pipeline is found at once, once it comes later."""
    desk.gitlab.commit("v1.4.0")
    desk.gitlab.run_faults.append(RunFault("now"))
    desk("chris", "create 1.4.0 --run-pipeline")
    desk.gitlab.commit("v1.5.0")
    desk.gitlab.run_faults.append(RunFault("later"))
    desk("chris", "create 1.5.0 --run-pipeline")
    desk("chris", "test 1.5.0")
    desk.gitlab.deliver()
    desk("chris", "test 1.5.0 --wait")
    desk("chris", "log 1.5.0")


@page
def pipeline_of_a_moved_ref(desk: Desk) -> None:
    """Somebody pushes to main between the look and the start."""
    desk.gitlab.commit("main")
    desk.gitlab.before("run_pipeline", lambda: desk.gitlab.commit("main"))
    desk("chris", "create 1.4.0 --ref main --run-pipeline")
    desk("chris", "amend 1.4.0 --ref main -m 'main went on'")
    desk("chris", "test 1.4.0")


@page
def walk_to_prod(desk: Desk) -> None:
    """A quorum is completed, and the release goes to the last environment."""
    desk.lives("1.4.0")
    desk("anna", "approve 1.4.0 prod -m 'numbers checked'")
    desk("ben", "approve 1.4.0 prod")
    desk("chris", "deploy 1.4.0 prod")
    desk.goes("running", "success")
    desk("chris", "deploy 1.4.0 prod --yes")
    desk("chris", "status")


REQUIREMENTS = """\
jobs = ["b*", "test"]
coverage_at_least = 80
tests_at_least = 400
no_failed_tests = true
ref_protected = true

[[requirements.checklist]]
point = "notes"
text = "release notes are written"
"""


@page
def walk_with_requirements(desk: Desk) -> None:
    """Numbers, a protected tag and a point that somebody ticks; then an amend, for which none of it counts."""
    desk.asks_for(REQUIREMENTS)
    made = desk.gitlab.push("v1.4.0")
    desk.gitlab.measures(made, "85.30", ReportSummary(412, 0, 3))
    desk("anna", "policy show")
    desk("chris", "create 1.4.0")
    desk("chris", "test 1.4.0")
    desk("rita", "tick 1.4.0 notes")
    desk("dana", "tick 1.4.0 notes")
    desk("chris", "why 1.4.0 test")
    desk("chris", "test 1.4.0")
    desk("chris", "show 1.4.0")
    desk.gitlab.push("v1.4.0-fixed")
    desk("chris", "amend 1.4.0 --ref v1.4.0-fixed -m 'a fix'")
    desk("chris", "show 1.4.0")
    desk("chris", "log 1.4.0")


@page
def walk_with_requirements_for_machines(desk: Desk) -> None:
    """The same, for a script."""
    desk.asks_for(REQUIREMENTS)
    desk.gitlab.measures(desk.gitlab.push("v1.4.0"), "85.30", ReportSummary(412, 0, 3))
    desk.does("chris", "create 1.4.0")
    desk("dana", "tick 1.4.0 notes --json")
    desk.does("chris", "test 1.4.0")
    desk("chris", "show 1.4.0 --json")
    desk("chris", "log 1.4.0 --event release_tested --json")


@page
def run_again_with_fewer_tests(desk: Desk) -> None:
    """Somebody approved 412 tests; the pipeline that the release is bound to now ran 409 of them."""
    desk.asks_for("no_failed_tests = true")
    desk.gitlab.measures(desk.gitlab.push("v1.4.0"), report=ReportSummary(412, 0, 3))
    for who, line in (("chris", "create 1.4.0"), ("chris", "test 1.4.0"), ("dana", "approve 1.4.0 dev")):
        desk.does(who, line)
    again = desk.gitlab.push("v1.4.0")
    desk.gitlab.measures(again, report=ReportSummary(409, 0, 6))
    desk.does("chris", f"amend 1.4.0 --pipeline {again.id} -m 'a runner had died'")
    desk("chris", "show 1.4.0")
    desk("chris", "test 1.4.0")
    desk("chris", "show 1.4.0")
    desk("chris", "deploy 1.4.0 dev")


def lets_leads_waive(desk: Desk) -> None:
    """The policy lets the lead, who is anna, waive a tag that moved, for dev."""
    file = desk.folder / "relflow.toml"
    job = 'job = "deploy-dev"'
    waivable = f'{job}\nwaivable = [{{ gate = "ref_unmoved", role = "lead" }}]'
    file.write_text(file.read_text().replace(job, waivable) + '\n[roles]\nlead = ["anna"]\n')
    desk.does("anna", "policy adopt --yes")


@page
def waived(desk: Desk) -> None:
    """The tag was moved, and somebody answers for it."""
    desk.approved("1.4.0")
    lets_leads_waive(desk)
    desk("anna", "policy show")
    desk.gitlab.commit("v1.4.0")
    desk("chris", "deploy 1.4.0 dev")
    desk("anna", "waive 1.4.0 dev ref_unmoved -m 'the tag was only signed anew'")
    desk("chris", "why 1.4.0 deploy dev")
    desk("rita", "why 1.4.0 deploy dev")
    desk("chris", "plan 1.4.0 dev")
    desk("chris", "show 1.4.0")
    desk.goes("success")
    desk("chris", "deploy 1.4.0 dev")
    desk("chris", "log 1.4.0 --env dev")
    desk("chris", "why 1.4.0 waive dev")


@page
def waived_for_machines(desk: Desk) -> None:
    """The same, for a script."""
    desk.approved("1.4.0")
    lets_leads_waive(desk)
    desk.gitlab.commit("v1.4.0")
    desk("chris", "deploy 1.4.0 dev --json")
    desk("anna", "waive 1.4.0 dev ref_unmoved -m 'the tag was only signed anew' --json")
    desk("chris", "why 1.4.0 deploy dev --json")
    desk("chris", "show 1.4.0 --json")
    desk("chris", "log 1.4.0 --event gate_waived --json")


def lets_glass_be_broken(desk: Desk) -> None:
    """The policy lets a maintainer break the glass in prod."""
    file = desk.folder / "relflow.toml"
    job = 'job = "deploy-prod"'
    file.write_text(file.read_text().replace(job, f"{job}\nbreak_glass = true"))
    desk.does("anna", "policy adopt --yes")


@page
def glass_broken(desk: Desk) -> None:
    """A hotfix goes to prod at night, past everybody; the next morning somebody else looks at it."""
    lets_glass_be_broken(desk)
    desk.team.tested("1.4.1")
    desk("anna", "deploy 1.4.1 prod --break-glass -m 'invoices are lost'")
    desk.goes("running", "success")
    desk("anna", "deploy 1.4.1 prod --break-glass -m 'invoices are lost' --yes")
    desk("rita", "status")
    desk("rita", "show 1.4.1")
    desk.approved("1.5.0", "prod")
    desk("chris", "deploy 1.5.0 prod --yes")
    desk("anna", "signoff 1 -m 'it was right'")
    desk("dana", "signoff 1 -m 'read the diff, and the log'")
    desk("rita", "status")
    desk("rita", "log 1.4.1")
    desk.goes("success")
    desk("chris", "deploy 1.5.0 prod --yes")


@page
def glass_broken_for_machines(desk: Desk) -> None:
    """The same, for a script; the job fails at first."""
    lets_glass_be_broken(desk)
    desk.team.tested("1.4.1")
    desk.goes("failed")
    desk("anna", "deploy 1.4.1 prod --break-glass -m 'invoices are lost' --yes --json")
    desk("anna", "status --json")
    desk("dana", "signoff 1 -m 'nothing came of it' --json")


@page
def walk_for_machines(desk: Desk) -> None:
    """What a script reads on the same way."""
    desk.gitlab.push("v1.4.0")
    desk("chris", "create 1.4.0 --json")
    desk("chris", "test 1.4.0 --json")
    desk("dana", "approve 1.4.0 dev --json")
    desk.goes("running", "success")
    desk("chris", "deploy 1.4.0 dev --json")


@page
def refused_for_machines(desk: Desk) -> None:
    """What a script reads of a no."""
    desk.team.tested("1.4.0")
    desk("chris", "approve 1.4.0 dev --json")


@page
def waiting_for_the_tests(desk: Desk) -> None:
    """The pipeline still runs when the test is asked for."""
    pipeline = desk.gitlab.push("v1.4.0")
    job = desk.gitlab.named(pipeline, "test")
    desk.gitlab.change(job.id, "running")
    create(desk.team.app("chris"), "1.4.0", None, None)
    desk("chris", "test 1.4.0")
    desk.gitlab.before("jobs", lambda: desk.gitlab.finish(job.id), nth=3)
    desk("chris", "test 1.4.0 --wait")


@page
def branch_and_commit(desk: Desk) -> None:
    """A release of a branch, and one of a commit."""
    desk.gitlab.push("main")
    desk("chris", "create 1.4.0 --ref main")
    desk("chris", f"create 1.4.1 --commit {desk.gitlab.refs['main']}")
    desk("chris", "test 1.4.0 --pipeline 102")


@page
def not_waiting(desk: Desk) -> None:
    """Somebody deploys and does not wait; another follows it."""
    desk.approved("1.4.0")
    desk("chris", "deploy 1.4.0 dev --no-wait")
    desk("dana", "status")
    desk("dana", "reconcile --no-wait")
    desk.goes("running", "running", "success", first=1)
    desk("dana", "watch")
    desk("dana", "watch")


@page
def watching_for_machines(desk: Desk) -> None:
    """What a script reads line by line, of a job that fails at last."""
    desk.approved("1.4.0")
    desk.runs_on("1.4.0")
    desk.goes("running", "failed", first=1)
    desk("dana", "watch --json")
    desk("dana", "watch --json")


@page
def failed_and_again(desk: Desk) -> None:
    """The job fails, and is run again once that is mended."""
    desk.approved("1.4.0")
    desk.goes("running", "failed")
    desk("chris", "deploy 1.4.0 dev")
    desk("chris", "plan 1.4.0 dev")
    desk.goes("running", "success")
    desk("chris", "deploy 1.4.0 dev")
    desk("chris", "show 1.4.0")
    desk("chris", "log 1.4.0 --env dev")


@page
def failed_for_machines(desk: Desk) -> None:
    """A job that fails, for a script."""
    desk.approved("1.4.0")
    desk.goes("failed")
    desk("chris", "deploy 1.4.0 dev --json")


@page
def way_back(desk: Desk) -> None:
    """1.5.0 breaks dev, and 1.4.0 comes back."""
    desk.lives("1.4.0")
    desk.lives("1.5.0")
    desk("chris", "rollback dev -m 'invoices are rounded wrongly'")
    desk.goes("running", "success")
    desk("chris", "rollback dev -m 'invoices are rounded wrongly' --yes")
    desk("chris", "status")
    desk("chris", "show 1.4.0")
    desk("chris", "show 1.5.0")
    desk("chris", "log --since 2026-03-02T09:00:30Z")


@page
def way_back_for_machines(desk: Desk) -> None:
    """The same, for a script."""
    desk.lives("1.4.0")
    desk.lives("1.5.0")
    desk.goes("success")
    desk("chris", "rollback dev --to 1.4.0 -m 'invoices are rounded wrongly' --yes --json")


@page
def way_back_that_fails(desk: Desk) -> None:
    """The job of the way back fails: what runs there is unknown to nobody but its log."""
    desk.lives("1.4.0")
    desk.lives("1.5.0")
    desk.goes("failed")
    desk("chris", "rollback dev -m 'invoices are rounded wrongly' --yes")
    desk("chris", "status")


@page
def no_way_back(desk: Desk) -> None:
    """Nothing ran there, or nothing else."""
    desk("chris", "rollback dev -m 'it burns' --yes")
    desk.lives("1.4.0")
    desk("chris", "rollback dev -m 'it burns' --yes")
    desk.goes("success")
    desk("chris", "rollback dev --to 1.4.0 -m 'somebody deleted the files' --yes")


@page
def canceled_by_a_hold(desk: Desk) -> None:
    """The line is stopped while the job runs."""
    desk.approved("1.4.0")
    desk.runs_on("1.4.0")
    desk("chris", "hold 1.4.0 --cancel-job -m 'wrong tenant'")
    desk("chris", "show 1.4.0")
    desk("chris", "log 1.4.0 --env dev")
    desk("chris", "log 1.4.0 --event release_held")
    desk("chris", "resume 1.4.0 -m 'the tenant was right'")
    desk.goes("success")
    desk("chris", "deploy 1.4.0 dev")


@page
def hold_while_it_runs(desk: Desk) -> None:
    """A plain hold lets the job go on, and what it did is not lost."""
    desk.approved("1.4.0")
    desk.runs_on("1.4.0")
    desk("rita", "hold 1.4.0 -m 'wait for the numbers'")
    desk("rita", "status")
    desk.goes("success", first=1)
    desk("dana", "watch")
    desk("dana", "resume 1.4.0 -m 'numbers are fine'")


@page
def canceled_too_late(desk: Desk) -> None:
    """The job had succeeded before the cancel came."""
    desk.lives("1.4.0")
    desk.approved("1.5.0")
    desk.runs_on("1.5.0")
    desk.gitlab.before("cancel", lambda: desk.moves("success"))
    desk("chris", "hold 1.5.0 --cancel-job -m 'wrong tenant'")
    desk("chris", "status")


@page
def cancel_refused(desk: Desk) -> None:
    """GitLab does not let a reporter cancel; the hold stands."""
    desk.approved("1.4.0")
    desk.runs_on("1.4.0")
    desk("rita", "hold 1.4.0 --cancel-job -m 'wrong tenant'")


@page
def canceled_in_gitlab(desk: Desk) -> None:
    """Somebody cancels the job in GitLab."""
    desk.approved("1.4.0")
    desk.goes("running", "canceled")
    desk("chris", "deploy 1.4.0 dev")


@page
def hold_and_close(desk: Desk) -> None:
    """A release that nobody wants any more."""
    desk.team.tested("1.4.0")
    desk("chris", "hold 1.4.0 -m 'the invoice totals look wrong'")
    desk("dana", "resume 1.4.0 -m 'it was the test data'")
    desk("chris", "hold 1.4.0 --close -m 'nobody needs it'")
    desk("chris", "status")
    desk("chris", "show 1.4.0")
    desk("chris", "list")
    desk("chris", "resume 1.4.0 -m 'it is needed after all'")


@page
def hold_for_machines(desk: Desk) -> None:
    """A hold, for a script."""
    desk.team.tested("1.4.0")
    desk("chris", "hold 1.4.0 --close -m 'nobody needs it' --json")


@page
def foreign_click(desk: Desk) -> None:
    """Ben plays the job in GitLab while a deployment of chris is on its way."""
    desk.approved("1.4.0")
    job = next(each for each in desk.gitlab.jobs.values() if each.name == "deploy-dev")
    desk.gitlab.play_faults.append(PlayFault(effect="never"))
    desk.gitlab.before("play", lambda: desk.gitlab.play(job.id, "ben"))
    desk.goes("running", "success")
    desk("chris", "deploy 1.4.0 dev")
    desk("chris", "status")
    desk("chris", "show 1.4.0")
    desk("chris", "log 1.4.0 --env dev")


@page
def run_again_by_somebody(desk: Desk) -> None:
    """Ben runs the job once more in GitLab before anybody saw how it ended."""
    desk.approved("1.4.0")
    desk.runs_on("1.4.0")
    desk.moves("success")
    job = next(each for each in desk.gitlab.jobs.values() if each.name == "deploy-dev")
    desk.gitlab.retry(job.id, "ben")
    desk.moves("success")
    desk("chris", "reconcile")
    desk("chris", "reconcile")
    desk("chris", "reconcile --abandon 1 -m 'ben ran it, too'")
    desk("chris", "resume 1.4.0 -m 'ben was told'")
    desk("chris", "drift accept dev 1 -m 'ben was told'")
    desk("chris", "resume 1.4.0 -m 'ben was told'")
    desk("chris", "deploy 1.4.0 dev")
    desk("chris", "reconcile")
    desk("chris", "log 1.4.0")


@page
def past_relflow(desk: Desk) -> None:
    """Ben plays two jobs in GitLab, and somebody records a deployment that never was."""
    desk("dana", "drift")
    desk.approved("1.4.0")
    desk.clicks("ben", "1.4.0")
    desk.gitlab.record_deployment("production", "d" * 40)
    desk("dana", "reconcile")
    desk("dana", "reconcile")
    desk("dana", "status")
    desk("dana", "show 1.4.0")
    desk("dana", "drift")
    desk("dana", "drift accept dve 1 -m 'ben was told'")
    desk("dana", "drift accept dev 2 -m 'ben was told'")
    desk("dana", "drift accept dev -m 'ben was told'")
    desk("dana", "drift accept dev -m 'ben was told'")
    desk("dana", "resume 1.4.0 -m 'go on'")
    desk("dana", "drift accept prod 2 -m 'somebody tried the API'")
    desk("dana", "status")
    desk("dana", "plan 1.4.0 prod")
    desk("dana", "log 1.4.0 --env dev")


@page
def past_relflow_for_machines(desk: Desk) -> None:
    """The same as JSON."""
    desk.approved("1.4.0")
    desk.clicks("ben", "1.4.0")
    desk("dana", "reconcile --json")
    desk("dana", "drift --json")
    desk("dana", "status --json")
    desk("dana", "drift accept dev 1 -m 'ben was told' --json")


@page
def outcome_unknown(desk: Desk) -> None:
    """No answer comes to the play; it had arrived, and a look tells how it ended."""
    desk.approved("1.4.0")
    desk.gitlab.play_faults.append(PlayFault(effect="later"))
    desk("chris", "deploy 1.4.0 dev")
    desk("dana", "status")
    desk("dana", "deploy 1.4.0 dev")
    desk.gitlab.deliver()
    desk.goes("running", "success", first=1)
    desk("dana", "reconcile")
    desk("dana", "log 1.4.0 --env dev")


@page
def outcome_unknown_for_machines(desk: Desk) -> None:
    """The same, for a script."""
    desk.approved("1.4.0")
    desk.gitlab.play_faults.append(PlayFault(effect="later"))
    desk("chris", "deploy 1.4.0 dev --json")
    desk("chris", "reconcile --json")
    desk.gitlab.deliver()
    desk.goes("success", first=1)
    desk("chris", "reconcile --json")
    desk("chris", "reconcile --json")


@page
def never_arrived(desk: Desk) -> None:
    """The play never arrived; after ten minutes a person may say so."""
    desk.approved("1.4.0")
    desk.gitlab.play_faults.append(PlayFault(effect="never"))
    desk("chris", "deploy 1.4.0 dev")
    desk("dana", "reconcile --abandon 1 -m 'it never came'")
    desk.team.clock.jump(timedelta(minutes=10))
    desk("dana", "reconcile --abandon 1 -m 'it never came'")
    desk("dana", "show 1.4.0")
    desk("dana", "reconcile")


@page
def replayed(desk: Desk) -> None:
    """The play never arrived; after ten minutes somebody else plays it once more."""
    desk.approved("1.4.0")
    desk.gitlab.play_faults.append(PlayFault(effect="never"))
    desk.runs("chris", "deploy", "1.4.0", "dev")
    desk.team.clock.jump(timedelta(minutes=10))
    desk("dana", "reconcile")
    desk.goes("running", "success", first=1)
    desk("dana", "reconcile --replay 1 -m 'the network was down' --yes")
    desk("dana", "log 1.4.0 --env dev")


@page
def rehearsed(desk: Desk) -> None:
    """Each of those that are open, as a look would find it: one runs, one waits for a word, one has ended."""
    desk("chris", "reconcile --dry-run")
    desk.approved("1.4.0", "prod")
    desk.gitlab.play_faults.append(PlayFault(effect="never"))
    desk.runs("chris", "deploy", "1.4.0", "prod", "--yes")
    desk.approved("1.5.0")
    desk.runs_on("1.5.0")
    desk("dana", "reconcile --dry-run")
    desk("dana", "reconcile --dry-run --json")
    desk.moves("success")
    desk("dana", "reconcile --dry-run")
    desk("dana", "status")


@page
def two_open(desk: Desk) -> None:
    """Two deployments are on their way; one fails, the other runs on."""
    desk.approved("1.4.0", "prod")
    desk.runs_on("1.4.0", "prod")
    desk.approved("1.5.0")
    desk.runs_on("1.5.0")
    desk.gitlab.finish(next(each.id for each in desk.gitlab.jobs.values() if each.name == "deploy-prod"), "failed")
    desk("dana", "reconcile --timeout 1")
    desk("dana", "watch 1.5.0 --timeout 1")
    desk.moves("success")
    desk("dana", "reconcile")


@page
def gitlab_goes_away(desk: Desk) -> None:
    """GitLab fails while the job is watched."""
    desk.approved("1.4.0")
    desk.gitlab.fail("job", nth=3)
    desk("chris", "deploy 1.4.0 dev")


@page
def play_refused(desk: Desk) -> None:
    """GitLab does not let somebody play the job of a protected environment."""
    desk.approved("1.4.0")
    desk.gitlab.before("play", lambda: setattr(desk.gitlab.people["chris"], "level", Level.REPORTER))
    desk("chris", "deploy 1.4.0 dev")


@page
def faster(desk: Desk) -> None:
    """Somebody holds the release between two steps of its deployment."""
    desk.approved("1.4.0")
    desk.gitlab.before("job", lambda: hold(desk.team.app("rita"), "1.4.0", "wait"))
    desk("chris", "deploy 1.4.0 dev")


@page
def changed_meanwhile(desk: Desk) -> None:
    """Somebody tests the release while GitLab is asked about another command on it."""
    desk.gitlab.push("v1.4.0")
    create(desk.team.app("chris"), "1.4.0", None, None)
    desk.gitlab.before("members", lambda: record_test(desk.team.app("dana"), "1.4.0"))
    desk("chris", "test 1.4.0")


@page
def unapproved(desk: Desk) -> None:
    """Somebody takes an approval back."""
    desk.approved("1.4.0")
    desk("dana", "unapprove 1.4.0 dev")
    desk("dana", "approve 1.4.0 dev -m 'read it again'")
    desk("dana", "unapprove 1.4.0 dev --json")


@page
def rejected(desk: Desk) -> None:
    """A no stands until the same person agrees."""
    desk.approved("1.4.0")
    desk("emil", "reject 1.4.0 dev -m 'the migration locks the table'")
    desk("chris", "status")
    desk("chris", "resume 1.4.0 -m 'the table is small'")
    desk("anna", "approve 1.4.0 dev")
    desk("chris", "deploy 1.4.0 dev")
    desk("chris", "show 1.4.0")
    desk("emil", "approve 1.4.0 dev -m 'it is small indeed'")
    desk("chris", "log 1.4.0")


@page
def amended(desk: Desk) -> None:
    """A fix gets a tag of its own, and the release a second revision."""
    desk.approved("1.4.0")
    desk.gitlab.push("v1.4.0-fixed")
    desk("chris", "amend 1.4.0 --ref v1.4.0-fixed -m 'the rounding is fixed'")
    desk("chris", "show 1.4.0")
    desk("chris", "test 1.4.0")
    again = desk.gitlab.push("v1.4.0-fixed")
    desk("chris", f"amend 1.4.0 --pipeline {again.id} -m 'the tests were flaky'")
    desk("chris", "amend 1.4.0 --ref v1.4.0 -m 'back to the first' --json")


@page
def asking_why(desk: Desk) -> None:
    """Every way of asking."""
    desk.team.tested("1.4.0")
    desk("chris", "why 1.4.0")
    desk("chris", "why 1.4.0 deploy")
    desk("chris", "why 1.4.0 deploy prod")
    desk("chris", "why 1.4.0 approve dev")
    desk("chris", "why 1.4.0 approve dev --actor dana")
    desk("chris", "why 1.4.0 rollback dev")
    desk("chris", "why 1.4.0 resume")


@page
def asking_why_for_machines(desk: Desk) -> None:
    """One verdict, for a script."""
    desk.team.tested("1.4.0")
    desk("chris", "why 1.4.0 approve dev --json")


@page
def asking_why_of_production(desk: Desk) -> None:
    """One has agreed, it has been in dev for a moment, and prod opens tomorrow."""
    file = desk.folder / "relflow.toml"
    file.write_text(file.read_text() + 'soak = "24h"\nwindow = ["Tue-Thu 08:00-16:00"]\ntimezone = "Europe/Berlin"\n')
    desk.does("anna", "policy adopt --yes")
    desk.lives("1.4.0")
    desk.does("anna", "approve 1.4.0 prod")
    desk("chris", "why 1.4.0 deploy prod")


@page
def asking_why_in_vain(desk: Desk) -> None:
    """Words that `why` does not know."""
    desk.team.tested("1.4.0")
    desk("chris", "why 1.4.0 deployed")
    desk("chris", "why 1.4.0 deploy pord")
    desk("chris", "why 1.4.0 hold dev")
    desk("chris", "why 1.4.0 approve dev --actor dane")
    desk("chris", "why 1.4.1")


@page
def planning(desk: Desk) -> None:
    """What a deployment would do: the first, one that replaces another, and one that may not."""
    desk.approved("1.4.0")
    desk("chris", "plan 1.4.0 dev")
    desk.brings("1.4.0", "dev")
    desk.approved("1.5.0")
    desk("chris", "plan 1.5.0 dev")
    desk("chris", "plan 1.5.0 prod")


@page
def planning_for_machines(desk: Desk) -> None:
    """A plan, for a script."""
    desk.lives("1.4.0")
    desk.approved("1.5.0")
    desk("chris", "plan 1.5.0 dev --json")


@page
def database(desk: Desk) -> None:
    """What is done to the database itself."""
    desk.lives("1.4.0")
    desk("chris", "db upgrade")
    desk("chris", "db rebuild")
    desk("chris", "db rebuild --json")


@page
def trusting(desk: Desk) -> None:
    """The word that a token may go to a host."""
    desk("chris", "trust https://gitlab.example.org")
    desk("chris", "trust https://gitlab.example.org --yes")
    desk("chris", "trust https://gitlab.example.org")
    desk("chris", "trust https://gitlab.example.org --json")


@page
def recalled(desk: Desk) -> None:
    """A release is held in the last environment: it must not go out again."""
    desk.lives("1.4.0", "prod")
    desk("chris", "hold 1.4.0 -m 'invoices are rounded wrongly'")
    desk("chris", "rollback prod --to 1.4.0 -m 'try it' --yes")
    desk("chris", "resume 1.4.0 -m 'they are right'")


def _careful(desk: Desk) -> None:
    """The CI configuration is what `ci init` writes, in short."""
    how = "{stage: deploy, script: x, when: manual, resource_group: x, environment:"
    jobs = f"deploy-dev: {how} dev}}\ndeploy-prod: {how} production}}\n"
    desk.gitlab.ci = MergedCi(f"unit: {{script: test}}\n{jobs}")


def _spoil(desk: Desk) -> None:
    """What somebody in a hurry may leave behind."""
    _careful(desk)
    set_up = desk.gitlab.set_up
    set_up.settings = replace(set_up.settings, refuses_outdated=False)
    set_up.branches = [replace(set_up.branches[0], push=(Access(1, 30),))]
    set_up.tags.clear()


@page
def check_the_project(desk: Desk) -> None:
    """A maintainer looks whether anybody gets past relflow, and mends what can be mended."""
    _careful(desk)
    desk("anna", "doctor")
    _spoil(desk)
    desk("anna", "doctor")
    desk("anna", "doctor --fix")
    desk("anna", "doctor --fix --yes")
    desk("anna", "doctor --fix --yes")
    desk("anna", "doctor --yes")


@page
def check_the_project_for_machines(desk: Desk) -> None:
    """The same, for a script."""
    _spoil(desk)
    desk("anna", "doctor --json")
    desk("anna", "doctor --fix --yes --json")


@page
def check_the_project_in_trouble(desk: Desk) -> None:
    """Parts that cannot be read are told, and so is what somebody else has to mend."""
    _spoil(desk)
    desk("chris", "doctor --fix --yes")
    desk.gitlab.ci = MergedCi("unit: {script: test}\n", warnings=("jobs:unit may allow multiple pipelines",))
    desk("chris", "doctor")
    _careful(desk)
    desk.gitlab.fail("protections", 403)
    desk("rita", "doctor")
    desk.gitlab.fail("identify", None)
    desk("anna", "doctor")
    desk.gitlab.mend_answers.append(Mended(None, "no complete answer within the time limit"))
    desk("anna", "doctor --fix --yes")
    (desk.folder / "releases.db").unlink()
    desk("anna", "doctor")
    (desk.folder / "relflow.toml").write_text("nothing = true\n")
    desk("anna", "doctor")
    desk("anna", "doctor --json")
