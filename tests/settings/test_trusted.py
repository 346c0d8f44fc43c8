"""The hosts that a token of the environment may go to, in the user's own file."""

import tomllib
from pathlib import Path

import pytest

from relflow.core.errors import SetupError, UsageError
from relflow.settings.token import find_token
from relflow.settings.trusted import host_to_trust, trust, trust_file, trusted_hosts

URL = "https://gitlab.example.org"
HOST = "gitlab.example.org"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment with a home of its own and a token."""
    return {"HOME": str(tmp_path), "GITLAB_TOKEN": "glpat-secret"}


def written(env: dict[str, str], text: str) -> Path:
    """The user's settings file, written by hand."""
    file = trust_file(env)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_a_trusted_host_gets_the_token_and_no_other_does(env: dict[str, str]) -> None:
    """Port and scheme are part of it: another port is another server."""
    with pytest.raises(SetupError, match="not sent"):
        find_token(URL, env)
    assert trust(HOST, env)
    assert find_token(f"{URL}/gitlab", env).source == "GITLAB_TOKEN"
    for other in (f"{URL}:8443", "https://example.org", "https://gitlab.example.org.evil.example"):
        with pytest.raises(SetupError, match="not sent"):
            find_token(other, env)
    with pytest.raises(SetupError, match="clear text"):
        find_token("http://gitlab.example.org", env)


def test_the_file_is_the_users_and_readable(env: dict[str, str], tmp_path: Path) -> None:
    """It lies in the config folder, nobody else may read it, and a comment says what it is for."""
    assert trust(HOST, env)
    assert not trust(HOST, env)
    file = tmp_path / ".config" / "relflow" / "settings.toml"
    assert file == trust_file(env)
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert "`relflow trust URL` adds one" in file.read_text()
    assert tomllib.loads(file.read_text()) == {"gitlab": {"trusted": [HOST]}}
    assert [each.name for each in file.parent.iterdir()] == ["settings.toml"]
    assert trust_file(env | {"XDG_CONFIG_HOME": "/etc/mine"}) == Path("/etc/mine/relflow/settings.toml")


def test_what_else_stands_in_the_file_is_kept(env: dict[str, str]) -> None:
    """Comments, other tables and the user's own spelling."""
    mine = (
        '# mine\n[other]\nx = 1 # why\n\n[gitlab]\ntrusted = [\n  "https://GitLab.com:443/", # ours\n]\nmore = true\n'
    )
    file = written(env, mine)
    assert trusted_hosts(env) == {"gitlab.com"}
    assert not trust("gitlab.com", env)
    assert file.read_text() == mine
    assert trust(HOST, env)
    after = file.read_text()
    assert all(line in after.splitlines() for line in mine.splitlines() if not line.startswith("]"))
    assert trusted_hosts(env) == {"gitlab.com", HOST}


def test_a_file_that_is_a_link_stays_one(env: dict[str, str], tmp_path: Path) -> None:
    """Whoever keeps their settings in one place and links to them keeps the link."""
    kept = tmp_path / "dotfiles.toml"
    kept.write_text("[other]\nx = 1\n")
    trust_file(env).parent.mkdir(parents=True)
    trust_file(env).symlink_to(kept)
    assert trust(HOST, env)
    assert trust_file(env).is_symlink()
    assert HOST in kept.read_text()


@pytest.mark.parametrize(
    "text", ["[gitlab", "gitlab = 3", "[gitlab]\ntrusted = 'gitlab.example.org'", "[gitlab]\ntrusted = [3]"]
)
def test_a_file_that_is_wrong_is_said_and_left(env: dict[str, str], text: str) -> None:
    """Nothing is taken for trusted, and nothing is written over."""
    file = written(env, text)
    for use in (lambda: find_token(URL, env), lambda: trust(HOST, env)):
        with pytest.raises(SetupError, match=r"settings\.toml"):
            use()
    assert file.read_text() == text


def test_http_in_the_file_allows_nothing(env: dict[str, str]) -> None:
    """Nor does an entry that names no host."""
    written(env, '[gitlab]\ntrusted = ["http://gitlab.example.org", "", "a b", "https://user@h", "ftp://x"]\n')
    assert trusted_hosts(env) <= {""}
    with pytest.raises(SetupError, match="not sent"):
        find_token(URL, env)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("gitlab.example.org", "no GitLab is at gitlab.example.org"),
        ("https://anna:pw@gitlab.example.org", "no GitLab is at that URL"),
        ("http://gitlab.example.org", "http is not trusted for good"),
        ("https://h/?x", "no GitLab"),
        ("https://h\u202e", "no GitLab"),
        ("", "no GitLab"),
    ],
)
def test_what_cannot_be_trusted(url: str, said: str) -> None:
    """The form of an address is told; a password in it is not repeated."""
    with pytest.raises(UsageError) as caught:
        host_to_trust(url)
    assert said in caught.value.what
    assert caught.value.why
    assert "pw" not in repr((caught.value.what, caught.value.why, caught.value.next_step))


def test_a_folder_that_cannot_be_written_is_said(env: dict[str, str], tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / ".config").write_text("")
    with pytest.raises(SetupError, match="cannot be written"):
        trust(HOST, env)
