"""Sends the failed builds of the sightings to a cluster: a few hundred at a time, and in nobody's way.

A build stays in the queue until the cluster says that it has it, so that nothing is lost wherever the process is
killed; what is sent twice is the same document.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from gerritbot_er import dependencies
from gerritbot_er.backoff import MISCONFIGURED_WAIT, doubled
from gerritbot_er.dependencies import Condition
from gerritbot_er.errors import GerritbotError, Misconfigured, Transient
from gerritbot_er.insight.exported import Document, Exported, Fate, Receipt
from gerritbot_er.ports import Board, Calls, Clock, SightingsIndex, Unsent, UnsentBuilds

PORTION = 500
"""Builds that are sent at once: half a megabyte."""
PACE = 1.0
"""Seconds between two portions: what is sent for the first time may be a year of builds, and cases go first."""
EVERY = 10.0
"""Seconds between two looks at an empty queue."""
FIRST_REST, LONGEST_REST = 10.0, 600.0
"""Seconds of rest after trouble, doubled each time up to the second."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A portion that was sent, and what became of each."""

    builds: Sequence[Unsent]
    receipts: Sequence[Receipt]


class Export:
    """Sends portions of unsent builds to the cluster, newest first.

    Owned by one thread, which calls ``step``; what it sends is among the ``calls``.  ``name`` is the cluster's.
    """

    def __init__(
        self,
        name: str,
        unsent: UnsentBuilds,
        index: SightingsIndex,
        *,
        document: Callable[[Exported], Document],
        calls: Calls,
        clock: Clock,
        board: Board,
    ) -> None:
        self._name = dependencies.sent_to(name)
        self._unsent = unsent
        self._index = index
        self._document = document
        self._calls = calls
        self._clock = clock
        self._board = board
        self._next = clock.monotonic()
        self._sending = False
        self._failures = 0
        self._refused = 0
        self._said: tuple[Condition, str] | None = None

    def step(self) -> float:
        """Send what is due; returns the seconds until something is due by itself."""
        try:
            for done in self._calls.collect():
                self._sending = False
                if done.error is not None:
                    raise done.error
                self._ended(cast("_Sent", done.result))
            if not self._sending and self._clock.monotonic() >= self._next:
                self._send()
        except GerritbotError as error:
            self._rest(error)
        return EVERY if self._sending else max(0.0, self._next - self._clock.monotonic())

    def _send(self) -> None:
        builds = self._unsent.newest(PORTION)
        if not builds:
            self._next = self._clock.monotonic() + EVERY
            return
        self._sending = True
        documents = [self._document(one.build) for one in builds]

        def send() -> _Sent:
            self._index.prepare()
            return _Sent(builds, self._index.send(documents))

        self._calls.submit(self._name, self._name, send)

    def _ended(self, sent: _Sent) -> None:
        """Forget what needs no further try; where the rest is for later, so is everything.

        Where none of several is taken as it is, that is not for their sake: they wait until the index is mended.
        """
        fates = Counter(one.fate for one in sent.receipts)
        both = list(zip(sent.builds, sent.receipts, strict=True))
        if len(both) > 1 and fates[Fate.REFUSED] == len(both):
            raise Misconfigured(
                f"none of {len(both)} builds is taken; see what the index does to them: {both[0][1].why}"
            )
        self._say_refused(both)
        self._unsent.forget(build.number for build, receipt in both if receipt.fate is not Fate.LATER)
        self._refused += fates[Fate.REFUSED]
        if fates[Fate.LATER]:
            why = next(one.why for one in sent.receipts if one.fate is Fate.LATER)
            raise Transient(f"{fates[Fate.LATER]} of {len(both)} builds cannot be taken now: {why}")
        self._failures = 0
        full = len(both) == PORTION
        self._next = self._clock.monotonic() + (PACE if full else EVERY)
        self._say(Condition.WORKING, self._words())

    def _say_refused(self, both: Sequence[tuple[Unsent, Receipt]]) -> None:
        """To the log, one build for each reason."""
        refused: dict[str, list[Unsent]] = {}
        for build, receipt in both:
            if receipt.fate is Fate.REFUSED:
                refused.setdefault(receipt.why, []).append(build)
        for why, builds in refused.items():
            more = f" and {len(builds) - 1} more are" if len(builds) > 1 else " is"
            log.error("%s: the build %s%s not taken: %s", self._name, builds[0].build.build.identity, more, why)

    def _rest(self, error: GerritbotError) -> None:
        asked_for = getattr(error, "after", None) or 0.0
        wrong = isinstance(error, Misconfigured)
        rest = MISCONFIGURED_WAIT[0] if wrong else doubled(FIRST_REST, self._failures, most=LONGEST_REST)
        self._failures += 1
        self._next = self._clock.monotonic() + max(asked_for, rest)
        why = "; ".join(filter(None, (str(error), self._words())))
        self._say(Condition.MISCONFIGURED if wrong else Condition.DEGRADED, why, max(asked_for, rest))

    def _say(self, state: Condition, why: str, rest: float | None = None) -> None:
        if rest is not None or self._said != (state, why):
            self._board.say(self._name, state, why, retry_in=rest)
        if self._said is None or self._said[0] is not state:
            log.log(logging.INFO if state is Condition.WORKING else logging.WARNING, "%s: %s", self._name, why or state)
        self._said = state, why

    def _words(self) -> str:
        """How many wait, and how many were given up since the start."""
        try:
            waiting = self._unsent.count()
        except GerritbotError:
            waiting = 0
        words = [f"{waiting} build{' waits' if waiting == 1 else 's wait'} to be sent"] if waiting else []
        if self._refused:
            count = f"{self._refused} build{' was' if self._refused == 1 else 's were'}"
            words.append(f"{count} not taken since the start; the journal says why")
        return "; ".join(words)
