"""What goes wrong in a life, and how often: chosen once, at its beginning."""

from dataclasses import dataclass

from tests.lives.chance import Chance


@dataclass(frozen=True, slots=True)
class Weather:
    """Probabilities for each read, POST, pause of a process and transaction; how many clicks past relflow."""

    reads: float = 0.0
    posts: float = 0.0
    processes: float = 0.0
    store: float = 0.0
    clicks: int = 0
    wrong_clocks: float = 0.0
    #: POSTs arrive when the quiet period is over, too: the promise is a weaker one then.
    beyond: bool = False


#: How every life ends.
STILL = Weather()


def forecast(chance: Chance) -> Weather:
    """The weather of one life: most are rough, some calm, some a storm; one in eight goes beyond the quiet period."""
    beyond = chance.happens(1 / 8)
    kind = chance.weighed({"calm": 2, "rough": 3, "storm": 1})
    if kind == "calm":
        return Weather(0.002, 0.1, 0.001, 0.002, chance.count(0, 1), 0.1, beyond)
    if kind == "rough":
        return Weather(0.02, 0.4, 0.008, 0.01, chance.count(0, 3), 0.3, beyond)
    return Weather(0.08, 0.7, 0.03, 0.04, chance.count(1, 6), 0.5, beyond)
