"""The laws of the workflow, by number. Each test is named after the law that it tries to break."""

import copy
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from relflow.core.approving import counted, lapsed, standing
from relflow.core.authors import Authorship
from relflow.core.case import Case
from relflow.core.commands import (
    ApproveRelease,
    Command,
    CreateRelease,
    DeployRelease,
    HoldRelease,
    RecordPipeline,
    RejectRelease,
    ResumeRelease,
    SettleDeployment,
    Step,
    UnapproveRelease,
)
from relflow.core.decide import decide
from relflow.core.decision import Accepted, Decision, Refused
from relflow.core.events import (
    ApprovalGiven,
    CommandRefused,
    ReleaseDeployed,
    ReleaseTested,
    from_record,
)
from relflow.core.evolve import changes_release, evolve, fold
from relflow.core.facts import UNDERWAY, Facts, Job
from relflow.core.gates.table import GATES
from relflow.core.judging import verdict
from relflow.core.machine import compiled, judge
from relflow.core.people import Level, Member, user
from relflow.core.record import parsed
from relflow.core.release import Approval, Deployment, Release
from relflow.core.waiving import WAIVABLE, standing_waiver
from relflow.core.workflow import Workflow, approval_rule, approved, ladder, rules
from relflow.service.app import events_of
from tests.properties.scene import CAST, LOG, Scene
from tests.properties.walk import Way, walk
from tests.strategies.commands import commands
from tests.strategies.facts import authorships, facts
from tests.strategies.policies import later_policies, members, other_rules, workflows
from tests.strategies.scenes import Reached, looks, releases, scenes, underway
from tests.strategies.words import START


def folded(release: Release | None, decision: Accepted) -> Release | None:
    """The release after those of the decision's events that are its own."""
    for each in decision.events:
        if release is None or each.release == release.version:
            release = evolve(release, each)
    return release


def check_law_1(workflow: Workflow, release: Release | None, command: Command, known: Facts) -> None:
    """One answer that says something, and arguments as they were."""
    arguments = copy.deepcopy((workflow, release, command, known))
    decision = decide(workflow, release, command, known)
    assert (workflow, release, command, known) == arguments
    assert decide(*arguments) == decision
    if isinstance(decision, Accepted):
        assert decision.events
        return
    assert decision.refusals
    assert not any(result.holds for result in decision.refusals)
    recorded = events_of(decision, command, known, release.version if release else "1.0.0")
    assert all(isinstance(each, CommandRefused) and evolve(release, each) == release for each in recorded)


@given(st.data(), workflows(timed_too=True))
def test_law_1_decide_answers_about_what_is_not_there(data: st.DataObject, workflow: Workflow) -> None:
    """Without a release too, every command has an answer."""
    check_law_1(workflow, None, data.draw(commands(workflow)), data.draw(facts(workflow)))


@given(st.data(), releases())
def test_law_1_decide_is_total_pure_and_says_something(data: st.DataObject, reached: Reached) -> None:
    """Whatever is asked, of whatever release, with whatever facts: no exception, one answer, arguments untouched.

    Accepted has events; Refused has refusals, none of which holds, and what is recorded of it moves no release.
    """
    workflow, release = reached.workflow, reached.release
    check_law_1(workflow, release, data.draw(commands(workflow, release)), data.draw(facts(workflow, release)))


@given(st.data(), releases(), underway())
def test_law_1_holds_under_a_policy_that_came_later(data: st.DataObject, reached: Reached, scene: Scene) -> None:
    """A policy that dropped or renamed the environments on which a release stands is answered under all the same."""
    deploying = next(iter(scene.releases().values()))
    for before, release in ((reached.workflow, reached.release), (scene.workflow, deploying)):
        workflow = data.draw(later_policies(before))
        check_law_1(workflow, release, data.draw(commands(workflow, release)), data.draw(facts(workflow, release)))


@given(scenes())
def test_law_1_a_verdict_is_the_decision(scene: Scene) -> None:
    """Whoever asks first is told what `decide` then says, with the gates that hold beside those that do not."""
    for step in scene.steps:
        if step.before is not None and not isinstance(step.command, Step | CreateRelease | RecordPipeline):
            asked = verdict(scene.workflow, step.before, step.command, step.facts)
            assert (asked.allowed is True) == isinstance(step.decision, Accepted)
            if isinstance(step.decision, Refused):
                assert tuple(gate for gate in asked.gates if not gate.holds) == step.decision.refusals
            else:
                assert all(gate.holds for gate in asked.gates)


