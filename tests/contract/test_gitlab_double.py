"""What only the doubles do: faults on the way, races on demand, and a clock that tests move."""

from datetime import timedelta

import pytest

from relflow.core.answers import PlayAnswer
from relflow.core.errors import GitLabError
from tests.doubles.clock import START, SteppingClock
from tests.doubles.gitlab import NO_ANSWER, NO_PIPELINE, Call, FakeGitLab, Planned, PlayFault, RunFault


@pytest.fixture
def world() -> FakeGitLab:
    """A world in which nothing happened yet."""
    return FakeGitLab(SteppingClock())


def manual(world: FakeGitLab) -> int:
    """A job that waits to be played."""
    return world.named(world.push("v1"), "deploy-dev").id


def test_a_lost_answer_hides_an_effect(world: FakeGitLab) -> None:
    """The play took effect and nobody heard of it; the one after works."""
    job, other = manual(world), world.named(world.push("v2"), "deploy-dev").id
    world.play_faults.append(PlayFault())
    gitlab = world.connect("anna")
    assert gitlab.play(5, job) == NO_ANSWER
    assert world.jobs[job].status == "pending"
    assert gitlab.play(5, other).status == 200


def test_a_play_may_never_arrive(world: FakeGitLab) -> None:
    """Whatever is answered, the job waits on."""
    job = manual(world)
    world.play_faults.append(PlayFault("never", PlayAnswer(502, None, "a web page")))
    assert world.connect("anna").play(5, job).status == 502
    assert world.jobs[job].status == "manual"


def test_a_play_may_arrive_late(world: FakeGitLab) -> None:
    """After somebody else's run ended, it starts a second one."""
    job = manual(world)
    world.play_faults.append(PlayFault("later"))
    assert world.connect("anna").play(5, job) == NO_ANSWER
    world.play(job, "ben")
    world.finish(job)
    world.deliver()
    world.deliver()
    runs = [each for each in world.jobs.values() if each.name == "deploy-dev"]
    assert [(each.username, each.status) for each in runs] == [("ben", "success"), ("anna", "pending")]


@pytest.mark.parametrize(("effect", "made"), [("now", 1), ("twice", 2), ("never", 0), ("later", 0)])
def test_a_pipeline_without_an_answer(world: FakeGitLab, effect: str, made: int) -> None:
    """It was made, or twice, or not, or is made when what was under way arrives."""
    world.commit("v1")
    world.run_faults.append(RunFault(effect))
    assert world.connect("chris").run_pipeline(5, "v1") == NO_PIPELINE
    assert len(world.pipelines) == made
    world.deliver()
    assert len(world.pipelines) == made + (effect == "later")


def test_somebody_is_faster_just_before_a_call(world: FakeGitLab) -> None:
    """The n-th use from now on, counted over everybody, sees what was done just before it."""
    job, gitlab = manual(world), world.connect("anna")
    gitlab.job(5, job)
    world.before("job", lambda: world.play(job, "ben"), nth=2)
    seen = [gitlab.job(5, job) for _ in range(3)]
    assert [each and each.status for each in seen] == ["manual", "pending", "pending"]


def test_a_call_may_fail_or_be_interrupted(world: FakeGitLab) -> None:
    """Once; the next works. It counts as a call all the same."""
    job, gitlab = manual(world), world.connect("anna")
    world.fail("job", status=503)
    with pytest.raises(GitLabError) as caught:
        gitlab.job(5, job)
    assert caught.value.status == 503
    world.before("play", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        gitlab.play(5, job)
    assert world.plays() == [Call("anna", "play", job)]
    assert gitlab.job(5, job) is not None


def test_a_revoked_token(world: FakeGitLab) -> None:
    """It is an error for reads and an answer for plays, and has no effect."""
    job = manual(world)
    world.people["anna"].token_problem = "revoked"
    assert world.connect("anna").play(5, job).status == 401
    with pytest.raises(GitLabError, match="revoked"):
        world.connect("anna").identify()
    assert world.jobs[job].status == "manual"


def test_people_change(world: FakeGitLab) -> None:
    """Blocked members are none; somebody may retry a job, delete one, or claim a deployment."""
    job, gitlab = manual(world), world.connect("anna")
    world.people["ben"].is_active = False
    assert "ben" not in {each.username for each in gitlab.members(5)}
    world.play(job, "chris")
    world.finish(job, "failed")
    made = world.retry(job, "dana").job
    assert made is not None
    assert made.username == "dana"
    world.delete(job)
    assert gitlab.job(5, job) is None
    claimed = world.record_deployment("dev", "f" * 40)
    assert gitlab.deployments(5, START, "success") == (claimed,)
    assert claimed.job is None


@pytest.mark.parametrize("status", ["created", "pending", "running", "skipped"])
def test_what_cannot_be_played(world: FakeGitLab, status: str) -> None:
    """Not before its turn, and not while it runs."""
    job = world.named(world.push("v1", Planned("deploy-dev", "deploy", status, "dev")), "deploy-dev").id
    assert world.connect("anna").play(5, job).status == 400


def test_time_goes_one_step_with_every_look() -> None:
    """Sleeping advances without waiting; it may be set back."""
    clock = SteppingClock(step=timedelta(seconds=2))
    assert [clock.now(), clock.now()] == [START, START + timedelta(seconds=2)]
    clock.sleep(60)
    assert clock.now() == START + timedelta(seconds=64)
    assert clock.slept == [60]
    clock.set(START)
    assert clock.now() == START
    clock.jump(timedelta(hours=-1))
    assert clock.now() < START
