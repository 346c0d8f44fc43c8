"""Where a clone says that it comes from: the GitLab and the project of its remote, as a guess to offer."""

import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

_SSH = re.compile(r"(?:[^@/]+@)?(?P<host>[A-Za-z0-9.-]+):(?!//)(?P<path>.+)")


def remote_of(folder: Path) -> tuple[str, str] | None:
    """GitLab's address and the project's path after the remote `origin`; None where there is nothing to guess from."""
    command = ["git", "-C", str(folder), "remote", "get-url", "origin"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    except (OSError, UnicodeDecodeError):
        return None
    return None if told.returncode else parsed_remote(told.stdout.strip())


def parsed_remote(remote: str) -> tuple[str, str] | None:
    """The guess for a remote as git writes it; what follows the host's `ssh` is never taken over, nor any password."""
    if found := _SSH.fullmatch(remote):
        return _guess(f"https://{found['host']}", found["path"])
    try:
        parts = urlsplit(remote)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https", "ssh"} or not host:
        return None
    is_web = parts.scheme != "ssh"
    scheme = parts.scheme if is_web else "https"
    return _guess(f"{scheme}://{host}{f':{port}' if port and is_web else ''}", parts.path)


def _guess(url: str, path: str) -> tuple[str, str] | None:
    project = path.strip("/").removesuffix(".git")
    return (url, project) if "/" in project else None
