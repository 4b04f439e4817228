"""Bugs are looked up slowly, one host at a time to each, and whoever is in trouble rests; on simulated time."""

from collections.abc import Callable, Hashable, Sequence
from itertools import pairwise

import pytest

from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent, Transient
from gerritbot_er.model import BugFacts, Signature
from gerritbot_er.ports import BugRecord, Done
from gerritbot_er.signatures.library import Library
from gerritbot_er.trackers.refresh import AFTER_START, FRESH, PACE, REFUSED, Refresh
from tests.unit.triage.world import START, KeptBoard, SimulatedClock

HOUR = 3600.0


class Cache:
    def __init__(self) -> None:
        self.records: dict[str, BugRecord] = {}

    def known(self, url: str) -> BugFacts | None:
        record = self.records.get(url)
        return record.facts if record else None

    def record(self, url: str) -> BugRecord | None:
        return self.records.get(url)

    def keep(self, url: str, record: BugRecord) -> None:
        self.records[url] = record


class LateCalls:
    """A call ends at the next look."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Hashable, Callable[[], object]]] = []
        self.most = 0

    def submit(self, lane: str, key: Hashable, call: Callable[[], object]) -> None:
        del lane
        self.waiting.append((key, call))
        self.most = max(self.most, len(self.waiting))

    def collect(self) -> Sequence[Done]:
        done = []
        for key, call in self.waiting:
            try:
                done.append(Done(key, result=call()))
            except GerritbotError as error:
                done.append(Done(key, error=error))
        self.waiting.clear()
        return done


class Site:
    """A daemon's refreshing; ``asked`` are (seconds since the start, URL), hosts are what stands before the dash."""

    def __init__(self, *bugs: str) -> None:
        self.clock, self.cache, self.board, self.calls = SimulatedClock(), Cache(), KeptBoard(), LateCalls()
        self.asked: list[tuple[float, str]] = []
        self.troubles: dict[str, GerritbotError] = {}
        self.library = library(*bugs)
        self.restart()

    def restart(self) -> None:
        self.began = self.clock.seconds
        self.refresh = Refresh(
            self, self.cache, library=lambda: self.library, calls=self.calls, clock=self.clock, board=self.board
        )

    def host(self, url: str) -> str | None:
        return None if url.startswith("nobody") else url.partition("-")[0]

    def look(self, url: str) -> BugFacts:
        self.asked.append((self.clock.seconds - self.began, url))
        trouble = self.troubles.get(url) or self.troubles.get(url.partition("-")[0])
        if trouble:
            raise trouble
        return BugFacts(url, f"title of {url}", "New", closed=False, fixed=False, seen_at=self.clock.now())

    def pass_(self, seconds: float) -> None:
        """Let time pass; a step is when the refreshing asked for it, and a second after it has asked somebody."""
        end = self.clock.seconds + seconds
        while self.clock.seconds < end:
            wait = self.refresh.step()
            pause = 1.0 if self.calls.waiting else max(1.0, min(wait, 30.0))
            self.clock.seconds = min(end, self.clock.seconds + pause)
        self.refresh.step()

    def times(self, url: str) -> list[float]:
        return [at for at, asked in self.asked if asked == url]

    @property
    def status(self) -> str:
        return self.board.last.get("trackers", "")


def library(*bugs: str) -> Library:
    return Library([Signature(f"s{number}", "message:x", bug=bug) for number, bug in enumerate(bugs)])


def test_every_bug_is_asked_after_once_in_six_hours_and_a_host_every_few_seconds() -> None:
    site = Site(*(f"a-{number}" for number in range(50)), "b-1", "nobody-1")
    site.pass_(10 * 60)
    assert len(site.asked) == 51
    assert site.calls.most == 2  # one of each host
    at = [at for at, url in site.asked if url.startswith("a-")]
    assert at[0] >= AFTER_START
    assert min(later - earlier for earlier, later in pairwise(at)) >= PACE
    assert site.status == "working: 51 of 51 bugs are known"
    site.pass_(12 * HOUR)
    assert len(site.asked) == 51 * 3
    known = site.cache.known("a-7")
    seen_at = START + site.times("a-7")[-1]
    assert known == BugFacts("a-7", "title of a-7", "New", closed=False, fixed=False, seen_at=seen_at)


