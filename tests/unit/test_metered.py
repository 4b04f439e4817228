"""A metered port does what the port does, and each call of it is told."""

from collections.abc import Iterator, Mapping, Sequence

import pytest

from gerritbot_er.errors import Transient
from gerritbot_er.metered import metered
from gerritbot_er.model import Build, BuildAnswer, LogsSeen, Signature
from tests.unit.triage.world import KeptMeter, SimulatedClock


class Slow:
    """A peer that takes two seconds for everything, and gives events one by one."""

    def __init__(self, clock: SimulatedClock) -> None:
        self.clock = clock

    def readiness(self, builds: Sequence[Build]) -> Mapping[str, LogsSeen]:
        self.clock.seconds += 2.0
        return {"a": LogsSeen(documents=len(builds))}

    def match(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        del signatures, builds
        self.clock.seconds += 2.0
        raise Transient("away")

    def since(self, at: int) -> Iterator[int]:
        for number in range(at):
            self.clock.seconds += 2.0
            yield number


def test_an_answer_is_handed_on_with_its_time() -> None:
    meter, clock = KeptMeter(), SimulatedClock()
    store = metered(Slow(clock), "log store cluster", meter, clock)
    assert store.readiness([]) == {"a": LogsSeen(documents=0)}
    assert meter.asked == [("log store cluster", "readiness", 2.0, "")]


def test_an_error_is_raised_and_told() -> None:
    meter, clock = KeptMeter(), SimulatedClock()
    with pytest.raises(Transient, match="away"):
        metered(Slow(clock), "log store cluster", meter, clock).match(signatures=[], builds=[])
    assert meter.asked == [("log store cluster", "match", 2.0, "away")]


def test_what_is_given_one_by_one_is_timed_as_a_whole() -> None:
    meter, clock = KeptMeter(), SimulatedClock()
    assert list(metered(Slow(clock), "history", meter, clock).since(3)) == [0, 1, 2]
    assert meter.asked == [("history", "since", 6.0, "")]


def test_what_asks_nobody_is_not_told() -> None:
    meter, clock = KeptMeter(), SimulatedClock()
    metered(Slow(clock), "trackers", meter, clock, unmeasured={"readiness"}).readiness([])
    assert meter.asked == []
