"""The commands of people by example: what is recorded when they are accepted, and every reason when they are not."""

from dataclasses import replace

import pytest

from relflow.core.commands import (
    AmendRelease,
    ApproveRelease,
    Command,
    CreateRelease,
    DeployRelease,
    HoldRelease,
    RejectRelease,
    Request,
    ResumeRelease,
    SettleDeployment,
    TestRelease,
    UnapproveRelease,
)
from relflow.core.decide import decide
from relflow.core.decision import Refused
from relflow.core.events import ReleaseAmended, ReleaseCreated, ReleaseTested
from relflow.core.judging import next_environment, next_requests, triggers, verdict, way_on
from relflow.core.release import Release
from tests.core.examples import (
    ANNA,
    BEN,
    CHRIS,
    COMMIT,
    DANA,
    OTHER,
    RITA,
    STRANGER,
    WORKFLOW,
    accepted,
    after,
    environment,
    facts,
    job,
    pipeline,
    ready,
    refused,
    release,
    word,
)

CREATE = CreateRelease("1.4.0", "v1.4.0", "the one with maps")
APPROVED = release("approved-dev", approvals=(word(ANNA),))


def test_creating_binds_a_commit() -> None:
    """The ref's commit of this moment, and who did it."""
    (made,) = accepted(None, CREATE, facts(CHRIS, resolved=COMMIT))
    assert isinstance(made, ReleaseCreated)
    assert (made.release, made.revision, made.commit, made.ref, made.target) == ("1.4.0", 1, COMMIT, "v1.4.0", "draft")
    fresh = after(None, CREATE, facts(CHRIS, resolved=COMMIT))
    assert fresh == release("draft", title="the one with maps")


def test_creating_is_refused_with_every_reason() -> None:
    """A stranger, a bad name, a name that is taken, a ref that is not there: all at once."""
    said = refused(APPROVED, CreateRelease("1 4", "nope"), facts(STRANGER))
    assert said == {
        "may_act": "stranger is no member of group/data-provider",
        "version_well_formed": "a version is letters, digits and . _ + ~ - and begins with a letter or digit",
        "version_is_new": "1 4 exists already, by chris, in approved-dev: relflow amend binds it to another commit",
        "ref_resolves": "GitLab knows no tag, branch or commit nope",
    }


def test_every_name_that_was_tried_is_told() -> None:
    """Without a ref the version's own tag is looked for, written in two ways."""
    tried = CreateRelease("1.4.0", "v1.4.0", tried=("1.4.0", "v1.4.0"))
    said = refused(None, tried, facts(CHRIS))
    assert said == {"ref_resolves": "GitLab knows no tag, branch or commit 1.4.0 or v1.4.0"}


def test_a_title_has_an_end() -> None:
    """What is too long is no title."""
    said = refused(None, CreateRelease("1.4.0", "main", "x" * 4_001), facts(resolved=COMMIT))
    assert said == {"version_well_formed": "at most 4000 characters are kept, this has 4001"}


@pytest.mark.parametrize("command", [TestRelease(), HoldRelease("x"), SettleDeployment("dev", 1)])
def test_nothing_can_be_done_with_what_is_not_there(command: Command) -> None:
    """Every command but create needs a release."""
    assert refused(None, command, facts()) == {"release_exists": "there is no such release"}


def test_an_environment_must_be_the_policys() -> None:
    """The refusal says which there are."""
    said = {"environment_known": "there is no environment qa; there are dev, prod"}
    assert refused(APPROVED, DeployRelease("qa"), facts()) == said


def test_testing_keeps_the_evidence() -> None:
    """Which pipeline it was, and what each gate saw."""
    (tested,) = accepted(release(), TestRelease(), ready())
    assert isinstance(tested, ReleaseTested)
    assert (tested.pipeline.id, tested.target) == (7, "tested")
    then = after(release(), TestRelease(), ready())
    assert (then.state, then.pipeline, then.evidence) == ("tested", tested.pipeline, tested.gates)


