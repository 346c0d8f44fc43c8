"""What refuses a command, each as the command that meets it; `REFUSALS` has them by the name of the condition.

Where a condition has several sentences, the others follow as `condition--case`.
"""

from datetime import timedelta

from relflow.core.facts import ReportSummary
from relflow.core.freeze import RemoteFreeze
from relflow.core.people import Level
from relflow.service.holding import hold
from relflow.service.releases import approve, create, reject, unapprove
from tests.cli.desk import Desk
from tests.cli.stories import Situation, lets_glass_be_broken, lets_leads_waive
from tests.doubles.clock import START
from tests.doubles.gitlab import Planned, PlayFault

REFUSALS: dict[str, Situation] = {}
CHECKLIST = """
[[requirements.checklist]]
point = "notes"
text = "release notes are written"

[[requirements.checklist]]
point = "load"
text = "the load test was looked at"
by = { access = "maintainer", users = ["rita"] }
"""


def refusal(situation: Situation) -> Situation:
    """Keep the situation under its name."""
    REFUSALS[situation.__name__.replace("__", "--")] = situation
    return situation


@refusal
def may_act(desk: Desk) -> None:
    """A reporter does what needs a developer."""
    desk.team.tested("1.4.0")
    desk("rita", "deploy 1.4.0 dev")
    desk("rita", "create 1.5.0")


@refusal
def may_act__outsider(desk: Desk) -> None:
    """Somebody left the project."""
    desk.team.tested("1.4.0")
    desk.gitlab.people["emil"].is_active = False
    desk("emil", "approve 1.4.0 dev")
    desk("emil", "hold 1.4.0 -m 'stop'")


@refusal
def may_act__policy(desk: Desk) -> None:
    """A developer would put another policy in force."""
    file = desk.folder / "relflow.toml"
    file.write_text(file.read_text().replace("approvals = 2", "approvals = 1"))
    desk("chris", "policy adopt --yes")


@refusal
def quorum_reachable(desk: Desk) -> None:
    """The settings file demands more people than there are, in both environments."""
    file = desk.folder / "relflow.toml"
    text = (
        file.read_text()
        .replace("approvals = 2", "approvals = 3")
        .replace('job = "deploy-dev"', 'job = "deploy-dev"\napprovals = 9')
    )
    file.write_text(text)
    desk("anna", "policy adopt --yes")


@refusal
def reason_given(desk: Desk) -> None:
    """A reason of nothing is refused before anybody is asked."""
    desk.lives("1.4.0")
    desk("chris", "hold 1.4.0 -m ' '")
    desk("chris", "reject 1.4.0 dev -m ''")
    desk("chris", "rollback dev --to 1.4.0 -m '' --yes")


@refusal
def pipeline_found(desk: Desk) -> None:
    """GitLab made no pipeline for the tag."""
    desk.gitlab.commit("v1.4.0")
    create(desk.team.app("chris"), "1.4.0", None, None)
    desk("chris", "test 1.4.0")
    desk("chris", "test 1.4.0 --wait")


@refusal
def pipeline_found__of_another_commit(desk: Desk) -> None:
    """Somebody names the pipeline of another release."""
    desk.gitlab.push("v1.4.0")
    other = desk.gitlab.push("v1.5.0")
    create(desk.team.app("chris"), "1.4.0", None, None)
    desk("chris", f"test 1.4.0 --pipeline {other.id}")


@refusal
def pipeline_unclaimed(desk: Desk) -> None:
    """Two releases of one commit."""
    desk.team.tested("1.4.0")
    create(desk.team.app("chris"), "1.4.1", "v1.4.0", None)
    desk("chris", "test 1.4.1")


@refusal
def jobs_passed(desk: Desk) -> None:
    """Two jobs did not pass."""
    plan = (Planned("unit", status="failed"), Planned("lint", status="canceled"), Planned("types"))
    desk.gitlab.push("v1.4.0", *plan, Planned("deploy-dev", "deploy", "manual", "dev"))
    create(desk.team.app("chris"), "1.4.0", None, None)
    desk("chris", "test 1.4.0")
    desk("chris", "test 1.4.0 --wait")


