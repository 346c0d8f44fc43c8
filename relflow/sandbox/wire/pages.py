"""Pages of a list with GitLab's headers. Source: gitlab docs, REST API, Pagination."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

from relflow.sandbox.wire.answers import Answer, invalid
from relflow.sandbox.wire.routes import Call

T = TypeVar("T")
PER_PAGE = 20
PER_PAGE_MAX = 100
# Beyond this GitLab no longer counts.
COUNTED_MAX = 10_000


def paged(call: Call, rows: Sequence[T], show: Callable[[T], object], *, counted: bool = True) -> Answer:
    """Answer with one page; only the rows of that page are shown."""
    page, per_page = _asked(call)
    start = (page - 1) * per_page
    shown = [show(row) for row in rows[start : start + per_page]]
    last = max(1, -(-len(rows) // per_page))
    counted = counted and len(rows) <= COUNTED_MAX
    following = page + 1 if start + per_page < len(rows) else None
    headers = {
        "X-Next-Page": str(following or ""),
        "X-Page": str(page),
        "X-Per-Page": str(per_page),
        "X-Prev-Page": str(page - 1) if 1 < page <= last + 1 else "",
    }
    if counted:
        headers |= {"X-Total": str(len(rows)), "X-Total-Pages": str(last)}
    links = {"prev": page - 1 if page > 1 else None, "next": following, "first": 1, "last": last if counted else None}
    headers["Link"] = ", ".join(
        f'<{_address(call, page=number)}>; rel="{rel}"' for rel, number in links.items() if number
    )
    return Answer(200, shown, headers)


def keyset(call: Call, rows: Sequence[T], key: Callable[[T], int], show: Callable[[T], object]) -> Answer:
    """Answer with the rows after the cursor, newest first; only the link leads on."""
    _, per_page = _asked(call)
    cursor = call.given.number("cursor")
    after = [row for row in rows if cursor is None or key(row) < cursor]
    shown = after[:per_page]
    more = len(after) > per_page
    headers = {"Link": f'<{_address(call, cursor=key(shown[-1]))}>; rel="next"'} if more else {}
    return Answer(200, [show(row) for row in shown], headers)


def _asked(call: Call) -> tuple[int, int]:
    page = call.given.number("page")
    per_page = call.given.number("per_page")
    if page is not None and page < 1:
        raise invalid("page does not have a valid value")
    if per_page is not None and per_page < 1:
        raise invalid("per_page does not have a valid value")
    return page or 1, min(per_page or PER_PAGE, PER_PAGE_MAX)


def _address(call: Call, **changes: int) -> str:
    """Write the address of another page; a token in the query is not repeated."""
    hidden = {"private_token", *changes}
    pairs = [(name, value) for name, value in parse_qsl(call.query) if name not in hidden]
    return f"{call.site.url}{call.path}?{urlencode([*pairs, *changes.items()])}"
