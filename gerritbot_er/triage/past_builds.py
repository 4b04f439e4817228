"""Runs new and changed signatures over past builds, slowly and with low priority; nothing is posted.

Failed builds are searched from the newest down to those of ``SINCE``, then successful ones from the oldest on, and of
these also what comes after that.  How far each signature is stands in the sightings, in one commit with what was found:
after a crash it goes on there.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from gerritbot_er.backoff import MISCONFIGURED_WAIT, doubled
from gerritbot_er.dependencies import EXPLAINED_LATER, PAST_BUILDS, Condition
from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent, Transient
from gerritbot_er.insight.quality import Tried
from gerritbot_er.model import Build, BuildAnswer, Signature
from gerritbot_er.ports import Board, Calls, Clock
from gerritbot_er.ports.past import PastFailure, PastLogs, Progress, Retried, Trials
from gerritbot_er.ports.reading import Records
from gerritbot_er.signatures.library import Library

from .cases import build_id, case_id
from .past_search import Searched, compared, digest_of, in_lines, retried

LANE = "past builds"
SINCE = 30 * 86_400.0
"""Seconds that are looked back on: what nobody has explained for longer is of no use to who repairs."""
AT_ONCE = 20
"""Builds that are searched in one go: in a cluster by one request."""
PACE = 2.0
"""Seconds between two of them."""
AFTER_START = 5.0
"""Seconds before the first: a daemon that starts has history to read."""
LOOK_AGAIN = 5.0
"""Seconds until it is seen that signatures have come, or that others have ended their more urgent work."""
LOOK_FOR_GOOD = 60.0
"""Seconds until it is seen that successful builds have come."""
FIRST_REST, LONGEST_REST = 30.0, 900.0
"""Seconds after trouble, doubled each time up to the second."""
PATIENCE = 3
"""Times that builds are searched of which not everything could be searched; then what was found has to do."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Place:
    """A log store and the CIs whose builds it has; ``logs`` is None where none of the past are kept.

    ``not_before`` and ``look_for_good`` are monotonic seconds.
    """

    name: str
    cis: Collection[str]
    logs: PastLogs | None
    not_before: float = 0.0
    look_for_good: float = 0.0
    failures: int = 0
    trouble: GerritbotError | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """Signatures that are equally far, over failed builds from ``start`` down to ``end``, or good ones from it up."""

    place: Place
    signatures: tuple[Signature, ...]
    digests: Mapping[str, str]
    good: bool
    start: int
    end: int | None

    @property
    def library(self) -> Library:
        return Library(self.signatures)


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of it; from ``reached`` on there is more."""

    reached: int
    tried: Mapping[str, Tried] = field(default_factory=dict)
    builds: Sequence[Retried] = ()
    nothing_more: bool = False


class PastBuildsRun:
    """The run over past builds, a portion at a time.

    Owned by one thread, which calls ``step``; what takes long runs among the ``calls``, one at a time.
    """

    def __init__(
        self,
        places: Sequence[Place],
        *,
        trials: Trials,
        records: Records,
        library: Callable[[], Library],
        calls: Calls,
        clock: Clock,
        board: Board,
    ) -> None:
        self._places = list(places)
        self._trials = trials
        self._records = records
        self._library = library
        self._calls = calls
        self._clock = clock
        self._board = board
        self._begin = clock.monotonic() + AFTER_START
        self._known: tuple[Library, Mapping[str, str]] = (Library(()), {})
        self._under_way = False
        self._left: dict[str, int] = {}
        self._said: tuple[Condition, str] | None = None

    def step(self) -> float:
        """Search a few builds more; returns the seconds until something is due by itself."""
        for done in self._calls.collect():
            self._under_way = False
            self._ended(cast("_Asked", done.key), done.result, done.error)
        now = self._clock.monotonic()
        if now < self._begin or self._under_way:
            return max(self._begin - now, LOOK_AGAIN)
        for place in list(self._places):
            if now >= place.not_before and not (place.logs and place.logs.busy) and self._began(place, now):
                self._places.remove(place)
                self._places.append(place)  # who was asked last comes last
                break
        self._say_how()
        return min((one.not_before - now for one in self._places if one.not_before > now), default=LOOK_AGAIN)

    # -- what is next

    def _began(self, place: Place, now: float) -> bool:
        """Whether there was something to search at this place."""
        try:
            asked = self._next(place, now)
        except GerritbotError as error:
            self._rest(place, error)
            return False
        if asked is None:
            return False
        self._under_way = True
        self._calls.submit(LANE, asked, lambda: self._search(asked))
        return True

    def _next(self, place: Place, now: float) -> _Asked | None:
        digests = self._digests()
        far = self._trials.begin(place.name, digests)
        left = {name: one for name, one in far.items() if one.below}
        self._left[place.name] = len(left)
        if left:
            start, *lower = sorted({one.below for one in left.values()}, reverse=True)
            return self._asked(place, far, good=False, start=start, end=lower[0] if lower else 0)
        if place.logs is None or not far or now < place.look_for_good:
            return None
        start, *higher = sorted({one.beyond for one in far.values()})
        return self._asked(place, far, good=True, start=start, end=higher[0] if higher else None)

    def _asked(self, place: Place, far: Mapping[str, Progress], *, good: bool, start: int, end: int | None) -> _Asked:
        """Those that are at ``start``."""
        by_name = self._known[0].by_name
        digests = {name: one.digest for name, one in far.items() if start == (one.beyond if good else one.below)}
        return _Asked(place, tuple(by_name[name] for name in digests), digests, good, start, end)

    def _digests(self) -> Mapping[str, str]:
        """Of all signatures in use, made once for each library."""
        library = self._library()
        if library is not self._known[0]:
            self._known = (library, {one.name: digest_of(one) for one in library.signatures})
        return self._known[1]

    # -- among the calls

    def _search(self, asked: _Asked) -> _Found:
        return self._search_good(asked) if asked.good else self._search_failed(asked)

    def _search_failed(self, asked: _Asked) -> _Found:
        place, logs = asked.place, asked.place.logs
        failures = self._trials.failures(
            place.cis,
            below=asked.start,
            least=asked.end or 0,
            since=self._clock.now() - SINCE,
            most=AT_ONCE,
            explained=logs is not None and logs.all_failures,
        )
        whole = [self._whole(one) for one in failures]
        answers = self._answers(asked, [build for build in whole if build is not None])
        library = asked.library
        searched, reached = [], asked.start
        for failure, build in zip(failures, whole, strict=True):
            answer = answers.get(build.identity) if build else BuildAnswer(absent=True)
            if answer is None:  # urgent work came first
                break
            reached = failure.number
            if not answer.absent:
                searched.append(Searched(failure, build or failure.build, answer, lines_only=False))
            elif failure.lines:
                answer = in_lines(asked.signatures, library, failure.build, failure.lines)
                searched.append(Searched(failure, build or failure.build, answer, lines_only=True))
        else:
            reached = reached if len(failures) == AT_ONCE else asked.end or 0
        builds, tried = retried(searched, library)
        return _Found(reached, tried, builds)

    def _search_good(self, asked: _Asked) -> _Found:
        logs = cast("PastLogs", asked.place.logs)
        some = [(at, build) for at, build in logs.good(asked.start, AT_ONCE) if asked.end is None or at <= asked.end]
        told = {build.identity for _, build in some if self._trials.may_be_told(build)}
        answers = self._answers(asked, [build for _, build in some if build.identity in told])
        searched: list[tuple[Build, BuildAnswer]] = []
        reached = asked.start
        for at, build in some:
            if build.identity in told:
                if build.identity not in answers:
                    return _Found(reached, compared(searched, asked.signatures))
                searched.append((build, answers[build.identity]))
            reached = at
        more = len(some) == AT_ONCE
        if not more and asked.end is not None:
            reached = asked.end
        return _Found(reached, compared(searched, asked.signatures), nothing_more=not more and asked.end is None)

    def _answers(self, asked: _Asked, builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        """Of the logs; ``Transient`` where a part of them could not be searched, and may be the next time."""
        logs = asked.place.logs
        if logs is None:
            return {build.identity: BuildAnswer(absent=True) for build in builds}
        answers = logs.again(asked.signatures, builds) if builds else {}
        unsure = [one for one in answers.values() if one.partial and not one.matches]
        if unsure and not logs.all_failures and asked.place.failures < PATIENCE:
            raise Transient(f"not all could be searched: {'; '.join(unsure[0].notes)[:200]}")
        return answers

    def _whole(self, failure: PastFailure) -> Build | None:
        """The build with the places of its logs, as its case knows it; None where that is not kept any more."""
        record = self._records.find(case_id(failure.key, failure.build.reported_at)) if failure.key else None
        if record is None or record.verdict is None:
            return None
        case = record.case
        builds = (one.build for one in record.verdict.builds)
        return next((one for one in builds if build_id(case.key, case.report.at, one) == failure.identity), None)

    # -- how it ended

    def _ended(self, asked: _Asked, result: object, error: Exception | None) -> None:
        place = asked.place
        if error is not None and not isinstance(error, GerritbotError):
            raise error
        try:
            if isinstance(error, Permanent):
                log.warning("past builds of %s are left out: %s", place.name, error)
                self._pass_over(asked)
            elif error is not None:
                raise error
            else:
                self._note(asked, cast("_Found", result))
        except GerritbotError as trouble:
            self._rest(place, trouble)
            return
        place.failures, place.trouble = 0, None
        place.not_before = self._clock.monotonic() + PACE

    def _note(self, asked: _Asked, found: _Found) -> None:
        if found.nothing_more:
            asked.place.look_for_good = self._clock.monotonic() + LOOK_FOR_GOOD
        if found.reached == asked.start:
            return
        name, reached = asked.place.name, found.reached
        below, beyond = (None, reached) if asked.good else (reached, None)
        later = self._trials.found_later(name, asked.digests, found.builds, found.tried, below=below, beyond=beyond)
        if later:
            self._board.count(EXPLAINED_LATER, later)

    def _pass_over(self, asked: _Asked) -> None:
        """A store that refuses these builds for good would refuse them again."""
        place = asked.place
        if asked.good:
            some = cast("PastLogs", place.logs).good(asked.start, AT_ONCE)
            self._note(asked, _Found(some[-1][0] if some else asked.start, nothing_more=True))
            return
        self._note(asked, _Found(max(asked.start - AT_ONCE, asked.end or 0)))

    def _rest(self, place: Place, error: GerritbotError) -> None:
        place.trouble = error
        rest = doubled(FIRST_REST, place.failures, most=LONGEST_REST)
        if isinstance(error, Misconfigured):
            rest = MISCONFIGURED_WAIT[1]
        place.failures += 1
        place.not_before = self._clock.monotonic() + max(rest, getattr(error, "after", None) or 0.0)

    def _say_how(self) -> None:
        """To the board, whenever it changes."""
        if not self._left:
            return
        troubled = [one for one in self._places if one.trouble is not None]
        left, every = max(self._left.values(), default=0), len(self._known[1])
        why = f"{left} of {every} signatures to go" if left else "every signature is through"
        state = Condition.WORKING
        if troubled:
            wrong = any(isinstance(one.trouble, Misconfigured) for one in troubled)
            state = Condition.MISCONFIGURED if wrong else Condition.DEGRADED
            why = "; ".join((*(f"{one.name}: {one.trouble}" for one in troubled), why))
        if (state, why) != self._said:
            self._said = (state, why)
            retry = min((one.not_before for one in troubled), default=None)
            self._board.say(
                PAST_BUILDS, state, why, retry_in=None if retry is None else max(0.0, retry - self._clock.monotonic())
            )
