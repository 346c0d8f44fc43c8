"""Mistakes in a policy: all of them at once, each with its line, and what to write instead."""

from pathlib import Path

import pytest

from relflow.core.errors import SetupError
from relflow.settings.policy import MAX_SHOWN, adoptable, examined, load_policy, parse
from tests.settings.texts import FULL, GITLAB, LEAST

MANY = """\
[gitlab]
url = "https://anna:hunter2@gitlab.example.org"
project = "g/p"
[requirements]
jobs = ["test", 5,
  "deploy"]
coverage_at_least = 101
[roles]
lead = ["anna", "anna"]
[[environments]]
nam = "dev"
job = "deploy"
approvals = "1"
[[environments]]
name = "prod"
job = "deploy"
approvals = 0
soak = "24h"
aprovers = 1
approvers = { access = "guest", user = [], roles = ["led"] }
four_eyes = ["author", "owner"]
[[environments]]
name = "prod"
job = "x\\u202ey"
"""


def mistakes(text: str) -> tuple[str, ...]:
    """What is said about the text."""
    with pytest.raises(SetupError) as caught:
        parse(text)
    assert caught.value.next_step
    return caught.value.why


def test_all_at_once() -> None:
    """Form and rules are judged together, and a part in order is judged beside one that is not."""
    assert mistakes(MANY) == (
        "relflow.toml:2: gitlab.url: it must not hold a user or password: tokens come from the environment",
        "relflow.toml:5: requirements.jobs[2]: it must be text, in quotes",
        "relflow.toml:7: requirements.coverage_at_least: it is at most 100",
        "relflow.toml:9: role lead: it names anna more than once",
        "relflow.toml:10: environments[1].name: it must be said, there is no default",
        "relflow.toml:11: environments[1].nam: there is no such setting; did you mean name?",
        "relflow.toml:13: environments[1].approvals: it must be a whole number",
        "relflow.toml:16: job deploy is required before it can be played: it is a deploy job",
        "relflow.toml:17: environment prod: approvals is 0, and a way to it without approval is none",
        "relflow.toml:19: environments[2].aprovers: there is no such setting; did you mean approvers or approvals?",
        "relflow.toml:20: environments[2].approvers.access: it is one of reporter, developer, maintainer, owner",
        "relflow.toml:20: environments[2].approvers.user: there is no such setting; did you mean users?",
        "relflow.toml:20: environment prod: approvers have no role led: did you mean lead?",
        "relflow.toml:21: environment prod: four_eyes knows creator, author and deployer, not owner",
        "relflow.toml:24: environments[3].job: it has characters that cannot be seen: x\\u202ey",
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("approvals = 2", "approvals = 2.0", "environments[2].approvals: it must be a whole number"),
        ("approvals = 2", "approvals = true", "environments[2].approvals: it must be a whole number"),
        ("approvals = 2", "approvals = 101", "environments[2].approvals: it is at most 100"),
        ("approvals = 2", "approvals = -1", "environment prod: approvals is -1"),
        ('job = "deploy-prod"', 'job = ""', "environments[2].job: it is empty"),
        ('job = "deploy-prod"', 'job = "deploy-dev"', "deploy job deploy-dev is used 2 times"),
        ('name = "prod"', 'name = "dev"', "environment dev is used 2 times"),
        ('name = "prod"', 'name = "Prod"', "environment 'Prod': a name is lower-case"),
        ('name = "prod"', f'name = "{"x" * 10_000}"', "environments[2].name: it has 10,000 characters, at most 255"),
        ('"production"', '"dev"', "GitLab environment dev is used 2 times"),
        ('["creator"]', '"creator"', "environments[2].four_eyes: it must be a list"),
        ('["creator"]', '["creater"]', "environment prod: four_eyes knows creator, author and deployer, not creater"),
        ('{ access = "developer" }', '"developer"', "environments[1].approvers: it must be a table"),
        ('{ access = "developer" }', "{}", "environments[1].approvers: it names nobody: access, users or roles"),
        ('{ access = "developer" }', '{ access = "gast" }', "environments[1].approvers.access: it is one of"),
        ('{ access = "developer" }', '{ users = ["a", "b", "a"] }', "environment dev: approvers have a 2 times"),
        ('{ access = "developer" }', '{ roles = ["lead"] }', "environment dev: approvers have no role lead: there is"),
        (
            '[{ gate = "ref_unmoved", users = ["chris"] }]',
            '["ref_unmoved"]',
            "environments[2].waivable[1]: it must be a",
        ),
        (', users = ["chris"] }]', " }]", "environments[2].waivable[1]: it names nobody: role, access or users does"),
        (', users = ["chris"] }]', ', rol = "lead" }]', "environments[2].waivable[1].rol: there is no such setting"),
        (', users = ["chris"] }]', ', access = "gast" }]', "environments[2].waivable[1].access: it is one of"),
        (
            ', users = ["chris"] }]',
            ', role = "lead" }]',
            "environment prod: those of waivable have no role lead: there is no table",
        ),
        ('"ref_unmoved"', '"ref_unmovd"', "environment prod: waivable knows no gate ref_unmovd: did you mean ref_un"),
        ('"ref_unmoved"', '"not_older"', "environment prod: waivable has not_older, which is nobody's to waive"),
        ("break_glass = true", 'break_glass = "yes"', "environments[2].break_glass: it must be true or false"),
        ('["test", "lint"]', "1979-05-27", "requirements.jobs: it must be a list"),
        (
            "sqlite:////srv/relflow/",
            "postgresql://anna:hunter2@db/",
            "database.url: a database in PostgreSQL is written",
        ),
        (
            "sqlite:////srv/relflow/",
            "postgresql+psycopg://anna:hunter2@db/",
            "database.url: it must not hold a password",
        ),
        ("= 80", "= 80.5", "requirements.coverage_at_least: it must be a whole number"),
        ("= 80", "= -1", "requirements.coverage_at_least: it is at least 0"),
        ("= 400", "= 0", "requirements.tests_at_least: it is at least 1"),
        ("= 400", "= 10_000_000_000", "requirements.tests_at_least: it is at most 1000000000"),
        ("no_failed_tests = true", "no_failed_tests = 1", "requirements.no_failed_tests: it must be true or false"),
        ("ref_protected", "ref_protcted", "requirements.ref_protcted: there is no such setting; did you mean ref_prot"),
        ('"notes"', '""', "requirements.checklist[1].point: it is empty"),
        ('"notes"', '"Notes"', "requirements.checklist[1].point: it is lower-case letters, digits and -"),
        ('"load"', '"notes"', "point notes stands 2 times in the checklist: each needs a name of its own"),
        ('"release notes are written"', '" "', "requirements.checklist[1].text: it is empty"),
        (
            'point = "load"',
            'pint = "load"',
            "requirements.checklist[2].pint: there is no such setting; did you mean po",
        ),
        (
            '{ access = "maintainer", users = ["rita"] }',
            '{ access = "guest" }',
            "requirements.checklist[2].by.access: it",
        ),
        ('{ access = "maintainer", users = ["rita"] }', '"rita"', "requirements.checklist[2].by: it must be a table"),
        ("[database]", "[datbase]", "datbase: there is no such setting; did you mean database?"),
        ("[database]", "[[database]]", "database: it must be a table"),
        ('project = "group/data-provider"', "colour = 1", "gitlab.colour: there is no such setting"),
        ('"group/data-provider"', '"data-provider"', "gitlab.project: a project is written group/name"),
    ],
)
def test_each(old: str, new: str, said: str) -> None:
    """A mistake is told with the line it stands on."""
    before, _, after = FULL.partition(old)
    told = mistakes(before + new + after)
    line = before.count("\n") + 1
    assert any(each.startswith(f"relflow.toml:{line}: {said}") for each in told)
    assert "hunter2" not in "".join(told)


