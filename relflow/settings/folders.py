"""The user's own folders, after the XDG base directory specification. Nothing is created here.

Source: https://specifications.freedesktop.org/basedir-spec/latest/
"""

from collections.abc import Mapping
from pathlib import Path

from relflow.core.errors import SetupError


def home(env: Mapping[str, str]) -> Path:
    """The user's home folder. Raises SetupError for a user without one."""
    try:
        return Path(env["HOME"]) if env.get("HOME") else Path.home()
    except RuntimeError as exc:
        raise SetupError("this user has no home folder", (), ("export HOME=…     names one",)) from exc


def data_folder(env: Mapping[str, str]) -> Path:
    """Where a user's data lives: `~/.local/share`, unless they say otherwise."""
    return _folder(env, "XDG_DATA_HOME") or home(env) / ".local" / "share"


def config_folder(env: Mapping[str, str]) -> Path:
    """Where a user's settings live: `~/.config`, unless they say otherwise."""
    return _folder(env, "XDG_CONFIG_HOME") or home(env) / ".config"


def _folder(env: Mapping[str, str], name: str) -> Path | None:
    # The specification demands that relative ones are ignored.
    folder = Path(env.get(name, ""))
    return folder if folder.is_absolute() else None
