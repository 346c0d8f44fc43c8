"""Where the project is: the file, and who beats whom."""

from pathlib import Path

import pytest

from relflow.core.errors import SetupError, UsageError
from relflow.settings.place import database_problem, find_place, project_problem
from tests.settings.texts import GITLAB, LEAST


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment with a home of its own, and nothing else."""
    return {"HOME": str(tmp_path / "home")}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A settings file in a folder with folders below."""
    (tmp_path / "work" / "deep" / "down").mkdir(parents=True)
    file = tmp_path / "work" / "relflow.toml"
    file.write_text(LEAST)
    return file


def test_found_upward(file: Path, env: dict[str, str]) -> None:
    """The nearest file from the current folder upward is meant."""
    assert find_place(None, None, env, file.parent / "deep" / "down").file == file
    nearer = file.parent / "deep" / "relflow.toml"
    nearer.write_text(LEAST)
    assert find_place(None, None, env, file.parent / "deep" / "down").file == nearer


def test_named_beats_variable_beats_found(file: Path, env: dict[str, str], tmp_path: Path) -> None:
    """--config is heeded before RELFLOW_CONFIG, and that before looking; both are relative to the current folder."""
    for name in ("one.toml", "two.toml"):
        (tmp_path / "work" / name).write_text(LEAST)
    env["RELFLOW_CONFIG"] = "one.toml"
    assert find_place(None, None, env, file.parent).file == tmp_path / "work" / "one.toml"
    assert find_place(Path("two.toml"), None, env, file.parent).file == tmp_path / "work" / "two.toml"
    env["RELFLOW_CONFIG"] = ""
    assert find_place(None, None, env, file.parent).file == file


def test_option_beats_environment_beats_file(file: Path, env: dict[str, str]) -> None:
    """What stands nearer to the command wins."""
    place = find_place(None, None, env, file.parent)
    assert (place.needed_url(), place.needed_project()) == ("https://gitlab.example.org", "group/data-provider")
    env |= {"RELFLOW_GITLAB_URL": "https://other.example.org/", "RELFLOW_PROJECT": "a/b"}
    env["RELFLOW_DATABASE_URL"] = "sqlite:////srv/other.db"
    place = find_place(None, None, env, file.parent)
    assert (place.needed_url(), place.needed_project()) == ("https://other.example.org", "a/b")
    assert place.database == Path("/srv/other.db")
    assert find_place(None, "c/d", env, file.parent).project == "c/d"


def test_default_database(file: Path, env: dict[str, str], tmp_path: Path) -> None:
    """Without a word each project has one file in the user's data folder, made by nobody yet."""
    expected = tmp_path / "home/.local/share/relflow/gitlab.example.org/group__data-provider.db"
    assert find_place(None, None, env, file.parent).database == expected
    env["XDG_DATA_HOME"] = str(tmp_path / "data")
    assert find_place(None, "a/b/c", env, file.parent).database.relative_to(tmp_path) == Path(
        "data/relflow/gitlab.example.org/a__b__c.db"
    )
    env["XDG_DATA_HOME"] = "relative/ones/are/ignored"
    assert find_place(None, None, env, file.parent).database == expected
    assert not (tmp_path / "home").exists()


def test_database_of_another_port(file: Path, env: dict[str, str]) -> None:
    """Two servers on one host have a file each."""
    env["RELFLOW_GITLAB_URL"] = "http://localhost:8080"
    assert find_place(None, None, env, file.parent).database.parent.name == "localhost_8080"


def test_relative_database(file: Path, env: dict[str, str]) -> None:
    """A relative path begins at the settings file, wherever the command runs."""
    file.write_text(LEAST + '[database]\nurl = "sqlite:///data/releases.db"\n')
    place = find_place(None, None, env, file.parent / "deep" / "down")
    assert place.database == file.parent / "data" / "releases.db"


def test_no_file(tmp_path: Path, env: dict[str, str]) -> None:
    """No file is a mistake only when something of it is needed."""
    place = find_place(None, None, env, tmp_path)
    assert place.file is None
    for ask in (place.needed_file, place.needed_url, place.needed_project, lambda: place.database):
        with pytest.raises(SetupError, match="no settings") as caught:
            ask()
        assert str(tmp_path) in caught.value.why[0]


def test_environment_alone(tmp_path: Path, env: dict[str, str]) -> None:
    """A machine without a file can be told everything by its environment."""
    env |= {"RELFLOW_GITLAB_URL": "https://gitlab.example.org", "RELFLOW_PROJECT": "a/b"}
    env["RELFLOW_DATABASE_URL"] = "sqlite:///x.db"
    place = find_place(None, None, env, tmp_path)
    assert (place.needed_url(), place.needed_project()) == ("https://gitlab.example.org", "a/b")
    assert place.database == tmp_path / "x.db"


def test_unsaid(file: Path, env: dict[str, str]) -> None:
    """What the file does not say is named, with both ways to say it."""
    file.write_text("[gitlab]\n")
    place = find_place(None, None, env, file.parent)
    with pytest.raises(SetupError, match="does not say which GitLab") as caught:
        place.needed_url()
    assert "RELFLOW_GITLAB_URL" in caught.value.next_step[1]
    with pytest.raises(SetupError, match="does not say which project"):
        place.needed_project()