@refusal
def jobs_passed__none(desk: Desk) -> None:
    """The pipeline has nothing but deploy jobs."""
    desk.gitlab.push("v1.4.0", Planned("deploy-dev", "deploy", "manual", "dev"))
    create(desk.team.app("chris"), "1.4.0", None, None)
    desk("chris", "test 1.4.0")


def measured(desk: Desk, requirements: str, coverage: str = "", report: ReportSummary | None = None) -> None:
    """The policy asks for that, and the pipeline of chris's 1.4.0 has these numbers."""
    desk.asks_for(requirements)
    desk.gitlab.measures(desk.gitlab.push("v1.4.0"), coverage, report)
    create(desk.team.app("chris"), "1.4.0", None, None)


@refusal
def jobs_passed__pattern(desk: Desk) -> None:
    """No job is named as the policy has it."""
    measured(desk, 'jobs = ["e2e: [*]"]')
    desk("chris", "test 1.4.0")


@refusal
def coverage_at_least(desk: Desk) -> None:
    """Too little is covered."""
    measured(desk, "coverage_at_least = 80", "79.99")
    desk("chris", "test 1.4.0")
    desk("chris", "why 1.4.0 test --json")


@refusal
def coverage_at_least__untold(desk: Desk) -> None:
    """No job tells a coverage."""
    measured(desk, "coverage_at_least = 80")
    desk("chris", "test 1.4.0")


@refusal
def tests_at_least(desk: Desk) -> None:
    """Fewer tests ran than before."""
    measured(desk, "tests_at_least = 412", report=ReportSummary(409, 0, 3))
    desk("chris", "test 1.4.0")


@refusal
def no_failed_tests(desk: Desk) -> None:
    """The job passed, and its report shows failures."""
    measured(desk, "no_failed_tests = true", report=ReportSummary(412, 2))
    desk("chris", "test 1.4.0")


@refusal
def no_failed_tests__unreported(desk: Desk) -> None:
    """No job keeps its report, or GitLab cannot read it."""
    measured(desk, "no_failed_tests = true\ntests_at_least = 1")
    desk("chris", "test 1.4.0")
    desk.gitlab.measures(desk.gitlab.push("v1.4.0"), report=ReportSummary(12, unreadable="unit"))
    desk("chris", "test 1.4.0")


@refusal
def ref_protected(desk: Desk) -> None:
    """Anybody may push to the branch."""
    desk.asks_for("ref_protected = true")
    desk.gitlab.push("main")
    create(desk.team.app("chris"), "1.4.0", "main", None)
    desk("chris", "test 1.4.0")


@refusal
def checklist_ticked(desk: Desk) -> None:
    """Nobody looked at the load test yet."""
    measured(desk, CHECKLIST)
    desk.does("dana", "tick 1.4.0 notes")
    desk("chris", "test 1.4.0")
    desk("chris", "show 1.4.0")


@refusal
def may_tick(desk: Desk) -> None:
    """A developer ticks what a maintainer, or rita, has to."""
    measured(desk, CHECKLIST)
    desk("dana", "tick 1.4.0 load")


@refusal
def ticks_once(desk: Desk) -> None:
    """Somebody was first."""
    measured(desk, CHECKLIST)
    desk.does("dana", "tick 1.4.0 notes")
    desk("emil", "tick 1.4.0 notes")


@refusal
def point_known(desk: Desk) -> None:
    """A point is mistyped, and there is no checklist at all."""
    desk.team.tested("1.4.0")
    desk("dana", "tick 1.4.0 notes")
    desk.asks_for(CHECKLIST)
    desk("dana", "tick 1.4.0 nots")
    desk("dana", "why 1.4.0 tick")


@refusal
def may_approve(desk: Desk) -> None:
    """A developer approves where a maintainer has to, and a reporter where a developer has to."""
    desk.lives("1.4.0")
    desk("dana", "approve 1.4.0 prod")
    desk("dana", "reject 1.4.0 prod -m 'I do not like it'")
    desk("rita", "approve 1.4.0 prod")


