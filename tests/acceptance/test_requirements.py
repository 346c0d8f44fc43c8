"""What a policy asks of a release: each requirement is met and missed through the installed command."""

import hashlib

import pytest

from tests.acceptance.fixtures import Gather
from tests.acceptance.site import Site
from tests.acceptance.team import Team

CHECKLIST = """
[[requirements.checklist]]
point = "notes"
text = "release notes are written"

[[requirements.checklist]]
point = "load"
text = "the load test was looked at"
by = { access = "maintainer", users = ["rita"] }
"""


def asking(gather: Gather, requirements: str) -> Team:
    """A team whose policy in force asks for that."""
    return gather().asks_for(requirements).settled()


def drafted(team: Team, site: Site, *measured: object) -> str:
    """A release of chris's whose tests told a coverage, and reported cases that ran, failed, and were skipped."""
    version = team.version_to_come()
    site.measures(version, *measured)  # type: ignore[arg-type]
    site.tag(version)
    team.person("chris").types("create", version).ends(0)
    return version


@pytest.mark.parametrize(
    ("requirements", "missed", "said", "met", "kept"),
    [
        (
            "coverage_at_least = 80",
            ("79.99",),
            "79.99 % is covered in pipeline",
            ("80.00",),
            {"coverage": "80.00", "tests": None, "failed": None, "skipped": None},
        ),
        (
            "tests_at_least = 5",
            (None, 4, 0, 2),
            "4 tests ran, 2 skipped in pipeline",
            (None, 5),
            {"coverage": None, "tests": 5, "failed": 0, "skipped": 0},
        ),
        (
            "no_failed_tests = true",
            (None, 4, 1),
            "1 of 4 tests failed in pipeline",
            (None, 4),
            {"coverage": None, "tests": 4, "failed": 0, "skipped": 0},
        ),
        ("no_failed_tests = true", (), "no job left a test report", (None, 1), None),
        ("coverage_at_least = 0", (), "no job told a coverage", ("0.00",), None),
    ],
)
def test_a_number(
    site: Site,
    gather: Gather,
    requirements: str,
    missed: tuple[object, ...],
    said: str,
    met: tuple[object, ...],
    kept: dict[str, object] | None,
) -> None:
    """One release misses it and is told by how much, another meets it and keeps the number with its jobs."""
    team = asking(gather, requirements)
    chris, gate = team.person("chris"), requirements.partition(" ")[0]
    chris.types("test", drafted(team, site, *missed)).ends(1).says(said, f"({gate})", "relflow amend")
    version = drafted(team, site, *met)
    chris.types("test", version).ends(0).says(f"{version} is tested")
    shown = team.stranger().types("show", version, "--json").ends(0).json
    numbers = dict(shown["numbers"])
    (job,) = numbers.pop("jobs")
    assert (numbers.pop("report_digest") is None) == (numbers["tests"] is None)
    assert job["name"] == "unit"
    assert kept in (None, numbers)
    assert [each["evidence"] for each in shown["requirements"] if each["gate"] == gate] != [None]


def test_the_evidence_outlives_the_pipeline(site: Site, gather: Gather) -> None:
    """Somebody deletes the pipeline in GitLab: what it counted is told, and fits a copy of GitLab's summary."""
    team = asking(gather, "coverage_at_least = 80\nno_failed_tests = true")
    version = drafted(team, site, "85.30", 12, 0, 3)
    team.person("chris").types("test", version).ends(0).says("85.30 % covered", "12 tests")
    digest = f"sha256:{hashlib.sha256(site.report_summary(version)).hexdigest()}"
    site.deletes_pipeline(version)
    team.stranger().types("show", version).ends(0).says("85.30 %", "12 tests ran, 3 skipped", "/test_report", digest)
    assert team.stranger().types("show", version, "--json").ends(0).json["numbers"]["report_digest"] == digest
    team.stranger().types("log", version).ends(0).says("85.30 % covered, 12 tests")


