"""What must be true in every life, by the names of the design: judged by GitLab's own truth and by the records.

I14 is in the test of lives, which compares them with those of right clocks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from relflow.core import events as e
from relflow.service.app import Done
from relflow.service.ports import Recorded
from relflow.service.sending import SENT_WITHIN
from tests.lives.broken import Broken
from tests.lives.site import ENDS, Site
from tests.lives.story import Story


@dataclass(slots=True)
class Attempt:
    """A deployment as its records tell it, and the POSTs that left for it."""

    id: int
    environment: str
    #: Who asked, and who took it over since: any of their POSTs may have started its job.
    by: list[str]
    job_id: int = 0
    #: The job that an answer to its POST showed.
    shown: int = 0
    #: How often a play was announced.
    armed: int = 0
    outcome: str | None = None
    #: Its job, once its end was seen.
    jobs: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Process:
    """One command on one machine: what it did for which deployment, and what GitLab's GETs showed to it."""

    number: int
    who: str
    command: str
    attempt: int | None = None
    #: The epoch under which this process announced its play, and the POSTs that it sent since.
    epoch: int = 0
    posts: int = 0
    #: Statuses by job, as a GET showed them; an answer to a POST is none.
    seen: dict[int, str] = field(default_factory=dict)
    jumped: bool = False
    interrupted: bool = False