def test_requirements_that_contradict_each_other() -> None:
    """A deploy job that is required, two points of one name, a number beyond its end: all at once, where they stand."""
    wrong = FULL.replace('"lint"', '"deploy-dev"').replace('"load"', '"notes"').replace("= 80", "= 1000")
    lines = [each.partition(": ")[::2] for each in mistakes(wrong)]
    assert lines == [
        ("relflow.toml:10", "requirements.coverage_at_least: it is at most 100"),
        ("relflow.toml:20", "point notes stands 2 times in the checklist: each needs a name of its own"),
        ("relflow.toml:26", "job deploy-dev is required before it can be played: it is a deploy job"),
    ]


def test_too_many_points() -> None:
    """A checklist that nobody would read to its end."""
    point = '[[requirements.checklist]]\npoint = "p{0}"\ntext = "t"\n'
    many = "".join(point.format(place) for place in range(51))
    assert mistakes(LEAST + many) == ("relflow.toml: the checklist has 51 points, at most 50 are handled",)


def test_mistakes_about_roles() -> None:
    """A role that is empty, unknown, doubled or that names somebody twice: each with its line, none hides another."""
    text = FULL.replace('{ access = "developer" }', '{ roles = ["led", "ops", "lead", "lead"] }')
    assert mistakes(f'{text}\n[roles]\nlead = ["anna", "ben", "anna"]\nops = []\nqa = ["ben", 5]\n') == (
        "relflow.toml:28: environment dev: approvers have no role led: did you mean lead?",
        "relflow.toml:28: environment dev: approvers have the role lead more than once",
        "relflow.toml:41: role lead: it names anna more than once",
        "relflow.toml:42: role ops: it has nobody",
        "relflow.toml:43: roles.qa[2]: it must be text, in quotes",
    )