@given(scenes())
def test_law_2_events_lead_where_the_decision_said(scene: Scene) -> None:
    """Each event starts where the one before ended, the last ends where the machine led, and no version is skipped."""
    for step in scene.steps:
        if isinstance(step.decision, Accepted) and step.before is not None:
            check_law_2(step.before, step.decision)
            assert folded(step.before, step.decision) == step.after
            if not isinstance(step.command, Step | CreateRelease | RecordPipeline):
                case = Case(scene.workflow, step.before, step.command, step.facts)
                assert step.after is not None
                assert step.after.state == judge(case).target


@given(st.data(), underway())
def test_law_2_holds_for_whatever_a_look_shows(data: st.DataObject, scene: Scene) -> None:
    """The end of a deployment, odd or foreign as it may be, is a chain of events without a gap too."""
    ((version, deployment),) = scene.open_deployments()
    release, command = scene.releases()[version], SettleDeployment(deployment.environment, deployment.id)
    decision = decide(scene.workflow, release, command, data.draw(looks(scene.workflow, deployment)))
    if isinstance(decision, Accepted):
        check_law_2(release, decision)


def check_law_2(here: Release, decision: Accepted) -> None:
    """From event to event."""
    for each in decision.events:
        after = evolve(here, each)
        assert after is not None
        assert (each.source, each.target) == (here.state, after.state)
        assert after.row_version == here.row_version + changes_release(each)
        assert after.updated_at == each.at
        here = after


@given(scenes())
def test_law_2_the_log_has_no_gap(scene: Scene) -> None:
    """Over a whole life too: every record of a release begins in the state that the one before left."""
    records = [parsed(raw) for raw in scene.kept.records()]
    for version in scene.releases():
        own = [each for each in records if each["release"] == version and each["event"] != "command_refused"]
        assert [each["from"] for each in own][1:] == [each["to"] for each in own][:-1]
        assert own[-1]["to"] == scene.releases()[version].state


def machine_ways(workflow: Workflow) -> set[Way]:
    """What the compiled machine would do, read from the library's own tables."""
    found: set[Way] = set()
    for name, known in compiled(workflow).events.items():
        trigger, _, environment = name.partition(" ")
        for transitions in known.transitions.values():
            found |= {(trigger, environment or None, each.source, str(each.dest)) for each in transitions}
    return found


def is_tested(scene: Scene, version: str) -> None:
    """A release of otto's that anna ticked and tested."""
    scene.create(version, "otto")
    for point in scene.workflow.checklist:
        scene.tick(version, point.name, "anna")
    scene.test(version, "anna")


def breakable(workflow: Workflow) -> tuple[str, ...]:
    """Where the glass may be broken."""
    return tuple(each.name for each in workflow.environments if each.break_glass)


@given(workflows())
def test_law_3_table_machine_and_an_independent_walk_agree(workflow: Workflow) -> None:
    """The walk in walk.py was written from the page: the table and the compiled machine have its ways, and no other."""
    expected = walk(workflow.names, breakable(workflow))
    assert {(rule.trigger, rule.environment, rule.source, rule.target) for rule in rules(workflow)} == expected
    assert machine_ways(workflow) == expected


@given(scenes())
def test_law_3_only_ways_of_the_table_are_taken(scene: Scene) -> None:
    """No step of any life changes a state but along one way of the table."""
    ways = {(source, target) for _, _, source, target in walk(scene.workflow.names, breakable(scene.workflow))}
    for step in scene.steps:
        if step.before is not None and step.after is not None and isinstance(step.decision, Accepted):
            stands = [step.before.state]
            stands += [each.target for each in step.decision.events if each.target is not None]
            assert all(one == other or (one, other) in ways for one, other in pairwise(stands))


