"""Pages, links, and what the server says to what it does not know."""

import re
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from typing import Any

import pytest
import requests

from relflow.sandbox.clock import now
from relflow.sandbox.server import Sandbox
from relflow.sandbox.wire.parameters import parse_query
from tests.sandbox.conftest import Ask
from tests.sandbox.people import Person

HEADERS = ("X-Page", "X-Per-Page", "X-Next-Page", "X-Prev-Page", "X-Total", "X-Total-Pages")


def links(answer: requests.Response) -> dict[str, str]:
    """Read the Link header."""
    return {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers.get("Link", ""))}


def follow(one: Person, answer: requests.Response) -> list[int]:
    """Return the ids of all pages from this one on."""
    ids = [row["id"] for row in answer.json()]
    following = links(answer).get("next")
    if following is None:
        return ids
    return ids + follow(one, one.session.get(following, timeout=10))


@pytest.mark.parametrize(
    ("page", "headers", "rels"),
    [
        (1, ("1", "3", "2", "", "8", "3"), {"first", "next", "last"}),
        (2, ("2", "3", "3", "1", "8", "3"), {"first", "prev", "next", "last"}),
        (3, ("3", "3", "", "2", "8", "3"), {"first", "prev", "last"}),
    ],
)
def test_headers_of_each_page(
    settled: Sandbox, person: Ask, page: int, headers: tuple[str, ...], rels: set[str]
) -> None:
    """Eight deployments in pages of three."""
    answer = person(settled).ask("GET", "deployments", params={"page": page, "per_page": 3})
    assert tuple(answer.headers[name] for name in HEADERS) == headers
    assert set(links(answer)) == rels


def test_links_lead_through_everything_once(settled: Sandbox, person: Ask) -> None:
    """Following `next` gives every row once, filters kept."""
    anna = person(settled)
    answer = anna.ask("GET", "deployments?per_page=1&environment=prod")
    assert follow(anna, answer) == [302, 304, 306, 308]


def test_defaults_and_limits(settled: Sandbox, person: Ask) -> None:
    """20 a page unless asked for, 100 at most; zero and words are refused; far pages are empty."""
    anna = person(settled)
    assert anna.ask("GET", "deployments").headers["X-Per-Page"] == "20"
    assert anna.ask("GET", "deployments?per_page=500").headers["X-Per-Page"] == "100"
    assert anna.ask("GET", "deployments?per_page=0").json() == {"error": "per_page does not have a valid value"}
    assert anna.ask("GET", "deployments?page=x").json() == {"error": "page is invalid"}
    assert anna.get("deployments", page=9) == []


def test_the_list_of_all_jobs_is_not_counted(settled: Sandbox, person: Ask) -> None:
    """No X-Total there, so a client that wants the length has to walk."""
    answer = person(settled).ask("GET", "jobs?per_page=5")
    assert "X-Total" not in answer.headers
    assert "last" not in links(answer)


def test_all_jobs_can_be_walked_by_key(settled: Sandbox, person: Ask) -> None:
    """pagination=keyset: only the link leads on, and it leads through every job once, newest first."""
    anna = person(settled)
    answer = anna.ask("GET", "jobs?pagination=keyset&per_page=5&order_by=id&sort=desc")
    assert set(links(answer)) == {"next"}
    assert follow(anna, answer) == list(range(5016, 5000, -1))


def test_unknown_routes_and_methods(settled: Sandbox, person: Ask) -> None:
    """404 and 405 in the shape of GitLab's router, which is not that of a missing record."""
    anna = person(settled)
    assert anna.ask("GET", "nothing").json() == {"error": "404 Not Found"}
    wrong = anna.ask("DELETE", "jobs")
    assert (wrong.status_code, wrong.json(), wrong.headers["Allow"]) == (405, {"error": "405 Not Allowed"}, "GET")
    for path in ("jobs/9999", "jobs/x", "pipelines/9999", "deployments/9999", "environments/9999", "freeze_periods/1"):
        answer = anna.ask("GET", path)
        assert (answer.status_code, answer.json()) == (404, {"message": "404 Not found"})
    assert requests.get(f"{settled.url}/demo/data-provider", timeout=10).headers["Content-Type"] == "text/html"


def test_the_date_header_is_the_clock(settled: Sandbox, person: Ask) -> None:
    """A client can compare its clock with the server's."""
    date = parsedate_to_datetime(person(settled).ask("GET", "/version").headers["Date"])
    assert abs((date - now()).total_seconds()) < 5


def test_connections_stay_open(settled: Sandbox) -> None:
    """HTTP/1.1 keep-alive: many requests on one socket."""
    connection = HTTPConnection(settled.url.removeprefix("http://"), timeout=10)
    sockets = set()
    for _ in range(3):
        connection.request("GET", "/api/v4/version", headers={"PRIVATE-TOKEN": settled.token("anna")})
        assert connection.getresponse().read().startswith(b'{"version":')
        sockets.add(connection.sock.getsockname())
    connection.close()
    assert len(sockets) == 1


def test_head_is_get_without_a_body(settled: Sandbox, person: Ask) -> None:
    """The same status and length, and nothing more."""
    head = person(settled).ask("HEAD", "repository/branches/main")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) > 0


def test_bodies_that_cannot_be_read(settled: Sandbox, person: Ask) -> None:
    """Not JSON, not an object, not a known type: refused before anything happens."""
    anna = person(settled)
    json = {"Content-Type": "application/json"}
    assert anna.ask("POST", "pipeline", data=b"{", headers=json).status_code == 400
    assert anna.ask("POST", "pipeline", data=b"[]", headers=json).status_code == 400
    assert anna.ask("POST", "pipeline", data=b"<a/>", headers={"Content-Type": "text/xml"}).status_code == 415


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a=1&b=", {"a": "1", "b": ""}),
        ("scope[]=a&scope[]=b", {"scope": ["a", "b"]}),
        ("scope%5B0%5D=a&scope%5B1%5D=b", {"scope": ["a", "b"]}),
        ("v[][key]=A&v[][value]=1&v[][key]=B", {"v": [{"key": "A", "value": "1"}, {"key": "B"}]}),
        ("not[a]=1", {"not": {"a": "1"}}),
    ],
)
def test_the_spellings_of_lists(query: str, expected: dict[str, Any]) -> None:
    """Clients write lists and mappings in a query in several ways."""
    assert parse_query(query) == expected


def test_forms_work_like_json(sandbox: Sandbox, person: Ask) -> None:
    """A pipeline asked for with a form and its bracket spelling."""
    form = "ref=main&variables[][key]=NOTE&variables[][value]=x"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    made = person(sandbox).ask("POST", "pipeline", data=form, headers=headers).json()
    assert sandbox.site.tables.pipelines[made["id"]].variables == {"NOTE": "x"}
