"""What of a project's settings in GitLab lets deployments go past relflow, or keeps relflow's own from working."""

from collections.abc import Iterator

from relflow.core.checkup.remedy import ChangeSetting, Diagnosis, LetGroupPass, diagnosis
from relflow.core.checkup.surroundings import ProjectSettings, ResourceGroup
from relflow.core.workflow import Workflow

#: A job of these modes waits for older ones, which perhaps nobody ever starts.
_ORDERED = ("oldest_first", "newest_first")


def check_settings(found: ProjectSettings, url: str) -> Iterator[Diagnosis]:
    """The project's own settings; `url` is its page."""
    where = f"{url}/-/settings/ci_cd"
    if found.is_archived:
        consequence, fix = "nothing can be played, released or rolled back", f"{url}/edit     Unarchive project"
        yield diagnosis("error", "project-archived", "the project is archived", consequence, fix)
    yield from _outdated(found, where)
    if found.variables_from == "developer":
        yield diagnosis(
            "warning",
            "variables-from-developers",
            "developers may give variables to pipelines and manual jobs",
            "a job that is started in GitLab with other variables deploys something else than was tested",
            f"{where}     Variables: minimum role to use pipeline variables",
            ChangeSetting("ci_pipeline_variables_minimum_override_role", "maintainer"),
        )
    if found.keeps_latest_artifacts is False:
        yield diagnosis(
            "warning",
            "artifacts-not-kept",
            "the artifacts of a tag's pipeline expire like any others",
            "a rollback runs a job whose input is gone",
            f"{where}     Artifacts: keep artifacts from most recent successful jobs",
            ChangeSetting("keep_latest_artifact", True),
        )
    yield from _untold(found)


def _outdated(found: ProjectSettings, where: str) -> Iterator[Diagnosis]:
    if found.refuses_outdated is False:
        yield diagnosis(
            "error",
            "outdated-deployments-allowed",
            "the job of an older pipeline may be played after a newer one has deployed",
            "one click on a job that still waits takes an environment back to an old commit",
            f"{where}     General pipelines: prevent outdated deployment jobs",
            ChangeSetting("ci_forward_deployment_enabled", True),
        )
    if found.lets_roll_back is False:
        yield diagnosis(
            "error",
            "rollback-refused",
            "an older job that ended may not be run again",
            "GitLab refuses relflow's rollback when it is needed",
            f"{where}     General pipelines: allow job retries for rollback deployments",
            ChangeSetting("ci_forward_deployment_rollback_allowed", True),
        )


def _untold(found: ProjectSettings) -> Iterator[Diagnosis]:
    asked = {
        "outdated deployments": found.refuses_outdated,
        "rollbacks": found.lets_roll_back,
        "pipeline variables": found.variables_from,
        "kept artifacts": found.keeps_latest_artifacts,
    }
    if missing := [name for name, value in asked.items() if value is None]:
        what = f"could not be checked: what GitLab did not tell of {', '.join(missing)}"
        consequence, fix = "that may be as it should not be", "relflow doctor     with the token of a maintainer"
        yield diagnosis("warning", "project-settings-untold", what, consequence, fix)


def check_groups(groups: tuple[ResourceGroup, ...], workflow: Workflow) -> Iterator[Diagnosis]:
    """Who comes next where deploy jobs wait for each other. Only groups that are named after a place of the policy."""
    ours = {name for each in workflow.environments for name in (each.name, each.gitlab_environment, each.job)}
    for group in groups:
        if group.key in ours and group.process_mode in _ORDERED:
            yield diagnosis(
                "warning",
                "resource-group-waits",
                f"the resource group {group.key} takes its jobs {group.process_mode.replace('_', ' ')}",
                "a deploy job that was played waits without end for one of a pipeline that everybody forgot",
                "set its process_mode to unordered by GitLab's API; it has no page for that",
                LetGroupPass(group.key),
            )


def check_environments(missing: tuple[str, ...], url: str) -> Iterator[Diagnosis]:
    """The policy's environments that GitLab does not have, by GitLab's names."""
    for name in missing:
        yield diagnosis(
            "warning",
            "gitlab-environment-missing",
            f"GitLab has no environment {name}, which the policy names",
            "if it is called otherwise there, runs that go past relflow are never found",
            f"{url}/-/environments     shows their names; gitlab_environment in relflow.toml names one",
        )
