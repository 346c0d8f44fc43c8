"""What a page finds when it is followed: a GitLab and a team of its own, and how far their releases are."""

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from relflow.adapters.ci.drafting import PART
from relflow.service.playing import deploy
from relflow.service.reconciling import reconcile
from relflow.service.releases import create
from relflow.settings.address import authority
from tests import postgres
from tests.acceptance.person import eventually
from tests.acceptance.site import Site
from tests.acceptance.team import Team
from tests.docs.following import LEFT_OUT, Shell, follow
from tests.docs.pages import PAGES
from tests.sample import SAMPLE

HOST = "gitlab.example.org"
GITLAB = f"https://{HOST}"
ADOPTED = "docs/how-to/adopt-an-existing-project.md"
REQUIREMENTS = "docs/how-to/say-what-a-release-must-have-passed.md"
#: The server keeps the request, and it never has its effect.
NEVER: dict[str, Any] = {"kind": "delay", "seconds": 60, "effect": False}


@dataclass
class Stage:
    """Where a page plays. Its commands are typed by `you`, or by the member whose name is the block's title."""

    team: Team
    you: str = "chris"
    #: What the page names, and what is meant here.
    stands_for: dict[str, str] = field(default_factory=dict)
    #: What happens when the reader comes to a heading.
    before: dict[str, Callable[[], None]] = field(default_factory=dict)
    #: What stands in the reader's environment, besides their token.
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        """GitLab."""
        return self.team.site

    def draft(self, version: str) -> None:
        """Chris has created the version."""
        self.site.tag(version)
        create(self.team.app("chris"), version, None, None)

    def approved(self, version: str) -> None:
        """Chris has created the version, and dana approved it for dev."""
        self.draft(version)
        self.team.tests(version)
        self.team.approves("dana", version, "dev")

    def dies(self, version: str, path: str, method: str, event: str) -> None:
        """Chris deploys to dev, and the process dies once that is recorded: the request to the path never answers."""
        self.site.goes_wrong(path, method, **NEVER)
        deploying = self.team.person("chris").starts("deploy", version, "dev")
        eventually(lambda: event in self.team.events(version))
        deploying.killed()
        self.site.is_up()

    def shell(self, title: str) -> Shell:
        """That member's terminal, or one in the folder of that name."""
        folder = self.team.home / title
        token = self.site.token(self.you if folder.is_dir() else title)
        return Shell(folder if folder.is_dir() else self.team.home, RELFLOW_TOKEN=token, **self.environment)

    def follow(self, page: str) -> None:
        """Follow the page."""
        known = {
            GITLAB: self.site.url,
            HOST: authority(self.site.url),
            "group/data-provider": "demo/data-provider",
            LEFT_OUT: str(self.team.home),
        }
        self.stands_for = {**known, **self.stands_for}
        follow(page, self.shell, self.stands_for, self.before)


@contextmanager
def opened(folder: Path) -> Iterator[Stage]:
    """A stage with a GitLab of its own, so that the names of a page are free, and a team whose policy is in force."""
    site, home = Site(folder), folder / "team"
    home.mkdir()
    with site.sandbox:
        team = Team(site, home)
        yield Stage(team.settled())
        team.keeps_its_promises()
    assert site.logged == []


def set_up(stage: Stage) -> None:
    """A maintainer in a new folder; what is done by hand is done in another one, with the page's own file."""
    stage.you = "anna"
    for file in (stage.team.home / "relflow.toml", stage.team.database):
        file.unlink()
    [text] = re.findall(r"^```toml\n(.*?)^```$", PAGES["docs/how-to/set-up.md"], re.MULTILINE | re.DOTALL)
    clone, shared = stage.team.home / "data-provider", stage.team.home.with_name("shared")
    clone.mkdir()
    shared.mkdir()
    text = text.replace(GITLAB, stage.site.url).replace("group/data-provider", "demo/data-provider")
    (clone / "relflow.toml").write_text(text.replace("/srv/relflow", str(shared)))
    stage.stands_for = {
        GITLAB: GITLAB,  # only a host that is not this machine can be trusted
        HOST: HOST,
        f"--url {GITLAB}": f"--url {stage.site.url}",
        f"relflow/{HOST}": f"relflow/{authority(stage.site.url).replace(':', '_')}",
        "group__data-provider": "demo__data-provider",
        "/srv/relflow": str(shared),
    }


