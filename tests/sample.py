"""Make `sample.db`: half a year of a small team, written by the use cases themselves against a GitLab in memory.

`make sample` writes it anew; a test makes it again and compares. Times, ids and commits are the same in each run.
"""

import contextlib
import hashlib
import sqlite3
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from relflow.core.facts import Job
from relflow.core.workflow import Approvers, Environment, Workflow
from relflow.service.app import App, Done, No
from relflow.service.drifting import Noted, accept
from relflow.service.holding import hold
from relflow.service.playing import deploy, rollback
from relflow.service.policies import Adopted, adopt
from relflow.service.reconciling import abandon, reconcile
from relflow.service.releases import amend, approve, create, record_test, reject, resume, unapprove
from relflow.store.schema import upgrade
from relflow.store.sql import SqlStore
from relflow.store.sqlite import SqliteHome
from tests.doubles.clock import SteppingClock
from tests.doubles.gitlab import FakeGitLab, Planned, PlayFault
from tests.doubles.team import LOG, Heard, done

SAMPLE = Path(__file__).parent.parent / "sample.db"
POLICY = Workflow(
    "group/data-provider",
    (
        Environment("dev", "deploy-dev", "dev"),
        Environment("prod", "deploy-prod", "production", 2, Approvers("maintainer", ("dana",))),
    ),
)
PLAN = (
    Planned("build", "build"),
    Planned("unit"),
    Planned("lint"),
    Planned("deploy-dev", "deploy", "manual", "dev"),
    Planned("deploy-prod", "deploy", "manual", "production"),
)
RED = tuple(Planned("unit", "test", "failed") if each.name == "unit" else each for each in PLAN)


@dataclass
class SampleGitLab(FakeGitLab):
    """Its commits look like commits."""

    def commit(self, ref: str) -> str:
        """A new commit, named after its place in history."""
        self.refs[ref] = hashlib.sha1(f"commit {len(self.commits)}".encode(), usedforsecurity=False).hexdigest()
        self.commits.append(self.refs[ref])
        return self.refs[ref]


class Team:
    """Five developers and their GitLab; each method is something that one of them does, at the time of the clock."""

    def __init__(self, file: Path) -> None:
        upgrade(SqliteHome(file))
        self.clock = SteppingClock(step=timedelta(seconds=7))
        self.gitlab, self.heard = SampleGitLab(self.clock), Heard()
        self.store = SqlStore(SqliteHome(file), LOG, self.clock, "sample")
        self.ends("success")

    def app(self, who: str) -> App:
        """What is wired on that person's machine."""
        return App(self.store, self.gitlab.connect(who), self.clock, self.heard, None)

    def at(self, day: str, time: str) -> None:
        """It is that time of that day, in UTC."""
        self.clock.set(datetime.fromisoformat(f"2026-{day} {time}").replace(tzinfo=UTC))

    def later(self, minutes: int) -> None:
        """Time passes."""
        self.clock.jump(timedelta(minutes=minutes))

    def ends(self, *statuses: str) -> None:
        """Jobs that are watched end so, one after the other; the last status is that of all others."""
        waiting = list(statuses)

        def end(job: Job) -> None:
            if self.gitlab.jobs[job.id].status in {"pending", "running"}:
                self.later(2)
                self.gitlab.finish(job.id, waiting.pop(0) if len(waiting) > 1 else waiting[0])

        self.heard.on_look = end

    def begins(self, version: str, title: str, by: str = "chris") -> None:
        """A tag is pushed, a release created, and its pipeline is the evidence."""
        self.gitlab.push(f"v{version}", *PLAN, by=by)
        done(create(self.app(by), version, None, title))
        self.later(11)
        done(record_test(self.app(by), version))

    def goes_to_dev(self, version: str, agrees: str = "dana", by: str = "chris", comment: str | None = None) -> None:
        """Somebody agrees, and it is deployed to dev."""
        self.later(25)
        done(approve(self.app(agrees), version, "dev", comment))
        self.later(4)
        done(deploy(self.app(by), version, "dev"))

    def is_agreed_on(self, version: str, *names: str) -> None:
        """These approve it for production."""
        for name in names:
            self.later(47)
            done(approve(self.app(name), version, "prod"))

    def ships(
        self, version: str, day: str, title: str, *, by: str = "chris", agree: tuple[str, str] = ("anna", "ben")
    ) -> None:
        """An ordinary release on an ordinary day."""
        self.at(day, "08:30")
        self.begins(version, title, by)
        self.goes_to_dev(version, "dana" if by != "dana" else "emil", by)
        self.later(90)
        self.is_agreed_on(version, *agree)
        self.later(6)
        done(deploy(self.app(agree[1]), version, "prod"))


