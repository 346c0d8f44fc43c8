"""Commits, tags, branches, comparisons: as git has them, as GitLab shows them."""

import pytest

from relflow.sandbox.repo.git import git
from relflow.sandbox.server import Sandbox
from tests.sandbox.conftest import Ask
from tests.sandbox.repositories import Workshop, commit


def test_the_sample_is_the_same_everywhere(settled: Sandbox) -> None:
    """Fixed dates and people: the same shas on every machine, so that examples can name them."""
    tags = git(settled.repository, "for-each-ref", "--format=%(refname:short) %(*objectname:short=8)", "refs/tags")
    assert tags.split("\n")[:3] == ["v1.2.0 c1999caf", "v1.3.0 dc46169f", "v1.4.0 cc512d86"]


@pytest.mark.parametrize("name", ["v1.4.0", "{sha}", "{short}", "main~1"])
def test_a_commit_by_any_name(settled: Sandbox, person: Ask, name: str) -> None:
    """By tag, sha, short sha or revision; its status is that of its last pipeline."""
    anna = person(settled)
    sha = anna.get("repository/tags/v1.4.0")["commit"]["id"]
    found = anna.get(f"repository/commits/{name.format(sha=sha, short=sha[:8])}")
    assert (found["id"], found["status"], found["last_pipeline"]["id"]) == (sha, "success", 1003)
    assert (found["author_name"], found["author_email"]) == ("Dana Diaz", "dana@example.org")
    assert found["stats"] == {"additions": 2, "deletions": 2, "total": 4}


@pytest.mark.parametrize("name", ["nowhere", "--all", "0000000", "%2e%2e"])
def test_a_commit_by_no_name(settled: Sandbox, person: Ask, name: str) -> None:
    """404 in GitLab's words; an option of git is no name."""
    answer = person(settled).ask("GET", f"repository/commits/{name}")
    assert (answer.status_code, answer.json()) == (404, {"message": "404 Commit Not Found"})


def test_commits_of_a_ref(settled: Sandbox, person: Ask) -> None:
    """Newest first, between two times, between two refs, or of one author."""
    anna = person(settled)

    def titles(**params: object) -> list[str]:
        return [one["title"] for one in anna.get("repository/commits", **params)]

    assert titles(ref_name="v1.3.0") == ["Tell the average price", "Provide the prices"]
    assert titles(since="2025-03-20T00:00:00Z") == ["Say in the README what average does"]
    assert titles(until="2025-03-04") == ["Provide the prices"]
    assert titles(ref_name="v1.3.0..v1.4.0") == ["Leave the header out of the average"]
    assert titles(author="Chris", all="true") == ["Tell the average price"]
    assert titles(path="data/prices.csv") == ["Provide the prices"]
    assert anna.ask("GET", "repository/commits?ref_name=nowhere").status_code == 404


def test_statuses_of_a_commit(settled: Sandbox, person: Ask) -> None:
    """One for each job of each pipeline of the commit, by stage and name."""
    anna = person(settled)
    found = anna.get("repository/commits/v1.3.0/statuses")
    assert [(one["name"], one["status"]) for one in found] == [
        ("unit", "failed"),
        ("lint", "success"),
        ("deploy-dev", "skipped"),
        ("deploy-prod", "skipped"),
    ]
    assert [one["id"] for one in anna.get("repository/commits/v1.3.0/statuses", name="unit")] == [5005]
    assert len(anna.get("repository/commits/v1.3.0/statuses", stage="deploy", pipeline_id=1002)) == 2
    assert anna.get("repository/commits/v1.3.0/statuses", ref="main") == []


def test_refs_that_contain_a_commit(settled: Sandbox, person: Ask) -> None:
    """Branches first, then tags; or one kind only."""
    anna = person(settled)
    found = anna.get("repository/commits/v1.3.0/refs")
    assert found == [
        {"type": "branch", "name": "main"},
        {"type": "tag", "name": "v1.3.0"},
        {"type": "tag", "name": "v1.4.0"},
    ]
    assert len(anna.get("repository/commits/v1.3.0/refs", type="tag")) == 2


def test_tags_in_three_orders(settled: Sandbox, person: Ask) -> None:
    """Last updated first by default; annotated tags have a target of their own, a message and a time."""
    anna = person(settled)
    assert [one["name"] for one in anna.get("repository/tags")] == ["v1.4.0", "v1.3.0", "v1.2.0"]
    assert anna.get("repository/tags", order_by="name", sort="asc")[0]["name"] == "v1.2.0"
    assert [one["name"] for one in anna.get("repository/tags", search="^v1.3")] == ["v1.3.0"]
    tag = anna.get("repository/tags/v1.4.0")
    assert tag["target"] != tag["commit"]["id"]
    assert (tag["message"], tag["protected"], tag["release"]) == ("Release v1.4.0", True, None)
    assert anna.ask("GET", "repository/tags/v9").json() == {"message": "404 Tag Not Found"}


