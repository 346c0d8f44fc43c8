"""`relflow init`: settings, database and policy at once; asked where there is a terminal, told by options elsewhere."""

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from relflow.settings.policy import load_policy
from tests.cli.running import Ended, run_here
from tests.cli.schemas import wrong
from tests.cli.terminal import Terminal, at_terminal
from tests.contract.samples import MEMBER, PROJECT, TOKEN, USER
from tests.contract.stub import Stub, reply

ENV = {"RELFLOW_TOKEN": "glpat-x"}
Begin = Callable[..., Ended]


def options(stub: Stub, *more: str) -> list[str]:
    """The words that answer every question."""
    places = ["--environment", "dev=deploy-dev", "--environment", "prod=deploy-prod", "--approvals", "prod=2"]
    return ["init", "--url", stub.url, "--project", "group/data-provider", *places, *more]


def answers(stub: Stub, level: int = 40) -> None:
    """A GitLab that knows the project, and anna with that access level."""
    member = {**MEMBER, "access_level": level}
    others = [{**MEMBER, "id": 12 + at, "username": name} for at, name in enumerate(("ben", "chris"))]
    stub.says(reply(200, PROJECT), reply(200, USER), reply(200, TOKEN), reply(200, [member, *others]))


@pytest.fixture
def folder(bare: Path, stub: Stub) -> Path:
    """An empty folder, and a GitLab where anna is a maintainer."""
    answers(stub)
    return bare


def left(folder: Path, tmp_path: Path) -> list[str]:
    """Every file that was written, in the folder or among the user's own."""
    places = (folder, tmp_path / "user", tmp_path / "shared")
    found = (each for place in places if place.exists() for each in place.rglob("*") if each.is_file())
    return sorted(each.name for each in found if not each.name.endswith(("-wal", "-shm")) and ".git/" not in str(each))


def test_with_every_option_nothing_is_asked(folder: Path, stub: Stub, tmp_path: Path) -> None:
    """Four requests later there are settings, a database that only the user may read, and a policy in force."""
    ended = run_here(folder, *options(stub, "--private", "--yes", "--json"), **ENV)
    assert (ended.code, ended.err, wrong("init", ended.json)) == (0, "", [])
    assert len(stub.received) == 4
    database = Path(ended.json["database"])
    assert database.is_relative_to(tmp_path / "user")
    assert database.stat().st_mode & 0o777 == 0o600
    assert [each.approvals for each in load_policy(folder / "relflow.toml").environments] == [1, 2]
    assert "[database]" not in re.sub("#.*", "", (folder / "relflow.toml").read_text())
    assert run_here(folder, "policy", "diff").code == 0
    assert "nothing yet" in run_here(folder, "status").out


def test_a_shared_database_is_the_groups(folder: Path, stub: Stub, tmp_path: Path) -> None:
    """The folder is made setgid, the file 0660, and the settings name it by its whole path."""
    ended = run_here(folder, *options(stub, "--shared", str(tmp_path / "shared"), "--yes"), **ENV)
    file = tmp_path / "shared" / "group__data-provider.db"
    assert (ended.code, str(file) in ended.out) == (0, True)
    assert (file.parent.stat().st_mode & 0o7777, file.stat().st_mode & 0o777) == (0o2770, 0o660)
    assert f'url = "sqlite:///{file}"' in (folder / "relflow.toml").read_text()
    assert run_here(folder, "db", "check").code == 0


