"""The token that python-gitlab's own configuration file keeps for a host. Its `helper:` programs are never run.

Source: https://python-gitlab.readthedocs.io/en/stable/cli-usage.html
"""

from collections.abc import Mapping
from configparser import ConfigParser, Error, SectionProxy
from pathlib import Path

from relflow.settings.address import authority, url_problem
from relflow.settings.folders import home
from relflow.settings.secret import Token

_KEYS = ("private_token", "oauth_token")


def python_gitlab_token(host: str, env: Mapping[str, str]) -> Token | str:
    """The token for that host, or why there is none."""
    file = next((each for each in _files(env) if each.is_file()), None)
    if file is None:
        return "python-gitlab has no settings here"
    config = ConfigParser()
    try:
        config.read_string(file.read_text("utf-8"))
        section = next((config[name] for name in config.sections() if _is_for(config[name], host)), None)
        value = next(filter(None, map(section.get, _KEYS)), "") if section else ""
    except (OSError, ValueError, Error):
        return f"python-gitlab's {file} cannot be read"
    if value.lower().startswith("helper:"):
        return f"python-gitlab's {file} has a helper for {host}: relflow runs none"
    return Token(value, f"python-gitlab's {file}", file) if value else f"python-gitlab's {file} has none for {host}"


def _files(env: Mapping[str, str]) -> tuple[Path, ...]:
    if env.get("PYTHON_GITLAB_CFG"):
        return (Path(env["PYTHON_GITLAB_CFG"]),)
    return home(env) / ".python-gitlab.cfg", Path("/etc/python-gitlab.cfg")


def _is_for(section: SectionProxy, host: str) -> bool:
    url = section.get("url", "").strip()
    return url_problem(url) is None and authority(url) == host
