"""A checkup of the project: what somebody would find who wants to get past relflow, and the changes that mend it."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from relflow.cli.command import Answer, Call, register
from relflow.cli.words import Yes
from relflow.core.text import escaped

if TYPE_CHECKING:
    from relflow.cli.failing import Failure
    from relflow.core.checkup.remedy import Mended, Remedy
    from relflow.core.checkup.surroundings import TokenFacts
    from relflow.core.finding import Finding
    from relflow.service.checkup import Checkup
    from relflow.views import contract

Fix = Annotated[bool, typer.Option("--fix", help="Make the changes in GitLab that mend what was found; asks first.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    register(app, "doctor", "relflow doctor --fix")(doctor)


def doctor(call: Call, fix: Fix = False, yes: Yes = False) -> Answer:
    """Find what lets deployments go past relflow, or breaks its promises; exit 1 where there are errors."""
    from relflow.bootstrap import CLOCK
    from relflow.cli.asking import confirmed
    from relflow.core.errors import UsageError
    from relflow.patient import WiredPatient
    from relflow.service.doctoring import examine

    if yes and not fix:
        raise UsageError("--yes answers what only --fix asks", (), ("relflow doctor --fix --yes",))
    checkup = examine(WiredPatient(call.config, call.project), CLOCK)
    if not fix or not checkup.remedies:
        return _answer(checkup, {})
    if not yes:
        _tell("these changes would be made:", *(f"  {each.says}" for each in checkup.remedies))
        confirmed(call, f"Make them in {checkup.path}?", "relflow doctor --fix --yes")
    return _answer(checkup, _mended(checkup))


def _tell(*lines: str) -> None:
    print("\n".join(map(escaped, lines)), file=sys.stderr)


def _mended(checkup: "Checkup") -> "dict[Remedy, Mended]":
    from relflow.service.checkup import mend

    try:
        return mend(checkup, _tell)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("What was said to be done is done; relflow doctor looks again.") from None


def _answer(checkup: "Checkup", mended: "Mapping[Remedy, Mended]") -> Answer:
    from relflow.cli.findings import finding_lines, finding_shape
    from relflow.core.ci_rules import worst_first

    found = worst_first([each.finding for each in checkup.diagnoses])
    left = tuple(each for each in found if each not in _gone(checkup, mended))
    shape: contract.Doctor = {
        "project": checkup.path,
        "token": _token_shape(checkup.token),
        "findings": list(map(finding_shape, found)),
        "changes": [
            _change_shape(each.finding, remedy, mended.get(remedy))
            for each in checkup.diagnoses
            for remedy in each.remedies
        ],
    }
    failure = _failure(checkup, left, mended)
    head = [_head(checkup), *(f"mended: {each.what} ({each.name})" for each in found if each not in left)]
    parts = ["\n".join(map(escaped, head)), finding_lines(left) or "nothing is left to be found"]
    parts += () if failure else (f"  next:  {step}" for step in _steps(checkup, mended))
    return Answer(shape, "\n\n".join(parts), failure)


def _gone(checkup: "Checkup", mended: "Mapping[Remedy, Mended]") -> "list[Finding]":
    """The findings whose every change was seen to be made."""
    done = {remedy for remedy, became in mended.items() if became.is_done}
    return [each.finding for each in checkup.diagnoses if each.remedies and done >= set(each.remedies)]


def _failure(checkup: "Checkup", left: "tuple[Finding, ...]", mended: "Mapping[Remedy, Mended]") -> "Failure | None":
    """Errors that are left, and changes that were asked for and not seen to be made."""
    from relflow.cli.failing import Failure
    from relflow.cli.findings import counted

    errors = [each.name for each in left if each.severity == "error"]
    undone = [f"{remedy.says}: {became.words}" for remedy, became in mended.items() if not became.is_done]
    has = [counted(len(errors), "error")] if errors else []
    has += [f"{counted(len(undone), 'change')} not seen to be made"] if undone else []
    if not has:
        return None
    what = f"{checkup.path or 'the project'} has {' and '.join(has)}"
    steps = (*_steps(checkup, mended), "relflow doctor     looks again")
    return Failure("refused", what, (*dict.fromkeys(errors), *undone), steps)


def _steps(checkup: "Checkup", mended: "Mapping[Remedy, Mended]") -> tuple[str, ...]:
    from relflow.cli.findings import counted

    if mended or not checkup.remedies:
        return ()
    return (f"relflow doctor --fix     makes {counted(len(checkup.remedies), 'change')} in GitLab, and asks first",)


def _token_shape(token: "TokenFacts | None") -> "contract.DoctorToken | None":
    if token is None:
        return None
    return {
        "source": token.source,
        "user": f"user:{token.username}",
        "scopes": None if token.scopes is None else list(token.scopes),
        "expires_on": None if token.expires_on is None else token.expires_on.isoformat(),
    }


def _change_shape(finding: "Finding", remedy: "Remedy", became: "Mended | None") -> "contract.DoctorChange":
    done, answer = (became.is_done, became.words) if became else (None, None)
    return {"finding": finding.name, "change": remedy.says, "done": done, "answer": answer}


def _head(checkup: "Checkup") -> str:
    token, path = checkup.token, checkup.path or "no project"
    if token is None:
        return path
    scopes = "" if token.scopes is None else f", scopes {', '.join(token.scopes)}"
    until = f", until {token.expires_on}" if token.expires_on else ""
    return f"{path}, with the token of {token.source}: {token.username}{scopes}{until}"
