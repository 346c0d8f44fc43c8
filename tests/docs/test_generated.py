"""What is generated is what the code says today, and says all of it."""

import re

import pytest

from docs.generate import pages
from docs.reference_pages import database, gates, output, settings
from docs.reference_pages.workflow import DEFAULT
from relflow.core.errors import SetupError
from relflow.core.gates.table import GATES
from relflow.core.machine import picture
from relflow.settings.policy import parse
from relflow.settings.token import HOSTS, TOKENS
from tests.docs.pages import PAGES, ROOT
from tests.docs.test_commands import COMMANDS

GENERATED = {str(path.relative_to(ROOT)): text for path, text in pages().items()}
#: Two values of each key; both are sound.
VALUES = {
    "gitlab.url": ('"https://a.example.org"', '"https://b.example.org"'),
    "gitlab.project": ('"group/a"', '"group/b"'),
    "database.url": ('"sqlite:///a.db"', '"sqlite:///b.db"'),
    "requirements.jobs": ('["unit"]', '["lint"]'),
    "requirements.coverage_at_least": ("80", "0"),
    "requirements.tests_at_least": ("400", "1"),
    "requirements.no_failed_tests": ("true", "false"),
    "requirements.ref_protected": ("true", "false"),
    "requirements.checklist[].point": ('"notes"', '"load"'),
    "requirements.checklist[].text": ('"release notes are written"', '"the load test was looked at"'),
    "requirements.checklist[].by.access": ('"developer"', '"maintainer"'),
    "requirements.checklist[].by.users": ('["chris"]', '["dana"]'),
    "requirements.checklist[].by.roles": ('["lead"]', '["ops"]'),
    "environments[].name": ('"dev"', '"test"'),
    "environments[].job": ('"deploy-dev"', '"deploy-test"'),
    "environments[].gitlab_environment": ('"dev"', '"development"'),
    "environments[].approvals": ("1", "2"),
    "environments[].approvers.access": ('"developer"', '"maintainer"'),
    "environments[].approvers.users": ('["chris"]', '["dana"]'),
    "environments[].approvers.roles": ('["lead"]', '["ops"]'),
    "roles": ('{ lead = ["anna"], ops = ["ben"] }', '{ lead = ["emil"], ops = ["ben"] }'),
    "environments[].four_eyes": ('["creator"]', '["deployer"]'),
    "environments[].soak": ('"24h"', '"7d"'),
    "environments[].window": ('["Mon 08:00-16:00"]', '["Tue 08:00-16:00"]'),
    "environments[].timezone": ('"UTC"', '"Europe/Berlin"'),
    "rollback_obeys_time": ("false", "true"),
    "environments[].break_glass": ("true", "false"),
    "environments[].waivable[].gate": ('"ref_unmoved"', '"evidence_current"'),
    "environments[].waivable[].role": ('"lead"', '"ops"'),
    "environments[].waivable[].access": ('"developer"', '"maintainer"'),
    "environments[].waivable[].users": ('["chris"]', '["dana"]'),
}
#: Something to soak in.
FIRST = '[[environments]]\nname = "first"\njob = "deploy-first"\n'


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_page_is_fresh(name: str) -> None:
    """`make docs` would change nothing."""
    assert (ROOT / name).read_text() == GENERATED[name], "run make docs"


def test_the_picture_in_the_readme_is_the_machine_s() -> None:
    """The first thing somebody sees of the workflow is drawn by the machine that decides."""
    found = re.search(r"```mermaid\n(.*?)```", PAGES["README.md"], re.DOTALL)
    assert found is not None
    assert found[1] == picture(DEFAULT)


def text(values: dict[str, str]) -> str:
    """A settings file with an environment behind a first one, and each key with its value."""
    tables = ("", "[gitlab]", "[database]", "[requirements]", "[[requirements.checklist]]", "[[environments]]")
    lines = dict.fromkeys((*tables, "[[environments.waivable]]"), "")
    for path, value in values.items():
        array, is_array, key = path.rpartition("[].")
        table, _, key = (array.replace("[]", ""), "", key) if is_array else path.rpartition(".")
        lines[f"[[{table}]]" if is_array else f"[{table}]" if table else ""] += f"{key} = {value}\n"
    lines["[[requirements.checklist]]"] += FIRST
    return "\n".join(f"{table}\n{keys}" for table, keys in lines.items())


@pytest.mark.parametrize("key", [path for path, _, _ in settings.every_key()])
def test_a_key_is_policy_or_place_as_the_page_says(key: str) -> None:
    """Another value of a policy's key is another policy, one of a place's key is not."""
    before = {path: one for path, (one, _) in VALUES.items()}
    changed = parse(text(before)) != parse(text(before | {key: VALUES[key][1]}))
    assert changed == (key not in settings.PLACE)


@pytest.mark.parametrize("key", [path for path, _, is_needed in settings.every_key() if is_needed])
def test_a_required_key_is_required(key: str) -> None:
    """Without it the file has a mistake."""
    parse(text({path: one for path, (one, _) in VALUES.items()}))
    with pytest.raises(SetupError):
        parse(text({path: one for path, (one, _) in VALUES.items() if path != key}))


def test_every_variable_of_the_environment_is_told() -> None:
    """What the code asks the environment for is in the reference, and nothing else is."""
    asked = re.compile(r'env(?:iron)?(?:\.get\(|\[|, )"([A-Z_]+)"')
    files = (each for each in (ROOT / "relflow").rglob("*.py") if {"sandbox", "demo"}.isdisjoint(each.parts))
    found = {name for each in files for name in asked.findall(each.read_text())}
    assert found | set(TOKENS) | set(HOSTS) == set(settings.VARIABLES)


@pytest.mark.parametrize("kind", database.MODELS, ids=lambda kind: kind.__name__)
def test_every_column_has_a_meaning(kind: type) -> None:
    """A comment `#: …` stands above each column in `store/tables.py`."""
    assert set(database.meanings(kind)) == set(kind.__table__.columns.keys())  # type: ignore[attr-defined]


def test_every_condition_that_a_refusal_can_name_is_told() -> None:
    """The gates of the table, and what the core says no with besides."""
    said = re.compile(r'(?:(?:final|blocked)\(\s*|name, .* = )"([a-z_]+)"')
    found = {name for each in (ROOT / "relflow/core").glob("*.py") for name in said.findall(each.read_text())}
    assert found - set(GATES) == set(gates.OTHERS)


def test_every_command_s_json_has_a_schema() -> None:
    """What each command prints is told by a shape, and no schema is left of one that is not."""
    words = {name.removeprefix("relflow ") for name in COMMANDS}
    assert words - set(output.ANSWERS) == {"sandbox run"}
    by_option = {f"reconcile --{each}" for each in ("abandon", "replay", "dry-run")}
    assert set(output.ANSWERS) - words == {"drift", *by_option, output.NO_RESULT}
    folder = ROOT / "docs" / "reference" / "schemas"
    assert {file.name for file in folder.iterdir()} == set(output.schemas())


def test_every_command_s_requests_are_told() -> None:
    """The table of requests names each one that may be asked of a project; stories hold it against a server."""
    rows = re.findall(
        r"`([^`]+)`", "\n".join(re.findall(r"^\| (`.+?) \|", PAGES["docs/reference/requests.md"], re.MULTILINE))
    )
    without = [name for name in COMMANDS if not any(name.startswith(f"relflow {row.rstrip(' …')}") for row in rows)]
    assert without == ["relflow demo", "relflow sandbox run"]
