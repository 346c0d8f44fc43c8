"""What the contenders are handed is a release's way, and none of its steps was refused."""

from benchmarks.contenders.walk import TRIGGERS, WAYS, walks


def test_every_step_of_a_walk_is_one() -> None:
    """Each trigger leads where the contenders' own machines lead, so that all of them write the same."""
    for walk in walks(3):
        assert tuple(each.trigger for each in walk.moves) == TRIGGERS
        assert walk.moves[0].after.state == "draft"
        for each in walk.moves[1:]:
            assert each.before is not None
            assert (each.before.state, each.after.state) == WAYS[each.trigger]
