"""From events to stored cases: which events concern us, and what is kept of them, in commits of up to 100 ms."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from gerritbot_er.ci import read_report
from gerritbot_er.model import (
    Case,
    ChangeClosed,
    CIReport,
    CommentAdded,
    DroppedOutput,
    Event,
    MadePrivate,
    PatchsetCreated,
    Reply,
)
from gerritbot_er.patterns import fits_any
from gerritbot_er.ports import AtFailpoint, Batch, Cases, Clock, Failpoint, Sightings, no_failpoint
from gerritbot_er.settings import CI

from .cases import case_key, open_case
from .replies import read_reply
from .wording import token_of

AHEAD = 86_400
"""Seconds that the server's clock may be ahead of ours.  The cursor goes no further: one event with a date of the
next century would otherwise hide all that is missed until then."""


@dataclass(slots=True)
class _Gathering:
    """What the next commit holds."""

    cases: list[Case] = field(default_factory=list)
    reports: list[tuple[str, CIReport]] = field(default_factory=list)
    patchsets: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    closed: dict[int, tuple[int, int]] = field(default_factory=dict)
    private: dict[int, int] = field(default_factory=dict)
    proofs: set[str] = field(default_factory=set)
    replies: list[Reply] = field(default_factory=list)
    newest: int | None = None

    def batch(self, *, move_cursor: bool) -> Batch:
        return Batch(
            cases=tuple(self.cases),
            reports=tuple(self.reports),
            patchsets=tuple(self.patchsets.values()),
            closed=tuple(self.closed.values()),
            private=tuple(self.private.items()),
            proofs=frozenset(self.proofs),
            cursor=self.newest if move_cursor else None,
            replies=tuple(self.replies),
        )


class Intake:
    """Takes events from the stream and from history; both may call it, each from its own thread.

    ``username`` is our own account; ``opened`` is told of new cases after they are stored.  While a gap is open the
    cursor stands still, so that a crash finds the gap again.  ``heard_at`` is the last sign of life (monotonic).
    """

    def __init__(
        self,
        *,
        cis: Sequence[CI],
        username: str,
        cases: Cases,
        sightings: Sightings | None,
        clock: Clock,
        opened: Callable[[Sequence[Case]], None],
        replied: Callable[[Sequence[Reply]], None] = lambda _: None,
        at_failpoint: AtFailpoint = no_failpoint,
    ) -> None:
        self._cis = {ci.account: ci for ci in cis}
        self._username = username
        self._cases = cases
        self._sightings = sightings
        self._clock = clock
        self._opened = opened
        self._replied = replied
        self._at_failpoint = at_failpoint
        self._keeping = threading.Lock()
        self._unkept: Batch | None = None
        self._lock = threading.Lock()
        self._gathering = _Gathering()
        self._gaps = 0
        self.heard_at = clock.monotonic()

    def take(self, events: Iterable[Event]) -> None:
        """Sort these events; nothing is stored before ``keep``."""
        self.heard_at = self._clock.monotonic()
        with self._lock:
            for event in events:
                if not isinstance(event, DroppedOutput):
                    self._sort(event)

    def keep(self) -> None:
        """Store what was taken, in one commit, and pass the new cases on; ``Transient`` leaves all to the next try.

        ``take`` does not wait for it: a disk that hangs keeps nobody from reading the stream.
        """
        with self._keeping:
            left = self._unkept is not None
            self._keep_batch()
            if left:
                self._keep_batch()

    def _keep_batch(self) -> None:
        """What an earlier try could not store, else all that was taken since."""
        with self._lock:
            if self._unkept is None and self._gathering.newest is not None:
                self._unkept = self._gathering.batch(move_cursor=not self._gaps)
                self._gathering = _Gathering()
        batch = self._unkept
        if batch is None:
            return
        self._at_failpoint(Failpoint.TAKEN)
        new = self._cases.keep(batch)
        self._unkept = None
        self._at_failpoint(Failpoint.KEPT)
        if self._sightings and batch.reports:
            self._sightings.reported(batch.reports)
        if self._sightings and batch.private:
            self._sightings.made_private(batch.private)
        if new:
            self._opened(new)
        if batch.replies:
            self._replied(batch.replies)

    def is_report(self, event: Event) -> bool:
        """Whether this is the report of a CI of ours, good or bad."""
        ci = self._cis.get(event.author) if isinstance(event, CommentAdded) else None
        return ci is not None and isinstance(event, CommentAdded) and read_report(event, ci) is not None

    def open_gap(self) -> None:
        """Events may be missing: the cursor stands still until the gap is closed."""
        with self._lock:
            self._gaps += 1

    def close_gap(self) -> None:
        """History was read up to now."""
        with self._lock:
            self._gaps = max(0, self._gaps - 1)

    def _sort(self, event: CommentAdded | PatchsetCreated | ChangeClosed | MadePrivate) -> None:
        gathered = self._gathering
        at = min(event.at, int(self._clock.now()) + AHEAD)
        gathered.newest = max(gathered.newest or 0, at)
        number = event.change.number
        if event.change.private:
            gathered.private[number] = max(gathered.private.get(number, 0), at)
        if isinstance(event, MadePrivate):
            return
        if isinstance(event, ChangeClosed):
            gathered.closed[number] = (number, event.at)
            return
        if isinstance(event, PatchsetCreated):
            self._note_patchset(event)
        else:
            self._sort_comment(event)

    def _note_patchset(self, event: CommentAdded | PatchsetCreated) -> None:
        """The change as this event shows it; a restored one is open again, but history may tell late of before."""
        number, gathered = event.change.number, self._gathering
        if not event.change.open:
            gathered.closed[number] = (number, event.at)
            return
        known = gathered.patchsets.get(number)
        if known is None or known[1] <= event.patchset:
            gathered.patchsets[number] = (number, event.patchset, event.at)
        closed = gathered.closed.get(number)
        if closed and closed[1] < event.at:
            del gathered.closed[number]

    def _sort_comment(self, event: CommentAdded) -> None:
        if event.author == self._username:
            token = token_of(event.text)
            if token:
                self._gathering.proofs.add(token)
            return
        ci = self._cis.get(event.author)
        if ci is None:
            self._sort_reply(event)
            return
        report = read_report(event, ci)
        if report is None or not fits_any(ci.pipelines, report.pipeline):
            return
        self._note_patchset(event)
        case = open_case(report, self._clock.now()) if report.failed else None
        self._gathering.reports.append((case.key if case else case_key(report), report))
        if case:
            self._gathering.cases.append(case)

    def _sort_reply(self, event: CommentAdded) -> None:
        line = read_reply(event.text)
        if line:
            reply = Reply(event.change, event.patchset, event.author, event.at, line.judgement, line.bug)
            self._gathering.replies.append(reply)
