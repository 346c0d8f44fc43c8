"""Who may come in: each token that will not do gets its own words, and nothing changes."""

from tests.acceptance.site import Site
from tests.acceptance.team import Team


def test_tokens_that_gitlab_refuses(site: Site, team: Team) -> None:
    """Expired, revoked, an outsider's: exit 4 with what is the matter, also with --debug, and no record."""
    version = team.tested()
    before = team.events(version)
    expired = site.extra_token("dana", expires_at="2020-01-01")
    revoked = site.extra_token("dana", revoked=True)
    for token, words in ((expired, "the token has expired"), (revoked, "the token was revoked")):
        said = (
            team.person("dana", token).types("approve", version, "dev", "--debug").ends(4).says(words, "RELFLOW_TOKEN")
        )
        said.keeps_quiet_about(token)
    team.person("otto").types("approve", version, "dev").ends(4).says("hidden from you", "member")
    team.stranger().types("approve", version, "dev").ends(8).says("RELFLOW_TOKEN")
    assert team.events(version) == before


def test_a_token_that_may_only_read(site: Site, team: Team) -> None:
    """read_api is enough to create, test and approve; deploying says before anything happens that it needs api."""
    version = team.version()
    chris, dana = (team.person(name, site.extra_token(name, scopes=["read_api"])) for name in ("chris", "dana"))
    chris.types("create", version).ends(0)
    team.tests(version)
    dana.types("approve", version, "dev").ends(0).says("approved for dev")
    chris.types("deploy", version, "dev").ends(4).says("may not play jobs", "Nothing was changed", "scope api")
    team.person("rita").types("deploy", version, "dev").ends(1).says("(may_act)")
    assert (site.plays(version, "dev"), team.open_deployments()) == (0, [])
