"""GitLab's address: one form for each server."""

import pytest

from relflow.settings.address import authority, normal_url, url_problem


@pytest.mark.parametrize(
    ("written", "normal", "host"),
    [
        ("https://gitlab.example.org", "https://gitlab.example.org", "gitlab.example.org"),
        ("HTTPS://GitLab.Example.ORG:443/", "https://gitlab.example.org", "gitlab.example.org"),
        ("https://example.org/GitLab/", "https://example.org/GitLab", "example.org"),
        ("http://localhost:8080", "http://localhost:8080", "localhost:8080"),
        ("http://127.0.0.1:80", "http://127.0.0.1", "127.0.0.1"),
        ("https://[::1]:8443/", "https://[::1]:8443", "[::1]:8443"),
    ],
)
def test_one_form(written: str, normal: str, host: str) -> None:
    """Two spellings of a server are one place, and the form stays as it is."""
    assert url_problem(written) is None
    assert normal_url(written) == normal == normal_url(normal)
    assert authority(written) == host == authority(normal)


@pytest.mark.parametrize(
    "url",
    [
        *("", "gitlab.example.org", "ftp://gitlab.example.org", "https://", "https:///group", "javascript:alert(1)"),
        *("https://h:port", "https://h:0", "https://h:99999", "https://[::1", "https://h\\@evil", "https://a b"),
        *("https://h/?a=b", "https://h/#a", "https://h\n", "https://h\t.org", "https://h\u202e"),
    ],
)
def test_no_address(url: str) -> None:
    """What no GitLab can be at is refused."""
    assert url_problem(url)


@pytest.mark.parametrize("url", ["https://anna:hunter2@h", "https://hunter2@h", "https://:hunter2@h"])
def test_password(url: str) -> None:
    """An address with a password is refused, and the password is not repeated."""
    problem = url_problem(url)
    assert problem
    assert "hunter2" not in problem
