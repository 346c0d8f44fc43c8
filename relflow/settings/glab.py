"""The token that glab keeps for a host, read from its own file. It is never written, and a repository's is not read.

glab writes YAML with one key a line; that much is read here, line by line, and anything fancier is passed over.
Source: https://docs.gitlab.com/cli/configuration/
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from relflow.settings.folders import config_folder, home
from relflow.settings.secret import Token

# `token: !!null glpat-…` is what some versions of glab write.
_PAIR = re.compile(
    r"""(?P<indent>\ *)(?P<key>"[^"]*"|'[^']*'|[^\s#"'][^\s]*?)\ *:"""
    r"""(?:\ +(?:!!\w+\ +)?(?P<value>"[^"\\]*"|'[^']*'|[^\s#"'&*!|>{\[][^#]*?))?\ *(?:\#.*)?""",
    re.VERBOSE,
)


def glab_token(host: str, env: Mapping[str, str]) -> Token | str:
    """The token for that host, or why there is none."""
    file = next((each for each in _files(env) if each.is_file()), None)
    if file is None:
        return "glab has no settings here"
    try:
        pairs = dict(_pairs(file.read_text("utf-8")))
    except (OSError, ValueError):
        return f"glab's {file} cannot be read"
    for entry in {path[:2] for path in pairs if path[0] == "hosts"}:
        api_host = pairs.get((*entry, "api_host")) or entry[-1]
        value = pairs.get((*entry, "token"))
        if value and api_host.lower() == host:
            return Token(value, f"glab's {file}", file)
    return f"glab's {file} has none for {host}"


def _files(env: Mapping[str, str]) -> Iterator[Path]:
    if env.get("GLAB_CONFIG_DIR"):
        yield Path(env["GLAB_CONFIG_DIR"]) / "config.yml"
        return
    yield config_folder(env) / "glab-cli" / "config.yml"
    yield home(env) / "Library" / "Application Support" / "glab-cli" / "config.yml"


def _pairs(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each key's path and its value, empty for a table."""
    above: list[tuple[int, str]] = []
    for line in text.splitlines():
        found = _PAIR.fullmatch(line)
        if found:
            indent = len(found["indent"])
            above = [*(each for each in above if each[0] < indent), (indent, found["key"].strip("\"'"))]
            yield tuple(key for _, key in above), (found["value"] or "").strip("\"'")
