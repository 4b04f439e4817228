"""Hits over time as bars of text: hours, days or weeks, whatever fits a page; pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

_MOST_ROWS = 31
PARTS = "▏▎▍▌▋▊▉"
"""The parts of a full character of a bar, by eighths."""
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


class Step(Enum):
    """How long a row is; the value is its name for people."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Row:
    """The hits of one hour, day, week, month or year, which ``label`` names by its begin in UTC."""

    label: str
    failed: int
    successful: int


def histogram(moments: Sequence[tuple[int, bool]]) -> tuple[Step, Sequence[Row]]:
    """Rows without gaps from the first hit to the last; ``moments`` are UTC seconds, with whether the build failed."""
    if not moments:
        return Step.DAY, ()
    ends = [datetime.fromtimestamp(at, UTC) for at in (min(moments)[0], max(moments)[0])]
    step = next((one for one in Step if len(_begins(one, *ends)) <= _MOST_ROWS), Step.YEAR)
    counted = Counter((_begin(step, datetime.fromtimestamp(at, UTC)), failed) for at, failed in moments)
    rows = [Row(_label(step, at), counted[at, True], counted[at, False]) for at in _begins(step, *ends)]
    return step, rows[-_MOST_ROWS:]


def _begins(step: Step, first: datetime, last: datetime) -> Sequence[datetime]:
    """The begins of all rows from the one that holds ``first`` to that of ``last``; no more than are of any use."""
    found = [_begin(step, first)]
    while found[-1] < _begin(step, last) and (len(found) <= _MOST_ROWS or step is Step.YEAR):
        found.append(_next(step, found[-1]))
    return found


def _begin(step: Step, at: datetime) -> datetime:
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    match step:
        case Step.HOUR:
            return day.replace(hour=at.hour)
        case Step.DAY:
            return day
        case Step.WEEK:
            return day - timedelta(days=(day - _MONDAY).days % 7)
        case Step.MONTH:
            return day.replace(day=1)
        case Step.YEAR:
            return day.replace(month=1, day=1)


def _next(step: Step, begin: datetime) -> datetime:
    match step:
        case Step.HOUR:
            return begin + timedelta(hours=1)
        case Step.DAY:
            return begin + timedelta(days=1)
        case Step.WEEK:
            return begin + timedelta(days=7)
        case Step.MONTH:
            return _begin(step, begin + timedelta(days=31))
        case Step.YEAR:
            return begin.replace(year=begin.year + 1)


def _label(step: Step, begin: datetime) -> str:
    match step:
        case Step.HOUR:
            return f"{begin:%Y-%m-%d %H:00}"
        case Step.MONTH:
            return f"{begin:%Y-%m}"
        case Step.YEAR:
            return f"{begin:%Y}"
        case _:
            return f"{begin:%Y-%m-%d}"


def bar(count: int, most: int, width: int) -> str:
    """A bar of at most ``width`` characters, to an eighth of one; what is not nothing can be seen."""
    if not count or not most:
        return ""
    eighths = max(round(count / most * width * 8), 1)
    return "█" * (eighths // 8) + (PARTS[eighths % 8 - 1] if eighths % 8 else "")
