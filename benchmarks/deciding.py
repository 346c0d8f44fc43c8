"""(g) Decisions of the core, every gate of a deployment asked, against a bare machine; and what `why` itself takes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import reduce
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time
from typing import Any

from transitions import Machine

from benchmarks.life import ANNA, BEN, DANA, MEMBERS, WORKFLOW, Life, World
from benchmarks.measuring import Result, in_turns, ratio
from benchmarks.served import Served
from relflow.core.authors import Authorship
from relflow.core.commands import Command, DeployRelease
from relflow.core.decide import decide
from relflow.core.decision import Accepted
from relflow.core.evolve import evolve
from relflow.core.facts import EnvironmentFacts, Facts
from relflow.core.machine import Probe, event_name
from relflow.core.people import Actor
from relflow.core.release import Release
from relflow.core.workflow import Approvers, Waivable, approved, rules, states
from relflow.service.app import App
from relflow.service.explaining import why

GOAL, OWN_MS = 0.2, 50
_PROD = replace(
    WORKFLOW.environments[-1],
    four_eyes=("creator", "author", "deployer"),
    soak="24h",
    window=("Mon-Fri 08:00-16:00",),
    timezone="Europe/Berlin",
    waivable=(Waivable("soaked", Approvers(None, (ANNA.name,))),),
    break_glass=True,
)
#: Everything that the policy of an environment can ask for.
STRICT = replace(WORKFLOW, environments=(WORKFLOW.environments[0], _PROD))


def results(folder: Path, *, quick: bool) -> Iterator[Result]:
    """The same deployment to production, decided again and again in one process; and asked about."""
    times, rounds = (100, 1) if quick else (2000, 9)
    found = in_turns({"relflow": _rate(_asked(), times), "bare": _rate(_bare(), times)}, rounds)
    detail = " : ".join(f"{median(rates):,.0f}" for rates in found.values()) + " a second"
    yield Result("decisions: all gates, to bare `transitions`", ratio(*found.values()), GOAL, False, detail)
    with Served(folder, 2) as project:
        version = project.tested()
        spent = [_own_ms(project.app, version) for _ in range(1 if quick else 15)]
    yield Result("`why VERSION deploy`: its own time", median(spent), OWN_MS, True, "beside start and GitLab", "ms")


def _own_ms(app: App, version: str) -> float:
    """The processor time of this thread, which waits while GitLab answers."""
    began = thread_time()
    assert why(app, version, "deploy").verdicts  # noqa: S101 - it was judged
    return 1000 * (thread_time() - began)


def _rate(once: Callable[[], None], times: int) -> Callable[[], float]:
    def rate() -> float:
        began = perf_counter()
        for _ in range(times):
            once()
        return times / (perf_counter() - began)

    return rate


def _asked() -> Callable[[], None]:
    world = World()
    life = _Strict(1, world)
    life.create()
    life.test()
    life.approve("dev", DANA)
    life.deploy("dev")
    life.approve("prod", ANNA, BEN)
    world.at += timedelta(days=1, hours=4)  # it has soaked, and the window is open
    life.deploy("prod")
    asked = life.asked

    def once() -> None:
        assert isinstance(decide(STRICT, *asked), Accepted)  # noqa: S101 - every gate holds

    return once


def _bare() -> Callable[[], None]:
    begins = approved("prod")
    machine = Machine(model=None, states=list(states(STRICT)), initial=begins, auto_transitions=False)
    for rule in rules(STRICT):
        machine.add_transition(event_name(rule.trigger, rule.environment), rule.source, rule.target)
    event, probe = machine.events[event_name("deploy", "prod")], Probe(begins)

    def once() -> None:
        probe.state = begins
        assert event.trigger(probe)  # noqa: S101 - nothing is asked

    return once


class _Strict(Life):
    """A life under the strict policy, of commits by somebody else; it keeps what the last deployment was asked with."""

    asked: tuple[Release | None, DeployRelease, Facts]

    def ask(self, who: Actor, command: Command, **known: Any) -> None:
        """Decide, and fold."""
        before = EnvironmentFacts(brought=self.world.live.get("dev"))
        written = Authorship(frozenset({"own@example.org"}), ((self.commit, frozenset({"emil@example.org"})),))
        read = {"environment_before": before, "authorship": written, **known}
        facts = Facts(at=self.world.later(), actor=who, members=MEMBERS, **read)
        if isinstance(command, DeployRelease):
            self.asked = self.release, command, facts
        decision = decide(STRICT, self.release, command, facts)
        assert isinstance(decision, Accepted), decision  # noqa: S101 - every gate holds
        self.release = reduce(evolve, decision.events, self.release)
