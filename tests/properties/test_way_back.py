"""Where a rollback leads unless somebody names it: to what can run there again, where anything can."""

from hypothesis import given
from hypothesis import strategies as st

from relflow.core.decision import Accepted, Decision
from relflow.core.people import Level
from relflow.core.workflow import Approvers, Environment, Workflow
from relflow.service.way_back import way_back
from tests.properties.scene import Scene

PLACES = tuple(
    Environment(name, f"deploy-{name}", name, approvers=Approvers(), four_eyes=()) for name in ("dev", "prod")
)
WORKFLOW = Workflow("group/data-provider", PLACES)
VERSIONS = ("1.0.0", "1.1.0", "1.2.0", "1.3.0")
moves = st.sampled_from(["bring", "hold", "hold", "resume", "amend", "amend", "roll back"])


def ends(scene: Scene, version: str, asked: Decision, status: str) -> None:
    """The deployment that was asked for is played, and its job ends that way."""
    if isinstance(asked, Accepted):
        deployment = scene.opened(version, "dev")
        scene.arm(version, deployment)
        scene.answer(version, deployment, scene.play(deployment))
        scene.finish(scene.opened(version, "dev"), status)
        scene.settle(version, deployment)


def bring(scene: Scene, version: str, status: str) -> None:
    """The release goes as far as it may."""
    scene.create(version, "anna")
    scene.test(version, "anna")
    scene.approve(version, "dev", "anna")
    ends(scene, version, scene.deploy(version, "dev", "anna"), status)


def move(scene: Scene, what: str, version: str, status: str) -> None:
    """One thing that happens to one release; much of it is refused."""
    if what == "bring":
        bring(scene, version, status)
    elif version in scene.releases():
        if what == "amend":
            scene.push_again(version, moved=True)
        asked = {
            "hold": lambda: scene.hold(version, "anna"),
            "resume": lambda: scene.resume(version, "anna"),
            "amend": lambda: scene.amend(version, "anna"),
            "roll back": lambda: scene.rollback(version, "dev", "anna"),
        }[what]()
        if what == "roll back":
            ends(scene, version, asked, status)


@given(begin=st.integers(1, len(VERSIONS)), data=st.data())
def test_the_way_back_can_be_gone(begin: int, data: st.DataObject) -> None:
    """What it offers is accepted, and runs there next; where it offers nothing, all that ran there cannot again."""
    scene = Scene(WORKFLOW, {"anna": Level.OWNER})
    for version in VERSIONS[:begin]:
        bring(scene, version, "success")
    for _ in range(data.draw(st.integers(0, 6))):
        what, version = data.draw(moves), data.draw(st.sampled_from(VERSIONS[:begin]))
        move(scene, what, version, data.draw(st.sampled_from(["success", "success", "failed"])))
    with scene.store.read() as book:
        live, offered = book.environment("dev").live, way_back(book, "dev").version
        others = {version for version, _ in book.brought_to("dev", 100)} - {live.version if live else ""}
    if offered is None:
        assert "deployed-dev" not in {scene.releases()[each].state for each in others}
        return
    assert offered in others
    ends(scene, offered, scene.rollback(offered, "dev", "anna"), "success")
    with scene.store.read() as book:
        now = book.environment("dev").live
    assert now is not None
    assert (now.version, now.kind) == (offered, "rollback")