def test_the_last_approval_completes_the_quorum() -> None:
    """The first of two stands alone; with the second the release is approved."""
    waiting = release("deployed-dev")
    one = after(waiting, ApproveRelease("prod", "looks fine"), facts(ANNA))
    assert (one.state, [each.comment for each in one.approvals]) == ("deployed-dev", ["looks fine"])
    events = accepted(one, ApproveRelease("prod"), facts(BEN))
    assert [each.name for each in events] == ["approval_given", "release_approved"]
    two = after(one, ApproveRelease("prod"), facts(BEN))
    more = after(two, ApproveRelease("prod"), facts(DANA))
    assert (two.state, more.state, len(more.approvals)) == ("approved-prod", "approved-prod", 3)


def test_a_rejection_falls_back_until_the_same_person_agrees() -> None:
    """Somebody else's approval does not outvote a no; the no's own author's does."""
    held = after(APPROVED, RejectRelease("dev", "crashes"), facts(BEN))
    assert (held.state, held.held_from) == ("held", "tested")
    back = after(held, ResumeRelease("fixed by hand"), facts(ANNA))
    assert back.state == "tested"
    more = after(back, ApproveRelease("dev"), facts(DANA))
    assert more.state == "tested"
    assert after(more, ApproveRelease("dev"), facts(BEN)).state == "approved-dev"


def test_rejecting_takes_back_ones_own_yes() -> None:
    """One word of a person stands."""
    held = after(APPROVED, RejectRelease("dev", "crashes"), facts(ANNA))
    assert [(each.by, each.decision) for each in held.approvals] == [(ANNA, "withdrawn"), (ANNA, "rejected")]
    assert [each.comment for each in held.rejections_for("dev")] == ["crashes"]


@pytest.mark.parametrize(("others", "state"), [((), "tested"), ((word(DANA),), "approved-dev")])
def test_a_yes_taken_back(others: tuple[object, ...], state: str) -> None:
    """The release falls back unless the quorum stands without it."""
    of = replace(APPROVED, approvals=(*APPROVED.approvals, *others))  # type: ignore[arg-type]
    then = after(of, UnapproveRelease("dev"), facts(ANNA))
    assert then.state == state
    assert ANNA not in [each.by for each in then.approvals_for("dev")]


def test_a_yes_taken_back_before_the_quorum() -> None:
    """Nothing moves; it may be given again."""
    one = after(release("deployed-dev"), ApproveRelease("prod"), facts(ANNA))
    none = after(one, UnapproveRelease("prod"), facts(ANNA))
    assert (none.state, list(none.approvals_for("prod"))) == ("deployed-dev", [])
    assert list(after(none, ApproveRelease("prod"), facts(ANNA)).approvals_for("prod"))


def test_holding_and_resuming_leads_back() -> None:
    """A Reporter may stop the line; who resumes needs Developer."""
    held = after(APPROVED, HoldRelease("alarm"), facts(RITA))
    assert (held.state, held.held_from, held.closed) == ("held", "approved-dev", False)
    assert set(refused(held, ResumeRelease("fine"), facts(RITA))) == {"may_act"}
    assert after(held, ResumeRelease("fine"), facts(CHRIS)).state == "approved-dev"


@pytest.mark.parametrize("of", [APPROVED, release("held", held_from="approved-dev")])
def test_closing_holds_for_good(of: Release) -> None:
    """Whether it was held before or not; a closed release cannot be closed again, nor resumed."""
    closed = after(of, HoldRelease("dead", close=True), facts(RITA))
    assert (closed.state, closed.held_from, closed.closed) == ("held", "approved-dev", True)
    assert refused(closed, HoldRelease("dead", close=True), facts(RITA))["in_state"] == "1.4.0 is closed already"
    assert set(refused(closed, ResumeRelease("x"), facts(ANNA))) == {"not_closed"}


@pytest.mark.parametrize("state", ["draft", "tested", "approved-dev", "deployed-dev", "held"])
def test_an_amend_begins_a_revision(state: str) -> None:
    """Draft again, bound to the new commit; nothing of the old revision stands, all of it is remembered."""
    held_from = "approved-dev" if state == "held" else None
    of = release(state, approvals=(word(ANNA),), held_from=held_from, closed=state == "held")
    amend = AmendRelease("v1.4.0", "the fix")
    (made,) = accepted(of, amend, facts(CHRIS, resolved=OTHER))
    assert isinstance(made, ReleaseAmended)
    assert (made.previous_commit, made.commit, made.revision, made.pipeline) == (COMMIT, OTHER, 2, None)
    then = after(of, amend, facts(CHRIS, resolved=OTHER))
    assert (then.state, then.revision, then.commit, then.pipeline) == ("draft", 2, OTHER, None)
    assert (then.held_from, then.closed, then.evidence) == (None, False, ())
    assert (list(then.approvals_for("dev")), then.approvals) == ([], of.approvals)


