"""Who wrote what a release brings, told by e-mail addresses: they are compared, and never recorded."""

import re
from dataclasses import dataclass

_CO_AUTHOR = re.compile(r"^[ \t]*co-authored-by:.*<([^<>\s]+)>[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
# GitLab's address for who shows no other: the name in it may be an old one, the number stays.
_NO_REPLY = re.compile(r"(\d+)-[^@]*@users\.noreply\..+")


@dataclass(frozen=True, slots=True)
class Authorship:
    """What could be read of it; None is what could not."""

    #: The addresses of who asks.
    own: frozenset[str] | None
    #: Each commit of the release since then, and the addresses of its author and co-authors.
    commits: tuple[tuple[str, frozenset[str]], ...] | None
    #: What the last environment runs; None where nothing does, and the release's own commit is all that was read.
    since: str | None = None

    def written(self) -> tuple[str, ...]:
        """The commits that who asks is an author of, as far as that was read."""
        own = self.own or frozenset()
        return tuple(commit for commit, addresses in self.commits or () if addresses & own)


def address(text: str) -> str:
    """The one form of an address: two that are equal belong to one person."""
    text = text.strip().casefold()
    found = _NO_REPLY.fullmatch(text)
    return f"{found[1]}@users.noreply" if found else text


def no_reply(user_id: int) -> str:
    """GitLab's own address for the user, in the same form."""
    return f"{user_id}@users.noreply"


def addresses_of(author: str, message: str) -> frozenset[str]:
    """The addresses of a commit's author and of each `Co-authored-by:` in its message."""
    return frozenset(map(address, (author, *_CO_AUTHOR.findall(message))))
