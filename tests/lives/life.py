"""One life: a few people, their machines, a store and GitLab, from an opening to the rest after the last reconcile."""

import hashlib
from dataclasses import dataclass

from relflow.core.errors import RelflowError, SetupError
from relflow.core.facts import Job
from relflow.core.people import Member
from relflow.service.app import App
from relflow.service.reconciling import Reconciled
from tests.lives.broken import Broken, Killed
from tests.lives.chance import Chance
from tests.lives.ending import end
from tests.lives.machine import Desk, Machine, Watch
from tests.lives.network import Line
from tests.lives.openings import OPENINGS, in_memory, memory_of
from tests.lives.people import NAMES, Asked, choose
from tests.lives.schedule import Schedule, TrueClock
from tests.lives.site import Site
from tests.lives.stores import Stores
from tests.lives.story import Story
from tests.lives.weather import forecast
from tests.lives.witness import Process, Witness, told


@dataclass(frozen=True, slots=True)
class Ear:
    """A listener that keeps what it was told where the story is."""

    story: Story
    who: str

    def note(self, text: str) -> None:
        """A line of the command."""
        self.story.tell(self.who, "  %s", text)

    def proven(self, log: str, member: Member | None) -> None:
        """Nothing: who acted stands in the records."""

    def watching(self, job: Job) -> None:
        """Nothing: GitLab tells how its jobs go on."""


class Life:
    """A life of one seed, kept in the store that `stores` opens for its opening."""

    def __init__(self, seed: int, stores: Stores, *, is_told: bool = False, right_clocks: bool = False) -> None:
        self.seed, self.chance, self.schedule = seed, Chance(seed), Schedule()
        self.story = Story(self.schedule, is_told)
        self.weather, self.right_clocks = forecast(self.chance), right_clocks
        self.name = name = self.chance.pick(tuple(OPENINGS))
        self._stores = stores
        self.clock = TrueClock(self.schedule)
        opening, self.store = stores.opened(name, self.clock)
        self.wanted = opening.wanted
        world = opening.world.copy(TrueClock(self.schedule))
        self.site = Site(world, self.schedule, self.chance, self.story)
        self.witness = Witness(self.site, self.story, len(memory_of(in_memory(name)).records))
        self.machines: dict[str, Machine] = {}
        self.processes = 0
        self.story.tell("life", "seed %s, %s: %s", seed, name, self.weather)

    def run(self) -> None:
        """From its beginning to its end. Raises Broken where an invariant does not hold."""
        for _ in range(self.chance.count(2, 4)):
            self._arrive(self.chance.weighed(NAMES))
        for _ in range(self.weather.clicks):
            self.schedule.later(self.chance.between(0, 300), self.site.click)
        self.schedule.run()
        end(self)

    def _arrive(self, who: str) -> None:
        if who not in self.machines:
            machine = self.machines[who] = Machine(who, self.schedule, self.chance, self.story, self.weather)
            machine.is_right = self.right_clocks
            if self.chance.happens(self.weather.wrong_clocks):
                machine.set_clock()
        commands = self.chance.count(1, 4)
        self.schedule.begin(self.chance.between(0, 30), lambda: self._day(self.machines[who], commands))

    def _day(self, machine: Machine, commands: int) -> None:
        for _ in range(commands):
            self.ask(machine, choose(self))
            longest = self.chance.pick((1.0, 10.0, 120.0, 900.0))
            self.schedule.pause(self.chance.between(0, longest))

    def ask(self, machine: Machine, asked: Asked) -> object:
        """One process: a command from its first request to its end, whatever end; the result, if it had one."""
        line, act = asked
        self.processes += 1
        process = Process(self.processes, machine.who, line)
        self.story.counts["command"] += 1
        self.story.counts[f"command {line.partition(' ')[0]}"] += 1
        self.story.tell(machine.who, "$ relflow %s", line)
        try:
            result = act(self._app(machine, process))
        except Killed:
            return None
        except KeyboardInterrupt:
            if not process.interrupted:
                raise
            self._failed(process, "Ctrl-C")
            return None
        except SetupError as exc:
            raise Broken("I1", f"only the database kept it from happening: {exc}") from exc
        except RelflowError as exc:
            self._failed(process, f"{type(exc).__name__}: {exc}")
            return None
        except Broken:
            raise
        except Exception as exc:
            raise Broken("no traceback", f"{line}: {type(exc).__name__}: {exc}") from exc
        self._tell(process, result)
        self.witness.ended(process, result)
        return result

    def _app(self, machine: Machine, process: Process) -> App:
        desk = Desk(machine, process, self.store, self.clock, self.witness)
        line = Line(machine, process, self.site, self.witness)
        return App(desk, line, Watch(machine, process), Ear(self.story, machine.who), None)

    def _failed(self, process: Process, how: str) -> None:
        self.story.tell(process.who, "%s ends: %s", process.command, how)
        self.witness.failed(process, how)

    def _tell(self, process: Process, result: object) -> None:
        if not self.story.is_told:
            return
        for each in (
            result.results if isinstance(result, Reconciled) else result if isinstance(result, list) else [result]
        ):
            kind, trouble = type(each).__name__, getattr(each, "trouble", None)
            words = (trouble.what, *trouble.why, *trouble.next_step) if trouble else ()
            words = words or tuple(str(gate.why) for gate in getattr(each, "refusals", ())) or getattr(each, "why", ())
            self.story.tell(process.who, "%s: %s %s", process.command, kind, " | ".join(map(str, words)))

    def records(self) -> tuple[bytes, ...]:
        """The whole log as it is kept, the opening's included."""
        return self._stores.records(self.store)

    def happened(self) -> list[str]:
        """What was recorded, a line each, without its time and place in the log."""
        return [f"{each.event.name} {each.event.actor.id} {told(each.event)}" for each in self.witness.log]

    def digest(self) -> bytes:
        """What happened, as a sha-256: every record's facts and every run, and no word that may be reworded."""
        lines = [f"{each.seq} {each.event.at.timestamp()}" for each in self.witness.log]
        lines += self.happened()
        lines += [f"{run.job_id} {run.by} {run.cause} {run.at:.6f}" for run in self.site.runs]
        lines += [f"{job} {end[1]} {end[0]:.6f}" for job, end in self.site.ends.items()]
        return hashlib.sha256("\n".join(lines).encode()).digest()
