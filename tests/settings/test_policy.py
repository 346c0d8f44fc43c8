"""The policy that a file proposes, with every default made explicit."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from relflow.core.policy_check.form import APPROVING, check_workflow
from relflow.core.waiving import WAIVABLE
from relflow.core.workflow import Approvers, Environment, Point, Waivable, Workflow
from relflow.settings.policy import examined, load_policy, parse, rendered
from tests.settings.texts import FULL, GITLAB, LEAST

names = st.text(st.characters(blacklist_categories=["Cc", "Cf", "Cs", "Zl", "Zp"]), min_size=1, max_size=20).filter(
    str.strip
)


named = st.lists(names, max_size=3, unique=True).map(tuple)
approvers = st.builds(Approvers, st.sampled_from(APPROVING), named) | st.builds(
    Approvers, st.none(), named.filter(bool)
)


waivable = st.lists(
    st.builds(Waivable, st.sampled_from(sorted(WAIVABLE)), approvers), max_size=2, unique_by=lambda each: each.gate
).map(tuple)


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    """Workflows that can be adopted, and more that only can be written."""
    tools = draw(st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True), min_size=1, max_size=4, unique=True))
    jobs = draw(st.lists(names, min_size=len(tools), max_size=len(tools), unique=True))
    environments = tuple(
        Environment(
            name=name,
            job=job,
            gitlab_environment=draw(st.just(name) | names),
            approvals=draw(st.integers(1, 100)),
            approvers=draw(approvers),
            four_eyes=draw(st.sampled_from([(), ("creator",)])),
            waivable=draw(waivable),
            break_glass=draw(st.booleans()),
        )
        for name, job in zip(tools, jobs, strict=True)
    )
    required = draw(st.none() | st.lists(names, max_size=3).map(tuple))
    points = st.builds(Point, st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True), names, approvers)
    return Workflow(
        "group/sub.group/project",
        environments,
        required,
        coverage_at_least=draw(st.none() | st.integers(0, 100)),
        tests_at_least=draw(st.none() | st.integers(1, 1000)),
        no_failed_tests=draw(st.booleans()),
        ref_protected=draw(st.booleans()),
        checklist=tuple(draw(st.lists(points, max_size=3, unique_by=lambda each: each.name))),
    )


@given(workflows().filter(lambda workflow: not check_workflow(workflow)))
def test_rendered_is_read_back(workflow: Workflow) -> None:
    """What is shown of a policy is the whole policy: read again, it is the same."""
    assert parse(rendered(workflow)) == workflow


def test_rendering_is_stable() -> None:
    """A policy has one text, however its file was written."""
    text = rendered(parse(FULL))
    assert rendered(parse(text)) == text


def test_defaults() -> None:
    """One approval each, four eyes, Developer, and Maintainer for the last environment; every job is required."""
    assert parse(LEAST) == Workflow(
        "group/data-provider",
        (
            Environment("dev", "deploy-dev", "dev", 1, Approvers("developer"), ("creator",)),
            Environment("prod", "deploy-prod", "prod", 1, Approvers("maintainer"), ("creator",)),
        ),
        None,
    )


def test_everything_said() -> None:
    """What the file says is what the workflow has."""
    workflow = parse(FULL)
    lead = Waivable("ref_unmoved", Approvers(None, ("chris",)))
    assert workflow.required_jobs == ("test", "lint")
    assert (workflow.coverage_at_least, workflow.tests_at_least) == (80, 400)
    assert (workflow.no_failed_tests, workflow.ref_protected) == (True, True)
    assert workflow.checklist == (
        Point("notes", "release notes are written", Approvers("developer")),
        Point("load", "the load test was looked at", Approvers("maintainer", ("rita",))),
    )
    assert workflow.environments[1] == Environment(
        "prod",
        "deploy-prod",
        "production",
        2,
        Approvers("maintainer", ("chris",)),
        ("creator",),
        waivable=(lead,),
        break_glass=True,
    )


def test_who_may_waive() -> None:
    """A role is its people, beside those who are named and everybody of a level."""
    text = FULL.replace(', users = ["chris"] }]', ', role = "lead", access = "owner", users = ["rita", "ben"] }]')
    workflow = parse(f'{text}\n[roles]\nlead = ["anna", "ben"]\n')
    assert workflow.environments[1].waivable == (Waivable("ref_unmoved", Approvers("owner", ("rita", "ben", "anna"))),)


def test_roles_are_their_people() -> None:
    """Whoever is in a role may approve where it is named, each once; without an access level nobody else may."""
    text = FULL.replace('{ access = "maintainer", users = ["chris"] }', '{ users = ["ben"], roles = ["lead", "qa"] }')
    workflow = parse(text + '[roles]\nlead = ["anna", "ben"]\nqa = ["dana", "anna"]\nunused = ["emil"]\n')
    assert workflow.environments[1].approvers == Approvers(None, ("ben", "anna", "dana"))
    assert workflow.environments[0].approvers == Approvers("developer")


def test_last_environment_alone() -> None:
    """An only environment is the last one: Maintainer."""
    only = parse(GITLAB + '[[environments]]\nname = "prod"\njob = "deploy"\n')
    assert only.environments[0].approvers == Approvers("maintainer")


def test_no_eyes_and_no_jobs() -> None:
    """An empty list is a decision, not a default."""
    workflow = parse(GITLAB + '[requirements]\njobs = []\n[[environments]]\nname = "a"\njob = "b"\nfour_eyes = []\n')
    assert (workflow.required_jobs, workflow.environments[0].four_eyes) == ((), ())


def test_access_in_any_case() -> None:
    """GitLab writes Maintainer, and so may a file."""
    text = FULL.replace('access = "maintainer"', 'access = "Maintainer"')
    assert parse(text) == parse(FULL)


def test_place_is_no_policy() -> None:
    """GitLab's address and the database may differ from machine to machine, and the policy is the same."""
    moved = FULL.replace("https://gitlab.example.org", "http://localhost:8080").replace("/srv/", "/home/anna/")
    assert moved != FULL
    assert parse(moved) == parse(FULL)


def test_file(tmp_path: Path) -> None:
    """A file without mistakes loads, and has no problems."""
    file = tmp_path / "relflow.toml"
    file.write_text(FULL)
    assert load_policy(file) == parse(FULL)
    assert examined(file).problems == ()
