"""Time cut into steps for plots: so many as a picture can show.  Pure; times are UTC seconds."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .figures import Series, Timeline, Where

HOUR, DAY = 3600.0, 86_400.0
_STEPS = ((12 * HOUR, HOUR / 4), (2 * DAY, HOUR), (8 * DAY, 6 * HOUR), (100 * DAY, DAY), (400 * DAY, 7 * DAY))
"""Up to so many seconds in all, steps of so many each."""
_MOST = 60
"""Steps of a longer time, each of whole days."""


@dataclass(frozen=True, slots=True)
class Steps:
    """``count`` steps of ``length`` seconds each, the first from ``since`` on."""

    since: float
    length: float
    count: int

    def timeline(self, names: Sequence[str], counted: Iterable[tuple[str, int, int]]) -> Timeline:
        """A series for each name, of what was counted: (name, number of the step, count)."""
        places: Mapping[str, list[int]] = {name: [0] * self.count for name in names}
        for name, step, count in counted:
            places[name][min(max(step, 0), self.count - 1)] += count
        series = tuple(Series(name, tuple(counts)) for name, counts in places.items())
        return Timeline(self.since, self.length, series)


def step_within(seconds: float) -> float:
    """How long a step is where so many seconds are shown."""
    fitting = (step for most, step in _STEPS if seconds <= most)
    return next(fitting, math.ceil(seconds / _MOST / DAY) * DAY)


def steps_of(where: Where, now: float) -> Steps:
    """The steps of the time that is asked for, up to now."""
    seconds = max(min(where.until, now) - where.since, 1.0)
    length = step_within(seconds)
    return Steps(where.since, length, math.ceil(seconds / length))