def test_a_role_of_the_checklist_that_is_not_there() -> None:
    """It is told like that of an environment, where the point stands."""
    point = '[[requirements.checklist]]\npoint = "notes"\ntext = "t"\nby = { roles = ["led"] }\n'
    assert mistakes(f'{LEAST}\n{point}\n[roles]\nlead = ["anna"]\n') == (
        "relflow.toml:14: point notes: those who tick it have no role led: did you mean lead?",
    )


def test_a_role_that_is_no_list_is_one_mistake() -> None:
    """Who uses it is not told as well that there is none."""
    text = FULL.replace('{ access = "developer" }', '{ roles = ["lead"] }')
    assert mistakes(f'{text}\n[roles]\nlead = "anna"\n') == ("relflow.toml:41: roles.lead: it must be a list, in [ ]",)


TIMED = FULL.replace(
    'four_eyes = ["creator"]\n',
    'soak = "24h"\nwindow = [\n  "Mon-Thu 08:00-16:00",\n  "Fri 08:00-12:00",\n]\ntimezone = "Europe/Berlin"\n',
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"24h"', '"24"', "environments[2].soak: it has no unit: 24m, 24h or 24d"),
        ('"24h"', "24", "environments[2].soak: it must be text, in quotes"),
        ('"24h"', '"1 day"', "environments[2].soak: it is a whole number with a unit"),
        ('"24h"', '"0h"', "environments[2].soak: it is no time at all"),
        ('"24h"', '"400d"', "environments[2].soak: it is more than 366 days"),
        ("Fri 08:00-12:00", "Fri 12:00-08:00", "environments[2].window[2]: it ends before it begins; over midnight"),
        ("Fri 08:00-12:00", "Fri 22:00-02:00", "environments[2].window[2]: it ends before it begins; over midnight"),
        ("Fri 08:00-12:00", "Fri 08:00-08:00", "environments[2].window[2]: it ends when it begins, so that it never"),
        ("Fri 08:00-12:00", "Fri 08:00-24:30", "environments[2].window[2]: a day ends at 24:00"),
        ("Fri 08:00-12:00", "Fri 8-12", "environments[2].window[2]: it is written like"),
        ("Fri 08:00-12:00", "Freitag 08:00-12:00", "environments[2].window[2]: its days are some of Mon, Tue"),
        ("Fri 08:00-12:00", "fri 08:00-12:00", "environments[2].window[2]: its days are some of Mon, Tue"),
        ("Fri 08:00-12:00", "", "environments[2].window[2]: it is written like"),
        (
            '"Europe/Berlin"',
            '"Europe/Berln"',
            "environment prod: timezone 'Europe/Berln' is none that this machine knows",
        ),
        ('"Europe/Berlin"', '"Europe"', "environment prod: timezone 'Europe' is none"),
        ('"Europe/Berlin"', '"../Berlin"', "environment prod: timezone '../Berlin' is none"),
        ('"Europe/Berlin"', '""', "environments[2].timezone: it is empty"),
    ],
)
def test_each_of_time(old: str, new: str, said: str) -> None:
    """Durations without a unit, windows that never open, days and zones that there are not."""
    before, _, after = TIMED.partition(old)
    line = before.count("\n") + 1
    assert any(each.startswith(f"relflow.toml:{line}: {said}") for each in mistakes(before + new + after))


def test_the_nearest_zone() -> None:
    """Who mistyped a zone is told which one may be meant."""
    (said,) = mistakes(TIMED.replace("Europe/Berlin", "Europe/Berln"))
    assert said.endswith("did you mean Europe/Berlin?") or "did you mean Europe/Berlin or" in said