@refusal
def four_eyes(desk: Desk) -> None:
    """The creator approves."""
    desk.team.tested("1.4.0")
    desk("chris", "approve 1.4.0 dev")


@refusal
def four_eyes__deployer(desk: Desk) -> None:
    """The policy keeps an approver from deploying."""
    file = desk.folder / "relflow.toml"
    rule = 'job = "deploy-dev"\nfour_eyes = ["creator", "deployer"]'
    file.write_text(file.read_text().replace('job = "deploy-dev"', rule))
    desk.does("anna", "policy adopt --yes")
    desk.approved("1.4.0")
    desk("dana", "deploy 1.4.0 dev")


@refusal
def approves_once(desk: Desk) -> None:
    """Somebody says yes twice."""
    desk.lives("1.4.0")
    approve(desk.team.app("anna"), "1.4.0", "prod")
    desk("anna", "approve 1.4.0 prod")


@refusal
def own_approval(desk: Desk) -> None:
    """Somebody takes back what another one said, and what nobody said."""
    desk.approved("1.4.0")
    desk("emil", "unapprove 1.4.0 dev")
    unapprove(desk.team.app("dana"), "1.4.0", "dev")
    desk("emil", "unapprove 1.4.0 dev")


@refusal
def deployed_before(desk: Desk) -> None:
    """A way back to what was never there."""
    desk.lives("1.4.0")
    desk.team.tested("1.3.0")
    desk("chris", "rollback dev --to 1.3.0 -m 'back' --yes")
    desk.gitlab.push("v1.4.0-fixed")
    desk.does("chris", "amend 1.4.0 --ref v1.4.0-fixed -m 'fixed'")
    desk("chris", "rollback dev --to 1.4.0 -m 'back' --yes")


@refusal
def quorum_met(desk: Desk) -> None:
    """One of those who agreed may not approve any more."""
    desk.approved("1.4.0", "prod")
    desk.gitlab.people["ben"].level = Level.DEVELOPER
    desk.gitlab.people["emil"].level = Level.MAINTAINER
    desk("chris", "deploy 1.4.0 prod --yes")


@refusal
def quorum_met__nobody_left(desk: Desk) -> None:
    """The same, and nobody else may."""
    desk.approved("1.4.0", "prod")
    desk.gitlab.people["ben"].level = Level.DEVELOPER
    desk.gitlab.people["emil"].is_active = False
    desk("chris", "deploy 1.4.0 prod --yes")


@refusal
def quorum_met__another_rule(desk: Desk) -> None:
    """The approval rule changed since they agreed; the same people agree to it anew."""
    desk.approved("1.4.0", "prod")
    file = desk.folder / "relflow.toml"
    file.write_text(file.read_text().replace('["emil"]', '["dana", "emil"]'))
    desk("anna", "policy diff")
    desk("anna", "policy adopt --yes")
    desk("anna", "show 1.4.0")
    desk("chris", "deploy 1.4.0 prod --yes")
    desk("anna", "approve 1.4.0 prod")
    desk("ben", "approve 1.4.0 prod")


@refusal
def four_eyes__author(desk: Desk) -> None:
    """Authors may not approve: one who wrote it, one whose token tells nothing, and one who is only asked about."""
    file = desk.folder / "relflow.toml"
    file.write_text(file.read_text() + 'four_eyes = ["author"]\n')
    desk("anna", "policy adopt --yes")
    desk.lives("1.4.0")
    desk.gitlab.authors[desk.gitlab.refs["v1.4.0"]] = ("chris@example.org", "Ben@example.org")
    desk.gitlab.people["anna"].hides_addresses = True
    desk("ben", "approve 1.4.0 prod")
    desk("anna", "approve 1.4.0 prod")
    desk("anna", "why 1.4.0 approve prod --actor emil")
    desk("anna", "why 1.4.0 deploy prod")
    desk("emil", "approve 1.4.0 prod")