@dataclass
class Witness:
    """Sees every commit, every POST and every end of a command."""

    site: Site
    story: Story
    #: How many records there were before the life began.
    first: int
    log: list[Recorded] = field(default_factory=list)
    attempts: dict[int, Attempt] = field(default_factory=dict)
    #: Drifts by the job that they name, those that were accepted included.
    drifted: dict[int, int] = field(default_factory=dict)

    def committed(self, process: Process, records: Iterable[Recorded]) -> None:
        """These records are in the log now."""
        for record in records:
            if record.seq != self.first + len(self.log) + 1:
                raise Broken("I6", f"record {record.seq} follows record {self.first + len(self.log)}")
            self.log.append(record)
            event = record.event
            self.story.counts[f"record {event.name}"] += 1
            if self.story.is_told:
                self.story.tell(process.who, "  record %s: %s %s", record.seq, event.name, told(event))
            self._judge(process, event)

    def _judge(self, process: Process, event: e.Event) -> None:
        match event:
            case e.DeploymentRequested():
                self._requested(process, event)
            case e.DeploymentTakenOver():
                self._taken_over(event)
            case e.PlayRequested():
                self._armed(process, event)
            case e.PlayAccepted() | e.PlayUnknown() | e.PlayRefused():
                self._answered(process, event)
            case e.DeploymentSettled():
                self._settled(process, event)
            case e.ReleaseDeployed():
                self._deployed(event)
            case e.DriftDetected():
                self._drifted(event)

    def _requested(self, process: Process, event: e.DeploymentRequested) -> None:
        if others := [each.id for each in self.open() if each.environment == event.environment]:
            raise Broken("I1", f"deployments {others[0]} and {event.deployment_id} to {event.environment} are open")
        self.attempts[event.deployment_id] = Attempt(event.deployment_id, event.environment or "", [event.actor.name])
        if event.kind != "foreign":  # which is recorded with its end, as somebody's who never asked
            process.attempt = event.deployment_id
            process.seen.clear()  # what was seen before it was requested is no look before the play

    def _taken_over(self, event: e.DeploymentTakenOver) -> None:
        attempt = self.attempts[event.deployment_id]
        if event.epoch != len(attempt.by) + 1:
            raise Broken("I7", f"epoch {event.epoch} of deployment {attempt.id} follows epoch {len(attempt.by)}")
        attempt.by.append(event.actor.name)

    def _armed(self, process: Process, event: e.PlayRequested) -> None:
        attempt = self.attempts[event.deployment_id]
        attempt.armed, attempt.job_id = attempt.armed + 1, event.job_id
        process.attempt, process.epoch, process.posts = attempt.id, len(attempt.by), 0
        if attempt.armed > process.epoch:
            raise Broken("I3", f"deployment {attempt.id} was armed twice in one epoch")

    def _answered(self, process: Process, event: e.PlayAccepted | e.PlayUnknown | e.PlayRefused) -> None:
        attempt = self.attempts[event.deployment_id]
        if process.epoch < len(attempt.by):
            raise Broken("I7", f"{event.name} of epoch {process.epoch} is recorded in epoch {len(attempt.by)}")
        if isinstance(event, e.PlayAccepted):
            attempt.shown = event.job_id or 0

    def _settled(self, process: Process, event: e.DeploymentSettled) -> None:
        attempt = self.attempts[event.deployment_id]
        if attempt.outcome is not None:
            raise Broken("I10", f"deployment {attempt.id} was settled twice")
        attempt.outcome = event.outcome
        self.story.counts[f"deployment {event.outcome}"] += 1
        if event.outcome == "abandoned":
            attempt.jobs |= {attempt.shown or attempt.job_id} if event.job_status in ENDS else set()
            return
        job = event.job_id or 0
        attempt.jobs.add(job)
        if process.seen.get(job) != event.outcome:
            raise Broken("I5", f"deployment {attempt.id} is {event.outcome}, and no GET showed job {job} so")
        ended = self.site.ends.get(job)
        if ended is None or ended[1:] != (event.outcome, event.commit):
            raise Broken("I4", f"deployment {attempt.id} is {event.outcome} at {event.commit}, and job {job}: {ended}")

    def _deployed(self, event: e.ReleaseDeployed) -> None:
        if self.attempts[event.deployment_id].outcome != "success":
            raise Broken(
                "I4", f"{event.release} is deployed by deployment {event.deployment_id}, which did not succeed"
            )

    def _drifted(self, event: e.DriftDetected) -> None:
        if event.job_id in self.drifted:
            raise Broken("I11", f"job {event.job_id} is a drift twice")
        self.drifted[event.job_id or 0] = event.drift_id

    def open(self) -> list[Attempt]:
        """The deployments whose end is not recorded."""
        return [each for each in self.attempts.values() if each.outcome is None]

    def sent(self, process: Process, verb: str, job_id: int) -> Attempt:
        """A play or retry leaves the machine: for a deployment that was armed for this job, and for no second time."""
        attempt = self.attempts.get(process.attempt or 0)
        if attempt is None or not process.epoch or attempt.job_id != job_id:
            raise Broken("I2", f"a {verb} of job {job_id} leaves, and no play_requested of it is committed")
        process.posts += 1
        if process.posts > 1:
            raise Broken("I3", f"a second POST leaves for deployment {attempt.id}")
        self._looked(process, verb, job_id)
        return attempt

    def _looked(self, process: Process, verb: str, job_id: int) -> None:
        """A look since the request showed a job that the POST starts; and it is so young that it may be believed."""
        shown, ended = process.seen.get(job_id), self.site.ends.get(job_id)
        if shown not in STARTS[verb]:
            raise Broken("I3", f"a {verb} of job {job_id} leaves, and the look since it was requested shows: {shown}")
        if verb == "retry" or ended is None or process.jumped:  # a clock that was set meanwhile cannot tell its age
            return
        since = self.site.schedule.now - ended[0]
        if since > SENT_WITHIN.total_seconds():
            raise Broken("I3", f"a play of job {job_id} leaves {since:.0f} s after it was {ended[1]}")

    def arrived(self, attempt: Attempt, *, in_time: bool) -> None:
        """The POST of an attempt did what it did in GitLab; beyond the quiet period the promise is a weaker one."""
        runs = self.site.run_for(attempt.id)
        if len(runs) > 1 and in_time:
            raise Broken("I3", f"deployment {attempt.id} started jobs {[run.job_id for run in runs]}")
        if runs and attempt.outcome == "abandoned" and in_time:
            raise Broken("I3", f"deployment {attempt.id} was given up, and now its POST started job {runs[0].job_id}")

    def ended(self, process: Process, result: object) -> None:
        """A command ended: what it says it wrote is there, and what it may have started is not passed over."""
        for done in result if isinstance(result, list) else [result]:
            for record in done.recorded if isinstance(done, Done) else ():
                place = record.seq - self.first - 1
                if not 0 <= place < len(self.log) or self.log[place].event != record.event:
                    raise Broken("I8", f"{process.command} says it wrote record {record.seq}, which is not there")

    def failed(self, process: Process, how: str) -> None:
        """A command ended with an error or an interruption: then it has no play on its way."""
        attempt = self.attempts.get(process.attempt or 0)
        if attempt is not None and process.epoch and attempt.outcome is None:
            raise Broken("exit 5", f"{process.command} ended with {how}, and deployment {attempt.id} is open and armed")

    def at_rest(self) -> None:
        """After the last reconcile and what it named: no deployment is open, and each run is one's own or a drift."""
        if left := self.open():
            raise Broken("I9", f"deployment {left[0].id} is open, and nothing closes it")
        accounted = self._accounted()
        for run in self.site.runs:
            self.story.counts[f"run {run.cause}"] += 1
            job = self.site.world.jobs.get(run.job_id)
            if job is None or job.started_at is None:  # it is gone with its pipeline, or never ran
                continue
            by = accounted.get(run.job_id, [])
            if run.by not in by and run.job_id not in self.drifted:
                whose = f"accounted for by {', '.join(by)}" if by else "nobody's"
                raise Broken("I11", f"job {run.job_id} was started by {run.by}, is {whose}, and no drift names it")

    def _accounted(self) -> dict[int, list[str]]:
        """By job: who asked for the deployment whose end it is, or which was given up when the job was seen to end."""
        return {job: each.by for each in self.attempts.values() for job in each.jobs}


#: What a look must show before each kind of POST.
STARTS = {"play": {"manual"}, "retry": {"success", "failed", "canceled"}}
#: The fields of events that say what happened; the others are words for people, which may be reworded.
FACTS = (
    *("deployment_id", "kind", "attempt", "epoch", "job_id", "base_job", "job_status", "played_by", "outcome"),
    *("drift_id", "status", "trigger"),
)


def told(event: e.Event) -> str:
    """What happened, without a word of prose: release, environment, states, ids, outcome."""
    common = (event.release, event.revision, event.environment, event.source, event.target)
    own = (f"{name}={value}" for name in FACTS if (value := getattr(event, name, None)) is not None)
    return " ".join([*("-" if each is None else str(each) for each in common), *own])
