"""Law 10 at a real GitLab: whoever does what a refusal says, as whom it names, gets there."""

import re
import shlex
from datetime import UTC, datetime, timedelta

import pytest

from relflow.core.windows import DAYS
from tests.acceptance.fixtures import Gather
from tests.acceptance.person import Ended
from tests.acceptance.site import Site
from tests.acceptance.team import Team

#: Nothing that a release needs takes more words than that.
MANY = 30
_DEV = '\n[[environments]]\nname = "dev"\njob = "deploy-dev"\n'
_PROD = """
[[environments]]
name = "prod"
job = "deploy-prod"
approvals = 2
approvers = {{ access = "maintainer", users = ["dana"] }}
four_eyes = ["creator", "deployer"]
soak = "24h"
window = ["{closed} 08:00-16:00"]
timezone = "UTC"
waivable = [{{ gate = "soaked", role = "lead" }}, {{ gate = "in_window", role = "lead" }}]
"""
_MORE = """
[requirements]
checklist = [{ point = "notes", text = "the notes are written", by = { users = ["rita"] } }]

[roles]
lead = ["anna", "rita"]
"""


def follow(team: Team, refused: Ended) -> str:
    """Type the first step of a refusal that helps now, as the first whom it names, or as whoever was refused."""
    now = next(line for line in refused.json["error"]["next"] if not line.endswith(" on"))
    command, _, people = now.partition("     ")
    who = re.split(", | or ", people.strip("()"))[0] if people else "chris"
    team.person(who).types(*shlex.split(command.replace("REASON", "advised"))[1:])
    return str(now)


@pytest.mark.slow
def test_a_release_that_follows_every_word(site: Site, gather: Gather) -> None:
    """From a draft to production through tests, a checklist, two quorums, soak and window: by what was told alone."""
    team, closed = gather(), DAYS[(datetime.now(UTC) + timedelta(days=3)).weekday()]  # noqa: TID251 - real time
    team.demands(_DEV + _PROD.format(closed=closed), _MORE)
    team.settled()
    version, chris, done = team.drafted(), team.person("chris"), list[str]()
    for _ in range(MANY):
        ended = chris.types("deploy", version, "prod", "--yes", "--json")
        if ended.code == 0:
            break
        done.append(follow(team, ended.ends(1)))
    assert team.release(version).state == "deployed-prod", done
    assert (site.plays(version, "dev"), site.plays(version, "prod")) == (1, 1)
