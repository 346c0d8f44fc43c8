"""The page of settings, from the form of `relflow.toml` and from what the environment is asked for."""

import json
from collections.abc import Iterator
from typing import Any

from docs.reference_pages.markdown import code, page, table
from relflow.settings.shapes import SettingsFile
from relflow.settings.source import NAME
from relflow.settings.token import HOSTS, SCOPES, TOKENS

#: Where a project is and where its history is kept differ from machine to machine; all else is policy.
PLACE = frozenset({"gitlab.url", "database.url"})
VARIABLES = {
    "RELFLOW_CONFIG": f"The settings file, instead of the nearest `{NAME}` from the current folder upward.",
    "RELFLOW_GITLAB_URL": "Instead of `[gitlab] url`. It also says that a token of the environment may go there.",
    "RELFLOW_PROJECT": "Instead of `[gitlab] project`.",
    "RELFLOW_DATABASE_URL": "Instead of `[database] url`.",
    "RELFLOW_TOKEN": "The token, before all others.",
    "GITLAB_TOKEN": "The token, where `RELFLOW_TOKEN` is not set.",
    "GITLAB_PRIVATE_TOKEN": "The token, where neither of them is set.",
    "GITLAB_HOST": "Says that a token of the environment may go to that host; it does not choose the GitLab.",
    "CI_SERVER_URL": "The same; GitLab sets it in its jobs.",
    "GLAB_CONFIG_DIR": "The folder of glab's `config.yml`.",
    "PYTHON_GITLAB_CFG": "python-gitlab's configuration file.",
    "RELFLOW_DEBUG": "Set to anything: as if every command had `--debug`.",
    "NO_COLOR": "Set to anything: no colours on a terminal.",
    "TERM": "`dumb`: no line that is written over.",
    "HOME": "Where the user's folders are.",
    "XDG_DATA_HOME": "The data folder; default: `~/.local/share`. `relflow/` has the database that nobody named.",
    "XDG_CONFIG_HOME": "The folder of settings; default: `~/.config`. The user's own: `relflow/settings.toml`.",
    "XDG_STATE_HOME": "Default: `~/.local/state`. `relflow/` remembers who was last proven, and where each log ended.",
}


def settings() -> str:
    """Every key of the file, every variable, and where the token is looked for."""
    said = (
        f"`{NAME}` is found from the current folder upward, or named by `--config` or `RELFLOW_CONFIG`. An option\n"
        "goes before the environment, the environment before the file. An unknown key is a mistake, and all\n"
        "mistakes are told at once. [The JSON Schema](relflow.schema.json) is for editors that check while you\n"
        "write."
    )
    kinds = (
        "*Policy* counts once a maintainer adopted it (`relflow policy adopt`). A file that differs from the\n"
        "policy in force stops every command that changes a release. *Place* may differ from machine to machine."
    )
    head = ("key", "type", "default", "is", "meaning")
    return page("Settings", said, f"## {NAME}\n\n{kinds}", table(head, _rows()), _environment(), _token(), _own())


def _rows() -> Iterator[tuple[str, ...]]:
    for path, key, is_needed in every_key():
        default = "required" if is_needed else _default(key)
        yield code(path), _type(key), default, "place" if path in PLACE else "policy", str(key.get("description", ""))


def every_key() -> tuple[tuple[str, dict[str, Any], bool], ...]:
    """Each key that holds a value, its part of the schema, and whether it must be said."""
    schema = SettingsFile.model_json_schema()
    return tuple(_keys(schema["$defs"], schema, ""))


def _keys(tables: dict[str, Any], inside: dict[str, Any], above: str) -> Iterator[tuple[str, dict[str, Any], bool]]:
    for name, key in inside["properties"].items():
        inner = next(_references(key), None)
        if inner is None:
            yield f"{above}{name}", key, name in inside.get("required", ())
        else:
            many = "[]" if key.get("type") == "array" else ""
            yield from _keys(tables, tables[inner], f"{above}{name}{many}.")


def _references(key: dict[str, Any]) -> Iterator[str]:
    for each in (key, key.get("items", {}), *key.get("anyOf", ())):
        if "$ref" in each:
            yield each["$ref"].rpartition("/")[2]


def _type(key: dict[str, Any]) -> str:
    kinds = [each for each in key.get("anyOf", (key,)) if each.get("type") != "null"]
    words = {"string": "text", "integer": "whole number", "array": "list of text", "boolean": "true or false"}
    words["object"] = "lists of text by name"
    return " or ".join(words[each["type"]] + _bounds(each) for each in kinds)


def _bounds(kind: dict[str, Any]) -> str:
    if "minimum" in kind:
        return f" from {kind['minimum']} to {kind['maximum']}"
    return f", at most {kind['maximum']}" if "maximum" in kind else ""


def _default(key: dict[str, Any]) -> str:
    default = key.get("default")
    return "" if default is None else f"`{json.dumps(default)}`"


def _environment() -> str:
    rows = ((code(name), said) for name, said in VARIABLES.items())
    return f"## Environment\n\n{table(('variable', 'what it does'), rows)}"


def _token() -> str:
    tokens, hosts = ", ".join(map(code, TOKENS)), " or ".join(map(code, HOSTS))
    return f"""\
## Where the token comes from

The first of these that is there and may go to the GitLab:

1. {tokens}, in this order.
2. The token that glab keeps for that host: `glab-cli/config.yml` in the folder of settings.
3. The token that python-gitlab keeps for that host: `~/.python-gitlab.cfg`, else `/etc/python-gitlab.cfg`.
   Programs that it names as `helper:` are not run.

A token of the environment may go to a host that {hosts} names,
that `relflow trust` keeps, or that is this machine. Where none of these variables is set, it may also go to a
host for which glab or python-gitlab keeps a token. A host that only `{NAME}` names is not enough: a cloned
repository could lead the token anywhere.

A personal access token has the {SCOPES}. It is sent over https, or to this machine;
over http elsewhere only where one of these variables says http itself."""


def _own() -> str:
    return """\
## The user's own settings

`~/.config/relflow/settings.toml` has one key, which `relflow trust URL` writes:

```toml
[gitlab]
trusted = ["gitlab.example.org"]
```"""
