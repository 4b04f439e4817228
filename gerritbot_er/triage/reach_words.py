"""How far a failure reaches, in words: whether other changes have it, and whether it is an outage.  Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from gerritbot_er.model import Failure, Outage, Reach

OUTAGE = "This is an outage"
WAIT_FOR_END = (
    "What to do: wait until it is over, then run CI again; until then it will most likely fail in the same way."
)
ALONE = "Seen only on this change so far."
SHOWN = 3
"""Bugs of which is told how many other changes they hit."""
_DAY = 86_400
_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def reach_lines(named: Sequence[tuple[str, Reach]], outages: Mapping[Failure, Outage], bugs: int) -> list[str]:
    """What is known of the failures of a comment on so many bugs, with their titles: two lines at most."""
    lasting = [(title, outages[reach.failure]) for title, reach in named if reach.failure in outages]
    others = [(title, reach) for title, reach in named if reach.failure not in outages]
    lines = []
    if lasting:
        title, outage = max(lasting, key=lambda one: one[1].changes)
        lines.append(outage_line(outage) if bugs == 1 else f"{outage_line(outage)[:-1]}: {title}.")
    if others:
        lines.append(_reach_line(others[0][1]) if bugs == 1 else _reaches_line(others))
    return [line for line in lines if line]


def outage_line(outage: Outage) -> str:
    """One sentence."""
    return f"{OUTAGE} since {utc(outage.since, outage.last)}, {outage.changes:,} changes hit."


def _reach_line(reach: Reach) -> str:
    """One sentence; "" where nothing is known."""
    if reach.others:
        return f"The same failure hit {changes_in_words(reach.others)} in the last 24 hours."
    if reach.others is None:
        return ""
    return ALONE if reach.alone else "It hit no other change in the last 24 hours."


def _reaches_line(named: Sequence[tuple[str, Reach]]) -> str:
    """The same of several failures by their titles: those that hit other changes lately."""
    hit = [f"{title} ({changes_in_words(reach.others)})" for title, reach in named if reach.others]
    if hit:
        return f"Seen elsewhere in the last 24 hours: {'; '.join(hit[:SHOWN])}."
    return ALONE if all(reach.alone for _, reach in named) else ""


def elsewhere_words(reach: Reach) -> str:
    """Of a failure without a known bug that other changes have."""
    return f"no known bug, but the same failure hit {changes_in_words(reach.others or 0)} in the last 24 hours"


def nth_time(repeats: int) -> str:
    """How often something is said, that was said so often before."""
    return {1: "the second time", 2: "the third time"}.get(repeats, f"time {repeats + 1}")


def changes_in_words(others: int) -> str:
    """``1 other change``, ``14 other changes``."""
    return f"{others:,} other change{'' if others == 1 else 's'}"


def utc(second: int, now: int) -> str:
    """A second of the server for people: the time, and the day where it is not that of ``now``."""
    at = datetime.fromtimestamp(second, UTC)
    return at.strftime("%H:%M UTC" if second // _DAY == now // _DAY else "%Y-%m-%d %H:%M UTC")


def span_in_words(seconds: float) -> str:
    """``90 minutes``, ``1 hour``: in the largest unit that it is whole in."""
    whole = round(seconds)
    unit, size = next((one for one in _UNITS if whole >= one[1] and whole % one[1] == 0), _UNITS[-1])
    return f"{whole // size} {unit}{'' if whole // size == 1 else 's'}"


def group_page(page: str | None, failure: Failure) -> str | None:
    """The URL of our own page of a group; None where no pages are configured."""
    return f"{page}/unexplained/{failure.name}" if page else None
