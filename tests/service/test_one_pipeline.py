"""A pipeline's deploy jobs can be played once: it serves one release, whichever way it is bound."""

from relflow.service.app import No
from relflow.service.releases import amend, create, record_test
from tests.doubles.team import Team, done


def test_an_amend_does_not_take_another_releases_pipeline(team: Team) -> None:
    """Not even for the older release of the two, which the store would find first."""
    team.gitlab.push("v2.0.0")
    done(create(team.app("chris"), "2.0.0", None, None))
    bound = team.tested("1.4.0").pipeline
    assert bound is not None
    refused = amend(team.app("chris"), "2.0.0", "the same build", pipeline_id=bound.id)
    assert isinstance(refused, No)
    assert [each.why for each in refused.refusals] == [
        f"pipeline {bound.id} belongs to 1.4.0 already: each release needs one of its own"
    ]


def test_a_draft_that_was_bound_by_an_amend_keeps_its_pipeline(team: Team) -> None:
    """Bound is bound, tested or not."""
    pipeline = team.gitlab.push("v1.4.0")
    for version in ("1.4.0", "2.0.0"):
        done(create(team.app("chris"), version, "v1.4.0", None))
    done(amend(team.app("chris"), "2.0.0", "the same build", pipeline_id=pipeline.id))
    refused = record_test(team.app("chris"), "1.4.0")
    assert isinstance(refused, No)
    assert [each.gate for each in refused.refusals] == ["pipeline_unclaimed"]