def test_an_amend_may_name_a_pipeline() -> None:
    """It is bound at once, and tested later."""
    then = after(APPROVED, AmendRelease("v1.4.0", "again"), facts(resolved=COMMIT, pipelines=(pipeline(id=9),)))
    assert then.pipeline is not None
    assert (then.pipeline.id, then.revision, then.state) == (9, 2, "draft")


WALK = [
    (
        "draft",
        ApproveRelease("dev"),
        "1.4.0 is in draft, and approve dev starts from tested or approved-dev",
        "relflow test 1.4.0",
    ),
    (
        "draft",
        DeployRelease("prod"),
        "1.4.0 is in draft, and deploy prod starts from approved-prod",
        "relflow test 1.4.0",
    ),
    (
        "tested",
        DeployRelease("dev"),
        "1.4.0 is in tested, and deploy dev starts from approved-dev",
        "relflow approve 1.4.0 dev",
    ),
    (
        "approved-dev",
        ApproveRelease("prod"),
        "1.4.0 is in approved-dev, and approve prod starts from deployed-dev or approved-prod",
        "relflow deploy 1.4.0 dev",
    ),
    ("tested", TestRelease(), "1.4.0 is in tested, and test starts from draft", None),
    ("deployed-dev", DeployRelease("dev"), "1.4.0 is in deployed-dev, and deploy dev starts from approved-dev", None),
    (
        "deployed-prod",
        ApproveRelease("prod"),
        "1.4.0 is in deployed-prod, and approve prod starts from deployed-dev or approved-prod",
        None,
    ),
    ("tested", ResumeRelease("x"), "1.4.0 is in tested, and resume starts from held", None),
    ("held", DeployRelease("dev"), "1.4.0 is held, from approved-dev", "relflow resume 1.4.0 -m REASON"),
    ("held", HoldRelease("x"), "1.4.0 is held already", None),
]


@pytest.mark.parametrize(("state", "command", "why", "then"), WALK)
def test_a_step_that_leaves_from_elsewhere(state: str, command: Request, why: str, then: str | None) -> None:
    """Where it stands, where the trigger starts, and the next step of the way; None where no way leads back."""
    agreed = (word(ANNA),) if state == "approved-dev" else ()
    of = release(state, held_from="approved-dev" if state == "held" else None, approvals=agreed)
    first = verdict(WORKFLOW, of, command, facts()).gates[0]
    assert (first.gate, first.why, first.next, first.final) == ("in_state", why, then, then is None)


def test_a_refusal_from_elsewhere_says_what_else_stands_in_the_way() -> None:
    """A person sees all of it, not the first of many."""
    assert refused(release("draft"), DeployRelease("prod"), facts(RITA)) == {
        "in_state": "1.4.0 is in draft, and deploy prod starts from approved-prod",
        "may_act": "rita has access level 20, deploy needs Developer (30)",
        "quorum_met": "0 of 2 approvals given",
        "ref_unmoved": "what the tag names now is known to GitLab only",
        "job_playable": "no pipeline is bound to 1.4.0 yet",
        "environment_free": "what runs there is known to GitLab only",
        "not_older": "what is live there is known to GitLab only",
        "not_frozen": "what closes the environment is known to GitLab only",
        "review_done": "what was deployed past its approvals is known to GitLab only",
    }


@pytest.mark.parametrize("state", ["approved-dev", "held"])
@pytest.mark.parametrize(
    "command", [TestRelease(), ApproveRelease("qa"), HoldRelease("x"), ResumeRelease("x"), DeployRelease("qa")]
)
def test_a_state_that_the_policy_dropped_is_said(state: str, command: Command) -> None:
    """A policy that renames an environment leaves releases behind: they get a sentence, never a traceback."""
    of = replace(APPROVED, state=state, held_from="approved-dev" if state == "held" else None)
    said = refused(of, command, facts(), environment("dev", name="qa"))
    why = "1.4.0 is in approved-dev, which the policy does not have: it stays there until a policy has it again"
    assert said["in_state"] == why