def test_jobs_by_pattern(gather: Gather) -> None:
    """A pattern stands for the jobs that fit, and one that none fits is a final no: nothing to type helps."""
    team = asking(gather, 'jobs = ["u??t"]')
    chris = team.person("chris")
    chris.types("test", team.drafted()).ends(0).says("unit in pipeline")
    other = asking(gather, 'jobs = ["unit", "e2e*"]')
    ended = other.person("chris").types("test", other.drafted()).ends(1).says("no job fits e2e*", "(jobs_passed)")
    ended.keeps_quiet_about("next:")


def test_a_protected_ref(site: Site, gather: Gather) -> None:
    """A tag is protected, the branch that somebody works on is not; a maintainer is named."""
    team = asking(gather, "ref_protected = true")
    chris = team.person("chris")
    chris.types("test", team.drafted()).ends(0)
    version = team.version_to_come()
    site.branch(f"work-{version}")
    chris.types("create", version, "--ref", f"work-{version}", "--json").ends(0)
    chris.types("test", version).ends(1).says(
        f"work-{version} is no protected branch or tag (ref_protected)", "anna or ben"
    )
    chris.types("why", version, "test").ends(0).says("(ref_protected)")


def test_a_checklist(site: Site, gather: Gather) -> None:
    """Points are missing by name, ticked by whom they are for, counted by `test`, and gone with an amend."""
    team = asking(gather, CHECKLIST)
    chris, dana, rita = (team.person(name) for name in ("chris", "dana", "rita"))
    version = team.drafted()
    chris.types("test", version).ends(1).says(
        "2 of 2 points are not ticked (checklist_ticked): notes, release notes are written",
        "(anna, ben, chris, dana or emil)",
        "load, the load test was looked at (anna, ben or rita)",
        f"relflow tick {version} notes",
    )
    chris.types("tick", version, "nots").ends(2).says("there is no point nots", "did you mean notes?")
    chris.types("tick", "9.9.9", "notes").ends(2).says("there is no release 9.9.9")
    dana.types("tick", version, "load").ends(1).says("dana may not tick load (may_tick)", "anna, ben or rita")
    assert dana.types("tick", version, "notes", "--json").ends(0).events == ["point_ticked"]
    chris.types("tick", version, "notes").ends(1).says("notes is ticked already, by dana (ticks_once)")
    rita.types("tick", version, "load").ends(0).says("(2 of 2)", f"relflow test {version}")
    chris.types("test", version).ends(0)
    rita.types("tick", version, "load").ends(1).says("(in_state)")

    site.tag(f"{version}-fixed")
    chris.types("amend", version, "--ref", f"v{version}-fixed", "-m", "a fix").ends(0)
    team.stranger().types("show", version).ends(0).says("ticked for revision 1, no longer counts")
    points = team.stranger().types("show", version, "--json").ends(0).json["checklist"]
    assert [(each["point"], each["ticked_by"], each["counts"]) for each in points] == [
        ("notes", "user:dana", False),
        ("load", "user:rita", False),
    ]
    chris.types("why", version, "test").ends(0).says("2 of 2 points are not ticked")
    chris.types("test", version).ends(1).says("(checklist_ticked)")
    assert team.events(version).count("point_ticked") == 2
    team.stranger().types("db", "check").ends(0)


def test_everything_at_once_is_read_and_told(site: Site, gather: Gather) -> None:
    """Whoever mends a release sees all that is missing, and each fact is read once."""
    everything = "coverage_at_least = 80\ntests_at_least = 5\nno_failed_tests = true\nref_protected = true"
    team = asking(gather, everything + CHECKLIST)
    version = drafted(team, site, "10.00", 2, 1)
    ended = team.person("chris").types("test", version).ends(1)
    ended.says("(coverage_at_least)", "(tests_at_least)", "(no_failed_tests)", "(checklist_ticked)")
    assert [one.rpartition("/")[2] for one in ended.asked[-3:]] == [
        ended.asked[-3].rpartition("/")[2],
        "test_report_summary",
        f"v{version}",
    ]
    assert len(ended.asked) == 8
