"""What leaves the machine when a pipeline is started, seen by a real socket."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from relflow.adapters.gitlab import PythonGitLab
from relflow.core.events import PipelineRequested
from relflow.core.pipeline_request import classify
from tests.contract import samples
from tests.contract.stub import CANARY, Reply, Stub, reply, truncated
from tests.core.examples import AT, CHRIS

WANTED = PipelineRequested(at=AT, actor=CHRIS, release="1.4.0", ref="main", after=6)
FILTERED = {"message": {"base": ["Pipeline filtered out by workflow rules.", "\x1b[31mred\u202e"]}}

#: What comes back -> the status in the answer, and what it proves where a look shows nothing.
OUTCOMES = {
    "the pipeline": (reply(201, samples.PIPELINE), 201, "started"),
    "the pipeline with 200": (reply(200, samples.PIPELINE), 200, "unknown"),
    "an old pipeline": (reply(201, samples.PIPELINE | {"id": 6}), 201, "unknown"),
    "another ref's": (reply(201, samples.PIPELINE | {"ref": "other"}), 201, "unknown"),
    "a pipeline without a commit": (reply(201, {"id": 7, "ref": "main", "status": "created"}), 201, "unknown"),
    "a page": (reply(201, samples.HTML, kind="text/html"), 201, "unknown"),
    "half of it": (truncated(201, samples.PIPELINE), None, "unknown"),
    "filtered": (reply(400, FILTERED), 400, "refused"),
    "no such ref": (reply(400, {"message": {"base": ["Reference not found"]}}), 400, "refused"),
    "unknown token": (reply(401, samples.UNKNOWN_TOKEN), 401, "refused"),
    "no right": (reply(403, {"message": "403 Forbidden"}), 403, "refused"),
    "not there": (reply(404, {"message": "404 Project Not Found"}), 404, "refused"),
    "moved project": (reply(405, {"message": "Non GET methods are not allowed for moved projects"}), 405, "refused"),
    "conflict": (reply(409, {"message": "409 Conflict: Resource lock"}), 409, "unknown"),
    "too many": (reply(429, b"Retry later", kind="text/plain", Retry_After="1"), 429, "unknown"),
    "broken": (reply(500, {"message": "500 Internal Server Error"}), 500, "unknown"),
    "bad gateway": (reply(502, samples.HTML, kind="text/html"), 502, "unknown"),
    "elsewhere, by POST": (reply(307, b"", Location="/api/v4/projects/5/pipeline"), 307, "unknown"),
    "reset at once": (Reply(end="reset"), None, "unknown"),
    "silence": (Reply(end="hang"), None, "unknown"),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_one_start_is_one_post(stub: Stub, gitlab: PythonGitLab, impatient: PythonGitLab, name: str) -> None:
    """Whatever comes back, GitLab saw exactly one request, and the answer says as much as it proves."""
    said, status, meaning = OUTCOMES[name]
    stub.says(said)
    answer = (impatient if said.is_endless else gitlab).run_pipeline(5, "main")
    assert [each.method for each in stub.received] == ["POST"]
    assert (answer.status, classify(answer, WANTED, ())[0]) == (status, meaning)
    assert answer.text.isprintable()


def test_the_post_says_what_it_must(stub: Stub, gitlab: PythonGitLab) -> None:
    """The ref in the body, whatever characters it has; the token in one header, and nothing in the query."""
    stub.says(reply(201, samples.PIPELINE))
    gitlab.run_pipeline(5, "feature/ü?&#")
    (request,) = stub.received
    assert request.target == "/api/v4/projects/5/pipeline"
    assert json.loads(request.body) == {"ref": "feature/ü?&#"}
    assert [name for name, value in request.headers.items() if CANARY in value] == ["authorization"]


def test_gitlab_s_words_are_kept_clean(stub: Stub, gitlab: PythonGitLab) -> None:
    """Its sentences on one line, without the name of the list that they come in, and without terminal controls."""
    stub.says(reply(400, FILTERED))
    text = gitlab.run_pipeline(5, "main").text
    assert text == "Pipeline filtered out by workflow rules.; \\u001b[31mred\\u202e"


def test_one_s_own_are_asked_for_by_source_and_user(stub: Stub, gitlab: PythonGitLab) -> None:
    """A list does not say who started what: GitLab leaves the others out."""
    stub.says(reply(200, [samples.PIPELINE]))
    gitlab.pipelines(5, samples.COMMIT, "anna")
    (request,) = stub.received
    asked = parse_qs(urlsplit(request.target).query)
    assert {name: asked[name] for name in ("sha", "source", "username")} == {
        "sha": [samples.COMMIT],
        "source": ["api"],
        "username": ["anna"],
    }