@given(st.data(), underway())
def test_law_4_only_a_look_at_its_own_successful_job_deploys(data: st.DataObject, scene: Scene) -> None:
    """`release_deployed` follows from one command only, and one fact: its job, success, our commit."""
    ((version, deployment),) = scene.open_deployments()
    release = scene.releases()[version]
    settle = SettleDeployment(deployment.environment, deployment.id)
    known = data.draw(looks(scene.workflow, deployment))
    if deploys(decide(scene.workflow, release, settle, known)):
        job = known.job if deployment.base_job is None else ours(deployment, known)
        assert job is not None
        assert job.status == "success"
        assert deployment.job_id in {None, job.id}
        assert job.commit == deployment.commit == release.commit
    other = data.draw(commands(scene.workflow, release))
    assert isinstance(other, SettleDeployment) or not deploys(decide(scene.workflow, release, other, known))


def ours(deployment: Deployment, known: Facts) -> Job | None:
    """The only run since the job that was retried."""
    listed = known.pipeline.named(deployment.job_name) if known.pipeline else ()
    runs = [each for each in listed if each.id > deployment.starts]
    return runs[0] if len(runs) == 1 else None


def deploys(decision: Decision) -> bool:
    """Whether the decision says that the release is deployed."""
    return isinstance(decision, Accepted) and any(isinstance(each, ReleaseDeployed) for each in decision.events)


@given(scenes())
def test_law_4_deployed_means_tested_agreed_and_succeeded(scene: Scene) -> None:
    """Whoever stands in deployed-E was tested, and GitLab shows its job's success; with E's quorum, or a broken glass.

    Where the glass was broken nobody need have agreed, to E or to what lies before: the debt of that is on record.
    What was imported was neither tested nor agreed to here, up to where it had got; GitLab shows its success all the
    same.
    """
    for release in scene.releases().values():
        for name in scene.workflow.names:
            if _has_been(scene.workflow, release, name):
                check_law_4(scene, release, name)


def check_law_4(scene: Scene, release: Release, name: str) -> None:
    """Of a release that has been in the environment, or went past it."""
    own = [each for each in release.deployments if (each.revision, each.outcome) == (release.revision, "success")]
    ran = [scene.world.jobs[each.job_id or 0] for each in own]
    assert {(each.status, each.commit) for each in ran} == {("success", release.commit)}
    assert len({each.job_id for each in own}) == len(own)
    assert all(result.holds for result in release.evidence)
    order = scene.workflow.names
    imported = [order.index(each.environment) for each in own if each.kind == "imported"]
    if imported and max(imported) >= order.index(name):
        return
    assert imported or {result.gate for result in release.evidence} >= {"pipeline_found", "jobs_passed"}
    past = [each for each in own if each.kind == "break-glass" and order.index(each.environment) >= order.index(name)]
    if past:
        assert all(each.owes_review or each.signed_off_by not in (None, *each.starters) for each in past)
        return
    assert any(each.environment == name for each in own)
    place = scene.workflow.environment(name)
    assert place is not None
    assert len({each.by.gitlab_user_id for each in release.approvals_for(name)}) >= place.approvals


@given(scenes())
def test_law_4_a_debt_stops_what_comes_next(scene: Scene) -> None:
    """While a glass that was broken is not signed off, no normal deployment to that environment is requested."""
    owed: dict[str, set[int]] = {}
    broken: set[int] = set()
    for record in map(parsed, scene.kept.records()):
        place, data = record["environment"], record["data"]
        number = data.get("deployment_id")
        if record["event"] == "deployment_requested":
            assert not (data["kind"] == "deploy" and owed.get(place))
            broken |= {number} if data["kind"] == "break-glass" else set()
        if record["event"] == "deployment_settled" and number in broken and data["outcome"] != "abandoned":
            owed.setdefault(place, set()).add(number)
        if record["event"] == "review_debt_signed_off":
            owed.get(place, set()).discard(number)


