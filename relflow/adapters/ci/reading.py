"""A project's CI configuration, from the files here or as GitLab merged it, and what is wrong with its form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from relflow.adapters.ci.document import Document
from relflow.adapters.ci.including import gather, gather_text
from relflow.adapters.ci.schema import NO_PIPELINE, formed
from relflow.adapters.ci.shaping import config_of
from relflow.core.ci import CiConfig
from relflow.core.ci_rules import judge, worst_first
from relflow.core.finding import Finding
from relflow.core.workflow import Workflow
from relflow.service.ports import MergedCi

CI_FILE = ".gitlab-ci.yml"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of `source`. Without a configuration nothing can be judged, and the findings say why."""

    source: str
    config: CiConfig | None
    findings: tuple[Finding, ...]

    def judged(self, workflow: Workflow) -> tuple[Finding, ...]:
        """What is wrong with its form, and what stands between it and the policy; errors first."""
        return worst_first([*self.findings, *(judge(workflow, self.config) if self.config else ())])


def read_here(root: Path, name: str = CI_FILE, drafts: Mapping[str, str] | None = None) -> Reading:
    """The file of that name in the repository, with the files of it that it includes; drafts stand for files."""
    gathered = gather(root, name, drafts)
    config = config_of(gathered, name)
    found = (*gathered.findings, *_form(gathered.documents))
    return Reading(name, config if gathered.documents else None, found)


def read_merged(merged: MergedCi, source: str) -> Reading:
    """What GitLab merged, and said about it; `source` is what it is called."""
    errors = (Finding("error", "gitlab-refuses", f"{source}: {it}", NO_PIPELINE, "correct it") for it in merged.errors)
    warnings = (
        Finding("warning", "gitlab-warns", f"{source}: {it}", "GitLab makes a pipeline of it", "look at it")
        for it in merged.warnings
    )
    said = (*errors, *warnings)
    if merged.text is None:
        return Reading(source, None, said)
    gathered = gather_text(merged.text, source)
    config = config_of(gathered, source)
    return Reading(source, config if gathered.is_whole else None, (*said, *gathered.findings))


def _form(documents: list[Document]) -> Iterator[Finding]:
    for each in documents:
        for key, place in each.repeated:
            what = f"{place}: {key} stands there twice"
            yield Finding("warning", "key-repeated", what, "only the last one counts", "take one of them out")
        yield from formed(each)
