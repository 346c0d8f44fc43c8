"""The way between a machine and GitLab: reads that fail, and POSTs of which anything may become."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from relflow.core.answers import PlayAnswer
from relflow.core.errors import GitLabError
from relflow.core.facts import Job
from relflow.service.ports import Identity
from tests.doubles.gitlab import NO_ANSWER, FakeConnection
from tests.lives.machine import Machine
from tests.lives.site import Site
from tests.lives.witness import Attempt, Process, Witness

READ_FAULTS = {"timeout": 4, "502": 4, "429": 2, "403": 1, "401": 1, "truncated": 2}
#: What becomes of a POST: whether it takes effect stands first.
POST_FAULTS = {
    "done, answer lost": 5,
    "done, 502": 2,
    "done, 400": 1,
    "done, page": 1,
    "late": 5,
    "twice": 2,
    "lost": 3,
    "lost, 502": 2,
    "lost, 429": 2,
    "lost, 403": 1,
    "lost, 401": 1,
    "lost, page": 1,
    "lost, 200": 1,
    "never sent": 1,
}
#: How long relflow waits for an answer, and how long a POST is on its way at most that is not beyond the quiet period:
#: ten minutes, less the one in which it leaves, less the ways and waits of those who look.
TIMEOUT_S, LATEST_S = 60.0, 480.0
FAR_BEYOND_S = 7200.0


class Line:
    """The GitLab port of one process: reads that fail, and POSTs of which anything may become."""

    def __init__(self, machine: Machine, process: Process, site: Site, witness: Witness) -> None:
        self._machine, self._process, self._site, self._witness = machine, process, site, witness
        self._end: FakeConnection = site.world.connect(process.who)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._read, name)

    def _read(self, name: str, *args: object) -> Any:
        machine = self._machine
        machine.pause(self._process, machine.chance.between(0.02, 0.4))
        failing = machine.fails(machine.weather.reads)
        answer, said = getattr(self._end, name)(*args), self._site.world.clock.now()
        if failing:
            self._fail(name)
        machine.pause(self._process, machine.chance.between(0.02, 0.2))
        if isinstance(answer, Identity):
            ahead = timedelta(seconds=machine.clock.ahead)
            return replace(answer, clock_ahead=ahead, gitlab_at=said)
        self._note(answer)
        return answer

    def _fail(self, name: str) -> None:
        what = self._machine.chance.weighed(READ_FAULTS)
        self._machine.story.counts[f"fault GET {what}"] += 1
        self._machine.story.tell("network", "%s of %s: %s", name, self._process.who, what)
        if what in {"timeout", "truncated"}:
            self._machine.pause(self._process, TIMEOUT_S)
        raise GitLabError(f"GitLab: {what}", status=int(what) if what.isdigit() else None)

    def _note(self, answer: object) -> None:
        for job in answer if isinstance(answer, tuple) else (answer,):
            if isinstance(job, Job):
                self._process.seen[job.id] = job.status

    def play(self, project: int, job_id: int) -> PlayAnswer:
        """One POST leaves."""
        return self._post("play", job_id, self._witness.sent(self._process, "play", job_id))

    def retry(self, project: int, job_id: int) -> PlayAnswer:
        """One POST leaves."""
        return self._post("retry", job_id, self._witness.sent(self._process, "retry", job_id))

    def cancel(self, project: int, job_id: int) -> PlayAnswer:
        """One POST leaves; it starts nothing."""
        return self._post("cancel", job_id, None)

    def _post(self, verb: str, job_id: int, attempt: Attempt | None) -> PlayAnswer:
        machine = self._machine
        machine.story.counts[f"POST {verb}"] += 1
        fate = machine.chance.weighed(POST_FAULTS) if machine.fails(machine.weather.posts) else "done"
        machine.story.tell(self._process.who, "POST %s of job %s leaves (%s)", verb, job_id, fate)
        if fate != "done":
            machine.story.counts[f"fault POST {fate}"] += 1
        if fate == "late":
            return self._late(verb, job_id, attempt)
        machine.schedule.pause(machine.chance.between(0.02, 0.4))
        answer = self._answer(fate, verb, job_id, attempt)
        if answer.status is None and answer.was_sent:
            machine.pause(self._process, TIMEOUT_S)
        machine.pause(self._process, machine.chance.between(0.02, 0.2))
        return answer

    def _answer(self, fate: str, verb: str, job_id: int, attempt: Attempt | None) -> PlayAnswer:
        effect, _, shown = fate.partition(", ")
        problem = self._end.person.token_problem
        if fate == "never sent":
            return PlayAnswer(None, None, "connection refused", was_sent=False)
        if problem:
            return PlayAnswer(401, None, f"Token is {problem}")
        if fate == "lost, 200":
            return self._lie(verb, job_id)
        answer = self._arrive(verb, job_id, attempt, "relflow") if effect in {"done", "twice"} else NO_ANSWER
        if effect == "twice":
            self._machine.schedule.later(
                self._machine.chance.between(0.01, 30), lambda: self._arrive(verb, job_id, attempt, "repeated")
            )
        if shown in {"", "answer lost"}:
            return answer if not shown else NO_ANSWER
        return PlayAnswer(200, None, "<html>") if shown == "page" else PlayAnswer(int(shown), None, shown)

    def _late(self, verb: str, job_id: int, attempt: Attempt | None) -> PlayAnswer:
        machine = self._machine
        beyond = machine.weather.beyond and machine.chance.happens(0.5)
        delay = machine.chance.between(TIMEOUT_S, FAR_BEYOND_S if beyond else LATEST_S)
        machine.schedule.later(delay, lambda: self._arrive(verb, job_id, attempt, "relflow"))
        machine.pause(self._process, TIMEOUT_S)
        return NO_ANSWER

    def _arrive(self, verb: str, job_id: int, attempt: Attempt | None, cause: str) -> PlayAnswer:
        answer = self._site.act(verb, job_id, self._process.who, cause, attempt.id if attempt else None)
        if attempt is not None and cause == "relflow":
            self._witness.arrived(attempt, in_time=not self._machine.weather.beyond)
        return answer

    def _lie(self, verb: str, job_id: int) -> PlayAnswer:
        """GitLab says yes and forgets it, as after a failover of its database."""
        job, person = self._site.world.jobs.get(job_id), self._end.person
        if job is None:
            return PlayAnswer(404, None, "Not found")
        shown = replace(job, status="pending", user_id=person.user_id, username=person.username)
        if verb == "retry":
            return PlayAnswer(201, replace(shown, id=self._site.world._last_id + 100), "pending")
        return PlayAnswer(200, shown, "pending")