@refusal
def quorum_met__rejected(desk: Desk) -> None:
    """Somebody said no."""
    desk.lives("1.4.0")
    reject(desk.team.app("ben"), "1.4.0", "prod", "not on a Friday")
    desk.does("anna", "resume 1.4.0 -m 'it is Thursday'")
    desk("anna", "approve 1.4.0 prod")
    desk("chris", "deploy 1.4.0 prod --yes")


@refusal
def quorum_met__rejected_by_the_creator(desk: Desk) -> None:
    """The creator said no, and may not approve."""
    desk.team.tested("1.4.0")
    reject(desk.team.app("chris"), "1.4.0", "dev", "I forgot a file")
    desk.does("anna", "resume 1.4.0 -m 'which one?'")
    desk("chris", "deploy 1.4.0 dev")


@refusal
def glass_breakable(desk: Desk) -> None:
    """Not there, not so, and not by them."""
    desk.team.tested("1.4.0")
    desk("anna", "deploy 1.4.0 dev --break-glass -m 'it burns' --yes")
    desk("anna", "deploy 1.4.0 dev --break-glass --yes")
    desk("anna", "deploy 1.4.0 dev -m 'it burns' --yes")
    desk("anna", "deploy 1.4.0 dev --break-glass -m ' ' --yes")
    desk("anna", "deploy 1.4.0 dev --break-glass -m 'it burns' --plan plan.json --yes")
    lets_glass_be_broken(desk)
    desk("chris", "deploy 1.4.0 prod --break-glass -m 'it burns' --yes")
    desk("anna", "why 1.4.0 break-glass prod")


@refusal
def review_done(desk: Desk) -> None:
    """Nobody has looked at last night's hotfix yet."""
    lets_glass_be_broken(desk)
    desk.team.tested("1.4.1")
    desk.goes("success")
    desk.does("anna", "deploy 1.4.1 prod --break-glass -m 'invoices are lost' --yes")
    desk.approved("1.5.0", "prod")
    desk("chris", "deploy 1.5.0 prod --yes")


@refusal
def by_another(desk: Desk) -> None:
    """Who broke the glass, and a reporter."""
    lets_glass_be_broken(desk)
    desk.team.tested("1.4.1")
    desk.goes("success")
    desk.does("anna", "deploy 1.4.1 prod --break-glass -m 'invoices are lost' --yes")
    desk("anna", "signoff 1 -m 'it was right'")
    desk("rita", "signoff 1 -m 'it was right'")


@refusal
def debt_open(desk: Desk) -> None:
    """There is none, or none any more, or no such deployment."""
    desk.lives("1.4.0")
    desk("dana", "signoff 1 -m 'read it'")
    desk("dana", "signoff 9 -m 'read it'")
    desk("dana", "signoff 1 -m ' '")


@refusal
def gate_waivable(desk: Desk) -> None:
    """Nobody lets it be waived; then another gate is asked for, then one that is none."""
    desk.approved("1.4.0")
    desk("anna", "waive 1.4.0 dev ref_unmoved -m 'signed anew'")
    lets_leads_waive(desk)
    desk("anna", "waive 1.4.0 dev job_playable -m 'play it all the same'")
    desk("anna", "waive 1.4.0 dev ref_unmovd -m 'signed anew'")
    desk("anna", "waive 1.4.0 dev ref_unmoved -m ' '")


@refusal
def may_waive(desk: Desk) -> None:
    """Who is not named would waive it."""
    desk.approved("1.4.0")
    lets_leads_waive(desk)
    desk("ben", "waive 1.4.0 dev ref_unmoved -m 'signed anew'")


@refusal
def waives_once(desk: Desk) -> None:
    """It is waived already."""
    desk.approved("1.4.0")
    lets_leads_waive(desk)
    desk.does("anna", "waive 1.4.0 dev ref_unmoved -m 'signed anew'")
    desk("anna", "waive 1.4.0 dev ref_unmoved -m 'signed anew'")