def make_the_pipeline_fit(stage: Stage) -> None:
    """The clone has the pipeline that the page shows; what stands there in the end is pushed. Emil clicked before."""
    [text] = re.findall(r"^\$ cat \.gitlab-ci\.yml\n(.*?)^```$", PAGES[ADOPTED], re.MULTILINE | re.DOTALL)
    (stage.team.home / ".gitlab-ci.yml").write_text(text)

    def was_there_before() -> None:
        stage.team.database.unlink()
        for version, names in (("2.2.0", ("dev", "prod")), ("2.3.0", ("dev", "prod")), ("2.4.0", ("dev",))):
            stage.site.tag(version)
            for name in names:
                stage.site.clicked("emil", version, name)
                stage.site.job(version, name, "success")
        stage.team.settled()

    stage.before = {
        "## Ask GitLab": lambda: stage.site.pushes(stage.team.home, ".gitlab-ci.yml", PART),
        "## Begin with the past": was_there_before,
    }


def change_your_mind(stage: Stage) -> None:
    """2.4.0 is approved for dev; the fix has a tag, and its pipeline is run again when the page says so."""
    stage.approved("2.4.0")
    stage.site.tag("2.4.0-fixed")

    def again() -> None:
        stage.stands_for["4711"] = stage.site.runs_again("2.4.0-fixed")

    stage.before["## Take a pipeline that was run again"] = again


def say_what(stage: Stage) -> None:
    """The page's own requirements are proposed; chris created 2.4.0, whose tests are too few, and a fix has a tag."""
    [text] = re.findall(r"^```toml\n(.*?)^```$", PAGES[REQUIREMENTS], re.MULTILINE | re.DOTALL)
    stage.team.asks_for(text.removeprefix("[requirements]\n"))
    stage.site.measures("2.4.0", "79.40", 398, 1, 14)
    stage.draft("2.4.0")
    stage.site.measures("2.4.0-fixed", "85.30", 412, 0, 3)
    fixed = stage.site.tag("2.4.0-fixed")
    stage.stands_for = {"group%2Fdata-provider": "demo%2Fdata-provider", "/pipelines/1003": f"/pipelines/{fixed.id}"}


def start(stage: Stage) -> None:
    """The pipelines of three tags were deleted; GitLab's rules refuse one of them, and one request is lost at first."""
    site = stage.site
    for version in ("2.4.0", "2.5.0", "2.6.0", "2.7.0"):
        site.tag(version)
    for version in ("2.4.0", "2.6.0", "2.7.0"):
        site.deletes_pipeline(version)

    def late() -> None:
        site.runs_again("2.7.0")  # as the same POST would

    said = {"message": {"base": ["Pipeline filtered out by workflow rules."]}}
    stage.before = {
        "## Where GitLab refuses": lambda: site.goes_wrong("pipeline", "POST", kind="status", status=400, body=said),
        "## Where the answer is lost": lambda: site.goes_wrong("pipeline", "POST", kind="lost_before"),
        "### Where it arrives after all": late,
    }


def ask(stage: Stage) -> None:
    """2.3.0 runs in dev, and 2.4.0 is tested."""
    stage.approved("2.3.0")
    deploy(stage.team.app("chris"), "2.3.0", "dev")
    stage.draft("2.4.0")
    stage.team.tests("2.4.0")
    file = stage.team.home / "relflow.toml"
    [waivable] = re.findall(r"^waivable = .*$", PAGES["docs/how-to/ask-before-you-act.md"], re.MULTILINE)

    def run_again() -> None:
        stage.team.approves("dana", "2.4.0", "dev")
        stage.stands_for["4712"] = stage.site.runs_again("2.4.0")
        job = 'job = "deploy-dev"\n'
        file.write_text(file.read_text().replace(job, f"{job}{waivable}\n") + '\n[roles]\nlead = ["anna", "rita"]\n')
        stage.team.settled()

    stage.before["## Answer for a condition that does not matter"] = run_again


