"""Events folded by example, the picture of the workflow, and putting a policy in force."""

import re
from dataclasses import replace
from typing import Any

import pytest

from relflow.core import events as e
from relflow.core.adopting import decide_adoption, effects
from relflow.core.codec import build, plain
from relflow.core.decision import Accepted, Refused
from relflow.core.errors import GitLabError, SetupError
from relflow.core.evolve import changes_release, evolve, evolve_project, fold, replay
from relflow.core.machine import picture
from relflow.core.people import Actor
from relflow.core.project import Project
from relflow.core.record import Head
from relflow.core.release import Waiver
from relflow.core.workflow import Approvers, Waivable, approval_rule, digest, policy, states, workflow_of
from tests.core.examples import ANNA, AT, BEN, CHRIS, COMMIT, DANA, WORKFLOW, environment, facts, release, word
from tests.properties.walk import walk

LOG = "gitlab.example.org/5"
PROJECT = Project(LOG, "group/app", "https://gitlab.example.org/group/app", 5)
CREATED = e.ReleaseCreated(at=AT, actor=CHRIS, release="1.4.0", revision=1, commit=COMMIT, target="draft", ref="v1.4.0")
HELD = e.ReleaseHeld(at=AT, actor=ANNA, release="1.4.0", source="draft", target="held", reason="wait")


def test_a_release_is_its_events() -> None:
    """Folded one after the other, from nothing."""
    made = replay([CREATED, HELD])
    assert made == replace(release("held"), held_from="draft", pipeline=None, row_version=2)
    assert replay([]) is None


def test_events_before_the_creation_make_no_release() -> None:
    """A refused create leaves a record, and no release."""
    refused = e.CommandRefused(at=AT, actor=ANNA, release="1.4.0", trigger="create", gates=())
    assert evolve(None, refused) is None
    assert fold(LOG, [refused]).releases == {}


@pytest.mark.parametrize(
    "event",
    [
        e.CommandRefused(at=AT, actor=ANNA, release="1.4.0", trigger="deploy", gates=()),
        e.UnknownEvent(at=AT, actor=ANNA, release="1.4.0", event="release_blessed"),
    ],
)
def test_what_moves_nothing_leaves_the_version_alone(event: e.Event) -> None:
    """A refusal and an event of a newer relflow are kept and shown, and change no row."""
    assert not changes_release(event)
    assert evolve(release(), event) == release()


@pytest.mark.parametrize("record", [{"event": "release_blessed", "v": 1}, {"event": "release_held", "v": 2}])
def test_what_a_newer_relflow_wrote_is_kept(record: dict[str, object]) -> None:
    """An unknown name, or a known one in a newer format: its data is not interpreted, and written as it was."""
    written = e.to_record(HELD, Head(LOG), "1") | record
    read = e.from_record(written)
    assert isinstance(read, e.UnknownEvent)
    assert read.event == record["event"]
    assert e.to_record(read, Head(LOG), "1") == written | {"v": 1}


def test_a_project_is_its_events() -> None:
    """Registered, renamed, and governed by the policy that was adopted last; releases do not touch it."""
    registered = e.ProjectRegistered(at=AT, actor=ANNA, path="group/app", url=PROJECT.url, project_id=5)
    renamed = e.ProjectRenamed(at=AT, actor=ANNA, path="group/new", url="https://gitlab.example.org/group/new")
    adopted = e.PolicyAdopted(at=AT, actor=ANNA, policy=policy(WORKFLOW), digest=digest(WORKFLOW))
    history = fold(LOG, [registered, adopted, CREATED, renamed])
    assert history.project == replace(
        PROJECT, path=renamed.path, url=renamed.url, workflow=WORKFLOW, digest=digest(WORKFLOW)
    )
    assert list(history.releases) == ["1.4.0"]
    assert evolve_project(None, renamed, LOG) is None


def test_a_policy_is_read_back_as_it_was_adopted() -> None:
    """Equal policies have one digest; keys of a newer relflow are left out."""
    assert workflow_of(policy(WORKFLOW)) == WORKFLOW
    assert workflow_of({**policy(WORKFLOW), "weather": "fair"}) == WORKFLOW
    assert digest(WORKFLOW) != digest(environment("dev", approvals=2))


def test_values_of_other_kinds_have_no_plain_form() -> None:
    """A float in a record would not be read back as the same by everybody."""
    with pytest.raises(TypeError, match="float has no plain form"):
        plain(1.5)
    assert plain({"a": (1, None, True)}) == {"a": [1, None, True]}
    assert plain("th\udce9 e\u0301") == "th? é"
    assert build(Actor, {"id": "user:anna", "shoe": 39}) == Actor("user:anna")


