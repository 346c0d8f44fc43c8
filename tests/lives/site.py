"""GitLab as it really is in a life: its runners, what people do past relflow, and the truth about every run."""

from dataclasses import dataclass, field

from relflow.core.answers import PlayAnswer
from relflow.core.facts import UNDERWAY
from relflow.core.people import Level
from tests.doubles.gitlab import FakeGitLab
from tests.lives.chance import Chance
from tests.lives.schedule import Schedule
from tests.lives.story import Story

ENDS = {"success": 15, "failed": 4, "canceled": 1}
CLICKS = {"play": 6, "retry": 4, "cancel": 4, "delete": 1, "revoke": 1, "demote": 1, "push": 1}


@dataclass(frozen=True, slots=True)
class Run:
    """A deploy job that really started, and why: `relflow`, `repeated` on the way, `colleague` or `gitlab` itself."""

    job_id: int
    by: str
    cause: str
    at: float
    #: The deployment whose POST it was.
    attempt: int | None = None


@dataclass
class Site:
    """The world, moved by its own events; nothing here asks relflow what happened."""

    world: FakeGitLab
    schedule: Schedule
    chance: Chance
    story: Story
    runs: list[Run] = field(default_factory=list)
    #: When each job that ended did so, those that were deleted since included, and how.
    ends: dict[int, tuple[float, str, str]] = field(default_factory=dict)

    def act(self, verb: str, job_id: int, by: str, cause: str, attempt: int | None = None) -> PlayAnswer:
        """Play, retry or cancel arrives now: what GitLab does and would answer."""
        world, last = self.world, self.world._last_id
        was = world.jobs.get(job_id)
        answer: PlayAnswer = getattr(world, verb)(job_id, by)
        self.story.tell("gitlab", "%s of job %s by %s (%s): %s %s", verb, job_id, by, cause, answer.status, answer.text)
        job = world.jobs.get(last + 1) or world.jobs.get(job_id)
        if job is None or (was is not None and (job.id, job.status) == (was.id, was.status)):
            return answer
        if verb == "cancel":
            self._ended(job_id)
        else:
            self.runs.append(Run(job.id, by, cause, self.schedule.now, attempt))
            self.story.tell("gitlab", "job %s (%s) starts", job.id, job.name)
            if not self.chance.happens(0.03):  # no runner is free for it, as long as anybody looks
                self.schedule.later(self.chance.between(0.5, 20), lambda: self._take(job.id))
        return answer

    def run_for(self, attempt: int) -> list[Run]:
        """The runs that the deployment's own POST started; repeated ones are the network's."""
        return [run for run in self.runs if run.attempt == attempt and run.cause == "relflow"]

    def _take(self, job_id: int) -> None:
        job = self.world.jobs.get(job_id)
        if job is not None and job.status in UNDERWAY:
            self.world.change(job_id, "running")
            takes = self.chance.between(1, 60) if self.chance.happens(0.9) else self.chance.between(60, 2400)
            self.schedule.later(takes, lambda: self.finish(job_id))

    def finish(self, job_id: int, status: str | None = None) -> None:
        """The job ends, if it is under way still."""
        job = self.world.jobs.get(job_id)
        if job is None or job.status not in UNDERWAY:
            return
        self.world.change(job_id, status or self.chance.weighed(ENDS))
        self._ended(job_id)
        # The `retry:` of a .gitlab-ci.yml: a clone in the player's name, which nobody asked for.
        if self.world.jobs[job_id].status == "failed" and self.chance.happens(0.05):
            self.schedule.later(1, lambda: self._retry_by_itself(job_id, job.username or "anna"))

    def _retry_by_itself(self, job_id: int, by: str) -> None:
        if job_id in self.world.jobs:
            self.act("retry", job_id, by, "gitlab")

    def _ended(self, job_id: int) -> None:
        job = self.world.jobs[job_id]
        self.ends[job_id] = (self.schedule.now, job.status, job.commit)
        self.story.tell("gitlab", "job %s (%s) is %s", job_id, job.name, job.status)

    def finish_all(self) -> None:
        """Every job that is under way ends."""
        for job in list(self.world.jobs.values()):
            self.finish(job.id)

    def click(self) -> None:
        """Somebody does something in GitLab's own pages, past relflow."""
        what, who = self.chance.weighed(CLICKS), self.chance.pick(("ben", "dana", "emil"))
        jobs = [job for job in self.world.jobs.values() if job.stage == "deploy"]
        if what in {"play", "retry", "cancel"} and jobs:
            self.act(what, self.chance.pick(jobs).id, who, "colleague")
        elif what == "delete" and jobs:
            self._delete(self.chance.pick(jobs).pipeline_id)
        elif what == "revoke":
            self._say("%s's token is revoked", who)
            self.world.people[who].token_problem = "revoked"
        elif what == "demote":
            self._say("%s is a Reporter now", who)
            self.world.people[who].level = Level.REPORTER
        elif what == "push":
            ref = self.chance.pick(sorted(self.world.refs))
            self._say("the pipeline of %s runs again", ref)
            self.world.push(ref)

    def _delete(self, pipeline_id: int) -> None:
        self._say("pipeline %s is deleted with its jobs", pipeline_id)
        del self.world.pipelines[pipeline_id]
        for job in [each for each in self.world.jobs.values() if each.pipeline_id == pipeline_id]:
            self.world.delete(job.id)

    def _say(self, template: str, *words: object) -> None:
        self.story.tell("gitlab", template, *words)