def test_what_can_be_asked_next() -> None:
    """One request for each trigger that leaves the state or stays in it."""
    asked = [(each.trigger, each.environment) for each in next_requests(WORKFLOW, APPROVED)]
    assert asked == [
        ("approve", "dev"),
        ("unapprove", "dev"),
        ("reject", "dev"),
        ("deploy", "dev"),
        ("hold", None),
        ("amend", None),
    ]
    held = [each.trigger for each in next_requests(WORKFLOW, release("held"))]
    assert held == ["resume", "amend", "hold"]
    assert [each.trigger for each in next_requests(WORKFLOW, release("draft"))] == ["test", "hold", "amend"]


@pytest.mark.parametrize(
    ("state", "command"),
    [
        ("draft", "relflow test 1.4.0"),
        ("tested", "relflow approve 1.4.0 dev"),
        ("approved-dev", "relflow deploy 1.4.0 dev"),
        ("deployed-dev", "relflow approve 1.4.0 prod"),
        ("approved-prod", "relflow deploy 1.4.0 prod"),
        ("deployed-prod", None),
        ("held", "relflow resume 1.4.0 -m REASON"),
    ],
)
def test_the_way_on(state: str, command: str | None) -> None:
    """One command towards production, none at its end."""
    agreed = {"approved-dev": (word(ANNA),), "approved-prod": (word(ANNA, "prod"), word(BEN, "prod"))}
    assert way_on(WORKFLOW, release(state, approvals=agreed.get(state, ()))) == command


def test_a_verdict_is_open_where_a_fact_is_missing() -> None:
    """Yes, no, or not known without asking GitLab."""
    deploy = DeployRelease("dev")
    assert verdict(WORKFLOW, APPROVED, deploy, ready()).allowed is True
    assert verdict(WORKFLOW, APPROVED, deploy, facts()).allowed is None
    started = ready(pipelines=(pipeline(job(status="success")),))
    assert verdict(WORKFLOW, APPROVED, deploy, started).allowed is False


def test_the_way_on_from_a_rejection_that_cannot_be_taken_back_is_an_amend() -> None:
    """Its creator said no and may not say yes: more approvals do not help, and are not asked for."""
    of = release("tested", approvals=(word(CHRIS, decision="rejected"),))
    decision = decide(WORKFLOW, of, DeployRelease("dev"), ready(CHRIS))
    assert isinstance(decision, Refused)
    steps = {each.gate: each.next for each in decision.refusals}
    assert steps["in_state"] == steps["quorum_met"] == "relflow amend 1.4.0 --ref REF -m REASON"


def test_a_closed_release_goes_on_by_an_amend() -> None:
    """Resuming is refused."""
    of = release("held", held_from="tested", closed=True)
    assert way_on(WORKFLOW, of) == "relflow amend 1.4.0 --ref REF -m REASON"


@pytest.mark.parametrize(
    ("state", "name"),
    [
        ("draft", "dev"),
        ("approved-dev", "dev"),
        ("deployed-dev", "prod"),
        ("approved-prod", "prod"),
        ("deployed-prod", "prod"),
        ("deployed-qa", "dev"),
    ],
)
def test_the_environment_that_comes_next(state: str, name: str) -> None:
    """The first that the release has not reached, be it held or not; of a state that is no more nothing is known."""
    assert next_environment(WORKFLOW, release(state)) == name
    assert next_environment(WORKFLOW, release("held", held_from=state)) == name


def test_the_triggers_and_whether_they_name_an_environment() -> None:
    """Those that a person can ask for; what relflow does by itself is none."""
    places = dict.fromkeys(("approve", "unapprove", "reject", "deploy", "rollback"), True)
    assert triggers(WORKFLOW) == {**places, **dict.fromkeys(("test", "hold", "resume", "amend"), False)}


def test_a_rollback_is_not_on_the_way() -> None:
    """Else every release that ever ran somewhere would be shown as asking for it."""
    asked = [each.trigger for each in next_requests(WORKFLOW, release("deployed-prod"))]
    assert asked == ["hold"]