@given(st.data(), workflows(most=3), st.sampled_from(["success", "failed", "canceled"]))
def test_law_4_a_broken_glass_leads_there_and_leaves_a_debt(data: st.DataObject, workflow: Workflow, end: str) -> None:
    """From any state that it may start from; what is normal waits, whoever asks, until somebody else signed it off."""
    place = data.draw(st.sampled_from(workflow.environments))
    places = tuple(replace(each, break_glass=each == place) for each in workflow.environments)
    scene = Scene(replace(workflow, environments=places), dict.fromkeys(CAST, Level.OWNER))
    for version in ("1.0.0", "1.1.0"):
        is_tested(scene, version)
    assert isinstance(scene.break_glass("1.0.0", place.name, "anna"), Accepted)
    deployment = scene.opened("1.0.0", place.name)
    scene.arm("1.0.0", deployment)
    scene.answer("1.0.0", deployment, scene.play(deployment))
    scene.finish(scene.opened("1.0.0", place.name), end)
    scene.settle("1.0.0", deployment)
    assert scene.releases()["1.0.0"].state == (f"deployed-{place.name}" if end == "success" else "tested")
    stopped = scene.deploy("1.1.0", place.name, data.draw(st.sampled_from(sorted(CAST))))
    assert isinstance(stopped, Refused)
    (owed,) = (each for each in stopped.refusals if each.gate == "review_done")
    assert isinstance(scene.sign_off(deployment.id, "anna"), Refused)
    assert isinstance(scene.sign_off(deployment.id, data.draw(st.sampled_from(owed.who))), Accepted)
    again = scene.deploy("1.1.0", place.name, "anna")
    assert isinstance(again, Refused)
    assert "review_done" not in {each.gate for each in again.refusals}


def _has_been(workflow: Workflow, release: Release, name: str) -> bool:
    ladder = ["draft", "tested", *(f"{word}-{each}" for each in workflow.names for word in ("approved", "deployed"))]
    return ladder.index(release.stands_in) >= ladder.index(f"deployed-{name}")


@given(scenes())
def test_law_5_the_log_tells_everything(scene: Scene) -> None:
    """Folding the records' bytes gives the store's project, releases and environments; nothing is known beside them."""
    history = fold(LOG, (from_record(parsed(raw)) for raw in scene.kept.records()))
    assert history.releases == scene.releases()
    with scene.store.read() as book:
        assert history.project == book.project()
        numbers = range(1, book.next_freeze_id())
        assert history.freezes == {number: book.find_freeze(number) for number in numbers}
        locks = {name: lock for name in scene.workflow.names if (lock := book.last_lock(name))}
        assert history.locks == locks
    assert history.project is not None
    assert history.project.workflow == scene.workflow


@given(releases(), st.sampled_from(sorted(CAST)))
def test_law_6_resume_undoes_hold(reached: Reached, name: str) -> None:
    """A release that was held and resumed is the release it was, but for its row version and time."""
    release, everybody = reached.release, (Member(name, CAST[name], Level.OWNER),)
    assume(release.state != "held")
    known = Facts(at=START, actor=user(name, CAST[name]), members=everybody, drifts=())
    for command in (HoldRelease("wait"), ResumeRelease("go on")):
        decision = decide(reached.workflow, release, command, known)
        assert isinstance(decision, Accepted)
        release = folded(release, decision) or release
    before = reached.release
    assert replace(release, row_version=before.row_version, updated_at=before.updated_at) == before
    assert release.row_version == before.row_version + 2


@given(underway(), st.sampled_from(["revision", "commit"]))
def test_law_7_nothing_given_for_another_revision_or_commit_counts(scene: Scene, what: str) -> None:
    """A release bound anew has no approvals that stand: the quorum must be given again."""
    ((version, deployment),) = scene.open_deployments()
    release, known = scene.releases()[version], Facts(at=START, actor=user("anna", 11), members=scene.members)
    case = Case(scene.workflow, release, DeployRelease(deployment.environment), known)
    assert standing(case)
    changes: dict[str, Any] = {"revision": release.revision + 1} if what == "revision" else {"commit": "b" * 40}
    moved = replace(case, release=replace(release, **changes))
    assert standing(moved) == ()
    assert GATES["quorum_met"](moved).holds is False
    assert GATES["approves_once"](replace(moved, command=ApproveRelease(deployment.environment))).holds is True


