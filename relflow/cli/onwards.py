"""What follows a command that was done: what goes on by itself, else the next command and who can type it."""

from collections.abc import Iterator

from relflow.core.approving import counted, is_excluded
from relflow.core.case import Case
from relflow.core.commands import HoldRelease
from relflow.core.facts import Facts
from relflow.core.judging import awaited, waits_for, way_on
from relflow.core.people import Actor
from relflow.core.release import Release
from relflow.core.text import either
from relflow.core.workflow import HELD, Workflow
from relflow.service.app import Done


def onwards(done: Done, workflow: Workflow) -> Iterator[str]:
    """The lines behind the answer; GitLab is not asked for them."""
    release = done.release
    for each in release.under_way():
        yield f"deployment {each.id} to {each.environment} goes on: {each.job_label}  {each.job_url or ''}".rstrip()
    if release.under_way():
        yield f"  next:  relflow watch {release.version}"
        if release.state == HELD:
            yield f"         relflow hold {release.version} --cancel-job -m REASON     cancels its job"
    elif done.deployment is None or done.deployment.kind != "rollback":
        runs = f"  next:  relflow test {release.version}" if done.pipeline else None
        for line in _step(done.recorded[0].event.actor, release, workflow):
            yield f"{line} --wait" if line == runs else line


def _step(actor: Actor, release: Release, workflow: Workflow) -> Iterator[str]:
    """The command that takes the release on, and who can type it where that is not the actor."""
    wanted = waits_for(Case(workflow, release, HoldRelease(""), Facts(at=release.updated_at, actor=actor)))
    step = wanted.next if wanted else way_on(workflow, release)
    who = wanted.who if wanted else ()
    if who and wanted:
        yield f"{release.version} is {wanted.why}"
    elif wanted and _had_a_say(actor, release, workflow):
        who = ("somebody else",)
    if step:
        yield f"  next:  {step}" + (f"     ({either(who)})" if who else "")


def _had_a_say(actor: Actor, release: Release, workflow: Workflow) -> bool:
    """Whether the actor may not approve what the release waits for, as far as that is known without GitLab."""
    place = workflow.environment(awaited(workflow, release))
    if place is None or any(release.rejections_for(place.name)):
        return False
    given = {each.by.gitlab_user_id for each in counted(release, place)}
    return actor.gitlab_user_id in given or is_excluded(place, release, actor.gitlab_user_id)