def live_through(team: Team) -> None:
    """From January to June: thirty releases, most of them uneventful."""
    adopts_the_policy(team)
    team.ships("1.0.0", "01-14", "First data set")
    team.ships("1.1.0", "01-21", "Prices by region", by="emil")
    a_red_pipeline(team)
    team.ships("1.2.1", "02-03", "Rounding as the ledger does", by="dana")
    a_hold(team)
    team.ships("1.3.1", "02-12", "Faster export")
    an_amend(team)
    team.ships("1.5.0", "02-25", "Averages by month", by="emil", agree=("ben", "anna"))
    team.ships("1.5.1", "03-02", "Typo in a heading", by="emil")
    a_failed_deployment(team)
    team.ships("1.6.1", "03-11", "Retries when the source is slow")
    a_rollback(team)
    team.ships("1.7.1", "03-24", "Invoices rounded once", by="dana", agree=("anna", "ben"))
    team.ships("1.8.0", "03-31", "Second source of prices", agree=("ben", "dana"))
    a_rejection(team)
    team.ships("1.9.1", "04-09", "New layout, old columns kept", by="emil")
    four_eyes(team)
    team.ships("1.10.1", "04-21", "Smaller pages")
    a_click_in_gitlab(team)
    team.ships("1.11.1", "05-05", "Time zones in the header", by="emil", agree=("ben", "dana"))
    a_canceled_job(team)
    team.ships("1.12.1", "05-19", "Less memory", agree=("anna", "dana"))
    an_unknown_outcome(team)
    team.ships("1.13.1", "06-02", "Audit of sources", by="dana")
    team.ships("1.14.0", "06-09", "Months that begin on a weekday", by="emil")
    on_their_way(team)


def adopts_the_policy(team: Team) -> None:
    """Anna puts the policy in force."""
    team.at("01-12", "10:00")
    app = team.app("anna")
    adopted = adopt(app, app.gitlab.project(POLICY.project), LOG, POLICY)
    assert isinstance(adopted, Adopted)


def a_red_pipeline(team: Team) -> None:
    """1.2.0 fails its tests and stays a draft; nobody comes back to it."""
    team.at("01-28", "09:10")
    team.gitlab.push("v1.2.0", *RED, by="dana")
    done(create(team.app("dana"), "1.2.0", None, "Rounding"))
    team.later(12)
    assert isinstance(record_test(team.app("dana"), "1.2.0"), No)
    team.at("02-03", "08:10")
    done(hold(team.app("dana"), "1.2.0", "1.2.1 has the fix", close=True))


def a_hold(team: Team) -> None:
    """1.3.0 waits a day between dev and production, because a reporter saw something."""
    team.at("02-05", "08:40")
    team.begins("1.3.0", "Export as CSV")
    team.goes_to_dev("1.3.0", comment="tried the export")
    team.at("02-05", "13:20")
    done(hold(team.app("rita"), "1.3.0", "the totals of January look wrong"))
    team.at("02-06", "09:15")
    done(resume(team.app("dana"), "1.3.0", "January was an old export"))
    team.is_agreed_on("1.3.0", "ben", "anna")
    done(deploy(team.app("anna"), "1.3.0", "prod"))


def an_amend(team: Team) -> None:
    """1.4.0 is bound to another commit after dev; the approvals of before no longer count."""
    team.at("02-17", "08:55")
    team.begins("1.4.0", "Averages", by="emil")
    team.goes_to_dev("1.4.0", by="emil")
    team.at("02-18", "09:05")
    team.gitlab.push("v1.4.0-fixed", *PLAN, by="emil")
    done(amend(team.app("emil"), "1.4.0", "the average of nothing is nothing", ref="v1.4.0-fixed"))
    team.later(9)
    done(record_test(team.app("emil"), "1.4.0"))
    team.goes_to_dev("1.4.0", agrees="chris", by="emil")
    team.is_agreed_on("1.4.0", "anna", "dana")
    done(deploy(team.app("anna"), "1.4.0", "prod"))


def a_failed_deployment(team: Team) -> None:
    """The job that deploys 1.6.0 to production fails, and succeeds when it is run again."""
    team.at("03-05", "08:35")
    team.begins("1.6.0", "New database driver")
    team.goes_to_dev("1.6.0")
    team.is_agreed_on("1.6.0", "anna", "ben")
    team.ends("failed", "success")
    failed = deploy(team.app("ben"), "1.6.0", "prod")
    assert isinstance(failed, Done)
    assert failed.trouble is not None
    team.later(35)
    done(deploy(team.app("ben"), "1.6.0", "prod"))
    team.ends("success")


def a_rollback(team: Team) -> None:
    """1.7.0 rounds invoices twice: production goes back to 1.6.1 the same evening."""
    team.ships("1.7.0", "03-17", "Invoices rounded")
    team.at("03-17", "18:42")
    done(rollback(team.app("ben"), "1.6.1", "prod", "invoices are rounded twice"))


def a_rejection(team: Team) -> None:
    """Dana says no to 1.9.0, and it is closed."""
    team.at("04-02", "08:50")
    team.begins("1.9.0", "New layout", by="emil")
    team.goes_to_dev("1.9.0", agrees="chris", by="emil")
    team.is_agreed_on("1.9.0", "anna")
    team.later(15)
    done(reject(team.app("dana"), "1.9.0", "prod", "the columns that billing reads are gone"))
    team.at("04-09", "08:05")
    done(hold(team.app("emil"), "1.9.0", "superseded by 1.9.1", close=True))


