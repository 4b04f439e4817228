"""The cases on the desk, and when each is looked at again.  Times are monotonic seconds."""

import heapq
import itertools
from collections.abc import Callable, Iterator

from gerritbot_er.settings import Waiting

from . import waiting
from .work import BuildWork, CaseWork


class Table:
    """Holds the cases, and a queue of the times at which each is looked at again.

    Owned by the desk; ``rules`` are those of waiting, ``not_before`` says when a log store may be asked again.
    """

    def __init__(self, rules: Waiting, not_before: Callable[[str], float]) -> None:
        self.works: dict[str, CaseWork] = {}
        self.rules = rules
        self._not_before = not_before
        self._due: list[tuple[float, int, str]] = []
        self._ticket = itertools.count()

    def item(self, case_id: str, identity: str) -> BuildWork | None:
        """A build of a case; None where it is here no more."""
        work = self.works.get(case_id)
        return work.builds.get(identity) if work else None

    def due(self, now: float) -> Iterator[str]:
        """The ids of cases whose time has come, each time once; some may be here no more."""
        while self._due and self._due[0][0] <= now:
            yield heapq.heappop(self._due)[2]

    def rest(self, now: float) -> float:
        """Seconds until the next time; those of a poll where there is none."""
        return self._due[0][0] - now if self._due else self.rules.poll

    def wake(self, work: CaseWork, at: float) -> None:
        """Have the case looked at again at this second."""
        heapq.heappush(self._due, (at, next(self._ticket), work.case.id))

    def later(self, work: CaseWork, now: float, after: float = 0.0) -> float:
        """Have the case looked at again at the next poll, ``after`` seconds from now at the earliest; returns when."""
        at = max(waiting.next_poll(now, work.since, self.rules), now + after)
        self.wake(work, at)
        return at

    def trouble(self, item: BuildWork, work: CaseWork, now: float) -> None:
        """The store could not answer: the build's deadline moves by the time from this question to the next.

        It never moves beyond the end of the case's work.
        """
        item.trouble, item.asking, item.ready = True, False, False
        again = max(waiting.next_poll(now, work.since, self.rules), self._not_before(work.store))
        item.deadline = min(item.deadline + again - item.asked_at, work.end)
        item.not_before = again
        if item.asked_twice and again < work.end:
            item.asked_twice, item.ask_again = False, again
        self.wake(work, again)