@refusal
def ref_unmoved__waivable(desk: Desk) -> None:
    """Somebody moved the tag, and somebody else may answer for it; then the release is bound anew."""
    desk.approved("1.4.0")
    lets_leads_waive(desk)
    desk.gitlab.commit("v1.4.0")
    desk("chris", "deploy 1.4.0 dev")
    desk.does("anna", "waive 1.4.0 dev ref_unmoved -m 'signed anew'")
    desk.gitlab.push("v1.4.0")
    desk.does("chris", "amend 1.4.0 --ref v1.4.0 -m 'the tag is right'")
    desk.does("chris", "test 1.4.0")
    desk.does("dana", "approve 1.4.0 dev")
    desk.gitlab.commit("v1.4.0")
    desk("chris", "deploy 1.4.0 dev")
    desk("chris", "show 1.4.0")


@refusal
def evidence_current(desk: Desk) -> None:
    """Somebody ran the pipeline again."""
    desk.approved("1.4.0")
    desk.gitlab.push("v1.4.0")
    desk("chris", "deploy 1.4.0 dev")


@refusal
def ref_unmoved(desk: Desk) -> None:
    """Somebody moved the tag."""
    desk.approved("1.4.0")
    desk.gitlab.commit("v1.4.0")
    desk("chris", "deploy 1.4.0 dev")


@refusal
def job_playable(desk: Desk) -> None:
    """Ben has started the job in GitLab."""
    desk.approved("1.4.0")
    job = next(each for each in desk.gitlab.jobs.values() if each.name == "deploy-dev")
    desk.gitlab.play(job.id, "ben")
    desk("chris", "deploy 1.4.0 dev")
    desk.moves("success")
    desk("chris", "deploy 1.4.0 dev")


@refusal
def job_playable__not_yet(desk: Desk) -> None:
    """Something before the job is not done; and a job that is skipped."""
    desk.approved("1.4.0")
    job = next(each for each in desk.gitlab.jobs.values() if each.name == "deploy-dev")
    desk.gitlab.change(job.id, "created")
    desk("chris", "deploy 1.4.0 dev")
    desk.gitlab.change(job.id, "skipped")
    desk("chris", "deploy 1.4.0 dev")


@refusal
def job_playable__none(desk: Desk) -> None:
    """The pipeline has no job of that name."""
    desk.gitlab.push("v1.4.0", Planned("test"), Planned("deploy", "deploy", "manual", "dev"))
    create(desk.team.app("chris"), "1.4.0", None, None)
    desk.does("chris", "test 1.4.0")
    desk.team.approved("1.4.0", "dev", ("dana",))
    desk("chris", "deploy 1.4.0 dev")


@refusal
def job_playable__rollback(desk: Desk) -> None:
    """The job of the way back runs already."""
    desk.lives("1.4.0")
    desk.lives("1.5.0")
    job = next(each for each in desk.gitlab.jobs.values() if each.name == "deploy-dev")
    desk.gitlab.retry(job.id, "ben")
    desk("chris", "rollback dev -m 'back' --yes")


@refusal
def environment_free(desk: Desk) -> None:
    """Another deployment is on its way there."""
    desk.approved("1.4.0")
    desk.approved("1.5.0")
    desk.runs_on("1.4.0")
    desk("dana", "deploy 1.5.0 dev")


@refusal
def not_older(desk: Desk) -> None:
    """A newer one runs there."""
    desk.lives("1.5.0")
    desk.approved("1.4.0")
    desk("chris", "deploy 1.4.0 dev")


@refusal
def not_drifted(desk: Desk) -> None:
    """Ben played a job past relflow, and nobody took note of it yet."""
    desk.approved("1.4.0")
    desk.approved("1.5.0")
    desk.clicks("ben", "1.5.0")
    desk("dana", "reconcile")
    desk("dana", "deploy 1.4.0 dev")
    desk("dana", "resume 1.5.0 -m 'go on'")
    desk("rita", "drift accept dev 1 -m 'fine with me'")


