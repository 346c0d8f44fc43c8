"""The project's repository as the API sees it; what cannot change is read once."""

from pathlib import Path

from relflow.sandbox.repo.commits import Commit, Stats, read_commits, read_stats
from relflow.sandbox.repo.git import GitError, git
from relflow.sandbox.repo.refs import Refs, fingerprint, read_refs


class Repository:
    """A git repository on this machine. Raises GitError when the folder is none."""

    def __init__(self, folder: Path) -> None:
        """Find the folder that holds the refs, which for a work tree is not the folder given."""
        self.folder = folder
        self.git_folder = (folder / git(folder, "rev-parse", "--git-common-dir").strip()).resolve()
        self._commits: dict[str, Commit] = {}
        self._stats: dict[str, Stats] = {}
        self._files: dict[tuple[str, str], str | None] = {}
        self._refs: tuple[object, Refs] | None = None

    @property
    def default_branch(self) -> str:
        """What HEAD names; a detached HEAD falls back to `main`."""
        # Asked for in nearly every request: the file is read, no process is run.
        head = (self.git_folder / "HEAD").read_text().strip()
        return head.removeprefix("ref: refs/heads/") if head.startswith("ref:") else "main"

    def mark(self) -> object:
        """Return a value that changes whenever a ref does; cheap enough to ask for all the time."""
        return fingerprint(self.git_folder)

    def refs(self) -> Refs:
        """Return branches and tags as they are now."""
        mark = self.mark()
        if self._refs is None or self._refs[0] != mark:
            self._refs = (mark, read_refs(self.folder))
        return self._refs[1]

    def resolve(self, name: str) -> str | None:
        """Return the commit that a sha, a short sha, a tag or a branch stands for; tags go first, as in git."""
        if name in self._commits:
            return name
        refs = self.refs()
        if name in refs.tags:
            return refs.tags[name].sha
        if name in refs.branches:
            return refs.branches[name]
        return self._ask(name)

    def _ask(self, name: str) -> str | None:
        if not name or name.startswith("-"):
            return None
        try:
            return git(
                self.folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
            ).strip()
        except GitError:
            return None

    def commit(self, sha: str) -> Commit:
        """Return a commit that is known to exist."""
        if sha not in self._commits:
            self.learn([sha])
        return self._commits[sha]

    def learn(self, shas: list[str]) -> None:
        """Read many commits at once."""
        missing = [sha for sha in shas if sha not in self._commits]
        if missing:
            self._commits.update((commit.sha, commit) for commit in read_commits(self.folder, "--no-walk", *missing))

    def log(self, *arguments: str) -> list[Commit]:
        """List commits, and remember them."""
        commits = read_commits(self.folder, *arguments)
        self._commits.update((commit.sha, commit) for commit in commits)
        return commits

    def stats(self, sha: str) -> Stats:
        """Return how much a commit changes."""
        if sha not in self._stats:
            self._stats[sha] = read_stats(self.folder, sha)
        return self._stats[sha]

    def file(self, sha: str, path: str) -> str | None:
        """Return the text of a file at a commit, or None where it is not there."""
        if (sha, path) not in self._files:
            try:
                self._files[sha, path] = git(self.folder, "cat-file", "blob", f"{sha}:{path}")
            except GitError:
                self._files[sha, path] = None
        return self._files[sha, path]

    def containing(self, sha: str) -> list[tuple[str, str]]:
        """List the branches and tags that contain a commit, as (type, name)."""
        found: list[tuple[str, str]] = []
        for kind, namespace in (("branch", "refs/heads"), ("tag", "refs/tags")):
            text = git(self.folder, "for-each-ref", "--format=%(refname)", f"--contains={sha}", namespace)
            found.extend((kind, name.removeprefix(f"{namespace}/")) for name in text.split())
        return found

    def contains(self, name: str, sha: str) -> bool:
        """Tell whether a branch contains a commit."""
        return self.merge_base(name, sha) == sha

    def merge_base(self, one: str, other: str) -> str | None:
        """Return where two commits parted, or None where they have nothing in common."""
        try:
            return git(self.folder, "merge-base", one, other).strip()
        except GitError:
            return None
