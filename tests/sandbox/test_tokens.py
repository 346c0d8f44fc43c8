"""Tokens: how they are sent, and what becomes of those that are no longer good."""

from typing import Any

import pytest
import requests

from relflow.sandbox.clock import now
from relflow.sandbox.server import Sandbox
from tests.sandbox.conftest import Ask

EXPIRED = "Token is expired. You can either do re-authorization or token refresh."
REVOKED = "Token was revoked. You have to re-authorize from the user."


def extra(sandbox: Sandbox, **wanted: Any) -> str:
    """Create a token through the sandbox's own door."""
    answer = requests.post(f"{sandbox.url}/sandbox/tokens", json={"username": "chris", **wanted}, timeout=10)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


@pytest.mark.parametrize(
    "headers", [{"PRIVATE-TOKEN": "glpat-sandbox-chris"}, {"Authorization": "Bearer glpat-sandbox-chris"}]
)
def test_tokens_come_in_two_headers(settled: Sandbox, headers: dict[str, str]) -> None:
    """PRIVATE-TOKEN and Authorization: Bearer say who asks."""
    answer = requests.get(f"{settled.url}/api/v4/user", headers=headers, timeout=10)
    assert answer.json()["username"] == "chris"


def test_tokens_come_in_the_query_too(settled: Sandbox) -> None:
    """private_token works, and no link to another page repeats it."""
    url = f"{settled.url}/api/v4/projects/42/jobs?private_token=glpat-sandbox-chris&per_page=2"
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200
    assert "glpat" not in answer.headers["Link"]


@pytest.mark.parametrize("headers", [{}, {"PRIVATE-TOKEN": "glpat-nobody"}, {"JOB-TOKEN": "glpat-sandbox-anna"}])
def test_no_known_token_no_answer(settled: Sandbox, headers: dict[str, str]) -> None:
    """401 without a token, with an unknown one, and with a job token, which opens nothing here."""
    answer = requests.get(f"{settled.url}/api/v4/projects/42", headers=headers, timeout=10)
    assert (answer.status_code, answer.json()) == (401, {"message": "401 Unauthorized"})


@pytest.mark.parametrize(
    ("wanted", "description"),
    [({"expires_at": "2024-01-31"}, EXPIRED), ({"expires_at": "today"}, EXPIRED), ({"revoked": True}, REVOKED)],
)
def test_tokens_that_were_good_once(settled: Sandbox, person: Ask, wanted: dict[str, Any], description: str) -> None:
    """Expired (with the beginning of the day) and revoked are both invalid_token; only the description differs."""
    if wanted.get("expires_at") == "today":
        wanted = {"expires_at": now().date().isoformat()}
    answer = person(settled, token=extra(settled, **wanted)).ask("GET", "/user")
    assert (answer.status_code, answer.json()) == (
        401,
        {"error": "invalid_token", "error_description": description},
    )


def test_too_few_scopes(settled: Sandbox, person: Ask) -> None:
    """read_api reads and does not write; the refusal names the scope that is missing."""
    reader = person(settled, token=extra(settled, scopes=["read_api"]))
    assert reader.get("jobs/5001")["id"] == 5001
    answer = reader.play(5003)
    assert answer.status_code == 403
    assert answer.json()["error"] == "insufficient_scope"
    assert answer.json()["scope"] == "api"


def test_a_token_without_api_scopes_sees_itself_only(settled: Sandbox, person: Ask) -> None:
    """read_user reaches /user and the token itself."""
    token = extra(settled, scopes=["read_user"], expires_at="2099-12-31")
    one = person(settled, token=token)
    assert one.get("/user")["username"] == "chris"
    assert [each["email"] for each in one.get("/user/emails")] == ["chris@home.example.net"]
    itself = one.get("/personal_access_tokens/self")
    assert (itself["scopes"], itself["expires_at"], itself["active"]) == (["read_user"], "2099-12-31", True)
    assert token not in str(itself)
    assert one.ask("GET", "jobs").status_code == 403


def test_a_token_can_revoke_itself(settled: Sandbox, person: Ask) -> None:
    """DELETE on itself: 204, and the next request is refused."""
    one = person(settled, token=extra(settled))
    assert one.ask("DELETE", "/personal_access_tokens/self").status_code == 204
    assert one.ask("GET", "/user").json()["error_description"] == REVOKED


@pytest.mark.parametrize("wanted", [{"username": "nobody"}, {"username": ""}, {"expires_at": "soon"}])
def test_a_token_for_nobody_is_refused(settled: Sandbox, wanted: dict[str, str]) -> None:
    """The sandbox's own door says what it did not understand."""
    body = {"username": "chris", **wanted}
    assert requests.post(f"{settled.url}/sandbox/tokens", json=body, timeout=10).status_code == 400
