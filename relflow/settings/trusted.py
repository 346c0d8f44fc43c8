"""The GitLab hosts that the user trusts with a token of the environment: a list in their own settings file.

The file is theirs: it is written by hand as well, and what else stands in it is kept. Whose token goes where is
judged in `token`; clear text is never allowed here, because what is written down once is soon forgotten.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import urlsplit

from relflow.core.errors import SetupError, UsageError
from relflow.core.text import shortened
from relflow.settings.address import authority, normal_url, url_problem
from relflow.settings.folders import config_folder
from relflow.settings.source import parsed, read_text

_FORM = 'it is a list of hosts, like ["gitlab.example.org"]'
_HEAD = "Your own settings of relflow, for every project on this machine."
_LIST = "GitLab hosts that a token from your environment may go to; `relflow trust URL` adds one."


def trust_file(env: Mapping[str, str]) -> Path:
    """The user's own settings file; it need not exist."""
    return config_folder(env) / "relflow" / "settings.toml"


def trusted_hosts(env: Mapping[str, str]) -> frozenset[str]:
    """The hosts, with their ports, that a token may go to over https. Raises SetupError for a file that is wrong."""
    file = trust_file(env)
    return frozenset(map(_host, _hosts(_text(file), file)))


def host_to_trust(url: str) -> str:
    """The host of that address. Raises UsageError for what no token is sent to on a word that is kept."""
    if problem := url_problem(url):
        raise UsageError(
            "no GitLab is at that URL" if {"@", "?"} & set(url) else f"no GitLab is at {shortened(url)}", (problem,)
        )
    if urlsplit(url).scheme != "https":
        why = (f"everybody on the way to {authority(url)} could read the token",)
        steps = ("use https", f"export RELFLOW_GITLAB_URL={normal_url(url)}     allows it in one shell")
        raise UsageError("http is not trusted for good", why, steps)
    return authority(url)


def trust(host: str, env: Mapping[str, str]) -> bool:
    """Add the host to the list; whether it was new. The file is replaced as a whole, and nobody else may read it.

    Raises SetupError for a file that is wrong or cannot be written; then it is as it was.
    """
    file = trust_file(env)
    text = _text(file)
    if host in map(_host, _hosts(text, file)):
        return False
    _replace(file, _with(text, host))
    return True


def _text(file: Path) -> str:
    return read_text(file) if os.path.lexists(file) else ""


def _hosts(text: str, file: Path) -> list[str]:
    table = parsed(text, file).get("gitlab", {})
    hosts: Any = table.get("trusted", []) if isinstance(table, dict) else None
    if not isinstance(hosts, list) or not all(isinstance(each, str) for each in hosts):
        raise SetupError(f"{file} cannot be used", (f"[gitlab] trusted: {_FORM}",), (f"correct {file}",))
    return hosts


def _host(entry: str) -> str:
    """The entry in its one form; an address is as good as a host. What is neither is no host's name."""
    url = entry if "://" in entry else f"https://{entry}"
    return authority(url) if url_problem(url) is None and url.startswith("https:") else ""


def _with(text: str, host: str) -> str:
    import tomlkit

    document: Any = tomlkit.parse(text)
    if not text:
        document.add(tomlkit.comment(_HEAD))
        document.add(tomlkit.nl())
    table = document.setdefault("gitlab", tomlkit.table())
    if "trusted" not in table:
        table.add(tomlkit.comment(_LIST))
        table["trusted"] = tomlkit.array()
    table["trusted"].append(host)
    return tomlkit.dumps(document)


def _replace(file: Path, text: str) -> None:
    try:
        file = file.resolve()  # whoever keeps their settings elsewhere and links to them keeps the link
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Such a file is made with the mode 0600.
        with NamedTemporaryFile("w", dir=file.parent, prefix=".settings-", encoding="utf-8", delete=False) as fresh:
            fresh.write(text)
        Path(fresh.name).replace(file)
    except OSError as exc:
        steps = (f"check who owns {file.parent}. Nothing was changed.",)
        raise SetupError(f"{file} cannot be written", (exc.strerror or str(exc),), steps) from exc
