"""A checkup: what was found so far, and how a part that cannot be read becomes one finding more."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar

from relflow.core.checkup.remedy import Diagnosis, Mended, Remedy, diagnosis
from relflow.core.checkup.surroundings import TokenFacts
from relflow.core.errors import GitLabError, RelflowError
from relflow.core.finding import Severity
from relflow.service.ports import GitLabSetup, RemoteProject

T = TypeVar("T")

#: How many changes one run makes: together with what it asks it stays below forty requests.
MOST_CHANGES = 10
#: Without these nothing of GitLab is known.
_VITAL = frozenset({"gitlab", "project"})


@dataclass(slots=True)
class Checkup:
    """What was found, part after part; what nobody could tell is None."""

    path: str | None = None
    token: TokenFacts | None = None
    gitlab: GitLabSetup | None = None
    remote: RemoteProject | None = None
    diagnoses: list[Diagnosis] = field(default_factory=list)

    def found(self, diagnoses: Iterable[Diagnosis]) -> None:
        """Add what was found."""
        self.diagnoses.extend(diagnoses)

    def ask(self, part: str, what: str, question: Callable[[], T]) -> T | None:
        """The answer to the question; where there is none, a finding that says why, and None."""
        try:
            return question()
        except RelflowError as exc:
            self.diagnoses.append(_unchecked(part, what, exc))
            return None

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """The changes that relflow can make, at most as many as one run makes."""
        return tuple(remedy for each in self.diagnoses for remedy in each.remedies)[:MOST_CHANGES]


def _unchecked(part: str, what: str, exc: RelflowError) -> Diagnosis:
    # Who may not see one part of a project is no reason to call it broken; all else leaves a hole in the check.
    is_hidden = isinstance(exc, GitLabError) and exc.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
    severity: Severity = "warning" if is_hidden and part not in _VITAL else "error"
    said = f"could not be checked: {what}: {': '.join([exc.what, *exc.why[:1]])}"
    fix = "; ".join(exc.next_step) or "relflow doctor     once that is put right"
    return diagnosis(severity, f"{part}-unchecked", said, "what is wrong there is not told", fix)


def mend(checkup: Checkup, say: Callable[[str], None]) -> dict[Remedy, Mended]:
    """Make each change by one request, and say what became of it; none is sent twice, whatever comes back."""
    if checkup.gitlab is None or checkup.remote is None:
        return {}
    done = {}
    for remedy in checkup.remedies:
        mended = checkup.gitlab.mend(checkup.remote.id, remedy)
        say(f"{remedy.says}: {'done' if mended.is_done else mended.words}")
        done[remedy] = mended
    return done