@refusal
def plan_current(desk: Desk) -> None:
    """A deployment that is held to what was planned: somebody else's was quicker."""
    file = desk.folder / "plan.json"
    desk.approved("1.4.0")
    desk.approved("1.5.0")
    file.write_text(desk.runs("chris", "plan", "1.5.0", "dev", "--json").out)
    desk.brings("1.4.0", "dev")
    desk("chris", "deploy 1.5.0 dev --plan plan.json")
    desk("chris", "deploy 1.4.0 dev --plan plan.json")
    file.write_text(desk.runs("chris", "plan", "1.5.0", "dev", "--json").out)
    desk.goes("success")
    desk("chris", "deploy 1.5.0 dev --plan plan.json")
    desk("chris", "deploy 1.5.0 dev --plan plans.json")
    file.write_text('{"release": {"version": "1.5.0"}}')
    desk("chris", "deploy 1.5.0 dev --plan plan.json")


@refusal
def not_frozen(desk: Desk) -> None:
    """Prod is frozen, by relflow and by GitLab."""
    desk.approved("1.4.0", "prod")
    ends_at, lines = START + timedelta(days=3), "from 0 9 * * 1 to 0 9 * * 4, UTC"
    desk.gitlab.freezes.append(RemoteFreeze(id=8, begins_at=START, ends_at=ends_at, lines=lines))
    desk("anna", "freeze add prod --from 2026-03-02T09:00Z --to 2026-03-04T18:00Z -m 'the books are closed'")
    desk("chris", "deploy 1.4.0 prod --yes")
    desk("chris", "why 1.4.0 deploy prod")
    desk("chris", "freeze list")


@refusal
def freeze_open(desk: Desk) -> None:
    """A freeze is ended twice, and one that is over."""
    desk("anna", "freeze add dev --from 2026-03-02T09:00Z --to 2026-03-02T10:00Z -m 'stock-taking'")
    desk("anna", "freeze add dev --from 2026-03-03T09:00Z --to 2026-03-03T10:00Z -m 'once more'")
    desk("ben", "freeze end 1 -m 'done early'")
    desk("ben", "freeze end 1 -m 'done early'")
    desk.team.clock.jump(timedelta(days=2))
    desk("ben", "freeze end 2 -m 'done'")
    desk("chris", "freeze end 2 -m 'may I?'")


@refusal
def in_window(desk: Desk) -> None:
    """Prod opens tomorrow."""
    file = desk.folder / "relflow.toml"
    file.write_text(file.read_text() + 'window = ["Tue-Thu 08:00-16:00"]\ntimezone = "Europe/Berlin"\n')
    desk("anna", "policy adopt --yes")
    desk.approved("1.4.0", "prod")
    desk("chris", "deploy 1.4.0 prod --yes")


@refusal
def soaked(desk: Desk) -> None:
    """It has not been in dev for long; and then something else runs there."""
    file = desk.folder / "relflow.toml"
    file.write_text(file.read_text() + 'soak = "24h"\n')
    desk("anna", "policy adopt --yes")
    desk.approved("1.4.0", "prod")
    desk("chris", "deploy 1.4.0 prod --yes")
    desk.lives("1.5.0")
    desk("chris", "deploy 1.4.0 prod --yes")


@refusal
def not_locked(desk: Desk) -> None:
    """Two lock the same environment."""
    desk("chris", "lock dev -m 'load test' --until 2026-03-02T12:00Z")
    desk("dana", "lock dev -m 'migration'")
    desk.approved("1.4.0")
    desk("dana", "deploy 1.4.0 dev")
    desk("dana", "status")


@refusal
def is_locked(desk: Desk) -> None:
    """Nothing is there to unlock; and a reporter would."""
    desk("chris", "unlock dev -m 'all done'")
    desk("chris", "lock dev -m 'load test'")
    desk("rita", "unlock dev -m 'I need it'")


@refusal
def run_ended(desk: Desk) -> None:
    """What ben started runs still."""
    desk.approved("1.4.0")
    desk.clicks("ben", "1.4.0", status="running")
    desk("dana", "reconcile")
    desk("dana", "drift accept dev 1 -m 'ben was told'")


