"""How the double's project is set up: as a careful maintainer leaves it, until a test changes it."""

from copy import deepcopy
from dataclasses import dataclass, field, replace

from relflow.core.checkup.remedy import (
    ChangeSetting,
    CloseBranch,
    ForbidForcePush,
    KeepArtifacts,
    LetGroupPass,
    ProtectBranch,
    ProtectTags,
    Remedy,
)
from relflow.core.checkup.surroundings import Access, Artifacts, ProjectSettings, Protection, ResourceGroup

_FIELDS = {
    "ci_forward_deployment_enabled": "refuses_outdated",
    "ci_forward_deployment_rollback_allowed": "lets_roll_back",
    "keep_latest_artifact": "keeps_latest_artifacts",
    "ci_pipeline_variables_minimum_override_role": "variables_from",
}


def _settings() -> ProjectSettings:
    return ProjectSettings(
        default_branch="main",
        refuses_outdated=True,
        lets_roll_back=True,
        keeps_latest_artifacts=True,
        variables_from="maintainer",
    )


@dataclass
class SetUp:
    """Settings, protections, groups, and what jobs left; a test may read and change everything in it."""

    settings: ProjectSettings = field(default_factory=_settings)
    branches: list[Protection] = field(default_factory=lambda: [Protection(name="main", push=(Access(1, 40),))])
    tags: list[Protection] = field(default_factory=lambda: [Protection(name="v*")])
    groups: list[ResourceGroup] = field(default_factory=list)
    #: Besides those that a deployment names.
    environments: set[str] = field(default_factory=lambda: {"dev", "production"})
    #: By job.
    artifacts: dict[int, Artifacts] = field(default_factory=dict)

    def copy(self) -> "SetUp":
        """Another one that begins as this one stands."""
        return deepcopy(self)

    def change(self, remedy: Remedy) -> None:
        """What GitLab does with the request."""
        match remedy:
            case ChangeSetting(key, value):
                self.settings = replace(self.settings, **{_FIELDS[key]: value})  # type: ignore[arg-type]
            case ProtectBranch(name):
                self.branches.append(Protection(name=name, push=(Access(90, 40),)))
            case CloseBranch(name, rows):
                rule = next(each for each in self.branches if each.name == name)
                push = tuple(Access(row.id, 40) if row.id in rows else row for row in rule.push)
                self._put(replace(rule, push=push))
            case ForbidForcePush(name):
                rule = next(each for each in self.branches if each.name == name)
                self._put(replace(rule, lets_force_push=False))
            case ProtectTags(pattern):
                self.tags.append(Protection(name=pattern))
            case LetGroupPass(key):
                self.groups = [
                    replace(each, process_mode="unordered") if each.key == key else each for each in self.groups
                ]
            case KeepArtifacts(job_id):
                self.artifacts[job_id] = replace(self.artifacts[job_id], expires_at=None)

    def _put(self, rule: Protection) -> None:
        self.branches = [rule if each.name == rule.name else each for each in self.branches]
