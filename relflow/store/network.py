"""Whether a file would be on a network's filesystem, where two machines do not see each other's locks and memory.

SQLite's log beside the database needs memory that all its users share. Source: https://www.sqlite.org/wal.html
"""

import re
from pathlib import Path

from relflow.core.errors import SetupError

#: The mounts of this process, where the system shows them; elsewhere nothing is refused.
MOUNTS = Path("/proc/self/mountinfo")
#: Filesystems of several machines; virtual machines and WSL reach their host's files by 9p.
_NETWORKS = frozenset(
    {
        *("9p", "afs", "beegfs", "ceph", "cifs", "coda", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"),
        *("ocfs2", "smb3", "smbfs", "fuse.ceph", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"),
    }
)


def must_be_local(file: Path) -> None:
    """Raise SetupError for a file, there or not yet, on a network's filesystem."""
    try:
        mounts = MOUNTS.read_text(errors="surrogateescape")
    except OSError:
        return
    kind = filesystem_of(file, mounts)
    if kind in _NETWORKS:
        why = f"it is on {kind}: machines that write it at once would lose each other's records"
        steps = (
            "name a file on a local disk of one machine under [database] url",
            "or PostgreSQL, for several machines",
        )
        raise SetupError(f"{file} cannot be a database: its disk is a network's", (why,), steps)


def filesystem_of(file: Path, mounts: str) -> str | None:
    """The kind of filesystem that the file is on, by the text of Linux's mountinfo; of two at one place the later."""
    path, depth, kind = file.resolve(), 0, None
    for line in mounts.splitlines():
        place, dash, rest = line.partition(" - ")
        fields = place.split()
        if not dash or len(fields) < 5:  # noqa: PLR2004 - the fifth is the mount point
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4]))
        if path.is_relative_to(point) and len(point.parts) >= depth:
            depth, kind = len(point.parts), rest.split()[0]
    return kind