def test_a_window_that_is_none() -> None:
    """An empty list would close the environment for ever, and a window without a zone is told by nobody's clock."""
    (empty,) = mistakes(TIMED.replace('[\n  "Mon-Thu 08:00-16:00",\n  "Fri 08:00-12:00",\n]', "[]"))
    assert "without any window it would never open" in empty
    (nowhere,) = mistakes(TIMED.replace('timezone = "Europe/Berlin"\n', ""))
    assert "window needs its time zone" in nowhere
    first = TIMED.replace("approvals = 1", 'approvals = 1\nsoak = "1h"')
    line = first[: first.index("soak")].count("\n") + 1
    said = "environment dev: soak counts the time in the environment before it, and it is the first"
    assert mistakes(first) == (f"relflow.toml:{line}: {said}",)


def test_a_zone_without_a_window() -> None:
    """It is no mistake: the times of freezes, locks and soaks are told in it."""
    assert parse(LEAST + 'timezone = "Europe/Berlin"\n').environments[-1].timezone == "Europe/Berlin"


def test_nothing_said() -> None:
    """An empty file lacks what has no default."""
    assert mistakes("") == (
        "relflow.toml: gitlab: it must be said, there is no default",
        "relflow.toml: environments: it must be said, there is no default",
    )


@pytest.mark.parametrize("environments", ["environments = []", "environments = 5", 'environments = ["dev"]'])
def test_no_environment(environments: str) -> None:
    """A release needs somewhere to go."""
    (mistake,) = mistakes(f"{environments}\n{GITLAB}")
    assert mistake.startswith("relflow.toml")


def test_inline_environments() -> None:
    """Environments written in one array have their lines too."""
    text = 'environments = [\n  { name = "a", job = "x" },\n  { name = "b", job = "y", approvls = 1 },\n]\n' + GITLAB
    said = "environments[2].approvls: there is no such setting; did you mean approvals or approvers?"
    assert mistakes(text) == (f"relflow.toml:3: {said}",)


def test_ten_thousand_environments() -> None:
    """More environments than anybody has are refused in good time, with as many sentences as a person reads."""
    table = '[[environments]]\nname = "e{0}"\njob = "j{0}"\n'
    many = "".join(table.format(place) for place in range(10_000))
    assert mistakes(GITLAB + many) == ("relflow.toml: there are 10000 environments, at most 20 are handled",)
    broken = mistakes(GITLAB + many.replace("job", "jo"))
    assert len(broken) == MAX_SHOWN + 1
    assert broken[-1] == "and 19,950 more"


def test_file_and_text_agree(tmp_path: Path) -> None:
    """The check of a file and the refusal to load it name the same mistakes."""
    file = tmp_path / "relflow.toml"
    file.write_text(MANY)
    with pytest.raises(SetupError, match="has 15 mistakes") as caught:
        load_policy(file)
    assert caught.value.why == examined(file).problems


def test_what_a_check_explores_is_no_policy_to_adopt(tmp_path: Path) -> None:
    """A wall that everybody meets has its line, and refuses the adoption; what only some meet does not."""
    file, settings = tmp_path / "relflow.toml", f'{LEAST}approvals = 2\napprovers = {{ users = ["anna"] }}\n'
    file.write_text(settings)
    assert load_policy(file).environments[-1].approvals == 2
    with pytest.raises(SetupError, match="has a mistake") as caught:
        adoptable(file)
    [problem] = examined(file).problems
    assert caught.value.why == (problem,)
    line = settings.splitlines().index("approvals = 2") + 1
    assert problem.startswith(f"relflow.toml:{line}: environment ")
    file.write_text(settings.replace('["anna"]', '["anna", "ben"]'))
    assert adoptable(file) == load_policy(file)
    assert [each.finding.severity for each in examined(file).explored] == ["warning"]


def test_what_is_said_of_the_required_jobs_stands_there(tmp_path: Path) -> None:
    """Though it names the deploy jobs, too."""
    file = tmp_path / "relflow.toml"
    file.write_text(f'[requirements]\njobs = ["*"]\n{LEAST}'.replace('"*"', '"deploy*", "*"'))
    [found] = examined(file).explored
    assert found.finding.what.startswith("relflow.toml:2: jobs: deploy* fits ")
