"""Authors kept from approving: what is read for it, from whose token, and what is asked where nobody configured it."""

from dataclasses import replace

import pytest

from relflow.core.workflow import Workflow
from relflow.service.app import No
from relflow.service.explaining import why
from relflow.service.playing import deploy
from relflow.service.policies import adopt
from relflow.service.releases import approve
from tests.doubles.gitlab_world import PROJECT
from tests.doubles.team import LOG, WORKFLOW, Team, done
from tests.service.test_trying_again import brought


def apart() -> Workflow:
    """Neither creators nor authors approve for dev."""
    dev, *others = WORKFLOW.environments
    return replace(WORKFLOW, environments=(replace(dev, four_eyes=("creator", "author")), *others))


@pytest.fixture
def careful(team: Team) -> Team:
    """1.3.0 runs everywhere, and the policy keeps authors out of dev since."""
    brought(team, "1.3.0", "dev", "prod")
    adopt(team.app("anna"), PROJECT, LOG, apart())
    return team


def asked(team: Team, method: str) -> list[object]:
    """What the method was asked about."""
    return [call.subject for call in team.gitlab.calls if call.method == method]


def wrote(team: Team, version: str, *addresses: str) -> None:
    """The commit of the version has these author and co-authors."""
    team.gitlab.authors[team.gitlab.commit(f"v{version}")] = addresses


def sentence(outcome: object) -> str:
    """Why four_eyes, and nothing else, refused."""
    assert isinstance(outcome, No), outcome
    assert [each.gate for each in outcome.refusals] == ["four_eyes"]
    return outcome.refusals[0].why or ""


@pytest.mark.parametrize(
    "who", ["Anna@example.org", "anna@home.example.net", "11-annas-old-name@users.noreply.gitlab.x"]
)
def test_an_author_may_not_approve(careful: Team, who: str) -> None:
    """By whichever of her addresses, also as a co-author, and of a commit before the release's own."""
    wrote(careful, "before", "emil@example.org", who)
    wrote(careful, "1.4.0", "emil@example.org")
    careful.tested("1.4.0")
    said = sentence(approve(careful.app("anna"), "1.4.0", "dev"))
    assert said.endswith(" since 1.3.0, and an author of 1.4.0 may not approve it")
    done(approve(careful.app("ben"), "1.4.0", "dev"))
    careful.runs_at_once()
    done(deploy(careful.app("chris"), "1.4.0", "dev"))


def test_what_ran_before_is_nobodys_any_more(careful: Team) -> None:
    """Only commits since what the last environment runs count."""
    live = careful.release("1.3.0").commit
    careful.gitlab.authors[live] = ("ben@example.org",)
    careful.tested("1.4.0")
    done(approve(careful.app("ben"), "1.4.0", "dev"))


def test_where_nothing_runs_the_own_commit_counts(team: Team) -> None:
    """All that ever was would be new there."""
    adopt(team.app("anna"), PROJECT, LOG, apart())
    wrote(team, "before", "ben@example.org")
    wrote(team, "1.4.0", "anna@example.org")
    team.tested("1.4.0")
    assert "an author of 1.4.0" in sentence(approve(team.app("anna"), "1.4.0", "dev"))
    done(approve(team.app("ben"), "1.4.0", "dev"))
    assert (len(asked(team, "change")), asked(team, "changes")) == (2, [])


def test_a_token_that_may_not_read_addresses(careful: Team) -> None:
    """What cannot be read is refused, with the scope that reads it."""
    careful.gitlab.people["anna"].hides_addresses = True
    careful.tested("1.4.0")
    assert "read_user" in sentence(approve(careful.app("anna"), "1.4.0", "dev"))


@pytest.mark.parametrize("gone", [True, False])
def test_commits_that_cannot_be_told(careful: Team, gone: bool) -> None:
    """What runs is gone from GitLab after a forced push, or a commit names no author: nobody is taken for innocent."""
    careful.tested("1.4.0")
    if gone:
        careful.gitlab.commits.remove(careful.release("1.3.0").commit)
    else:
        careful.gitlab.authors[careful.release("1.4.0").commit] = ("",)
    assert sentence(approve(careful.app("anna"), "1.4.0", "dev")).startswith(
        "GitLab cannot tell who wrote 1.4.0 since 1.3.0"
    )


def test_of_somebody_else_nobody_can_tell(careful: Team) -> None:
    """`why --actor` leaves it open, and asks for nobody's addresses."""
    careful.tested("1.4.0")
    careful.gitlab.calls.clear()
    [verdict] = why(careful.app("rita"), "1.4.0", "approve", "dev", "ben").verdicts
    assert verdict.allowed is None
    assert asked(careful, "listed_addresses") == []
    [own] = why(careful.app("ben"), "1.4.0", "approve", "dev").verdicts
    assert own.allowed
    assert len(asked(careful, "listed_addresses")) == 1


def test_where_authors_may_approve_nobody_is_asked(team: Team) -> None:
    """No address is read, and no commit, unless the environment's rule needs it."""
    brought(team, "1.3.0", "dev", "prod")
    team.tested("1.4.0")
    team.gitlab.calls.clear()
    done(approve(team.app("anna"), "1.4.0", "dev"))
    assert {call.method for call in team.gitlab.calls} == {"identify", "members"}
