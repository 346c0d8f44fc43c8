"""What the commands that write or ask GitLab say in the life of a team, and where they are refused, to the letter."""

import pytest

from docs.reference_pages.gates import OTHERS
from relflow.core.gates.table import GATES
from tests.cli.desk import Desk
from tests.cli.golden import FOLDER, WRITE, compare, kept
from tests.cli.refusals import REFUSALS
from tests.cli.stories import PAGES

#: Conditions that the command line asks for by itself, in other words, before the core is asked.
ASKED_BEFORE = {"reason_given", "version_well_formed", "release_exists", "environment_known", "point_known"}
#: Conditions that nobody meets: of the steps of a deployment, which no command takes by itself.
WITHIN = {"deployment_intended", "deployment_armed", "epoch_current"}
#: Said without its name: why a deployment cannot be settled is no refusal of a command.
UNNAMED = {"job_finished"}
CONDITIONS = {*GATES, *OTHERS} - WITHIN


@pytest.mark.parametrize("name", PAGES)
def test_a_situation_is_told_as_kept(desk: Desk, name: str) -> None:
    """Each command of it says what was looked at when it was committed."""
    PAGES[name](desk)
    compare(f"stories/{name}", desk.told(PAGES[name]))


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_told_as_kept(desk: Desk, name: str) -> None:
    """Every sentence that somebody may meet at night was read by day."""
    REFUSALS[name](desk)
    compare(f"refusals/{name}", desk.told(REFUSALS[name]))


@pytest.mark.skipif(WRITE, reason="they are being written")
@pytest.mark.parametrize("condition", sorted(CONDITIONS))
def test_every_condition_has_a_page_that_shows_it(condition: str) -> None:
    """A gate that is added gets a page; on the page its name stands behind its sentence."""
    text = (FOLDER / "refusals" / f"{condition}.txt").read_text()
    assert (f" ({condition})" in text) == (condition not in ASKED_BEFORE | UNNAMED)
    assert "-- exit code" in text


@pytest.mark.skipif(WRITE, reason="they are being written")
def test_no_kept_page_is_left_over() -> None:
    """A file that no test compares would rot."""
    assert kept("stories") == {f"stories/{name}" for name in PAGES}
    assert kept("refusals") == {f"refusals/{name}" for name in REFUSALS}