def four_eyes(team: Team) -> None:
    """Chris is in a hurry: two refusals, an approval that was taken back and given again, and then production."""
    team.at("04-14", "08:20")
    team.begins("1.10.0", "Pages")
    assert isinstance(approve(team.app("chris"), "1.10.0", "dev"), No)
    team.goes_to_dev("1.10.0")
    team.is_agreed_on("1.10.0", "anna")
    assert isinstance(deploy(team.app("chris"), "1.10.0", "prod"), No)
    team.later(20)
    done(unapprove(team.app("anna"), "1.10.0", "prod"))
    team.at("04-15", "09:30")
    team.is_agreed_on("1.10.0", "anna", "ben")
    done(deploy(team.app("chris"), "1.10.0", "prod"))


def a_click_in_gitlab(team: Team) -> None:
    """Somebody plays the job of 1.11.0 in GitLab while chris asks for it: it is live, and held until that is clear."""
    team.at("04-28", "08:45")
    team.begins("1.11.0", "Time zones")
    team.later(30)
    done(approve(team.app("dana"), "1.11.0", "dev"))
    pipeline = next(each for each in team.gitlab.pipelines.values() if each.ref == "v1.11.0")
    job = team.gitlab.named(pipeline, "deploy-dev")
    team.gitlab.before("play", lambda: team.gitlab.play(job.id, "emil"))
    held = deploy(team.app("chris"), "1.11.0", "dev")
    assert isinstance(held, Done)
    assert held.trouble is not None
    team.later(50)
    assert isinstance(accept(team.app("chris"), "dev", None, "emil clicked play at the same moment"), Noted)
    team.later(1)
    done(resume(team.app("chris"), "1.11.0", "emil clicked play at the same moment"))
    team.is_agreed_on("1.11.0", "ben", "anna")
    done(deploy(team.app("anna"), "1.11.0", "prod"))


def a_canceled_job(team: Team) -> None:
    """1.12.0 is on its way to dev when dana sees that it names the wrong database."""
    team.at("05-12", "08:40")
    team.begins("1.12.0", "Own database user")
    team.later(20)
    done(approve(team.app("dana"), "1.12.0", "dev"))
    done(deploy(team.app("chris"), "1.12.0", "dev", wait=False))
    team.later(1)
    done(hold(team.app("dana"), "1.12.0", "it names the database of prod", cancel_job=True))
    team.at("05-13", "09:00")
    done(resume(team.app("dana"), "1.12.0", "the variable is set now"))
    team.later(3)
    done(deploy(team.app("chris"), "1.12.0", "dev"))
    team.is_agreed_on("1.12.0", "anna", "ben")
    done(deploy(team.app("ben"), "1.12.0", "prod"))


def an_unknown_outcome(team: Team) -> None:
    """The play of 1.13.0 is lost on its way; after the quiet period it is given up, and dev is asked for again."""
    team.at("05-26", "08:30")
    team.begins("1.13.0", "Sources", by="dana")
    team.later(20)
    done(approve(team.app("emil"), "1.13.0", "dev"))
    team.gitlab.play_faults.append(PlayFault("never"))
    lost = deploy(team.app("dana"), "1.13.0", "dev")
    assert isinstance(lost, Done)
    assert lost.deployment is not None
    reconcile(team.app("emil"))
    team.later(12)
    done(abandon(team.app("dana"), lost.deployment.id, "GitLab was down; the job still waits"))
    team.later(2)
    done(deploy(team.app("dana"), "1.13.0", "dev"))
    team.is_agreed_on("1.13.0", "anna", "ben")
    done(deploy(team.app("anna"), "1.13.0", "prod"))


def on_their_way(team: Team) -> None:
    """What the sample is looked at with: one release waits for production, one is held, one is tested, one a draft."""
    team.at("06-15", "08:30")
    team.begins("1.14.1", "Leap seconds", by="chris")
    team.goes_to_dev("1.14.1")
    team.at("06-16", "10:10")
    done(hold(team.app("emil"), "1.14.1", "wait for the answer of the ledger team"))
    team.at("06-16", "13:30")
    team.begins("1.15.0", "Prices by customer", by="emil")
    team.goes_to_dev("1.15.0", by="emil", comment="read the diff, tried it")
    team.is_agreed_on("1.15.0", "anna")
    team.at("06-18", "09:00")
    team.begins("1.16.0", "Currency table", by="dana")
    team.at("06-18", "15:45")
    team.gitlab.push("v1.17.0", *PLAN)
    done(create(team.app("chris"), "1.17.0", None, "Bulk export"))


def make(file: Path) -> None:
    """Write the sample into a new file that opens read-only anywhere."""
    with tempfile.TemporaryDirectory() as folder:
        fresh, whole = Path(folder) / "fresh.db", Path(folder) / "whole.db"
        live_through(Team(fresh))
        with contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
            connection.execute("VACUUM INTO ?", (str(whole),))  # not in WAL mode, whatever the original is in
        file.write_bytes(whole.read_bytes())


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE)
