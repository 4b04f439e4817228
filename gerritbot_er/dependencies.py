"""The dependencies of the daemon: their names, their conditions, and the words for both.  Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .cleaning import clean_line
from .time_words import rate_of, span, time_of_day


class Condition(StrEnum):
    """The condition of something that the daemon depends on."""

    WORKING = "working"
    CONNECTING = "connecting"  # open, and not proved yet
    DEGRADED = "degraded"  # it is tried again, or does a part of its work
    MISCONFIGURED = "misconfigured"  # a person must change something


@dataclass(frozen=True, slots=True)
class Dependency:
    """Something the daemon depends on; times in UTC seconds, ``next_try`` None where nothing is waited for."""

    name: str
    state: Condition
    since: float
    why: str = ""
    next_try: float | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How often something happened since the daemon's start, and when last (UTC seconds; None: never)."""

    name: str
    count: int
    last_at: float | None = None


TRACKERS = "trackers"
PAST_BUILDS = "past builds"
"""Running new signatures over builds that were judged before."""
STREAM, HISTORY, POSTS, IRC, SIGNATURES, STATE = "stream", "history", "posts", "irc", "signatures", "state"
CONFIGURATION, GROUP = "configuration", "group"
EVENTS, MALFORMED, DROPPED, GAPS, READS = "events", "malformed events", "dropped outputs", "gaps", "history reads"
"""What is counted: ``events`` are those that concern us, ``gaps`` the times when events may have been missed
since the stream was first open."""
LATELY = 300.0
"""Seconds over which the rate of events is told: one since the start would hide that they have just stopped."""
RECENT_EVENTS = f"{EVENTS} in the last {LATELY / 60:.0f} min"
"""The count of these, which falls as well."""

EXPLAINED_LATER = "builds explained later"
"""The count of those that a signature explains that came after their verdict."""
NOT_COMPARED = "successful builds left out"
"""The count of those that were chosen for comparison and not kept."""

EVENTS_LOG, REST = "events log", "REST"
"""The better ways to read history; without them it is read over SSH."""

NOT_RUNNING = "the daemon is not running; this is what its state file says"

_TITLES = {
    STREAM: "Gerrit's stream",
    HISTORY: "Gerrit's history",
    EVENTS_LOG: "Gerrit's events log",
    REST: "Gerrit's REST API",
    POSTS: "comments to Gerrit",
    IRC: "IRC",
    STATE: "the state file",
    TRACKERS: "bug trackers",
    PAST_BUILDS: "new signatures over past builds",
    CONFIGURATION: "the configuration",
    GROUP: "the group whose answers count",
}
_GRAVE = (Condition.MISCONFIGURED, Condition.DEGRADED, Condition.CONNECTING)
_SHOWN = 3
_LONGEST_WHY = 160


def log_store(name: str) -> str:
    """The dependency on a log store."""
    return f"log store {name}"


def kept_logs(name: str) -> str:
    """The logs that a log store keeps on this machine."""
    return f"kept logs of {name}"


def sent_to(name: str) -> str:
    """The cluster that gets the sightings."""
    return f"sightings to {name}"


def ci_server(name: str) -> str:
    """The dependency on a CI's own server."""
    return f"CI {name}"


def title(name: str) -> str:
    """What people call a dependency."""
    return _TITLES.get(name, name)


def down(dependencies: Iterable[Dependency], extras: frozenset[str]) -> tuple[Dependency, ...]:
    """Those that fail and without which no comment comes about; ``extras`` are the names of the others."""
    failing = (Condition.DEGRADED, Condition.MISCONFIGURED)
    return tuple(one for one in dependencies if one.state in failing and one.name not in extras)


def headline(dependencies: Sequence[Dependency], stuck: Sequence[str] = ()) -> str:
    """All in one line: "working", or what is not, the gravest first; ``stuck`` are workers that stand still.

    It holds times of day and no spans, so that it stays true for as long as it is shown.
    """
    troubles = sorted((one for one in dependencies if one.state in _GRAVE), key=lambda one: _GRAVE.index(one.state))
    if not troubles and not stuck:
        return Condition.WORKING.value
    word = "standing still" if stuck else troubles[0].state.value
    parts = [f"worker {name}" for name in stuck] + [_part(one) for one in troubles]
    more = f"; and {len(parts) - _SHOWN} more" if len(parts) > _SHOWN else ""
    return f"{word}: {'; '.join(parts[:_SHOWN])}{more}"


def _part(one: Dependency) -> str:
    why = f" ({clean_line(one.why, _LONGEST_WHY)})" if one.why else ""
    again = f", next try at {time_of_day(one.next_try)}" if one.next_try is not None else ""
    return title(one.name) + why + again


def sentence(one: Dependency, now: float) -> str:
    """One dependency in a line; ``now`` in UTC seconds."""
    why = f": {one.why}" if one.why else ""
    again = ""
    if one.next_try is not None:
        again = f"; next try in {span(one.next_try - now)}" if one.next_try > now else "; being tried now"
    return f"{title(one.name)}: {one.state} for {span(now - one.since)}{why}{again}"


def signatures(in_use: int, left_out: Iterable[str]) -> str:
    """How many signatures are in use, and the names of the files that stand apart."""
    names = sorted(set(left_out))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{in_use} in use" + (f"; left out as they are now: {', '.join(names[:_SHOWN])}{more}" if names else "")


def recent_rate(count: int, running: float) -> str:
    """The rate of so many ``RECENT_EVENTS``, in a daemon that has been running for so many seconds."""
    return rate_of(count, min(running, LATELY))
