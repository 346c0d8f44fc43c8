"""Tokens that other programs keep: glab, and python-gitlab."""

from pathlib import Path

import pytest

from relflow.core.errors import SetupError
from relflow.settings.glab import glab_token
from relflow.settings.python_gitlab import python_gitlab_token
from relflow.settings.secret import Token
from relflow.settings.token import find_token

HOST = "gitlab.example.org"
URL = f"https://{HOST}"
GLAB = """\
# What protocol to use when performing Git operations. Supported values: ssh, https
git_protocol: ssh
editor:
token: not-this-one
hosts:
    gitlab.com:
        # What protocol to use to access the API endpoint
        api_protocol: https
        api_host: gitlab.com
        token:
    "gitlab.example.org":
        token: !!null glpat-glab # a comment
        user: anna
    alias:
        api_host: GitLab.example.net:8443
        token: 'glpat-alias'
    nothing.example.org:
        user: ben
no_prompt: false
"""
PYTHON_GITLAB = """\
[global]
default = work
ssl_verify = true

[work]
url = https://gitlab.example.org/
private_token = glpat-python

[vault]
url = https://vault.example.org
oauth_token = helper: echo stolen
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment with a home of its own, and nothing else."""
    return {"HOME": str(tmp_path)}


@pytest.fixture
def glab(tmp_path: Path) -> Path:
    """A file as glab writes it."""
    file = tmp_path / ".config" / "glab-cli" / "config.yml"
    file.parent.mkdir(parents=True)
    file.write_text(GLAB)
    return file


@pytest.fixture
def python_gitlab(tmp_path: Path) -> Path:
    """A file as python-gitlab's users write it."""
    file = tmp_path / ".python-gitlab.cfg"
    file.write_text(PYTHON_GITLAB)
    return file


def test_glab(glab: Path, env: dict[str, str]) -> None:
    """Glab's token for a host goes to that host."""
    assert find_token(URL, env) == Token("glpat-glab", f"glab's {glab}")
    assert glab_token("gitlab.example.net:8443", env) == Token("glpat-alias", f"glab's {glab}")


@pytest.mark.parametrize(
    "host", ["gitlab.com", "nothing.example.org", "alias", "example.org", "hosts", "gitlab.example.net"]
)
def test_glab_has_none(host: str, glab: Path, env: dict[str, str]) -> None:
    """A host without a token has none; another host's is never taken."""
    assert glab_token(host, env) == f"glab's {glab} has none for {host}"


@pytest.mark.parametrize(
    "text", ["", "hosts", "hosts:\n  - a\n", "{hosts: {gitlab.example.org: {token: x}}}", "\t:\n:::", "a: &b\n"]
)
def test_glab_in_another_form(text: str, glab: Path, env: dict[str, str]) -> None:
    """YAML that glab does not write is passed over."""
    glab.write_text(text)
    assert isinstance(glab_token(HOST, env), str)


def test_glab_elsewhere(glab: Path, env: dict[str, str], tmp_path: Path) -> None:
    """GLAB_CONFIG_DIR and XDG_CONFIG_HOME move the file."""
    moved = tmp_path / "other" / "glab-cli"
    moved.mkdir(parents=True)
    glab.rename(moved / "config.yml")
    assert isinstance(glab_token(HOST, env), str)
    assert isinstance(glab_token(HOST, {**env, "XDG_CONFIG_HOME": str(tmp_path / "other")}), Token)
    assert isinstance(glab_token(HOST, {**env, "GLAB_CONFIG_DIR": str(moved)}), Token)


def test_python_gitlab(python_gitlab: Path, env: dict[str, str]) -> None:
    """python-gitlab's token for a host goes to that host, and PYTHON_GITLAB_CFG moves the file."""
    assert find_token(URL, env) == Token("glpat-python", f"python-gitlab's {python_gitlab}")
    assert "none for gitlab.com" in str(python_gitlab_token("gitlab.com", env))
    env["PYTHON_GITLAB_CFG"] = str(python_gitlab.with_name("nothing.cfg"))
    assert python_gitlab_token(HOST, env) == "python-gitlab has no settings here"


def test_helpers_are_not_run(python_gitlab: Path, env: dict[str, str]) -> None:
    """A helper is a program: relflow does not start it, and says so."""
    with pytest.raises(SetupError) as caught:
        find_token("https://vault.example.org", env)
    assert f"python-gitlab's {python_gitlab} has a helper for vault.example.org: relflow runs none" in caught.value.why


@pytest.mark.parametrize(
    "content",
    [b"no section", b"[a]\n[a]\n", b"\xff\xfe", b"[work]\nurl=https://gitlab.example.org\nprivate_token=%(x)s"],
)
def test_broken_files(content: bytes, python_gitlab: Path, glab: Path, env: dict[str, str]) -> None:
    """A file of another program that cannot be read is said, and never ends in a traceback."""
    python_gitlab.write_bytes(content)
    glab.write_bytes(b"\xff\xfe")
    with pytest.raises(SetupError) as caught:
        find_token(URL, env)
    assert [each.endswith("cannot be read") for each in caught.value.why] == [False, True, True]


def test_own_settings_name_a_host(glab: Path, env: dict[str, str]) -> None:
    """The user's own settings count as their word for a host: the environment's token may go there."""
    assert glab.exists()
    env["RELFLOW_TOKEN"] = "mine"
    assert find_token(URL, env).source == "RELFLOW_TOKEN"


def test_token_for_another_host(glab: Path, env: dict[str, str]) -> None:
    """A token of the environment that is for another host stays there; the kept one for this host is used."""
    env |= {"GITLAB_TOKEN": "for-com", "GITLAB_HOST": "gitlab.com"}
    assert find_token(URL, env) == Token("glpat-glab", f"glab's {glab}")
