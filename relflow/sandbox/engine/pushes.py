"""Seeing pushes: a branch head or a tag that is new since the last look gets its pipeline."""

import threading
from collections.abc import Callable
from typing import Final

from relflow.sandbox.ci.spec import CiFileError
from relflow.sandbox.engine.pipelines import NO_COMMIT, NoPipelineError, Request, create_pipeline, create_without_jobs
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.people import author
from relflow.sandbox.model.statuses import Status
from relflow.sandbox.repo.git import GitError

LOOK_EVERY_S: Final = 0.1


def look(site: Site) -> None:
    """Make the pipelines of everything that is new, oldest commit first. The lock is held."""
    refs = dict(site.repository.refs().full())
    new = {ref: sha for ref, sha in refs.items() if site.tables.seen_refs.get(ref) != sha}
    site.repository.learn(list(new.values()))
    for ref in sorted(
        new, key=lambda ref: (site.repository.commit(new[ref]).committed_at, ref.startswith("refs/heads/"))
    ):
        _push(site, ref, new[ref], site.tables.seen_refs.get(ref, NO_COMMIT))
    if new or len(refs) != len(site.tables.seen_refs):
        site.tables.seen_refs = refs
        site.changed()


def _push(site: Site, ref: str, sha: str, before_sha: str) -> None:
    tag = ref.startswith("refs/tags/")
    commit = site.repository.commit(sha)
    name = ref.split("/", 2)[2]
    request = Request(name, tag, sha, "push", author(commit.author_email).id, NO_COMMIT if tag else before_sha)
    if any(word in commit.message for word in ("[skip ci]", "[ci skip]")):
        create_without_jobs(site, request, Status.SKIPPED)
        return
    try:
        create_pipeline(site, request)
    except NoPipelineError as exc:
        site.log(f"no pipeline for {name}: {exc}")
    except CiFileError as exc:
        site.log(f"the pipeline of {name} cannot run: {exc}")
        create_without_jobs(site, request, Status.FAILED, str(exc))


class PushWatcher:
    """Looks a few times a second; git has no way to tell."""

    def __init__(self, site: Site, save: Callable[[], None]) -> None:
        """Call `save` under the lock after every look that found something."""
        self.site = site
        self.save = save
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="push-watcher", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._thread.join()

    def _loop(self) -> None:
        seen: object = None
        while not self._stopping.wait(LOOK_EVERY_S):
            mark = self.site.repository.mark()
            if mark == seen:
                continue
            try:
                with self.site.lock:
                    look(self.site)
                    self.save()
                seen = mark
            except GitError as exc:  # a ref changed under git's hands; the next look sees it whole
                self.site.log(f"cannot read the refs now: {exc}")
