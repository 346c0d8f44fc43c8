"""Every answer fits GitLab's own JSON schemas, where there is one."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from relflow.sandbox.model.statuses import Status
from relflow.sandbox.server import Sandbox
from tests.sandbox.conftest import Ask
from tests.sandbox.repositories import Workshop

FOLDER = Path(__file__).parent / "schemas"


def relaxed(schema: Any) -> Any:
    """Allow additions, and repair the type `"string "`: SOURCES.md says why."""
    if isinstance(schema, list):
        return [relaxed(item) for item in schema]
    if isinstance(schema, dict):
        return {key: relaxed(item) for key, item in schema.items() if key != "additionalProperties"}
    return schema.strip() if isinstance(schema, str) else schema


def read(path: str) -> Any:
    """Read a schema under the name of its file, so that its relative references lead to other files."""
    return relaxed(json.loads((FOLDER / path).read_text()))


REGISTRY: Registry[Any] = Registry().with_resources(
    (f"file:///{path}", Resource.opaque(read(path)))
    for path in (str(found.relative_to(FOLDER)) for found in FOLDER.rglob("*.json"))
)


def fits(name: str, answer: Any) -> None:
    """Fail with every difference between an answer and a schema."""
    validator = Draft202012Validator({"$ref": f"file:///{name}.json"}, registry=REGISTRY)
    problems = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(answer)]
    assert problems == []


PATHS = [
    ("public_api/v4/metadata", "/metadata"),
    ("public_api/v4/user/public", "/user"),
    ("public_api/v4/user/basic", "/users/13"),
    ("public_api/v4/project", ""),
    ("public_api/v4/members", "members/all"),
    ("public_api/v4/commit/detail", "repository/commits/v1.4.0"),
    ("public_api/v4/commit/detail", "repository/commits/main"),
    ("public_api/v4/commit/basic", "repository/compare?from=v1.2.0&to=v1.4.0#commit"),
    ("public_api/v4/tag", "repository/tags/v1.4.0"),
    ("public_api/v4/branch", "repository/branches/main"),
    ("public_api/v4/pipeline/detail", "pipelines/1002"),
    ("public_api/v4/pipeline/detail", "pipelines/1003"),
    ("public_api/v4/pipeline/detail", "pipelines/latest"),
]
LISTS = [
    ("public_api/v4/user/basic", "/users"),
    ("public_api/v4/project", "/projects"),
    ("public_api/v4/commit/basic", "repository/commits"),
    ("public_api/v4/commit/basic", "repository/compare?from=v1.2.0&to=v1.4.0#commits"),
    ("public_api/v4/tag", "repository/tags"),
    ("public_api/v4/branch", "repository/branches"),
    ("public_api/v4/pipeline/basic", "pipelines"),
    ("public_api/v4/job", "jobs"),
    ("public_api/v4/job", "pipelines/1002/jobs"),
    ("public_api/v4/environment", "environments"),
    ("public_api/v4/deployment", "deployments"),
    ("public_api/v4/basic_environment", "deployments#environment"),
]


def answered(one: Any, path: str) -> Any:
    """Ask, and pick a part of the answer where one is named."""
    path, _, part = path.partition("#")
    answer = one.get(path)
    if not part:
        return answer
    return [row[part] for row in answer] if isinstance(answer, list) else answer[part]


@pytest.mark.parametrize(("schema", "path"), PATHS)
def test_one(settled: Sandbox, person: Ask, schema: str, path: str) -> None:
    """A single answer has what the schema demands."""
    fits(schema, answered(person(settled), path))


@pytest.mark.parametrize(("schema", "path"), LISTS)
def test_each_of_a_list(settled: Sandbox, person: Ask, schema: str, path: str) -> None:
    """Each row has what the schema demands, and there are rows."""
    rows = answered(person(settled), path)
    assert rows
    for row in rows:
        fits(schema, row)


def test_in_every_state_of_a_job(workshop: Workshop, person: Ask) -> None:
    """A job, its pipeline, its deployment and its environment fit in each state it goes through."""
    sandbox = workshop.open(more="  resource_group: prod\n")
    workshop.switch("hold-go")
    workshop.switch("fail-go")
    job = workshop.offered()
    anna = person(sandbox)

    def check(answer: Any) -> None:
        fits("public_api/v4/job", answer)
        fits("public_api/v4/pipeline/detail", anna.get(f"pipelines/{job.pipeline_id}"))
        fits("public_api/v4/deployment", anna.get(f"deployments/{job.deployment_id}"))
        fits("public_api/v4/environment", anna.get(f"environments/{anna.get('environments')[0]['id']}"))

    check(anna.get(f"jobs/{job.id}"))
    check(anna.play(job.id).json())
    workshop.until(job.id, Status.RUNNING)
    check(anna.get(f"jobs/{job.id}"))
    workshop.switch("hold-go", on=False)
    workshop.until(job.id, Status.FAILED)
    check(anna.get(f"jobs/{job.id}"))
    workshop.switch("fail-go", on=False)
    clone = anna.retry(job.id).json()
    check(clone)
    workshop.until(clone["id"], Status.SUCCESS)
    check(anna.get(f"jobs/{clone['id']}"))


def test_freeze_periods(sandbox: Sandbox, person: Ask) -> None:
    """Made, changed, listed, taken away; maintainers write, reporters read."""
    anna, rita = person(sandbox), person(sandbox, "rita")
    wanted = {"freeze_start": "0 23 * * 5", "freeze_end": "0 7 * * 1"}
    assert person(sandbox, "chris").ask("POST", "freeze_periods", json=wanted).status_code == 403
    assert anna.ask("POST", "freeze_periods", json={"freeze_start": "0 23 * * 5"}).status_code == 400
    assert anna.ask("POST", "freeze_periods", json={**wanted, "freeze_end": "soon"}).status_code == 400
    made = anna.ask("POST", "freeze_periods", json=wanted).json()
    fits("public_api/v4/freeze_period", made)
    assert made["cron_timezone"] == "UTC"
    path = f"freeze_periods/{made['id']}"
    changed = anna.ask("PUT", path, json={"cron_timezone": "Europe/Berlin"}).json()
    assert rita.get("freeze_periods") == [changed]
    assert rita.get(path) == changed
    assert anna.ask("DELETE", path).status_code == 204
    assert rita.get("freeze_periods") == []


def test_releases(sandbox: Sandbox, person: Ask) -> None:
    """Made of a tag, listed with the last one first, shown with the tag, taken away; developers write."""
    chris, rita = person(sandbox, "chris"), person(sandbox, "rita")
    wanted = {"tag_name": "v1.4.0", "name": "Spring", "description": "All of it"}
    assert rita.ask("POST", "releases", json=wanted).status_code == 403
    assert chris.ask("POST", "releases", json={"tag_name": "v9.9.9"}).status_code == 422
    assert chris.ask("POST", "releases", json={**wanted, "released_at": "soon"}).status_code == 400
    made = chris.ask("POST", "releases", json=wanted).json()
    fits("public_api/v4/release", made)
    assert chris.ask("POST", "releases", json=wanted).status_code == 409
    earlier = {"tag_name": "v1.2.0", "released_at": "2025-01-01T00:00:00Z"}
    old = chris.ask("POST", "releases", json=earlier).json()
    assert (made["name"], old["name"], made["author"]["username"]) == ("Spring", "v1.2.0", "chris")
    assert rita.get("releases") == [made, old]
    assert rita.get("releases?sort=asc") == [old, made]
    assert rita.get("releases/v1.4.0") == made
    tag = rita.get("repository/tags/v1.4.0")
    assert tag["release"] == {"tag_name": "v1.4.0", "description": "All of it"}
    fits("public_api/v4/tag", {**tag, "release": None})  # of a release the schema is older than GitLab's description
    assert chris.ask("DELETE", "releases/v1.4.0").json() == made
    assert rita.get("releases") == [old]


def test_a_release_makes_its_tag(sandbox: Sandbox, person: Ask) -> None:
    """Where there is none, and a ref says of what commit."""
    chris = person(sandbox, "chris")
    made = chris.ask("POST", "releases", json={"tag_name": "v2.0.0", "ref": "main"}).json()
    assert made["commit"]["id"] == chris.get("repository/tags/v2.0.0")["commit"]["id"]


def test_the_schemas_really_refuse() -> None:
    """A job without its runner is refused: the check above can fail."""
    with pytest.raises(AssertionError, match="is a required property"):
        fits("public_api/v4/job", {"id": 1})
