"""Who wrote what a release brings, where the policy keeps authors from approving."""

from relflow.core.authors import Authorship
from relflow.core.facts import Live
from relflow.service.app import App, Seen
from relflow.service.ports import Change


def authorship(app: App, seen: Seen) -> Authorship:
    """The release's commits since what the last environment runs, by author; and who asks. 2 requests, at most 3.

    Where nothing runs there, all that ever was would be new: the release's own commit is looked at then, as it is
    where the release brings none.
    """
    with app.store.read() as book:
        live = book.environment(seen.workflow.names[-1]).live
    commits = _commits(app, seen, live)
    told = commits is not None and all(each.addresses for each in commits)
    return Authorship(
        own=_own(app, seen),
        commits=tuple((each.commit, each.addresses) for each in commits or ()) if told else None,
        since=live.label if live else None,
    )


def _own(app: App, seen: Seen) -> frozenset[str] | None:
    """None where GitLab tells not all of them: some alone would prove nothing."""
    shown = seen.identity.addresses if seen.identity else None
    listed = app.gitlab.listed_addresses() if shown is not None else None
    return shown | listed if shown is not None and listed is not None else None


def _commits(app: App, seen: Seen, live: Live | None) -> tuple[Change, ...] | None:
    """None where GitLab cannot tell: it has what runs there, or the release's commit, no more."""
    project, commit = seen.project.project_id, seen.release.commit
    changes = app.gitlab.changes(project, live.commit, commit) if live else None
    if live and (changes is None or changes.commits):
        return changes.commits if changes else None
    own = app.gitlab.change(project, commit)
    return (own,) if own else None
