"""The poster empties the outbox: each comment exactly once, each notice at most once.

Gerrit's exit status proves nothing.  A comment is sent when it came back in the stream (intake notes that), or when it
stands in the change's history; only one that history does not have is posted again.
"""

import logging
from collections import deque
from collections.abc import Callable, Collection
from typing import cast

from gerritbot_er import dependencies
from gerritbot_er.backoff import doubled
from gerritbot_er.dependencies import Condition
from gerritbot_er.errors import Misconfigured, Permanent, Transient
from gerritbot_er.model import ChangeHistory, Notice, Review
from gerritbot_er.ports import (
    GERRIT_SINK,
    IRC_SINK,
    NO_BOARD,
    AtFailpoint,
    Board,
    Brakes,
    Calls,
    Cases,
    Clock,
    Done,
    Failpoint,
    History,
    Notices,
    Outbox,
    Post,
    Posting,
    Reviews,
    no_failpoint,
)
from gerritbot_er.settings import Speaking

from .speaker import HOUR
from .wording import token_of

log = logging.getLogger(__name__)

LANE = "gerrit"
MISCONFIGURED_REST = 300.0
"""Seconds before Gerrit is asked again where a person must act first."""
POSTED, STANDS = "posted", "stands already"
FOUND = "comment of case %s found on change %d, patch set %d"
TOO_LATE = "the patch set is outdated or the change closed meanwhile"
NO_IRC = "no IRC is configured any more"
NO_CHANNEL = "its channel is not configured any more"
LOOK_HOLDS = 10.0
"""Seconds that a look at what is said already holds."""
MOST_LOOKS = 3
"""Of a server that answers later than that every time, the last look has to do."""
FIRST_REST, LONGEST_REST = 5.0, 600.0


_RowState = tuple[int, str, int, float]
"""A row as it is: its number, stage, attempts, and when it became so."""


