"""A project's CI configuration, from the files here or as GitLab merged it, and what is wrong with its form."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from relflow.adapters.ci.document import Document
from relflow.adapters.ci.including import gather, gather_text
from relflow.adapters.ci.schema import available, formed
from relflow.adapters.ci.shaping import config_of
from relflow.core.ci import CiConfig
from relflow.core.finding import Finding

CI_FILE = ".gitlab-ci.yml"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read. Without a configuration nothing can be judged, and the findings say why."""

    config: CiConfig | None
    findings: tuple[Finding, ...]


def read_here(root: Path, name: str = CI_FILE) -> Reading:
    """The file of that name in the repository, with the files of it that it includes."""
    gathered = gather(root, name)
    config = config_of(gathered, name)
    found = [*gathered.findings, *_form(gathered.documents)]
    return Reading(config if gathered.documents else None, tuple(found))


def read_merged(text: str, source: str) -> Reading:
    """What GitLab merged; `source` is what it is called. Its form is GitLab's own."""
    gathered = gather_text(text, source)
    config = config_of(gathered, source)
    return Reading(config if gathered.is_whole else None, tuple(gathered.findings))


def _form(documents: list[Document]) -> Iterator[Finding]:
    for each in documents:
        for key, place in each.repeated:
            what = f"{place}: {key} stands there twice"
            yield Finding("warning", "key-repeated", what, "only the last one counts", "take one of them out")
    if not available():
        what, consequence = "GitLab's schema of CI files is not installed", "misspelt keywords are not found offline"
        yield Finding("warning", "form-not-checked", what, consequence, "pip install 'gitlab-relflow[ci]'")
        return
    for each in documents:
        yield from formed(each)
