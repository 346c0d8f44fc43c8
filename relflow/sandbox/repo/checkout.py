"""A work tree with its own `.git` for one job, in one run of git."""

from pathlib import Path

from relflow.sandbox.repo.git import git
from relflow.sandbox.repo.refs import Refs


def check_out(git_folder: Path, refs: Refs, sha: str, folder: Path) -> None:
    """Fill a new folder with a commit, detached as GitLab's runner does; objects are borrowed, not copied."""
    own = folder / ".git"
    (own / "objects" / "info").mkdir(parents=True)
    (own / "refs").mkdir()
    (own / "objects" / "info" / "alternates").write_text(f"{git_folder / 'objects'}\n")
    (own / "packed-refs").write_text(_packed(refs))
    (own / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = false\n[gc]\n\tauto = 0\n")
    (own / "HEAD").write_text(f"{sha}\n")
    git(folder, "reset", "--quiet", "--hard", sha)


def _packed(refs: Refs) -> str:
    lines = [f"{sha} refs/remotes/origin/{name}" for name, sha in refs.branches.items()]
    lines += [f"{tag.target} refs/tags/{name}" for name, tag in refs.tags.items()]
    # Sorted, or git would not find them.
    return "# pack-refs with: sorted\n" + "".join(
        f"{line}\n" for line in sorted(lines, key=lambda line: line.split()[1])
    )
