"""Authors apart: whose commits a release brings, by addresses, and what is said where that cannot be told."""

import pytest

from relflow.core.authors import Authorship, address, addresses_of, no_reply
from relflow.core.case import Case
from relflow.core.commands import ApproveRelease, DeployRelease
from relflow.core.facts import Facts
from relflow.core.gates.table import GATES
from relflow.core.verdict import GateResult
from tests.core.examples import ANNA, CHRIS, COMMIT, OTHER, accepted, environment, facts, refused, release, word

APART = environment("dev", four_eyes=("creator", "author"))
APPROVE = ApproveRelease("dev")
OWN = frozenset({"anna@x"})
NOBODYS = ((COMMIT, frozenset({"emil@x"})), (OTHER, frozenset({"robot@x"})))
UNREADABLE = (
    "whether anna wrote any of 1.4.0 cannot be told: the token may not read their e-mail addresses; "
    "one with the scope read_user may"
)
HERS = ((COMMIT, frozenset({"emil@x", "anna@x"})), (OTHER, OWN))


def eyes(known: Facts) -> GateResult:
    """What four_eyes says of an approval for dev."""
    return GATES["four_eyes"](Case(APART, release("tested"), APPROVE, known))


def test_whoever_wrote_none_of_it_may_approve() -> None:
    """What was looked at stands in the record; no address does."""
    found = eyes(facts(authorship=Authorship(OWN, NOBODYS, "1.3.0")))
    assert (found.holds, found.evidence) == (True, "anna wrote none of 2 commits since 1.3.0")
    assert eyes(facts(authorship=Authorship(OWN, NOBODYS[:1]))).evidence == "anna wrote none of 1 commit"
    (given, _) = accepted(release("tested"), APPROVE, facts(authorship=Authorship(OWN, NOBODYS)), APART)
    assert "@" not in str(given)


def test_an_author_or_co_author_may_not_approve() -> None:
    """The commits are named, and who may instead, as far as others can tell."""
    found = eyes(facts(authorship=Authorship(OWN, HERS, "1.3.0")))
    assert found.why == "anna wrote cccccccccccc, dddddddddddd since 1.3.0, and an author of 1.4.0 may not approve it"
    assert (found.holds, found.who, found.next) == (False, ("ben", "dana"), "relflow approve 1.4.0 dev")


def test_a_creator_is_told_so_first() -> None:
    """Nobody's addresses are needed for that."""
    assert refused(release("tested"), APPROVE, facts(CHRIS), APART) == {
        "four_eyes": "chris created 1.4.0, and its creator may not approve it"
    }


@pytest.mark.parametrize(
    ("found", "why", "who", "then"),
    [
        (
            Authorship(None, NOBODYS),
            UNREADABLE,
            ("anna",),
            "relflow approve 1.4.0 dev",
        ),
        (
            Authorship(OWN, None, "1.3.0"),
            "GitLab cannot tell who wrote 1.4.0 since 1.3.0: a commit is gone, or names no author",
            ("anna", "ben"),
            "relflow policy adopt",
        ),
        (
            Authorship(OWN, None),
            "GitLab cannot tell who wrote 1.4.0: a commit is gone, or names no author",
            ("anna", "ben"),
            "relflow policy adopt",
        ),
    ],
)
def test_what_cannot_be_read_is_no_proof(found: Authorship, why: str, who: tuple[str, ...], then: str) -> None:
    """It is refused, with what helps."""
    result = eyes(facts(authorship=found))
    assert (result.holds, result.why, result.who, result.next) == (False, why, who, then)


def test_what_nobody_asked_is_open() -> None:
    """Of somebody else only their own token can tell; to decide, it must have been asked."""
    result = eyes(facts())
    assert (result.holds, result.why) == (None, "whether anna wrote any of 1.4.0, only anna's own token can tell")
    assert list(refused(release("tested"), APPROVE, facts(), APART)) == ["four_eyes"]


def test_an_approval_that_was_given_is_not_judged_again() -> None:
    """It was judged for that commit; the quorum counts it, and says who else may, possibly."""
    of = release("approved-dev", approvals=(word(ANNA),))
    case = Case(APART, of, DeployRelease("dev"), facts(authorship=Authorship(OWN, HERS)))
    assert GATES["quorum_met"](case).holds
    none = Case(APART, release("tested"), DeployRelease("dev"), facts())
    assert GATES["quorum_met"](none).why == (
        "0 of 1 approvals given: not chris, who created it; "
        "possibly anna, ben or dana: whoever wrote any of it may not, and only they can tell"
    )


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("Round", set()),
        ("Round\n\nCo-authored-by: Ben Brandt <Ben@Example.org>", {"ben@example.org"}),
        ("Round\r\n\r\nCO-AUTHORED-BY: b <b@x>\r\nco-authored-by: c <c@x>\r\n", {"b@x", "c@x"}),
        ("Round\n\nCo-authored-by: b <b@x>\n\nA word more", {"b@x"}),
        ("Round\n\nCo-authored-by: nobody", set()),
        ("Co-authored-by: in the title <t@x>", {"t@x"}),
        ("Said: Co-authored-by: b <b@x>", set()),
    ],
)
def test_the_people_of_a_commit(message: str, found: set[str]) -> None:
    """Its author, and each that a trailer names, in any case and wherever it stands in the message."""
    assert addresses_of("Emil@X", message) == {"emil@x", *found}


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (" Anna@Example.org ", "anna@example.org"),
        ("11-anna@users.noreply.gitlab.example.org", no_reply(11)),
        ("11-anna.before@users.noreply.example.com", no_reply(11)),
        ("11+anna@users.noreply.github.com", "11+anna@users.noreply.github.com"),
    ],
)
def test_one_form_for_one_person(text: str, form: str) -> None:
    """Case makes no difference; GitLab's own addresses are told by the user's number, whatever the name was then."""
    assert address(text) == form
