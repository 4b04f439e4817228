"""Counts over time as the geometry of a picture: bars, axes and words, for templates to put in place.  Pure."""

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gerritbot_er.insight.figures import Timeline

from .words import number

HOUR, DAY = 3600.0, 86_400.0
MOST_LABELS = 4
GAP = 0.15
"""The share of its place that a bar leaves free."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at so many percent of an axis; ``anchor`` is the side by which it stands there."""

    at: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a bar, in percent of the area from its top left corner; ``told`` is what it says."""

    series: int
    x: float
    y: float
    width: float
    height: float
    told: str


@dataclass(frozen=True, slots=True)
class Row:
    """The counts of one step, in the order of the series."""

    begin: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Bars with their axes; ``each`` says how long a step is, ``told`` the whole in a sentence, ``rows`` all of it.

    ``several``: the bars are of more than one series.
    """

    bars: tuple[Bar, ...]
    up: tuple[Tick, ...]
    along: tuple[Tick, ...]
    rows: tuple[Row, ...]
    each: str
    told: str
    several: bool


@dataclass(frozen=True, slots=True)
class Spark:
    """An area of ``width`` by 1, as the path of an SVG."""

    width: int
    path: str
    told: str


def bars(timeline: Timeline) -> Drawn:
    """Stacked bars, the first series lowest."""
    sums = timeline.sums
    top, step = _scale(max(sums, default=0))
    return Drawn(
        bars=tuple(_bars(timeline, top)),
        up=tuple(Tick(_share(top - value, top), number(value)) for value in range(0, top + 1, step)),
        along=tuple(_along(timeline)),
        rows=tuple(_rows(timeline)),
        each=f"each {_length(timeline.step)}",
        told=_told(timeline, sums),
        several=sum(any(series.counts) for series in timeline.series) > 1,
    )


def sparkline(timeline: Timeline) -> Spark:
    """The sums of all series in small."""
    sums = timeline.sums
    top = max(sums, default=0) or 1
    steps = "".join(f"V{1 - value / top:.3g}h1" for value in sums)
    return Spark(len(sums), f"M0 1{steps}V1z", _told(timeline, sums))


def _bars(timeline: Timeline, top: int) -> Iterator[Bar]:
    steps = len(timeline.sums)
    for at in range(steps):
        below = 0
        for place, series in enumerate(timeline.series):
            value = series.counts[at]
            if not value:
                continue
            below += value
            told = f"{_begin(timeline, at)}: {number(value)} {series.name}"
            left, width = (at + GAP / 2) / steps, (1 - GAP) / steps
            yield Bar(
                place,
                _share(left, 1),
                _share(top - below, top),
                _share(width, 1),
                _share(value, top),
                told,
            )


def _rows(timeline: Timeline) -> Iterator[Row]:
    for at in range(len(timeline.sums)):
        yield Row(_begin(timeline, at), tuple(series.counts[at] for series in timeline.series))


def _along(timeline: Timeline) -> Iterator[Tick]:
    """Labels below a few bars, the first and the last among them."""
    steps = len(timeline.sums)
    labels = min(MOST_LABELS, steps)
    for label in range(labels):
        at = round(label * (steps - 1) / max(labels - 1, 1))
        begin = dt.datetime.fromtimestamp(timeline.since + at * timeline.step, dt.UTC)
        text = begin.strftime("%H:%M") if timeline.step < HOUR * 2 else begin.strftime("%b %-d")
        if label == 0:
            yield Tick(0, text, "start")
        elif label == labels - 1:
            yield Tick(100, text, "end")
        else:
            yield Tick(_share(at + 0.5, steps), text)


def _scale(highest: int) -> tuple[int, int]:
    """The top of an axis that holds this value, and the step between its labels: at most five of them, all round."""
    rough = max(highest, 1) / 4
    size = 10 ** max(math.floor(math.log10(rough)), 0)
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    return step * math.ceil(max(highest, 1) / step), step


def _share(part: float, whole: float) -> float:
    return round(100 * part / whole, 3)


def _begin(timeline: Timeline, at: int) -> str:
    begin = dt.datetime.fromtimestamp(timeline.since + at * timeline.step, dt.UTC)
    return begin.strftime("%Y-%m-%d" if timeline.step >= DAY else "%Y-%m-%d %H:%M")


def _length(seconds: float) -> str:
    for size, unit in ((DAY, "day"), (HOUR, "hour"), (60.0, "minute")):
        if seconds >= size:
            many = round(seconds / size)
            return unit if many == 1 else f"{many} {unit}s"
    return f"{seconds:.0f} seconds"


def _told(timeline: Timeline, sums: Sequence[int]) -> str:
    if not any(sums):
        return "none"
    most = max(range(len(sums)), key=sums.__getitem__)
    return f"{number(sum(sums))} in all, the most {_begin(timeline, most)}: {number(sums[most])}"
