"""Whatever stands in a CI file, it is read, judged and edited, or refused in words."""

from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relflow.adapters.ci.drafting import drafts
from relflow.adapters.ci.reading import read_here, read_merged
from relflow.core.errors import SetupError
from relflow.core.workflow import Environment, Workflow
from relflow.service.ports import MergedCi

WORKFLOW = Workflow("g/p", (Environment("dev", "deploy-dev", "dev"), Environment("prod", "deploy-prod", "production")))
WORDS = st.sampled_from(
    (
        "manual",
        "on_success",
        "never",
        "dev",
        "production",
        "$ENV",
        "test",
        "deploy",
        ".base",
        "stop",
        "none.yml",
        "a: b",
    )
)
LEAVES = st.none() | st.booleans() | st.integers(-1, 3) | st.floats(allow_nan=False) | WORDS | st.text(max_size=4)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.sampled_from(("name", "action", "max", "when", "if", "local")), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = st.sampled_from(
    (
        *(
            "stage",
            "script",
            "when",
            "rules",
            "allow_failure",
            "environment",
            "resource_group",
            "interruptible",
            "retry",
        ),
        *("trigger", "parallel", "extends", "inherit", "needs"),
    )
)
JOBS = st.dictionaries(KEYS, VALUES, max_size=4) | VALUES
NAMES = st.sampled_from(
    ("deploy-dev", "deploy-prod", "unit", ".base", "default", "stages", "include", "workflow", "spec")
)
FILES = st.dictionaries(NAMES | st.integers(0, 3) | st.booleans(), JOBS, max_size=5)
ANEW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def tried(folder: Path, text: str) -> None:
    """Read it here and as if GitLab had merged it, judge it, and make drafts of it."""
    (folder / ".gitlab-ci.yml").write_bytes(text.encode("utf-8", "surrogatepass"))
    for reading in (read_here(folder), read_merged(MergedCi(text), "main")):
        found = reading.judged(WORKFLOW)
        assert reading.config is not None or found
    try:
        again = {each.name: each.after for each in drafts(folder, ".gitlab-ci.yml", WORKFLOW).files}
    except SetupError:
        return
    assert read_here(folder, drafts=again).config is not None


@ANEW
@given(document=FILES)
def test_any_values(tmp_path: Path, document: dict[object, object]) -> None:
    """Of CI's own words, in whatever form and place."""
    tried(tmp_path, yaml.safe_dump(document, sort_keys=False))


@ANEW
@given(text=st.text(st.sampled_from(tuple("ab:-[]{}&*!|>'\"#%@, \n\t\r\x00\ud800é")), max_size=40))
def test_any_text(tmp_path: Path, text: str) -> None:
    """Of YAML's own characters, and of those that it does not allow."""
    tried(tmp_path, text)