@refusal
def drift_open(desk: Desk) -> None:
    """Somebody was faster."""
    desk.approved("1.4.0")
    desk.clicks("ben", "1.4.0")
    desk("dana", "reconcile")
    desk("dana", "drift accept dev 1 -m 'ben was told'")
    desk("chris", "drift accept dev 1 -m 'ben was told'")


@refusal
def nothing_under_way(desk: Desk) -> None:
    """What was agreed to is on its way."""
    desk.approved("1.4.0")
    desk.runs_on("1.4.0")
    desk("dana", "unapprove 1.4.0 dev")
    desk("emil", "reject 1.4.0 dev -m 'stop'")
    desk.gitlab.push("v1.4.0-fixed")
    desk("chris", "amend 1.4.0 --ref v1.4.0-fixed -m 'fixed'")


@refusal
def binds_anew(desk: Desk) -> None:
    """An amend that changes nothing."""
    desk.team.tested("1.4.0")
    desk("chris", "amend 1.4.0 --ref v1.4.0 -m 'again'")
    desk("chris", "amend 1.4.0 --pipeline 101 -m 'again'")
    desk("chris", "amend 1.4.0 --pipeline 999 -m 'again'")
    desk("chris", "amend 1.4.0 --ref v9 -m 'again'")
    desk("chris", "amend 1.4.0 -m 'again'")


@refusal
def not_recalled(desk: Desk) -> None:
    """What was recalled gets a new version."""
    desk.lives("1.4.0", "prod")
    hold(desk.team.app("chris"), "1.4.0", "invoices are rounded wrongly")
    desk.gitlab.push("v1.4.0-fixed")
    desk("chris", "amend 1.4.0 --ref v1.4.0-fixed -m 'fixed'")


@refusal
def not_closed(desk: Desk) -> None:
    """Nobody wanted it any more."""
    desk.team.tested("1.4.0")
    hold(desk.team.app("chris"), "1.4.0", "nobody needs it", close=True)
    desk("chris", "resume 1.4.0 -m 'we do'")


@refusal
def in_state(desk: Desk) -> None:
    """Steps that are left out."""
    desk.gitlab.push("v1.4.0")
    create(desk.team.app("chris"), "1.4.0", None, None)
    desk("dana", "approve 1.4.0 dev")
    desk("chris", "deploy 1.4.0 dev")
    desk.does("chris", "test 1.4.0")
    desk("chris", "deploy 1.4.0 dev")
    desk("chris", "deploy 1.4.0 prod --yes")
    desk("chris", "test 1.4.0")
    desk("chris", "resume 1.4.0 -m 'go on'")


@refusal
def in_state__behind(desk: Desk) -> None:
    """Steps that are done."""
    desk.lives("1.4.0", "prod")
    desk("chris", "deploy 1.4.0 dev")
    desk("chris", "deploy 1.4.0 prod --yes")
    desk("dana", "approve 1.4.0 dev")
    desk.gitlab.push("v1.4.0-fixed")
    desk("chris", "amend 1.4.0 --ref v1.4.0-fixed -m 'fixed'")


@refusal
def in_state__held(desk: Desk) -> None:
    """The release waits."""
    desk.approved("1.4.0")
    hold(desk.team.app("rita"), "1.4.0", "wait")
    desk("chris", "deploy 1.4.0 dev")
    desk("chris", "hold 1.4.0 -m 'wait'")
    desk("anna", "approve 1.4.0 dev")
    hold(desk.team.app("rita"), "1.4.0", "nobody needs it", close=True)
    desk("chris", "deploy 1.4.0 dev")
    desk("chris", "hold 1.4.0 -m 'wait'")


@refusal
def in_state__unknown(desk: Desk) -> None:
    """The policy has dropped the environment on which the release stands."""
    desk.approved("1.4.0")
    file = desk.folder / "relflow.toml"
    file.write_text(file.read_text().replace('name = "dev"', 'name = "qa"').replace("deploy-dev", "deploy-qa"))
    desk("anna", "policy adopt --yes")
    desk("chris", "deploy 1.4.0 qa")
    desk("chris", "deploy 1.4.0 dev")
    desk("chris", "hold 1.4.0 -m 'what now?'")
    desk.gitlab.push("v1.4.0-fixed")
    desk("chris", "amend 1.4.0 --ref v1.4.0-fixed -m 'begin again'")


