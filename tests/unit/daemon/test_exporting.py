"""Sightings are sent until the cluster has them, slowly and with rests; on simulated time."""

from collections.abc import Callable, Iterable, Sequence

import pytest

from gerritbot_er.daemon.exporting import EVERY, FIRST_REST, PORTION, Export
from gerritbot_er.errors import GerritbotError, Misconfigured, Transient
from gerritbot_er.insight.exported import Document, Exported, Fate, Receipt
from gerritbot_er.insight.failures import FailedBuild
from gerritbot_er.ports import Unsent
from tests.unit.triage.world import InlineCalls, KeptBoard, SimulatedClock

NOBODY = FailedBuild("", 0.0, "zuul", "unit", "nova", "master", "check", 7, 1, "FAILURE", True, None, "unexplained")  # noqa: FBT003


class Queue:
    """So many builds wait; the newest has the highest number."""

    def __init__(self, count: int) -> None:
        self.waiting = dict.fromkeys(range(count, 0, -1))
        self.trouble: GerritbotError | None = None

    def newest(self, most: int) -> Sequence[Unsent]:
        if self.trouble:
            raise self.trouble
        exported = Exported(NOBODY, gate=False, decided_after=None, report=None, hidden=False)
        return [Unsent(number, exported) for number in list(self.waiting)[:most]]

    def forget(self, numbers: Iterable[int]) -> None:
        if self.trouble:
            raise self.trouble
        for number in numbers:
            del self.waiting[number]

    def count(self) -> int:
        return len(self.waiting)


class Site:
    """A daemon's sending; ``sent`` are (seconds since the start, how many at once)."""

    def __init__(self, count: int) -> None:
        self.clock, self.board, self.queue = SimulatedClock(), KeptBoard(), Queue(count)
        self.sent: list[tuple[float, int]] = []
        self.trouble: GerritbotError | None = None
        self.receipt: Callable[[int], Receipt] = lambda _: Receipt(Fate.TAKEN)
        self.prepared = 0
        self.export = Export(
            "main",
            self.queue,
            self,
            document=lambda _: Document("x", {}),
            calls=InlineCalls(),
            clock=self.clock,
            board=self.board,
        )

    def prepare(self) -> None:
        self.prepared += 1
        if self.trouble:
            raise self.trouble

    def send(self, documents: Sequence[Document]) -> Sequence[Receipt]:
        self.sent.append((self.clock.seconds, len(documents)))
        return [self.receipt(place) for place in range(len(documents))]

    def pass_(self, seconds: float) -> None:
        """Let time pass, a step each second and one more after each that has sent something."""
        end = self.clock.seconds + seconds
        while self.clock.seconds < end:
            self.export.step()
            self.export.step()
            self.clock.seconds += 1.0

    @property
    def status(self) -> str:
        return self.board.last.get("sightings to main", "")


def test_many_are_sent_a_portion_a_second_and_then_nothing_is_asked() -> None:
    site = Site(2 * PORTION + 1)
    site.pass_(60)
    assert site.sent == [(0.0, PORTION), (1.0, PORTION), (2.0, 1)]
    assert site.prepared == 3
    assert site.status == "working"
    site.queue.waiting[5000] = None
    site.pass_(EVERY + 1)
    assert [count for _, count in site.sent[3:]] == [1]


def test_a_cluster_that_is_away_for_a_day_has_everything_afterwards_and_is_asked_ever_more_seldom() -> None:
    site = Site(3)
    site.trouble = Transient("https://logs.example.org cannot be reached: connection refused")
    site.pass_(86_400)
    assert site.sent == []
    assert 140 < site.prepared < 160
    assert site.status == (
        "degraded: https://logs.example.org cannot be reached: connection refused; 3 builds wait to be sent"
    )
    site.trouble = None
    site.pass_(700)
    assert (len(site.sent), site.queue.count(), site.status) == (1, 0, "working")


def test_f15_a_busy_cluster_says_when_to_come_again() -> None:
    site = Site(1)
    site.trouble = Transient("busy", after=120.0)
    site.pass_(119)
    assert site.prepared == 1
    site.pass_(3)
    assert site.prepared == 2


def test_what_may_not_be_written_is_tried_again_in_minutes() -> None:
    site = Site(1)
    site.trouble = Misconfigured("grant the user a privilege")
    site.pass_(290)
    assert (site.prepared, site.status) == (1, "misconfigured: grant the user a privilege; 1 build waits to be sent")
    site.pass_(20)
    assert site.prepared == 2


def test_what_is_refused_is_given_up_and_what_is_for_later_stays(caplog: pytest.LogCaptureFixture) -> None:
    site = Site(3)
    site.receipt = [
        Receipt(Fate.TAKEN), Receipt(Fate.REFUSED, "no date"), Receipt(Fate.LATER, "queue full"),
    ].__getitem__  # fmt: skip
    site.pass_(FIRST_REST - 1)
    assert list(site.queue.waiting) == [1]
    assert site.status == (
        "degraded: 1 of 3 builds cannot be taken now: queue full; 1 build waits to be sent; 1 build was not taken "
        "since the start; the journal says why"
    )
    assert caplog.records[0].message == "sightings to main: the build  is not taken: no date"
    site.receipt = lambda _: Receipt(Fate.TAKEN)
    site.pass_(FIRST_REST)
    assert site.queue.count() == 0
    assert site.status == "working: 1 build was not taken since the start; the journal says why"


def test_f40_a_full_disk_sends_the_same_again_and_loses_nothing() -> None:
    site = Site(2)
    site.export.step()
    site.queue.trouble = Transient("sightings.db: cannot be written: disk full; free disk space")
    site.export.step()
    assert site.status.startswith("degraded: sightings.db: cannot be written: disk full; free disk space")
    site.queue.trouble = None
    site.pass_(FIRST_REST + 2)
    assert [count for _, count in site.sent] == [2, 2]
    assert site.queue.count() == 0


def test_an_index_that_takes_nothing_as_it_is_costs_no_build() -> None:
    site = Site(PORTION + 1)
    site.receipt = lambda _: Receipt(Fate.REFUSED, "only write ops with an op_type of create are allowed")
    site.pass_(290)
    assert (len(site.sent), site.queue.count()) == (1, PORTION + 1)
    assert site.status == (
        "misconfigured: none of 500 builds is taken; see what the index does to them: only write ops with an op_type "
        "of create are allowed; 501 builds wait to be sent"
    )
    site.receipt = lambda _: Receipt(Fate.TAKEN)
    site.pass_(60)
    assert (site.queue.count(), site.status) == (0, "working")


def test_many_that_are_refused_for_the_same_reason_are_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    site = Site(PORTION)
    site.receipt = lambda place: Receipt(Fate.REFUSED, f"no date {place % 2}") if place else Receipt(Fate.TAKEN)
    site.pass_(1)
    assert [message for message in caplog.messages if "not taken:" in message] == [
        "sightings to main: the build  and 249 more are not taken: no date 1",
        "sightings to main: the build  and 248 more are not taken: no date 0",
    ]
