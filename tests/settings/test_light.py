"""What the commands that only read pay for their settings."""

import subprocess
import sys


def test_place_imports_little() -> None:
    """Knowing the place costs no validation library, no database layer, no GitLab client."""
    code = "import sys, relflow.settings.place; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "relflow" in loaded
    assert not {"pydantic", "tomlkit", "sqlalchemy", "sqlmodel", "gitlab", "requests", "typer"} & set(loaded)
