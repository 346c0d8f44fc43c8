"""The `eventsourcing` library: a release is an aggregate, loaded from its events and saved with each transition."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from benchmarks.contenders.walk import PRAGMAS, STATES, WAYS, Walk, Walker


class Release(Aggregate):
    """A release by its state; each event says what was told of the transition."""

    def __init__(self, name: str, told: str) -> None:
        self.name, self.told, self.state = name, told, STATES[0]

    @staticmethod
    def create_id(name: str) -> UUID:
        """The same for the same version, so that it is found without a table."""
        return uuid5(NAMESPACE_URL, name)

    @event("Moved")
    def move(self, trigger: str, told: str) -> None:
        """Follow the table, and keep what was told."""
        source, target = WAYS[trigger]
        if self.state != source:
            raise ValueError(trigger)
        self.state, self.told = target, told


def opened(folder: Path) -> Walker:
    """An application on SQLite, its connections set as relflow's are."""
    file = folder / "events.db"
    application: Any = Application(env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(file)})
    with application.factory.datastore.get_connection(commit=True) as connection:
        for pragma in PRAGMAS:
            connection.cursor().execute(f"PRAGMA {pragma}")

    def ready(walk: Walk) -> Callable[[], None]:
        told = [(move.trigger, move.records) for move in walk.moves]

        def make() -> None:
            application.save(Release(walk.version, told[0][1]))
            for trigger, records in told[1:]:
                release = application.repository.get(Release.create_id(walk.version))
                release.move(trigger, records)
                application.save(release)

        return make

    return ready