REFUSED = {
    "nothing but --yes": (["init", "--yes"], ["--url URL", "--project", "--environment", "--private, or --shared"]),
    "no word at all": (["init"], ["no terminal", "--url URL", "--project", "--environment NAME=JOB"]),
    "two places": (["init", "--private", "--shared", "x"], ["two places"]),
    "no job": (["--environment", "dev", "--private", "--yes"], ["NAME=JOB"]),
    "a name twice": (["--environment", "dev=again", "--private", "--yes"], ["dev"]),
    "an unknown environment": (["--approvals", "stage=1", "--private", "--yes"], ["there is no environment stage"]),
    "no number": (["--approvals", "dev=many", "--private", "--yes"], ["--approvals dev=2"]),
    "too many": (["--approvals", "dev=1000", "--private", "--yes"], ["at most 100"]),
    "no word of yes": (["--private"], ["--yes"]),
    "a folder nowhere": (["--private", "--yes", "--config", "no/where.toml"], ["mkdir -p"]),
    "no project": (["-R", "data", "--private", "--yes"], ["group/name"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_answers_that_will_not_do(folder: Path, stub: Stub, tmp_path: Path, case: str) -> None:
    """A usage error that names the option; nothing is written."""
    words, said = REFUSED[case]
    ended = run_here(folder, *(words if words[0] == "init" else options(stub, *words)), **ENV)
    assert (ended.code, ended.out, left(folder, tmp_path)) == (2, "", [])
    assert [text for text in said if text not in ended.err] == []


def test_an_existing_file_is_never_written_over(folder: Path, stub: Stub, tmp_path: Path) -> None:
    """Neither here nor where --config says; it stays as it is, and GitLab is not asked."""
    for name, words in (("relflow.toml", ()), ("other.toml", ("--config", "other.toml"))):
        (folder / name).write_text("mine")
        ended = run_here(folder, *options(stub, "--private", "--yes", *words), **ENV)
        assert (ended.code, "is there already" in ended.err, (folder / name).read_text()) == (2, True, "mine")
    assert (stub.received, left(folder, tmp_path)) == ([], ["other.toml", "relflow.toml"])


def test_a_gitlab_that_says_no_leaves_nothing(folder: Path, stub: Stub, tmp_path: Path) -> None:
    """The project is asked for before anything is written."""
    stub.says(reply(404, {"message": "404 Project Not Found"}))
    ended = run_here(folder, *options(stub, "--private", "--yes"), **ENV)
    assert (ended.code, left(folder, tmp_path)) == (4, [])


def test_without_a_token_nothing_else_is_asked_and_the_refusal_names_trust(folder: Path, tmp_path: Path) -> None:
    """A token of the environment goes where the user said, and `init --url` is not yet such a word."""
    url = "https://gitlab.example.org"
    with at_terminal(folder, "init", "--url", url, **ENV) as terminal:
        assert terminal.ended() == 8
    assert f"relflow trust {url}" in terminal.shown
    assert left(folder, tmp_path) == []


def test_who_may_not_adopt_is_told_what_was_written(folder: Path, stub: Stub, tmp_path: Path) -> None:
    """A developer prepares all, and a maintainer goes on from there."""
    answers(stub, level=30)
    ended = run_here(folder, *options(stub, "--private", "--yes"), **ENV)
    assert (ended.code, left(folder, tmp_path)) == (1, ["group__data-provider.db", "relflow.toml"])
    assert f"written so far: {tmp_path}" in ended.err
    assert "relflow policy adopt     goes on from here" in ended.err
    answers(stub)
    assert run_here(folder, "policy", "adopt", "--yes", **ENV).code == 0


def test_a_gitlab_that_fails_halfway_is_told_what_was_written(folder: Path, stub: Stub) -> None:
    """The same, for an outage between two requests."""
    stub.says(reply(200, PROJECT), reply(500, {"message": "500"}))
    ended = run_here(folder, *options(stub, "--private", "--yes"), **ENV)
    assert (ended.code, "written so far: " in ended.err, str(folder / "relflow.toml") in ended.err) == (4, True, True)


def test_a_folder_that_is_not_shared_is_refused(folder: Path, stub: Stub, tmp_path: Path) -> None:
    """With the command that mends it; and so is a folder that is the work tree's."""
    (tmp_path / "shared").mkdir(mode=0o755)
    ended = run_here(folder, *options(stub, "--shared", str(tmp_path / "shared"), "--yes"), **ENV)
    assert (ended.code, "chmod g+rwxs" in ended.err, left(folder, tmp_path)) == (8, True, [])
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    ended = run_here(folder, *options(stub, "--shared", "data", "--yes"), **ENV)
    assert (ended.code, "git work tree" in ended.err, (folder / "data").exists()) == (8, True, False)


def test_a_project_that_has_a_policy_keeps_it(folder: Path, stub: Stub, tmp_path: Path) -> None:
    """A second `init` elsewhere does not replace the policy in the shared database."""
    shared = ("--shared", str(tmp_path / "shared"), "--yes")
    assert run_here(folder, *options(stub, *shared), **ENV).code == 0
    (tmp_path / "second").mkdir()
    answers(stub)
    ended = run_here(tmp_path / "second", *options(stub, *shared, "--approvals", "dev=2"), **ENV)
    assert (ended.code, "under relflow already" in ended.err) == (8, True)
    assert list((tmp_path / "second").iterdir()) == []


PROMPTS = (
    ("GitLab's address [http://", "\n"),
    ("Project (group/name) [group/data-provider]", "\n"),
    ("as NAME=JOB [dev=deploy-dev prod=deploy-prod]", "dev\ndev=deploy-dev prod=deploy-prod\n"),
    ("Approvals for dev [1]", "\n"),
    ("Approvals for prod [1]", "many\n2\n"),
    ("empty: only you use it", "\n"),
    ("and adopt? [y/N]", "y\n"),
)


@pytest.fixture
def clone(folder: Path, stub: Stub) -> Path:
    """The same folder, cloned from that GitLab."""
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    origin = ["git", "-C", str(folder), "remote", "add", "origin", f"{stub.url}/group/data-provider.git"]
    subprocess.run(origin, check=True)
    return folder


def answered(terminal: Terminal, upto: int) -> None:
    """Answer the first questions, and see the next one."""
    for prompt, answer in PROMPTS[:upto]:
        terminal.until(prompt)
        terminal.types(answer)


def test_what_is_missing_is_asked(clone: Path, stub: Stub, tmp_path: Path) -> None:
    """The remote is offered, a bad answer is asked again, and the command that asks nothing does the same."""
    with at_terminal(clone, "init", **ENV) as terminal:
        answered(terminal, len(PROMPTS))
        assert terminal.ended() == 0
    assert [each.approvals for each in load_policy(clone / "relflow.toml").environments] == [1, 2]
    same = re.search(r"same as: (relflow init .+)", terminal.shown)  # behind the prompt, where the echo was too early
    assert same is not None
    answers(stub)
    (tmp_path / "second").mkdir()
    data = str(tmp_path / "elsewhere")
    again = run_here(tmp_path / "second", *shlex.split(same[1])[1:], XDG_DATA_HOME=data, **ENV)
    assert again.code == 0
    assert (tmp_path / "second" / "relflow.toml").read_text() == (clone / "relflow.toml").read_text()


@pytest.mark.parametrize("place", range(len(PROMPTS)))
def test_ctrl_c_at_each_prompt_writes_nothing(clone: Path, tmp_path: Path, place: int) -> None:
    """Exit 130, one sentence, no file."""
    with at_terminal(clone, "init", **ENV) as terminal:
        answered(terminal, place)
        terminal.until(PROMPTS[place][0])
        terminal.interrupts()
        assert terminal.ended() == 130
    assert terminal.shown.endswith("\ninterrupted. Nothing was changed.\n")
    assert left(clone, tmp_path) == []


def test_what_an_option_says_is_not_asked(folder: Path, stub: Stub) -> None:
    """Only what is missing."""
    with at_terminal(folder, *options(stub, "--approvals", "dev=1", "--private"), **ENV) as terminal:
        terminal.until("and adopt? [y/N]")
        terminal.types("y\n")
        assert terminal.ended() == 0
    assert "GitLab's address" not in terminal.shown
    assert "Approvals for" not in terminal.shown
