"""The weather of a month: which faults are at work when, drawn from the seed, and how often each of them bit."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from .timeline import DAY, HOUR, MINUTE, Timeline

CALM_FROM = 26.5 * DAY
"""From here on nothing fails any more, so that everything can come to its end."""


class Fault(StrEnum):
    """What can go wrong; those of MOMENTS happen once, all others last for a while."""

    STREAM_LOST = "the stream's connection breaks"
    GERRIT_DOWN = "Gerrit is stopped"
    GERRIT_HUNG = "Gerrit answers nothing, not even a probe"
    STREAM_DEAF = "the stream is open and silent, probes are answered"
    OUTPUT_DROPPED = "Gerrit drops events and says so"
    EVENTS_TWICE = "events come twice"
    EVENTS_SWAPPED = "events of one second come in another order"
    EVENTS_LATE = "events come late"
    LINES_MALFORMED = "lines of the stream are no events"
    LINE_HUGE = "an event has more than 4 MiB"
    HISTORY_SLOW = "history answers late"
    HISTORY_CUT = "history's answer is cut"
    HISTORY_GARBAGE = "history answers rubbish"
    HISTORY_REFUSED = "history answers with an error"
    ACCOUNT_REFUSED = "Gerrit refuses our key"
    POST_UNANSWERED = "Gerrit takes a comment, its answer is lost"
    POST_LATE = "Gerrit takes a comment after we have given up"
    POST_LOST = "a comment never arrives"
    POST_VANISHED = "Gerrit says that all is well and posts nothing"
    POST_REFUSED = "Gerrit refuses a comment for good"
    CLUSTER_DOWN = "the cluster is down"
    CLUSTER_SLOW = "the cluster answers late or not in time"
    CLUSTER_BUSY = "the cluster says 429 with Retry-After"
    CLUSTER_PARTIAL = "the cluster answers in part"
    CLUSTER_EMPTY = "the cluster's index is missing"
    CLUSTER_REFUSES = "the cluster refuses our key"
    FILES_DOWN = "the log host is down"
    FILES_PARTIAL = "the log host gives some files only"
    CI_UNKNOWING = "the CI's server does not know the builds yet"
    CI_DOWN = "the CI's server is down"
    IRC_AWAY = "IRC is away"
    DISK_FULL = "the disk is full"
    DISK_READONLY = "the state file cannot be written"
    KILLED = "the process is killed at any moment"
    KILLED_AT_FAILPOINT = "the process is killed at a failpoint"
    STOPPED = "the process is stopped in good order"
    REBOOTED = "the machine boots anew after a while"
    CLOCK_STEPPED = "our clock is set"
    STANDSTILL = "a thread of ours stands still between two steps"
    PAUSED = "the operator pauses us"
    MUTED = "the operator mutes a signature"


MOMENTS = frozenset(
    {
        Fault.STREAM_LOST,
        Fault.OUTPUT_DROPPED,
        Fault.LINE_HUGE,
        Fault.KILLED,
        Fault.STOPPED,
        Fault.REBOOTED,
        Fault.CLOCK_STEPPED,
    }
)
_LONGEST = {Fault.DISK_FULL: 10 * MINUTE, Fault.DISK_READONLY: 10 * MINUTE}
_OFTEN = tuple(fault for fault in Fault if fault.name.startswith(("POST", "KILLED", "STANDSTILL", "PAUSED")))
_HALF_DAY = 12 * HOUR
_SHORTEST = 3 * MINUTE
_MISCHIEF = 0.03
_ALONE = 0.25
"""The share of spells that come at any time."""


@dataclass(frozen=True, slots=True)
class Spell:
    """One fault from its begin to its end, in seconds of the month."""

    fault: Fault
    begin: float
    end: float

    def __str__(self) -> str:
        return f"{self.fault.name} from {self.begin:.0f} to {self.end:.0f}"


def forecast(chance: Random, busy: Sequence[float]) -> tuple[Spell, ...]:
    """The spells of a month, most of them in storms: several come together, when there is most to do."""
    return tuple(_spells(chance, busy, chance.randint(15, 60)))


def _spells(chance: Random, storms: Sequence[float], number: int) -> Iterator[Spell]:
    kinds = [*Fault, *_OFTEN, *_OFTEN]
    for _ in range(number):
        fault = chance.choice(kinds)
        begin = chance.choice(storms) + chance.uniform(-HOUR, 2 * HOUR)
        if chance.random() < _ALONE:
            begin = chance.uniform(0, CALM_FROM - DAY)
        longest = min(_LONGEST.get(fault, _HALF_DAY), CALM_FROM - begin)
        length = 0.0 if fault in MOMENTS else math.exp(chance.uniform(math.log(_SHORTEST), math.log(longest)))
        yield Spell(fault, begin, begin + length)


class Weather:
    """Which faults are at work now; ``bitten`` counts how often each did harm."""

    def __init__(self, timeline: Timeline, chance: Random, spells: tuple[Spell, ...]) -> None:
        self.spells = spells
        self.bitten: Counter[Fault] = Counter()
        self._timeline = timeline
        self._chance = chance
        self._on: Counter[Fault] = Counter()
        self._then: dict[Fault, list[Callable[[Spell], None]]] = {}
        for spell in spells:
            timeline.at(spell.begin, lambda spell=spell: self._begin(spell))  # type: ignore[misc]
            if spell.fault not in MOMENTS:
                timeline.at(spell.end, lambda spell=spell: self._end(spell))  # type: ignore[misc]

    def on(self, fault: Fault) -> bool:
        """Whether it is at work now."""
        return self._on[fault] > 0

    def bites(self, fault: Fault, probability: float = 1.0) -> bool:
        """Whether it is at work and does its harm now."""
        if not self._on[fault] or self._chance.random() >= probability:
            return False
        self.bitten[fault] += 1
        return True

    def mischief(self, fault: Fault) -> bool:
        """Whether it does its harm out of the blue, as now and then it does on any day but the last."""
        if self._timeline.now >= CALM_FROM or self._chance.random() >= _MISCHIEF:
            return False
        self.bitten[fault] += 1
        return True

    def when(self, fault: Fault, do: Callable[[Spell], None]) -> None:
        """``do`` happens at the begin of each spell of this fault."""
        self._then.setdefault(fault, []).append(do)

    def between(self, begin: float, end: float) -> tuple[Spell, ...]:
        """The spells that touch this time."""
        return tuple(spell for spell in self.spells if spell.begin <= end and begin <= spell.end)

    def _begin(self, spell: Spell) -> None:
        if spell.fault not in MOMENTS:
            self._on[spell.fault] += 1
        for do in self._then.get(spell.fault, ()):
            do(spell)

    def _end(self, spell: Spell) -> None:
        self._on[spell.fault] -= 1