def require(stage: Stage) -> None:
    """2.4.0 is tested, and emil wrote it; the settings file gets another rule as the page goes on."""
    stage.you = "anna"
    stage.draft("2.4.0")
    stage.team.tests("2.4.0")
    [text] = re.findall(
        r"^```toml title.*?\n(.*?)^```$", PAGES["docs/how-to/require-an-approval.md"], re.MULTILINE | re.DOTALL
    )
    file, strict = stage.team.home / "relflow.toml", stage.team.home / "strict"
    head = file.read_text().partition("[[environments]]")[0]
    roles, prod = text.split("[[environments]]")

    def rule(dev: str) -> str:
        return f'{head}{roles}[[environments]]\nname = "dev"\njob = "deploy-dev"\n{dev}\n\n[[environments]]{prod}'

    file.write_text(rule(""))
    strict.mkdir()
    asks_for_more = rule("").replace("sqlite:///", f"sqlite:///{stage.team.home}/").replace("= 2", "= 5")
    (strict / "relflow.toml").write_text(asks_for_more)
    stage.before = {
        "## Keep authors out": lambda: _written(file, rule('four_eyes = ["creator", "author"]')),
        "## When an approval counts no longer": lambda: _written(file, rule("approvals = 2")),
    }


def explore(stage: Stage) -> None:
    """The page's policy, in a folder of its own."""
    page = PAGES["docs/explanation/checking-a-policy.md"]
    [text] = re.findall(r"^```toml title.*?\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    file, short = stage.team.home / "relflow.toml", stage.team.home / "short"
    short.mkdir()
    (short / "relflow.toml").write_text(file.read_text().partition("[[environments]]")[0] + text)


def at_night(stage: Stage) -> None:
    """The glass may be broken in prod; anna has 2.4.1 tested, and by day 2.5.0 is approved for prod."""
    stage.you = "anna"
    [allowed] = re.findall(r"^break_glass = .*$", PAGES["docs/how-to/hand-over-a-hotfix-at-night.md"], re.MULTILINE)
    file, job = stage.team.home / "relflow.toml", 'job = "deploy-prod"\n'
    file.write_text(file.read_text().replace(job, f"{job}{allowed}\n"))
    stage.team.settled()
    stage.draft("2.4.1")
    stage.team.tests("2.4.1")

    def by_day() -> None:
        stage.approved("2.5.0")
        deploy(stage.team.app("chris"), "2.5.0", "dev")
        for who in ("anna", "ben"):
            stage.team.approves(who, "2.5.0", "prod")

    stage.before["## Sign it off, in the morning"] = by_day


def _written(file: Path, text: str) -> None:
    file.write_text(text)


def roll_back(stage: Stage) -> None:
    """2.3.0 runs in dev; the job of 2.4.0 fails until it is mended, and that of 2.5.0 runs until it is canceled."""
    stage.approved("2.3.0")
    deploy(stage.team.app("chris"), "2.3.0", "dev")
    stage.approved("2.4.0")
    stage.site.breaks("2.4.0", "dev")

    def begin() -> None:
        stage.site.holds("2.5.0", "dev")
        stage.approved("2.5.0")

    stage.before["## The second attempt"] = lambda: stage.site.mends("2.4.0", "dev")
    stage.before["## Stop a job that runs"] = begin


def recover(stage: Stage) -> None:
    """Chris's process dies while the job runs, before the play was sent, and while it is on its way; GitLab errs."""
    site = stage.site
    stage.approved("2.4.0")
    site.holds("2.4.0", "dev")
    stage.team.person("chris").starts("deploy", "2.4.0", "dev").until_it_says("running").killed()

    def ends() -> None:
        site.lets_go("2.4.0", "dev")
        site.job("2.4.0", "dev", "success")

    def nothing_was_sent() -> None:
        stage.approved("2.5.0")
        stage.dies("2.5.0", "jobs/*", "GET", "deployment_requested")

    def it_may_arrive() -> None:
        stage.approved("2.6.0")
        stage.dies("2.6.0", "jobs/*/play", "POST", "play_requested")

    def errs_although_it_played() -> None:
        site.clicked("chris", "2.6.0", "dev")  # the same POST, late
        site.job("2.6.0", "dev", "success")
        reconcile(stage.team.app("dana"))
        stage.approved("2.7.0")
        site.goes_wrong("jobs/*/play", "POST", kind="status", status=502, effect=True)

    def errs() -> None:
        stage.approved("2.8.0")
        site.goes_wrong("jobs/*/play", "POST", kind="status", status=502)

    stage.before = {
        "## My laptop died in the middle of a deployment": ends,
        "### Where nothing was sent": nothing_was_sent,
        "### Where the play may still arrive": it_may_arrive,
        "## GitLab answered 502": errs_although_it_played,
        "### Where the job still waits": errs,
    }


def somebody_clicks(stage: Stage) -> None:
    """Emil plays the job of 2.4.0, which is approved for dev; later that of 2.5.0, which is only tested."""
    stage.approved("2.4.0")
    stage.draft("2.5.0")
    stage.team.tests("2.5.0")

    def clicks(version: str) -> None:
        stage.site.clicked("emil", version, "dev")
        stage.site.job(version, "dev", "success")

    clicks("2.4.0")
    stage.before["## Where nobody had approved it"] = lambda: clicks("2.5.0")


def check(stage: Stage) -> None:
    """Somebody in a hurry let developers push to main, and GitLab play the jobs of old pipelines."""
    tables = stage.site.sandbox.site.tables
    stage.stands_for["2027-11-01"] = str(next(iter(tables.tokens)).expires_at)
    tables.settings = replace(tables.settings, ci_forward_deployment_enabled=False)
    for ref in tables.protected_branches:
        tables.protected_branches.put(replace(ref, push_levels=(30,)))


def freeze(stage: Stage) -> None:
    """2.3.0 runs in dev, and 2.4.0 is approved for it; later 2.5.0 is."""
    stage.approved("2.3.0")
    deploy(stage.team.app("chris"), "2.3.0", "dev")
    stage.approved("2.4.0")
    stage.before["## End it early"] = lambda: stage.approved("2.5.0")


def verify(stage: Stage) -> None:
    """2.4.0 runs in dev; later somebody moves its row by hand."""
    stage.approved("2.4.0")
    deploy(stage.team.app("chris"), "2.4.0", "dev")

    def edit() -> None:
        with closing(sqlite3.connect(stage.team.database)) as connection:
            connection.execute("UPDATE release SET state = 'deployed-prod'")
            connection.commit()

    stage.before["## When something is wrong"] = edit


def look_back(stage: Stage) -> None:
    """The sample lies in the folder, which has no settings."""
    (stage.team.home / "relflow.toml").unlink()
    shutil.copy(SAMPLE, stage.team.home)
    stage.stands_for = {GITLAB: GITLAB, HOST: HOST, "group/data-provider": "group/data-provider"}


def back_up(stage: Stage) -> None:
    """2.4.0 is approved, and there is a place for backups."""
    stage.approved("2.4.0")
    backups = stage.team.home.with_name("backups")
    backups.mkdir()
    stage.stands_for["/backups"] = str(backups)


def move(stage: Stage) -> None:
    """2.4.0 is approved, and there is a server that has neither the database nor the roles."""
    server = postgres.running()
    server.run("DROP DATABASE IF EXISTS relflow WITH (FORCE)")
    server.run("DROP ROLE IF EXISTS relflow_app", "DROP ROLE IF EXISTS relflow_owner")
    stage.approved("2.4.0")
    stage.environment = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": "postgres"}
    stage.stands_for["db.example.org"] = f"127.0.0.1:{server.port}"


def many_at_once(stage: Stage) -> None:
    """2.4.0 is being deployed to dev when dana comes with 2.5.0."""
    stage.approved("2.4.0")
    stage.approved("2.5.0")
    stage.site.holds("2.4.0", "dev")
    stage.team.person("chris").starts("deploy", "2.4.0", "dev").until_it_says("running").killed()


STAGES: dict[str, Callable[[Stage], None]] = {
    "docs/how-to/set-up.md": set_up,
    ADOPTED: make_the_pipeline_fit,
    REQUIREMENTS: say_what,
    "docs/how-to/start-the-pipeline.md": start,
    "docs/how-to/ask-before-you-act.md": ask,
    "docs/how-to/require-an-approval.md": require,
    "docs/how-to/hand-over-a-hotfix-at-night.md": at_night,
    "docs/how-to/change-your-mind.md": change_your_mind,
    "docs/how-to/check-your-project.md": check,
    "docs/how-to/try-again-and-roll-back.md": roll_back,
    "docs/how-to/recover-an-unknown-outcome.md": recover,
    "docs/how-to/freeze-a-week.md": freeze,
    "docs/how-to/a-colleague-clicked-play.md": somebody_clicks,
    "docs/how-to/look-at-the-past.md": look_back,
    "docs/how-to/verify-the-audit-log.md": verify,
    "docs/how-to/back-up.md": back_up,
    "docs/how-to/move-to-postgresql.md": move,
    "docs/explanation/many-at-once.md": many_at_once,
    "docs/explanation/checking-a-policy.md": explore,
}
