"""Somebody who talks HTTP to a sandbox and sees the answers as they are."""

from typing import Any

import requests

from relflow.sandbox.server import Sandbox


class Person:
    """A client without any cleverness: no retries, no redirects, no errors raised."""

    def __init__(self, sandbox: Sandbox, token: str | None) -> None:
        self.root = sandbox.url
        self.session = requests.Session()
        self.session.trust_env = False
        if token:
            self.session.headers["PRIVATE-TOKEN"] = token

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request below the project, or below the API when the path begins with a slash."""
        below = path if path.startswith("/") else f"/projects/42/{path}"
        return self.session.request(method, f"{self.root}/api/v4{below}", timeout=10, allow_redirects=False, **options)

    def get(self, path: str, /, **params: Any) -> Any:
        """Return the JSON of a GET that succeeds."""
        answer = self.ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def play(self, job_id: int, **body: Any) -> requests.Response:
        """Play a job."""
        return self.ask("POST", f"jobs/{job_id}/play", json=body)

    def retry(self, job_id: int) -> requests.Response:
        """Retry a job."""
        return self.ask("POST", f"jobs/{job_id}/retry")

    def cancel(self, job_id: int) -> requests.Response:
        """Cancel a job."""
        return self.ask("POST", f"jobs/{job_id}/cancel")

    def close(self) -> None:
        """End the connections."""
        self.session.close()