def test_versions_are_ordered_as_numbers(workshop: Workshop, person: Ask) -> None:
    """v10 comes after v9, a candidate before its version; a light tag points at its commit."""
    sandbox = workshop.open()
    for name in ("v9.0", "v10.0", "v10.0-rc1"):
        git(workshop.repo, "tag", name)
    found = person(sandbox).get("repository/tags", order_by="version", sort="asc")
    assert [one["name"] for one in found] == ["v9.0", "v10.0-rc1", "v10.0"]
    assert found[0]["target"] == found[0]["commit"]["id"]
    assert found[0]["created_at"] is None


def test_branches_with_slashes(workshop: Workshop, person: Ask) -> None:
    """Encoded in the path; merged as soon as the default branch contains them."""
    sandbox = workshop.open()
    git(workshop.repo, "switch", "--quiet", "--create", "feature/prices")
    sha = commit(workshop.repo, {"prices": "1\n"}, author="chris")
    chris = person(sandbox, "chris")
    found = chris.get("repository/branches/feature%2Fprices")
    assert (found["name"], found["commit"]["id"], found["merged"], found["can_push"]) == (
        *("feature/prices", sha),
        *(False, True),
    )
    git(workshop.repo, "switch", "--quiet", "main")
    git(workshop.repo, "merge", "--quiet", "feature/prices")
    assert chris.get("repository/branches/feature%2Fprices")["merged"] is True
    assert [one["name"] for one in chris.get("repository/branches")] == ["feature/prices", "main"]
    assert chris.get("repository/branches/main")["can_push"] is False
    assert chris.ask("GET", "repository/branches/other").json() == {"message": "404 Branch Not Found"}


def test_trailers_are_read(workshop: Workshop, person: Ask) -> None:
    """The last paragraph of a message, when it holds nothing else."""
    sandbox = workshop.open()
    message = "Do it\n\nBecause: it says so here\nin a sentence\n\nReviewed-by: Ben\nReviewed-by: Dana"
    sha = commit(workshop.repo, {"a": "a"}, message)
    found = person(sandbox).get(f"repository/commits/{sha}")
    assert found["extended_trailers"] == {"Reviewed-by": ["Ben", "Dana"]}
    assert found["trailers"] == {"Reviewed-by": "Dana"}


def test_comparing_two_tags(settled: Sandbox, person: Ask) -> None:
    """The commits between, oldest first, and the files that changed."""
    anna = person(settled)
    found = anna.get("repository/compare", **{"from": "v1.2.0", "to": "v1.4.0"})
    assert [one["title"] for one in found["commits"]] == [
        "Tell the average price",
        "Leave the header out of the average",
    ]
    assert found["commit"]["id"] == found["commits"][-1]["id"]
    changed = {one["new_path"]: one for one in found["diffs"]}
    assert sorted(changed) == ["provide.sh", "tests/more.sh"]
    assert changed["tests/more.sh"]["new_file"] is True
    assert changed["provide.sh"]["diff"].startswith("@@")
    same = anna.get("repository/compare", **{"from": "v1.4.0", "to": "v1.4.0"})
    assert (same["compare_same_ref"], same["commits"], same["commit"]) == (True, [], None)
    assert anna.ask("GET", "repository/compare?from=v1.2.0&to=nowhere").status_code == 404
    assert anna.ask("GET", "repository/compare?from=v1.2.0").json() == {"error": "to is missing"}


def test_renamed_and_deleted_files(workshop: Workshop, person: Ask) -> None:
    """Each file of a comparison says what became of it."""
    sandbox = workshop.open()
    commit(workshop.repo, {"one": "a\nb\nc\nd\n", "two": "x\n"})
    (workshop.repo / "one").rename(workshop.repo / "uno")
    (workshop.repo / "two").unlink()
    commit(workshop.repo, {})
    found = person(sandbox).get("repository/compare", **{"from": "main~1", "to": "main", "straight": "true"})
    shown = {one["old_path"]: (one["new_path"], one["renamed_file"], one["deleted_file"]) for one in found["diffs"]}
    assert shown == {"one": ("uno", True, False), "two": ("two", False, True)}