@given(st.data(), underway())
def test_law_7_nothing_given_under_another_rule_counts(data: st.DataObject, scene: Scene) -> None:
    """Where the rule changes, the quorum must be given again, and each of those who gave it may do so, once."""
    ((version, deployment),) = scene.open_deployments()
    release, place = scene.releases()[version], scene.workflow.environment(deployment.environment)
    assert place is not None
    other = data.draw(other_rules(place))
    places = tuple(other if each == place else each for each in scene.workflow.environments)
    workflow, known = replace(scene.workflow, environments=places), Facts(at=START, actor=user("anna", 11))
    known = replace(known, members=scene.members)
    case = Case(workflow, release, DeployRelease(place.name), known)
    assert standing(case) == ()
    assert GATES["quorum_met"](case).holds is False
    assert set(lapsed(case)) == {each.by.name for each in release.approvals_for(place.name)}
    for word in release.approvals_for(place.name):
        again = ApproveRelease(place.name)
        decision = decide(
            workflow, replace(release, state=approved(place.name), held_from=None), again, replace(known, actor=word.by)
        )
        if isinstance(decision, Accepted):
            once = folded(release, decision)
            assert once is not None
            assert [each.by for each in counted(once, other)] == [word.by]
            assert decide(workflow, once, again, replace(known, actor=word.by)) != decision
        else:
            assert {each.gate for each in decision.refusals} <= {"may_approve", "four_eyes"}


@given(st.data(), scenes())
def test_law_7_an_amend_leaves_nothing_to_stand_on(data: st.DataObject, scene: Scene) -> None:
    """Wherever a release was, the amended one has neither evidence nor a word that stands, and cannot be deployed."""
    scene.create("3.0.0", "anna")
    version = data.draw(st.sampled_from(sorted(scene.releases())))
    for place in scene.workflow.environments:
        for each in place.waivable:
            scene.waive(version, place.name, each.gate, "anna")
    scene.push_again(version, moved=data.draw(st.booleans()))
    if isinstance(scene.amend(version, "anna"), Refused):
        return
    release = scene.releases()[version]
    assert (release.state, release.evidence, release.held_from, release.closed) == ("draft", (), None, False)
    assert (release.numbers, [each for each in release.ticks if release.binds(each)]) == (None, [])
    for name in scene.workflow.names:
        assert not [*release.approvals_for(name), *release.rejections_for(name)]
        decision = scene.deploy(version, name, "anna")
        assert isinstance(decision, Refused)
        assert {"in_state", "quorum_met"} <= {result.gate for result in decision.refusals}
        case = Case(scene.workflow, release, DeployRelease(name), Facts(at=START, actor=user("anna", 11)))
        assert not any(standing_waiver(case, gate) for gate in WAIVABLE)


@given(st.data(), workflows(most=2))
def test_law_7_a_word_keeps_what_its_own_evidence_counted(data: st.DataObject, workflow: Workflow) -> None:
    """However often it is run again or bound anew, and whatever becomes of the word."""
    counting = replace(workflow, tests_at_least=data.draw(st.sampled_from([None, 1, 1])))
    scene = Scene(counting, dict.fromkeys(CAST, Level.OWNER))
    scene.create("3.0.0", "otto")
    for moved in data.draw(st.lists(st.booleans(), min_size=1, max_size=3)):
        for point in counting.checklist:
            scene.tick("3.0.0", point.name, "anna")
        scene.test("3.0.0", "anna")
        for name in CAST:
            scene.approve("3.0.0", counting.names[0], name)
        scene.unapprove("3.0.0", counting.names[0], data.draw(st.sampled_from(sorted(CAST))))
        scene.push_again("3.0.0", moved=moved)
        scene.amend("3.0.0", "anna")
    tested: int | None = None
    words: list[int | None] = []
    for event in (each for _, events in scene.written for each in events):
        if isinstance(event, ReleaseTested):
            tested = event.numbers.tests if event.numbers else None
        if isinstance(event, ApprovalGiven):
            words.append(tested)
    assert [each.tests for each in scene.releases()["3.0.0"].approvals] == words


