"""A client in another language works unchanged. Installs from npm, and runs only when asked for: `-m node`."""

import shutil
import subprocess
from pathlib import Path

import pytest

from relflow.sandbox.server import Sandbox

SCRIPT = Path(__file__).with_name("client.mjs")


@pytest.mark.node
def test_gitbeaker(sandbox: Sandbox, tmp_path: Path) -> None:
    """@gitbeaker/rest reads, plays, follows pages and sees refusals."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    install = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(tmp_path), "@gitbeaker/rest"]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    sandbox.wait_for(lambda tables: all(pipeline.finished_at for pipeline in tables.pipelines))
    script = shutil.copy(SCRIPT, tmp_path)
    done = subprocess.run(
        ["node", script, sandbox.url, sandbox.token("chris")], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "played 5011\n"), done.stderr
