"""How many job statuses make one pipeline status."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relflow.sandbox.model.statuses import COMPLETED, Status, composite

JOBS = st.lists(st.tuples(st.sampled_from(Status), st.booleans()), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        ("success success", "success"),
        ("success manual?", "success"),
        ("success failed?", "success"),
        ("manual?", "skipped"),
        ("skipped manual?", "skipped"),
        ("success manual", "manual"),
        ("failed manual", "manual"),
        ("failed manual?", "failed"),
        ("failed skipped", "failed"),
        ("created created", "created"),
        ("success created", "running"),
        ("pending created", "pending"),
        ("running manual", "running"),
        ("success waiting_for_resource", "waiting_for_resource"),
        ("success canceled", "canceled"),
        ("failed canceled", "failed"),
        ("canceling success", "canceling"),
        ("success pending", "running"),
        ("failed created", "running"),
    ],
)
def test_examples(jobs: str, expected: str) -> None:
    """GitLab's arithmetic, `?` marking jobs that may fail: a blocking manual job hides a failure."""
    parsed = [(Status(word.removesuffix("?")), word.endswith("?")) for word in jobs.split()]
    assert composite(parsed) == expected


def test_nothing_has_no_status() -> None:
    """A pipeline without jobs has none to compute."""
    assert composite([]) is None


@given(JOBS, st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(jobs: list[tuple[Status, bool]], random: object) -> None:
    """The status depends on which jobs there are, not on their order or number."""
    shuffled = list(jobs) * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' own random
    assert composite(shuffled) == composite(jobs)


@given(JOBS)
def test_what_may_fail_never_makes_a_pipeline_fail(jobs: list[tuple[Status, bool]]) -> None:
    """When every job may fail, the pipeline does not."""
    assert composite((status, True) for status, _ in jobs) is not Status.FAILED


@given(JOBS)
def test_a_pipeline_is_complete_only_when_nothing_can_move(jobs: list[tuple[Status, bool]]) -> None:
    """A finished pipeline has no job under way; only optional manual jobs may still wait."""
    if composite(jobs) in COMPLETED:
        assert all(status in COMPLETED or (optional and status is Status.MANUAL) for status, optional in jobs)
