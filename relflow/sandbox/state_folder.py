"""The folder a sandbox works in: a temporary one, or one that is kept and continued."""

import fcntl
import shutil
import tempfile
from pathlib import Path

from relflow.sandbox.errors import SandboxError
from relflow.sandbox.model.persistence import load_tables, save_tables
from relflow.sandbox.model.tables import Tables


class StateFolder:
    """Traces, builds, deployments, the bundled repository, and (when kept) the tables in one JSON file."""

    def __init__(self, kept: Path | None) -> None:
        """Take the folder. Raises SandboxError when another sandbox works in it."""
        self.is_kept = kept is not None
        self.path = (kept or Path(tempfile.mkdtemp(prefix="relflow-sandbox-"))).resolve()
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "traces").mkdir(exist_ok=True)
        # What a killed sandbox left half built is of no use to anybody.
        shutil.rmtree(self.path / "builds", ignore_errors=True)
        self._lock = (self.path / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            self._lock.close()
            raise SandboxError(
                f"cannot use {self.path}", "another sandbox is running there", "Stop it, or choose another --state-dir"
            ) from exc
        self._saved: int | None = None

    @property
    def _tables(self) -> Path:
        return self.path / "state.json"

    def load(self) -> Tables | None:
        """Return the tables of an earlier life, if there was one."""
        return load_tables(self._tables) if self.is_kept and self._tables.exists() else None

    def save(self, tables: Tables, version: int) -> None:
        """Write the tables if they changed since the last time. Without a kept folder there is nothing to do."""
        if self.is_kept and version != self._saved:
            save_tables(tables, self._tables)
            self._saved = version

    def close(self) -> None:
        """Let the folder go; a temporary one goes away."""
        self._lock.close()
        if not self.is_kept:
            shutil.rmtree(self.path, ignore_errors=True)