@refusal
def version_well_formed(desk: Desk) -> None:
    """A name that no release can have is refused before anybody is asked."""
    desk("chris", "create 'a b'")


@refusal
def version_is_new(desk: Desk) -> None:
    """There is one of that name."""
    desk.team.tested("1.4.0")
    desk("dana", "create v1.4.0")


@refusal
def ref_resolves(desk: Desk) -> None:
    """There is no such tag."""
    desk("chris", "create 1.4.0")
    desk("chris", "create 1.4.0 --ref release/1.4")


@refusal
def release_exists(desk: Desk) -> None:
    """Nobody created it."""
    desk("chris", "approve 1.4.0 dev")
    desk.team.tested("1.4.0")
    desk("chris", "approve 1.40 dev")


@refusal
def environment_known(desk: Desk) -> None:
    """The policy has no such environment."""
    desk.team.tested("1.4.0")
    desk("dana", "approve 1.4.0 staging")
    desk("dana", "rollback staging -m 'back' --yes")


@refusal
def policy_differs(desk: Desk) -> None:
    """It is in force already."""
    desk("anna", "policy adopt --yes")


@refusal
def deployment_open(desk: Desk) -> None:
    """It is over already, or was never begun."""
    desk.lives("1.4.0")
    desk("chris", "reconcile --abandon 1 -m 'gone'")
    desk("chris", "reconcile --abandon 2 -m 'gone'")


@refusal
def job_finished(desk: Desk) -> None:
    """The job of the deployment runs on, and then is gone."""
    desk.approved("1.4.0")
    desk.runs_on("1.4.0")
    desk("chris", "reconcile --timeout 1")
    job = next(each for each in desk.gitlab.jobs.values() if each.name == "deploy-dev")
    desk.gitlab.delete(job.id)
    desk("chris", "reconcile")
    desk("chris", "reconcile --abandon 1 -m 'somebody deleted it'")


@refusal
def job_unstarted(desk: Desk) -> None:
    """The first play arrived after all: the job runs, and then has ended."""
    desk.approved("1.4.0")
    desk.gitlab.play_faults.append(PlayFault(effect="later"))
    desk.runs("chris", "deploy", "1.4.0", "dev")
    desk.team.clock.jump(timedelta(minutes=10))
    desk.gitlab.deliver()
    desk("dana", "reconcile --replay 1 -m 'it never came' --yes")
    desk.moves("success")
    desk("dana", "reconcile --replay 1 -m 'it never came' --yes")


@refusal
def quiet_period_over(desk: Desk) -> None:
    """The play may still arrive; and later that of somebody who replayed first."""
    desk.approved("1.4.0")
    desk.gitlab.play_faults.extend([PlayFault(effect="never")] * 2)
    desk.runs("chris", "deploy", "1.4.0", "dev")
    desk("dana", "reconcile --replay 1 -m 'it never came' --yes")
    desk.team.clock.jump(timedelta(minutes=10))
    desk.runs("emil", "reconcile", "--replay", "1", "-m", "it never came", "--yes")
    desk("dana", "reconcile --replay 1 -m 'it never came' --yes")


@refusal
def job_at_rest(desk: Desk) -> None:
    """It could deploy later."""
    desk.approved("1.4.0")
    desk.gitlab.play_faults.append(PlayFault(effect="later"))
    desk.runs("chris", "deploy", "1.4.0", "dev")
    desk("dana", "reconcile --abandon 1 -m 'it never came'")
    desk.gitlab.deliver()
    desk("dana", "reconcile --abandon 1 -m 'it never came'")
    desk.moves("success")
    desk.team.clock.jump(timedelta(minutes=10))
    desk("dana", "reconcile --abandon 1 -m 'it never came'")