@given(st.data(), workflows(), members())
def test_law_8_no_approval_counts_twice_and_an_excluded_one_never(
    data: st.DataObject, workflow: Workflow, team: tuple[Member, ...]
) -> None:
    """However the approvals came to be there, those that count are of distinct people who may approve today."""
    place = data.draw(st.sampled_from(workflow.environments))
    who = st.sampled_from(sorted(CAST))
    names, creator = data.draw(st.lists(who, max_size=8)), data.draw(who)
    rules = st.sampled_from([None, approval_rule(place), "another"])
    bound: dict[str, Any] = {"environment": place.name, "at": START, "revision": 1, "commit": "c"}
    approvals = tuple(Approval(**bound, by=user(name, CAST[name]), rule=data.draw(rules)) for name in names)
    made: dict[str, Any] = {"created_at": START, "updated_at": START, "created_by": user(creator, CAST[creator])}
    release = Release(version="1.0.0", state="tested", ref="v1", commit="c", approvals=approvals, **made)
    case = Case(workflow, release, DeployRelease(place.name), Facts(at=START, actor=user("anna", 11), members=team))
    counted = [each.by.name for each in standing(case)]
    assert len(counted) == len(set(counted))
    for name in counted:
        member = next(each for each in team if each.username == name)
        assert {each.rule for each in standing(case) if each.by.name == name} <= {None, approval_rule(place)}
        access = place.approvers.access
        least = Level[access.upper()] if access else Level.OWNER + 1
        assert member.access_level >= (Level.REPORTER if name in place.approvers.users else least)
        assert not ("creator" in place.four_eyes and name == creator)
    assert (GATES["quorum_met"](case).holds is True) == (len(counted) >= place.approvals)


@given(scenes())
def test_law_8_nobody_approves_twice(scene: Scene) -> None:
    """In no life do two words of one person stand for one environment, or an approval of somebody excluded."""
    for release in scene.releases().values():
        for place in scene.workflow.environments:
            given_by = [each.by.gitlab_user_id for each in release.approvals_for(place.name)]
            assert len(given_by) == len(set(given_by))
            assert not set(given_by) & {each.by.gitlab_user_id for each in release.rejections_for(place.name)}
            if "creator" in place.four_eyes:
                every = [each for each in release.approvals if each.environment == place.name]
                assert release.created_by not in [each.by for each in every if each.decision == "approved"]


@given(workflows(), members(), authorships())
def test_law_8_no_author_approves(workflow: Workflow, team: tuple[Member, ...], found: Authorship) -> None:
    """Where the policy keeps authors out, an approval is given only by who provably wrote none of it."""
    made: dict[str, Any] = {"created_at": START, "updated_at": START, "created_by": user("otto", CAST["otto"])}
    for place in workflow.environments:
        waits = ladder(workflow)[ladder(workflow).index(approved(place.name)) - 1]
        release = Release(version="1.0.0", state=waits, ref="v1", commit="c", **made)
        for member in team:
            known = Facts(at=START, actor=user(member.username, member.user_id), members=team, authorship=found)
            decision = decide(workflow, release, ApproveRelease(place.name), known)
            if isinstance(decision, Accepted) and "author" in place.four_eyes:
                assert found.own is not None
                assert found.commits is not None
                assert not any(addresses & found.own for _, addresses in found.commits)


@given(scenes())
def test_law_9_one_deployment_is_open_in_an_environment(scene: Scene) -> None:
    """At no time in any life of several releases is a second deployment requested while one is open."""
    open_in: dict[str, int] = {}
    for raw in scene.kept.records():
        record = parsed(raw)
        place, number = record["environment"], record["data"].get("deployment_id")
        if record["event"] == "deployment_requested":
            assert place not in open_in
            open_in[place] = number
        if record["event"] == "deployment_settled":
            assert open_in.pop(place) == number


@given(st.data(), releases())
def test_law_10_a_refusal_is_final_or_says_what_clears_it(data: st.DataObject, reached: Reached) -> None:
    """Nobody is left with a bare no: what does not hold is final, or names people, a command, or a time.

    An open question (a fact that was not read) is no refusal of a rule. Anna may do everything, so there is somebody.
    """
    known = data.draw(facts(reached.workflow, reached.release))
    anna = Member("anna", CAST["anna"], Level.OWNER)
    known = replace(known, members=(anna, *(each for each in known.members or () if each.username != "anna")))
    name = data.draw(st.sampled_from(reached.workflow.names))
    asked: list[Command] = [ApproveRelease(name), UnapproveRelease(name), RejectRelease(name, ""), DeployRelease(name)]
    command = data.draw(st.sampled_from(asked))
    for gate in GATES.values():
        result = gate(Case(reached.workflow, reached.release, command, known))
        if result.holds is False:
            assert result.why
            assert result.final != bool(result.who or result.next or result.earliest), result


