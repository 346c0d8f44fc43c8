"""GitLab's address: one form for each server, so that two spellings of it are the same place."""

from urllib.parse import SplitResult, urlsplit

from relflow.core.text import escaped

_DEFAULT_PORTS = {"http": 80, "https": 443}


def url_problem(url: str) -> str | None:
    """Why this cannot be the address of a GitLab, or None. Never repeats the address: it may hold a password."""
    parts = _split(url)
    if parts is None or parts.scheme not in _DEFAULT_PORTS:
        return "it is written like https://gitlab.example.org"
    if "@" in parts.netloc:
        return "it must not hold a user or password: tokens come from the environment"
    if parts.query or parts.fragment:
        return "it ends before any ? or #"
    return None


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        fits = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    # urlsplit drops tabs and newlines silently; nobody means them.
    return parts if fits and escaped(url) == url and " " not in url and "\\" not in url else None


def normal_url(url: str) -> str:
    """The address in its one form: scheme and host in lower case, no default port, no slash at its end."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{authority(url)}{parts.path.rstrip('/')}"


def authority(url: str) -> str:
    """Host and port, the port only where it is not the scheme's own: `gitlab.example.org:8443`."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    is_default = parts.port in (None, _DEFAULT_PORTS.get(parts.scheme))
    return host if is_default else f"{host}:{parts.port}"
