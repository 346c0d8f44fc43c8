"""Whose token is used, and where it may go: a token belongs to a host, and no repository's file leads it elsewhere.

A cloned repository may bring a `relflow.toml` that names any address. So a token of the environment goes only where the
environment, or the user's own settings, say that the user's GitLab is; a token in a file goes to the host it is kept
for. This machine needs no such word.
"""

from collections.abc import Collection, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from relflow.core.errors import SetupError
from relflow.settings.address import authority, url_problem
from relflow.settings.glab import glab_token
from relflow.settings.python_gitlab import python_gitlab_token
from relflow.settings.secret import Token
from relflow.settings.trusted import trusted_hosts

__all__ = ["Token", "find_token"]

TOKENS = ("RELFLOW_TOKEN", "GITLAB_TOKEN", "GITLAB_PRIVATE_TOKEN")
#: What the environment calls the user's GitLab.
HOSTS = ("RELFLOW_GITLAB_URL", "GITLAB_HOST", "CI_SERVER_URL")
SCOPES = "scope api to deploy, read_api for all else"


def find_token(url: str, env: Mapping[str, str]) -> Token:
    """The token for the GitLab at that address. Raises SetupError where there is none, or none that may go there."""
    host, named = authority(url), _named(env)
    if not (is_private(url) or ("http", host) in named):
        raise _in_clear_text(url, host)
    kept = [glab_token(host, env), python_gitlab_token(host, env)]
    found = [each for each in kept if isinstance(each, Token)]
    given = [Token(env[name].strip(), name) for name in TOKENS if env.get(name, "").strip()]
    is_meant = is_loopback(url) or host in {name for _, name in named} or (bool(found) and not named)
    if given and (is_meant or host in trusted_hosts(env)):
        return given[0]
    if found:
        return found[0]
    if given:
        raise _withheld(url, host, given[0].source)
    raise _absent(url, host, [each for each in kept if isinstance(each, str)])


def is_loopback(url: str) -> bool:
    """Whether the address is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_private(url: str) -> bool:
    """Whether nobody on the way can read what is sent there."""
    return urlsplit(url).scheme == "https" or is_loopback(url)


def _named(env: Mapping[str, str]) -> set[tuple[str, str]]:
    """Scheme and host of each GitLab that the environment names; a bare host is one that speaks https."""
    texts = [env.get(variable, "").strip() for variable in HOSTS]
    urls = [text if "://" in text else f"https://{text}" for text in texts if text]
    return {(urlsplit(url).scheme, authority(url)) for url in urls if url_problem(url) is None}


def _in_clear_text(url: str, host: str) -> SetupError:
    why = (f"{url} is http: everybody on the way to {host} could read the token",)
    next_step = ("use https", f"export RELFLOW_GITLAB_URL={url}     allows it, if you trust the way")
    return SetupError(f"no token is sent to {host} in clear text", why, next_step)


def _withheld(url: str, host: str, source: str) -> SetupError:
    why = (f"only the settings file names {host}; a token goes where you yourself say that your GitLab is",)
    next_step = (
        f"relflow trust {url}     if the token of {source} is for it",
        f"export RELFLOW_GITLAB_URL={url}     allows it in this shell",
    )
    return SetupError(f"the token of {source} is not sent to {host}", why, next_step)


def _absent(url: str, host: str, said: Collection[str]) -> SetupError:
    why = (f"none of {', '.join(TOKENS)} is set", *said)
    make = f"{url}/-/user_settings/personal_access_tokens     makes one: {SCOPES}"
    allow = () if is_loopback(url) else (f"relflow trust {url}     says that it may go there",)
    return SetupError(f"no token for {host}", why, (make, "export RELFLOW_TOKEN=…", *allow))