@given(st.data(), scenes())
def test_law_10_who_follows_the_advice_gets_there(data: st.DataObject, scene: Scene) -> None:
    """From wherever a release is: doing what a refused deployment names leads to a deployment, or to a final no.

    Everybody is made an owner first, so that each quorum can be met; jobs that wait are seen to their end.
    """
    for person in scene.world.people.values():
        person.level = Level.OWNER
    scene.create("3.0.0", "anna")
    version = data.draw(st.sampled_from(sorted(scene.releases())))
    environment = scene.workflow.names[-1]
    for _ in range(60):
        decision = scene.deploy(version, environment, "anna")
        if isinstance(decision, Accepted) or follow(scene, version, decision):
            return
    raise AssertionError("no end")


@given(workflows(most=1))
def test_law_10_who_is_named_waives_what_stands_in_the_way(workflow: Workflow) -> None:
    """Each of those whom a failing gate names for it may do so, and no other; then the gate stops nobody."""
    (place,) = workflow.environments
    by = place.waivable_by("evidence_current")
    for name in CAST:
        scene = Scene(workflow, dict.fromkeys(CAST, Level.OWNER))
        is_tested(scene, "3.0.0")
        scene.push_again("3.0.0", moved=False)
        refused = scene.deploy("3.0.0", place.name, "anna")
        assert isinstance(refused, Refused)
        (found,) = (each for each in refused.refusals if each.gate == "evidence_current")
        named = found.or_else.who if found.or_else else ()
        assert (found.or_else is None) == (by is None)
        waived = scene.waive("3.0.0", place.name, "evidence_current", name)
        assert isinstance(waived, Accepted) == (name in named)
        again = scene.deploy("3.0.0", place.name, "anna")
        assert isinstance(again, Refused)
        assert ("evidence_current" in {each.gate for each in again.refusals}) == (name not in named)


def follow(scene: Scene, version: str, decision: Refused) -> bool:  # noqa: C901 - one arm for each command
    """Do what the first refusal says, as the first person it names; whether the end is a final no."""
    if any(result.final for result in decision.refusals):
        return True
    result = decision.refusals[0]
    words, who = (result.next or "").partition(" -m")[0].split(), [*result.who, "anna"][0]
    made: Decision | None = None
    match words[1:2]:
        case ["test"]:
            let_pass(scene)
            made = scene.test(version, who)
        case ["tick"]:
            made = scene.tick(version, words[3], who)
        case ["approve"]:
            made = scene.approve(version, words[3], who)
        case ["unlock"]:
            made = scene.unlock(words[2], who)
        case ["deploy"]:
            if result.earliest:
                scene.clock.set(result.earliest)
            made = scene.deploy(version, words[3], who)
            finish(scene)
        case ["amend"]:
            made = scene.amend(version, who)
        case ["resume"]:
            made = scene.resume(version, who)
        case ["reconcile" | "drift" | "signoff"]:
            finish(scene)
            accept(scene, words, who)
        case _:
            raise AssertionError(f"nobody can follow {result}")
    return isinstance(made, Refused) and follow(scene, version, made)


def let_pass(scene: Scene) -> None:
    """What came before the deploy jobs succeeds."""
    for job in scene.world.jobs.values():
        if job.name in {"build", "test"}:
            scene.world.jobs[job.id] = replace(job, status="success")


def accept(scene: Scene, words: list[str], who: str) -> None:
    """Take note of the drift, or of the broken glass, that the words name, if they do."""
    if words[1] == "signoff":
        assert isinstance(scene.sign_off(int(words[2]), who), Accepted)
        return
    named = [drift for drift in scene.drifts() if words[1:] == ["drift", "accept", drift.environment, str(drift.id)]]
    assert bool(named) is (words[1] == "drift")
    for drift in named:
        assert isinstance(scene.accept(drift, who), Accepted)


def finish(scene: Scene) -> None:
    """Whatever is open comes to its end, and whatever runs."""
    for version, deployment in scene.open_deployments():
        if deployment.phase == "intended":
            scene.arm(version, deployment)
            scene.play(deployment)
        scene.finish(deployment)
        scene.settle(version, deployment)
        if scene.releases()[version].open_deployment(deployment.environment):
            scene.wait(timedelta(minutes=11))
            scene.abandon(version, deployment, "anna")
    for job in scene.world.jobs.values():
        if job.status in UNDERWAY:  # somebody started it in GitLab
            scene.world.jobs[job.id] = replace(job, status="success" if job.id % 2 else "failed")
