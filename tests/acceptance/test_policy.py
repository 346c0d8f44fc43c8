"""The policy in force is what the database adopted, whatever a file says."""

import pytest

from tests.acceptance.fixtures import Gather


@pytest.mark.slow
def test_a_file_is_a_proposal(gather: Gather) -> None:
    """A changed file stops every writing command with exit 8; only a maintainer puts it in force."""
    team = gather().settled()
    anna, chris = team.person("anna"), team.person("chris")
    version = team.tested()
    team.proposes({"dev": 1, "prod": 1})

    chris.types("policy", "diff").ends(1).says("-approvals = 2")
    for words in (("approve", version, "dev"), ("deploy", version, "dev")):
        chris.types(*words).ends(8).says("differs from the policy in force", "Nothing was changed", "policy adopt")
    chris.types("show", version).ends(0)
    chris.types("policy", "adopt", "--yes").ends(1).says("refused", "Maintainer", "anna or ben")

    anna.types("policy", "adopt", "--yes").ends(0).says("in force")
    team.person("dana").types("approve", version, "dev").ends(0)
    shown = chris.types("policy", "show", "--json").ends(0).json
    assert [place["approvals"] for place in shown["policy"]["environments"]] == [1, 1]
