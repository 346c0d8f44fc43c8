"""A database that is older than this machine knows: somebody put a copy back, or copied it without its log."""

from pathlib import Path

import pytest

from tests.acceptance.site import Site
from tests.acceptance.team import Team

# What is put back is a file.
pytestmark = pytest.mark.parametrize("gather", ["sqlite"], indirect=True)


def test_a_database_without_its_newest_records_is_refused(site: Site, team: Team) -> None:
    """Each command that writes, and `db check`, say what is gone and both ways out: exit 8, and nothing is written."""
    dana, version = team.person("dana"), team.tested()
    older = team.database.read_bytes()
    dana.types("hold", version, "-m", "odd").ends(0)
    newer, last = team.database.read_bytes(), len(team.events(version)) + 2

    team.database.write_bytes(older)
    refused = dana.types("hold", version, "-m", "odd", "--json").ends(8)
    gone = f"its log ends at record {last - 1}, and this machine has seen record {last}"
    assert gone in refused.json["error"]["why"]
    dana.types("db", "check").ends(8).says(gone)
    dana.types("status").ends(0)
    team.database.write_bytes(newer)
    dana.types("resume", version, "-m", "fine").ends(0)

    team.database.write_bytes(older)
    [_, forget] = dana.types("hold", version, "-m", "odd", "--json").ends(8).json["error"]["next"]
    Path(forget.removeprefix("rm ").split("     ")[0]).unlink()
    dana.types("hold", version, "-m", "odd again").ends(0)

    team.database.write_bytes(newer)  # as long as the other, and not the same
    dana.types("resume", version, "-m", "fine").ends(8).says(f"its record {last} is not the one")


def test_a_database_that_is_made_anew_begins_anew(site: Site, team: Team) -> None:
    """At the same place, for the same project: once the policy is adopted nothing of the old one is missed."""
    chris, anna, version = team.person("chris"), team.person("anna"), team.version()
    chris.types("create", version).ends(0)
    team.database.unlink()
    anna.types("db", "upgrade").ends(0)
    anna.types("policy", "adopt", "--yes").ends(0)
    chris.types("create", version).ends(0)