def test_what_is_fresh_is_not_asked_after_again_by_a_daemon_that_starts() -> None:
    site = Site("a-1")
    site.pass_(60)
    site.restart()
    site.pass_(HOUR)
    assert len(site.asked) == 1
    assert site.status == "working: 1 of 1 bugs are known"


def test_one_that_is_not_told_of_is_said_and_asked_after_the_next_day() -> None:
    site = Site("a-1", "a-2")
    site.troubles["a-2"] = Permanent("a has no such bug")
    site.pass_(2 * HOUR)
    assert site.status == "working: 1 of 2 bugs are known; nothing is told of a-2 (a has no such bug)"
    assert (site.cache.known("a-1") is not None, site.cache.known("a-2")) == (True, None)
    site.pass_(REFUSED)
    assert len(site.times("a-2")) == 2
    site.troubles.clear()
    site.pass_(REFUSED)
    assert site.status == "working: 2 of 2 bugs are known"


def test_a_bug_that_is_shown_no_more_is_known_no_more() -> None:
    site = Site("a-1")
    site.pass_(60)
    site.troubles["a-1"] = Permanent("a has no such bug, or shows it to its users alone")
    site.pass_(FRESH + 60)
    assert site.cache.known("a-1") is None


def test_a_host_in_trouble_rests_longer_each_time_and_keeps_no_other_waiting() -> None:
    site = Site("a-1", "b-1", "b-2")
    site.troubles["a"] = Transient("a can not be reached")
    site.pass_(2 * HOUR)
    asked = site.times("a-1")
    rests = [round(later - earlier) for earlier, later in pairwise(asked)]
    assert all(60 * 2**number <= rest <= 60 * 2**number + 31 for number, rest in enumerate(rests)), rests
    assert site.status == "degraded: a can not be reached; 2 of 3 bugs are known"
    assert {"b-1", "b-2"} <= site.cache.records.keys()
    site.troubles.clear()
    site.pass_(HOUR)
    assert site.status == "working: 3 of 3 bugs are known"


def test_a_tracker_that_wants_fewer_requests_gets_its_rest() -> None:
    site = Site("a-1", "a-2")
    site.troubles["a"] = Transient("a answers 429", after=1800.0)
    site.pass_(100)
    assert len(site.asked) == 1
    site.troubles.clear()
    site.pass_(1800)
    assert sorted(site.cache.records) == ["a-1", "a-2"]
    assert site.asked[1][0] - site.asked[0][0] >= 1800.0


def test_what_is_known_stays_while_its_tracker_is_away() -> None:
    site = Site("a-1")
    site.pass_(60)
    known = site.cache.known("a-1")
    site.troubles["a"] = Transient("a can not be reached")
    site.pass_(3 * FRESH)
    assert site.cache.known("a-1") == known


def test_a_bug_that_is_always_trouble_does_not_keep_the_others_of_its_host_for_ever() -> None:
    site = Site("a-1", "a-2", "a-3")
    site.troubles["a-1"] = Transient("a answers 500")
    site.pass_(HOUR)
    assert sorted(site.cache.records) == ["a-2", "a-3"]


def test_a_refused_token_is_a_person_s_to_mend() -> None:
    site = Site("a-1")
    site.troubles["a"] = Misconfigured("a refuses the token")
    site.pass_(HOUR)
    assert site.status == "misconfigured: a refuses the token"
    assert len(site.asked) <= 5


def test_signatures_that_come_and_go() -> None:
    site = Site()
    site.pass_(HOUR)
    assert site.status == ""
    site.library = library("a-1", "b-1")
    site.troubles["b"] = Transient("b can not be reached")
    site.pass_(200)
    assert site.status == "degraded: b can not be reached; 1 of 2 bugs are known"
    site.library = library("a-1", "a-2")
    site.pass_(200)
    assert site.status == "working: 2 of 2 bugs are known"


@pytest.mark.parametrize("jump", [-10 * 86_400.0, 10 * 86_400.0])
def test_a_clock_that_is_set_costs_one_more_request_at_the_most(jump: float) -> None:
    site = Site("a-1")
    site.pass_(60)
    site.clock.jumped = jump
    site.pass_(HOUR)
    assert len(site.asked) == 2


def test_a_fault_of_ours_is_no_trouble_of_a_tracker() -> None:
    site = Site("a-1")
    site.calls.collect = lambda: [Done(("a", "a-1"), error=KeyError("x"))]  # type: ignore[method-assign]
    with pytest.raises(KeyError):
        site.refresh.step()