@pytest.mark.parametrize(
    "table",
    [
        'gitlab = "text"',
        "[gitlab]\nurl = 5",
        '[gitlab]\nurl = ""',
        '[gitlab]\nurl = "gitlab.example.org"',
        '[gitlab]\nurl = "https://anna:hunter2@gitlab.example.org"',
        '[gitlab]\nproject = "no-group"',
        '[gitlab]\nproject = ["a/b"]',
        GITLAB + '[database]\nurl = "postgresql+psycopg://anna:hunter2@db/relflow"',
        GITLAB + "[database]\nurl = true",
    ],
)
def test_wrong_values(table: str, file: Path, env: dict[str, str]) -> None:
    """A wrong value never leads to another database than the one meant, and no password is repeated."""
    file.write_text(table)
    place = find_place(None, None, env, file.parent)
    assert place.file == file
    with pytest.raises(SetupError) as caught:
        _ = place.database
    assert "hunter2" not in repr((caught.value.what, caught.value.why, caught.value.next_step))


def test_wrong_option(file: Path, env: dict[str, str]) -> None:
    """A project that cannot be one is a mistake of the command, not of the settings."""
    with pytest.raises(UsageError, match="cannot be a project"):
        find_place(None, "no-group", env, file.parent)


def test_all_problems_at_once(file: Path, env: dict[str, str]) -> None:
    """Every wrong value is told, and who said it."""
    env["RELFLOW_PROJECT"] = "x"
    file.write_text('[gitlab]\nurl = 1\n[database]\nurl = "mysql://db"\n')
    with pytest.raises(SetupError) as caught:
        find_place(None, None, env, file.parent).needed_url()
    assert [each.partition(": ")[0] for each in caught.value.why] == [
        "[gitlab] url",
        "RELFLOW_PROJECT",
        "[database] url",
    ]


@pytest.mark.parametrize(
    "url",
    [
        *("sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///a/", "sqlite:///a?mode=ro", "sqlite:///~/a.db"),
        *("sqlite:///a\x00b", "sqlite://host/a.db", "/srv/a.db", "", "postgres://db", "postgresql://db"),
    ],
)
def test_no_database(url: str) -> None:
    """What names no file is refused."""
    assert database_problem(url)


@pytest.mark.parametrize(
    "rest",
    [
        *("db/relflow", "anna@db:5433/relflow", "/relflow?host=/run/postgresql", "?service=relflow", "/?dbname=x"),
        *("anna@a,b:5433/relflow?target_session_attrs=read-write&sslmode=verify-full", "[::1]:5432/relflow"),
    ],
)
def test_postgresql(rest: str, file: Path, env: dict[str, str]) -> None:
    """What libpq can make of an address is libpq's; it names a database, and is no file."""
    url = f"postgresql+psycopg://{rest}"
    assert database_problem(url) is None
    file.write_text(LEAST + f'[database]\nurl = "{url}"\n')
    assert find_place(None, None, env, file.parent).postgresql == url
    assert find_place(None, None, env | {"RELFLOW_DATABASE_URL": "sqlite:///x.db"}, file.parent).postgresql is None


@pytest.mark.parametrize(
    "rest", ["", "/", "db", "db/", "anna@db", "anna:hunter2@db/?sslmode=require", "d b/x", "db/x\x1b[2J"]
)
def test_no_postgresql(rest: str) -> None:
    """Without a name libpq would take the user's, which nobody means; and no password is repeated."""
    problem = database_problem(f"postgresql+psycopg://{rest}")
    assert problem
    assert "hunter2" not in problem


@pytest.mark.parametrize("rest", ["anna:hunter2@db/relflow", "anna@db/relflow?password=hunter2"])
def test_a_password_stands_in_the_environment_or_in_no_place_of_ours(
    rest: str, file: Path, env: dict[str, str]
) -> None:
    """A settings file is committed, so it may hold none; the environment is the user's own."""
    url = f"postgresql+psycopg://{rest}"
    file.write_text(LEAST + f'[database]\nurl = "{url}"\n')
    with pytest.raises(SetupError) as caught:
        _ = find_place(None, None, env, file.parent).postgresql
    assert ["PGPASSFILE" in each for each in caught.value.why] == [True]
    assert find_place(None, None, env | {"RELFLOW_DATABASE_URL": url}, file.parent).postgresql == url


@pytest.mark.parametrize(
    "path", ["a", "/a/b", "a/b/", "a//b", "a/../b", "a/..", "a b/c", "a/b\n", "ä/b", "a/" + "b" * 300]
)
def test_no_project(path: str) -> None:
    """What GitLab could not have as a path is refused."""
    assert project_problem(path)


@pytest.mark.parametrize("path", ["a/b", "Group/Sub.group/my_project-2", "a/.github"])
def test_project(path: str) -> None:
    """Groups may nest."""
    assert project_problem(path) is None