class Poster:
    """Takes comments and notices from the outbox to Gerrit and IRC, and proves that comments arrived.

    Owned by one thread, which calls ``step``; ``username`` is our own account on Gerrit.

    ``channels`` are those of IRC that are configured now: rows that an earlier configuration decided may name others.
    ``show``, of a dry run, is told what would be posted, and nothing is.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        cases: Cases,
        reviews: Reviews,
        history: History,
        notices: Notices | None,
        channels: Collection[str],
        brakes: Brakes,
        calls: Calls,
        clock: Clock,
        rules: Speaking,
        username: str,
        show: Callable[[Post], None] | None = None,
        board: Board = NO_BOARD,
        at_failpoint: AtFailpoint = no_failpoint,
    ) -> None:
        self._outbox = outbox
        self._cases = cases
        self._reviews = reviews
        self._history = history
        self._notices = notices
        self._channels = frozenset(channel.lower() for channel in channels)
        self._brakes = brakes
        self._calls = calls
        self._clock = clock
        self._rules = rules
        self._username = username
        self._show = show
        self._board = board
        self._at_failpoint = at_failpoint
        self._started = clock.monotonic()
        found = outbox.at_work()
        self._left_behind = max((row.number for row in found), default=0)
        self._found_sending = {_state_of(row) for row in found if row.stage == "sending"}
        self._at_work: dict[int, Post] = {}
        self._look_at: dict[int, float] = {}
        self._seen: dict[_RowState, float] = {}
        self._posted: deque[float] = deque()
        self._troubled = False
        self._paused = False
        self._muted: frozenset[str] = frozenset()
        self._works("nothing had to be posted yet")

    def step(self) -> None:
        """Do everything that can be done now."""
        for done in self._calls.collect():
            self._apply(done)
        utc, now = self._clock.now(), self._clock.monotonic()
        self._heed_pause(paused=self._brakes.paused(utc))
        if self._paused:
            return
        muted = self._brakes.muted(utc)
        self._heed_mutes(muted)
        rows = self._outbox.at_work()
        self._seen = {_state_of(row): self._seen.get(_state_of(row), now) for row in rows}
        self._look_at = {row.number: self._look_at[row.number] for row in rows if row.number in self._look_at}
        if self._troubled and all(row.post.sink != GERRIT_SINK for row in rows):
            self._works("no comment waits to be posted")  # the stream has proved the last one, or it came too late
        for row in rows:
            if row.number not in self._at_work:
                self._move(row, muted, now)

    def _heed_pause(self, *, paused: bool) -> None:
        if paused != self._paused:
            log.info("paused: nothing is posted until it is resumed" if paused else "resumed: what waited is posted")
        self._paused = paused

    def _heed_mutes(self, muted: frozenset[str]) -> None:
        for name in sorted(muted - self._muted):
            log.info("signature %s is muted", name)
        for name in sorted(self._muted - muted):
            log.info("signature %s is muted no more", name)
        self._muted = muted

    def _move(self, row: Posting, muted: frozenset[str], now: float) -> None:
        if self._show is not None:
            self._show_row(row, self._show)
        elif row.stage == "pending" and muted.issuperset(row.post.bugs):
            self._outbox.withheld(row.number, "its bugs were muted meanwhile")
        elif row.post.sink != GERRIT_SINK:
            self._say(row)
        elif row.stage == "pending":
            self._post(row, now)
        elif now >= self._due(row):
            self._look(row)

    def _show_row(self, row: Posting, show: Callable[[Post], None]) -> None:
        """What a daemon that posts has left behind is left to it."""
        if row.number > self._left_behind:
            show(row.post)
            self._outbox.withheld(row.number, "dry run")

    def _say(self, row: Posting) -> None:
        """At most once: it counts as said before it is handed over."""
        channel = row.post.sink.removeprefix(IRC_SINK)
        if self._notices is None:
            self._outbox.withheld(row.number, NO_IRC)
        elif channel.lower() not in self._channels:
            self._outbox.withheld(row.number, NO_CHANNEL)
        elif not self._withheld(row):
            self._outbox.sent(row.number)
            self._at_failpoint(Failpoint.NOTICE_SENT)
            try:
                self._notices.say(Notice(channel, row.post.body))
            except Permanent as error:
                log.warning("a notice is given up: %s", error)
            self._at_failpoint(Failpoint.NOTICE_SAID)

    def _post(self, row: Posting, now: float) -> None:
        post = row.post
        if row.attempts and now < self._seen[_state_of(row)] + _rest(row.attempts):
            return
        if self._withheld(row) or self._is_full_hour(now):
            return
        review = Review(post.change, post.patchset, post.body, post.token)
        if not self._outbox.sending(row.number):
            return  # the stream has proved it since the row was read
        self._at_failpoint(Failpoint.SENDING)
        self._posted.append(now)
        self._at_work[row.number] = post
        self._calls.submit(LANE, ("post", row.number), lambda: self._deliver(review))

    def _is_full_hour(self, now: float) -> bool:
        """Whether the last hour brought all the comments that it may: what a pause held back does not come at once."""
        while self._posted and self._posted[0] <= now - HOUR:
            self._posted.popleft()
        return len(self._posted) >= self._rules.per_hour

    def _deliver(self, review: Review) -> str:
        """Post it, unless history shows that it stands already or comes too late; runs among the calls.

        The stream tells of new patch sets only while we listen; a change may have moved on before our first start.
        A process that stood still after its look looks again: another may have spoken in its place.
        """
        for _ in range(MOST_LOOKS):
            looked_at = self._clock.monotonic()
            history = self._history.change(review.change)
            if self._stands(review.token, history):
                return STANDS
            if history.patchset > review.patchset or not history.change.open:
                return TOO_LATE
            if self._clock.monotonic() - looked_at <= LOOK_HOLDS:
                break
        self._reviews.post(review)
        self._at_failpoint(Failpoint.POSTED)
        return POSTED

    def _withheld(self, row: Posting) -> bool:
        """What was decided may have waited long, for the pause's end or for a peer: the change may have moved on."""
        if row.post.is_of_outage:
            return False
        newest = self._cases.newest(row.post.change)
        if newest is None or (newest[0] <= row.post.patchset and newest[1]):
            return False
        self._outbox.withheld(row.number, TOO_LATE)
        return True

    def _due(self, row: Posting) -> float:
        """When a row without proof is looked for in history: a server may work on it long after we gave up.

        By the monotonic clock, from when the row was first seen as it is: the wall clock of its record may jump.
        """
        as_it_is = _state_of(row)
        if as_it_is in self._found_sending:
            rested = self._started + self._rules.rest_after_start
        else:
            rested = self._seen[as_it_is] + self._rules.proof
        return max(rested, self._look_at.get(row.number, 0.0))

    def _look(self, row: Posting) -> None:
        self._at_work[row.number] = row.post
        change = row.post.change
        self._calls.submit(LANE, ("look", row.number), lambda: self._history.change(change))

    def _apply(self, done: Done) -> None:
        kind, row = cast("tuple[str, int]", done.key)
        post = self._at_work.pop(row)
        self._say_how(done)
        if isinstance(done.error, Permanent):
            log.warning("comment %s is given up: %s", row, done.error)
            self._outbox.failed(row, str(done.error))
        elif isinstance(done.error, (Transient, Misconfigured)):
            log.warning("comment %s is not proved yet: %s", row, done.error)
            self._look_at[row] = self._clock.monotonic() + self._pause(done.error)
        elif done.error is not None:
            raise done.error
        elif kind == "look":
            self._at_failpoint(Failpoint.LOOKED)
            self._settle(row, post, cast("ChangeHistory", done.result))
        elif done.result == POSTED:
            log.info("comment of case %s posted on change %d, patch set %d", *_place(post))
        elif done.result == STANDS:
            self._outbox.sent(row)
            log.info(FOUND, *_place(post))
        elif done.result == TOO_LATE:
            self._outbox.withheld(row, TOO_LATE)

    def _pause(self, error: Exception) -> float:
        """Seconds before Gerrit is asked again about the same row."""
        if isinstance(error, Misconfigured):
            return MISCONFIGURED_REST
        return max(self._rules.rest_after_start, getattr(error, "after", None) or 0.0)

    def _say_how(self, done: Done) -> None:
        """To the board; a ``Permanent`` is an answer, to one comment alone.

        That Gerrit can be read does not say that it takes comments: only a comment that it took or that stands does.
        """
        error = done.error
        if isinstance(error, (Transient, Misconfigured)):
            condition = Condition.MISCONFIGURED if isinstance(error, Misconfigured) else Condition.DEGRADED
            self._board.say(dependencies.POSTS, condition, str(error), retry_in=self._pause(error))
            self._troubled = True
        elif done.result in (POSTED, STANDS):
            self._works()

    def _works(self, why: str = "") -> None:
        self._board.say(dependencies.POSTS, Condition.WORKING, why)
        self._troubled = False

    def _stands(self, token: str, history: ChangeHistory) -> bool:
        ours = (comment.text for comment in history.comments if comment.author == self._username)
        return any(token_of(text) == token for text in ours)

    def _settle(self, row: int, post: Post, history: ChangeHistory) -> None:
        if self._stands(post.token, history):
            self._outbox.sent(row)
            log.info(FOUND, *_place(post))
            self._at_failpoint(Failpoint.PROVED)
            self._works()
        else:
            self._outbox.again(row, "not in the change's history")
            log.warning("comment of case %s is not on change %d, patch set %d: it is tried again", *_place(post))
        self._look_at.pop(row, None)


def _place(post: Post) -> tuple[str, int, int]:
    return post.case_id, post.change, post.patchset


def _state_of(row: Posting) -> _RowState:
    return row.number, row.stage, row.attempts, row.changed_at


def _rest(attempts: int) -> float:
    """Seconds before a further attempt."""
    return doubled(FIRST_REST, attempts, most=LONGEST_REST)
