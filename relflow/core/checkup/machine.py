"""What of this machine could give the token or the history away, or falsify times: token, clock, files, database."""

import shlex
from collections.abc import Iterator
from datetime import date, timedelta

from relflow.core.checkup.remedy import Diagnosis, diagnosis
from relflow.core.checkup.surroundings import DatabaseFacts, FileFacts, TokenFacts

#: All that relflow uses. Source: https://docs.gitlab.com/user/profile/personal_access_tokens/#personal-access-token-scopes
_NEEDED = frozenset({"api", "read_api", "read_user"})
#: A token that ends sooner is worth a word.
_SOON = timedelta(days=14)
#: Clocks further apart than this mislead people who read the log.
APART = timedelta(minutes=1)
_NEW = "make another personal access token in GitLab, and set it as RELFLOW_TOKEN"
_OTHERS_READ, _OTHERS_WRITE, _GROUP_WRITES = 0o004, 0o002, 0o020
_SETGID_AND_GROUP = 0o2070


def check_token(found: TokenFacts, today: date) -> Iterator[Diagnosis]:
    """What the token may do and how long; `today` is GitLab's day, in UTC."""
    whose = f"the token of {found.source}"
    if found.scopes is None:
        what = f"could not be checked: what {whose} may do and how long, which GitLab does not tell of such a token"
        consequence = "it may end, or be refused, in the middle of a release"
        yield diagnosis("note", "token-unchecked", what, consequence, "a personal access token tells")
        return
    has = ", ".join(found.scopes) or "none"
    if not {"api", "read_api"} & set(found.scopes):
        what, consequence = f"{whose} has the scopes {has}", "nothing can be read with it"
        yield diagnosis("error", "token-scope-too-narrow", what, consequence, f"{_NEW}, with the scope api")
    elif "api" not in found.scopes:
        what, consequence = f"{whose} may only read: its scopes are {has}", "it deploys nothing and mends nothing"
        yield diagnosis("note", "token-only-reads", what, consequence, f"{_NEW}, with the scope api, to deploy")
    if wide := sorted(set(found.scopes) - _NEEDED):
        what, consequence = f"{whose} may more than relflow needs: {', '.join(wide)}", "so may whoever gets hold of it"
        yield diagnosis("warning", "token-scope-too-wide", what, consequence, f"{_NEW}, with the scope api alone")
    if found.expires_on is None:
        what, consequence = f"{whose} never ends", "a copy of it works for ever"
        yield diagnosis("warning", "token-never-ends", what, consequence, f"{_NEW}, with an end")
    elif found.expires_on - today <= _SOON:
        what, consequence = f"{whose} ends {found.expires_on}", "what it has begun by then, another token has to end"
        yield diagnosis("warning", "token-ends-soon", what, consequence, _NEW)


def check_clock(ahead: timedelta | None) -> Iterator[Diagnosis]:
    """How far this machine's clock is from GitLab's; None where GitLab did not tell its time."""
    if ahead is None:
        what, consequence = "could not be checked: the clock; GitLab sent no date", "times in the log may mislead"
        yield diagnosis(
            "warning", "clock-unchecked", what, consequence, "timedatectl     shows whether it is set by a server"
        )
    elif abs(ahead) > APART:
        direction = "ahead of" if ahead > timedelta(0) else "behind"
        what = f"this machine's clock is {abs(ahead).total_seconds():.0f} s {direction} GitLab's"
        consequence = "times in the log mislead, and what depends on the time is decided wrongly"
        yield diagnosis("error", "clock-skewed", what, consequence, "timedatectl set-ntp true")


def check_files(files: tuple[FileFacts, ...]) -> Iterator[Diagnosis]:
    """Who else on this machine may read or write what only some should."""
    for file in files:
        yield from _CHECKS[file.kind](file)
    modes = {each.kind: each for each in files}
    database, folder = modes.get("database"), modes.get("folder")
    if database and folder and database.mode & _GROUP_WRITES and folder.mode & _SETGID_AND_GROUP != _SETGID_AND_GROUP:
        yield diagnosis(
            "error",
            "folder-not-shared",
            f"{database.path} is its group's, and what is made in {folder.path} is not",
            "whoever comes second cannot write the log beside the database",
            f"chmod g+rwxs {shlex.quote(folder.path)}",
        )


def _token_file(file: FileFacts) -> Iterator[Diagnosis]:
    if file.mode & 0o077:
        what, consequence = f"others may read the token in {file.path}", "whoever reads it acts in GitLab as you"
        fix = f"chmod 600 {shlex.quote(file.path)}; and make another token, if somebody may have read it"
        yield diagnosis("error", "token-file-open", what, consequence, fix)


def _trust_file(file: FileFacts) -> Iterator[Diagnosis]:
    if file.mode & 0o022:
        what, consequence = f"others may write {file.path}", "they can have your token sent to a server of theirs"
        yield diagnosis("error", "trust-file-open", what, consequence, f"chmod 600 {shlex.quote(file.path)}")


def _database_file(file: FileFacts) -> Iterator[Diagnosis]:
    fix = f"chmod o-rwx {shlex.quote(file.path)}"
    if file.mode & _OTHERS_WRITE:
        what, consequence = f"everybody on this machine may write {file.path}", "anybody can replace the history"
        yield diagnosis("error", "database-open", what, consequence, fix)
    elif file.mode & _OTHERS_READ:
        what = f"everybody on this machine may read {file.path}"
        yield diagnosis("note", "database-readable", what, "anybody sees who decided what, and why", fix)
    if not file.is_writable:
        what, consequence = f"you may not write {file.path}", "every command that records something fails"
        yield diagnosis(
            "error", "database-read-only", what, consequence, f"ls -l {shlex.quote(file.path)}     tells whose it is"
        )


def _folder(file: FileFacts) -> Iterator[Diagnosis]:
    if file.mode & _OTHERS_WRITE:
        what, consequence = (
            f"everybody on this machine may write in {file.path}",
            "anybody can replace the database there",
        )
        yield diagnosis("error", "folder-open", what, consequence, f"chmod o-w {shlex.quote(file.path)}")


_CHECKS = {"token": _token_file, "trust": _trust_file, "database": _database_file, "folder": _folder}


def check_database(found: DatabaseFacts) -> Iterator[Diagnosis]:
    """What the database says of itself."""
    for sentence in found.damage:
        yield diagnosis("error", "database-damaged", sentence, "records may be lost", "relflow db check     says more")
    for sentence in found.unsafe_settings:
        consequence, fix = "what was recorded can be lost with the machine's power", "relflow db check     says more"
        yield diagnosis("error", "database-unsafe", sentence, consequence, fix)
    for name in found.lost_guards:
        what, consequence = f"the guard {name} is not in the database", "a record can be changed or taken away"
        yield diagnosis("error", "guard-lost", what, consequence, "restore the database from a backup")
