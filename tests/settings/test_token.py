"""Whose token is used, and where it may go."""

from pathlib import Path

import pytest

from relflow.core.errors import SetupError
from relflow.settings.token import find_token

URL = "https://gitlab.example.org"
SECRET = "glpat-secret"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment with a home of its own, and nothing else."""
    return {"HOME": str(tmp_path)}


def refusal(url: str, env: dict[str, str]) -> SetupError:
    """Why there is no token; it never tells one."""
    with pytest.raises(SetupError) as caught:
        find_token(url, env)
    assert SECRET not in repr((caught.value.what, caught.value.why, caught.value.next_step))
    return caught.value


def test_order_of_variables(env: dict[str, str]) -> None:
    """Relflow's own variable is heeded first, then GitLab's two; empty ones are none."""
    env |= {"RELFLOW_GITLAB_URL": URL, "GITLAB_PRIVATE_TOKEN": "third"}
    assert find_token(URL, env).source == "GITLAB_PRIVATE_TOKEN"
    env["GITLAB_TOKEN"] = "second"
    assert find_token(URL, env).source == "GITLAB_TOKEN"
    env["RELFLOW_TOKEN"] = " first\n"
    token = find_token(URL, env)
    assert (token.value, token.source) == ("first", "RELFLOW_TOKEN")
    env["RELFLOW_TOKEN"] = " "
    assert find_token(URL, env).source == "GITLAB_TOKEN"


def test_repr_hides(env: dict[str, str]) -> None:
    """A token does not show itself."""
    env |= {"RELFLOW_GITLAB_URL": URL, "RELFLOW_TOKEN": SECRET}
    token = find_token(URL, env)
    assert SECRET not in f"{token!r} {token}"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RELFLOW_GITLAB_URL", "https://GitLab.example.org:443/"),
        ("GITLAB_HOST", "gitlab.example.org"),
        ("GITLAB_HOST", "https://gitlab.example.org"),
        ("CI_SERVER_URL", "https://gitlab.example.org"),
    ],
)
def test_named_host(variable: str, value: str, env: dict[str, str]) -> None:
    """A token of the environment goes where the environment says that GitLab is."""
    env |= {"GITLAB_TOKEN": SECRET, variable: value}
    assert find_token(URL, env).value == SECRET


@pytest.mark.parametrize(
    "other",
    [
        None,
        "gitlab.com",
        "https://gitlab.example.org.evil.example",
        "https://gitlab.example.org:8443",
        "evil@h",
        "http://[",
    ],
)
def test_host_of_the_file_alone(other: str | None, env: dict[str, str]) -> None:
    """A host that only a repository's file names gets nothing, and the refusal says how to allow it."""
    env["RELFLOW_TOKEN"] = SECRET
    if other:
        env["GITLAB_HOST"] = other
    error = refusal(URL, env)
    assert error.what == "the token of RELFLOW_TOKEN is not sent to gitlab.example.org"
    assert error.next_step[0].startswith(f"relflow trust {URL} ")
    assert error.next_step[1].startswith(f"export RELFLOW_GITLAB_URL={URL} ")


@pytest.mark.parametrize(
    "url", ["http://localhost:8080", "http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:3000"]
)
def test_loopback(url: str, env: dict[str, str]) -> None:
    """This machine needs no word, and no https."""
    env["RELFLOW_TOKEN"] = SECRET
    assert find_token(url, env).value == SECRET


@pytest.mark.parametrize(
    "url", ["http://gitlab.example.org", "http://localhost.evil.example", "http://127.0.0.1.evil.example"]
)
def test_clear_text(url: str, env: dict[str, str]) -> None:
    """A token travels in clear text only where the environment itself says http."""
    env |= {"RELFLOW_TOKEN": SECRET, "GITLAB_HOST": url.removeprefix("http://")}
    assert "clear text" in refusal(url, env).what
    env["RELFLOW_GITLAB_URL"] = url
    assert find_token(url, env).value == SECRET


def test_none(env: dict[str, str]) -> None:
    """Without any token it says where it looked, where to make one, and with which scopes."""
    error = refusal(URL, env)
    assert error.what == "no token for gitlab.example.org"
    assert error.why == (
        "none of RELFLOW_TOKEN, GITLAB_TOKEN, GITLAB_PRIVATE_TOKEN is set",
        "glab has no settings here",
        "python-gitlab has no settings here",
    )
    assert f"{URL}/-/user_settings/personal_access_tokens" in error.next_step[0]
    assert "read_api" in error.next_step[0]