def test_the_picture_shows_every_state_and_arrow() -> None:
    """It is drawn by the machine: whatever changes a state is in it, and nothing else."""
    drawn = picture(WORKFLOW)
    assert drawn.startswith("stateDiagram-v2\n")
    aliases = dict(re.findall(r'state "([^"]+)" as (\S+)', drawn))
    assert set(aliases) == set(states(WORKFLOW))
    names = {alias: name for name, alias in aliases.items()}
    arrows = set()
    for source, target, label in re.findall(r"^\s*(\S+) --> (\S+): (.+)$", drawn, re.MULTILINE):
        arrows |= {(each.strip(), names[source], names[target]) for each in label.split("|")}
    expected = {
        (f"{trigger} {name}" if name else trigger, source, target)
        for trigger, name, source, target in walk(WORKFLOW.names)
        if source != target
    }
    assert arrows == expected


def test_what_is_broken_is_said_in_three_parts() -> None:
    """What happened, why, and what to do next; GitLab's trouble has its status, where it answered."""
    trouble = GitLabError("GitLab said no", ("it is Sunday",), ("try tomorrow",), status=503)
    assert (trouble.what, trouble.why, trouble.next_step) == ("GitLab said no", ("it is Sunday",), ("try tomorrow",))
    assert (str(trouble), trouble.status) == ("GitLab said no", 503)
    assert SetupError("no database").next_step == ()


def adopted(known: Project | None, by: Actor = ANNA) -> list[str]:
    """The events of putting the policy in force."""
    decision = decide_adoption(PROJECT, known, WORKFLOW, facts(by))
    assert isinstance(decision, Accepted)
    return [each.name for each in decision.events]


def test_a_policy_is_put_in_force() -> None:
    """For a new project, one that was renamed, and one that had another policy."""
    governed = replace(PROJECT, workflow=WORKFLOW, digest=digest(WORKFLOW))
    assert adopted(None) == ["project_registered", "policy_adopted"]
    assert adopted(replace(governed, path="group/old")) == ["project_renamed"]
    assert adopted(replace(governed, workflow=None)) == ["policy_adopted"]
    same = decide_adoption(PROJECT, governed, WORKFLOW, facts())
    assert isinstance(same, Refused)
    assert same.refusals[0].gate == "policy_differs"


def test_adopting_needs_maintainer() -> None:
    """Nobody gets to production by editing their own copy."""
    no = decide_adoption(PROJECT, None, WORKFLOW, facts(CHRIS))
    assert isinstance(no, Refused)
    assert [(each.gate, each.why) for each in no.refusals] == [
        ("may_act", "chris has access level 30, policy adopt needs Maintainer (40)")
    ]


def test_what_a_policy_does_to_releases_on_their_way() -> None:
    """A sentence for each that it leaves somewhere else."""
    fine = release("approved-dev", version="1.0.0", approvals=(word(ANNA),))
    short = release("approved-dev", version="1.1.0")
    gone = release("held", version="1.2.0", held_from="approved-qa")
    assert list(effects(None, WORKFLOW, [fine, short, gone, release()])) == [
        "1.1.0 is in approved-dev with 0 of 1 approvals: its deployment will be refused",
        "1.2.0 is in approved-qa, which the policy does not have",
    ]


def test_what_a_policy_does_to_approvals() -> None:
    """Those that were given under another rule are lost, by name, where the release still needs them."""
    rule = approval_rule(WORKFLOW.environments[0])
    given = (word(ANNA, rule=rule), word(BEN, rule=rule), word(DANA))
    ready = release("approved-dev", approvals=given)
    one = release("tested", version="1.5.0", approvals=given[:1])
    passed = release("deployed-dev", version="1.3.0", approvals=given)
    closed = release("held", version="1.2.0", held_from="approved-dev", closed=True, approvals=given)
    stricter = environment("dev", approvals=2)
    assert list(effects(WORKFLOW, stricter, [ready, one, passed, closed])) == [
        "1.4.0 loses the approvals of anna, ben for dev: the approval rule of dev changed",
        "1.4.0 is in approved-dev with 1 of 2 approvals: its deployment will be refused",
        "1.5.0 loses the approval of anna for dev: the approval rule of dev changed",
    ]
    assert list(effects(WORKFLOW, environment("dev", job="deploy"), [ready, one, passed, closed])) == []
    without_dev = replace(WORKFLOW, environments=WORKFLOW.environments[1:])
    assert list(effects(without_dev, WORKFLOW, [passed])) == []


def test_what_a_policy_does_to_waivers() -> None:
    """Those of a gate that nobody may waive any more are lost, where the release still needs them."""
    lenient = environment("dev", waivable=(Waivable("soaked", Approvers()), Waivable("in_window", Approvers())))
    stricter = environment("dev", waivable=(Waivable("soaked", Approvers(None, ("anna",))),))
    common: dict[str, Any] = {"environment": "dev", "by": ANNA, "at": AT, "revision": 1, "commit": COMMIT}
    given = tuple(Waiver(gate=gate, reason="it is small", **common) for gate in ("soaked", "in_window"))
    agreed = {"approvals": (word(ANNA),), "waivers": given}
    ready, passed = release("approved-dev", **agreed), release("deployed-dev", version="1.3.0", **agreed)
    assert list(effects(lenient, stricter, [ready, passed])) == [
        "1.4.0 loses anna's waiver of in_window for dev: the policy lets nobody waive it for dev any more"
    ]
    assert list(effects(stricter, stricter, [ready])) == []
