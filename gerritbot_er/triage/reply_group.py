"""Who is in the group whose replies count: asked of Gerrit without waiting, and remembered for a while."""

import logging
from typing import cast

from gerritbot_er import dependencies
from gerritbot_er.dependencies import Condition
from gerritbot_er.errors import GerritbotError, Misconfigured
from gerritbot_er.ports import Board, Calls, Clock, Groups

from .catchup import error_wait

log = logging.getLogger(__name__)

KNOWN_FOR = 600.0
"""Seconds after which a member may be none any more, and the group is asked for again."""
STRANGER_FOR = 60.0
"""Seconds after which whoever was no member may be one by now."""


class ReplyGroup:
    """Knows the members of the group, and asks Gerrit again when what it knows is old.

    Owned by one thread, which calls ``step`` about every second; it never waits for Gerrit.
    What is wrong is said on the board; while the group cannot be seen for good, it has no members.
    """

    def __init__(self, name: str, *, groups: Groups, calls: Calls, clock: Clock, board: Board) -> None:
        self._name = name
        self._groups = groups
        self._calls = calls
        self._clock = clock
        self._board = board
        self._members: frozenset[str] = frozenset()
        self._known_at: float | None = None
        self._asking = False
        self._wanted = True
        self._not_before = 0.0
        self._failures = 0
        self._refused = False
        board.say(dependencies.GROUP, Condition.CONNECTING, f"{name} not asked for yet")

    def has(self, username: str) -> bool | None:
        """Whether this account is a member; None while that is being asked."""
        if self._refused:
            return False
        age = None if self._known_at is None else self._clock.monotonic() - self._known_at
        member = username in self._members
        if age is None or age > (KNOWN_FOR if member else STRANGER_FOR):
            self._wanted = True
            return None
        return member

    def step(self) -> None:
        """Take in what Gerrit has told, and ask if somebody wants to know or it was long ago."""
        now = self._clock.monotonic()
        for done in self._calls.collect():
            self._asking = False
            if done.error is None:
                self._learn(cast("frozenset[str]", done.result), now)
            elif isinstance(done.error, GerritbotError):
                self._fail(done.error, now)
            else:
                raise done.error
        old = self._known_at is None or now - self._known_at > KNOWN_FOR
        if (old or self._wanted) and not self._asking and now >= self._not_before:
            self._asking, self._wanted = True, False
            self._calls.submit("group", self._name, lambda: self._groups.members(self._name))

    def _learn(self, members: frozenset[str], now: float) -> None:
        self._members, self._known_at = members, now
        self._failures, self._refused, self._wanted = 0, False, False
        count = f"{len(members)} member{'' if len(members) == 1 else 's'}"
        self._board.say(dependencies.GROUP, Condition.WORKING, f"{self._name}, {count}")

    def _fail(self, error: GerritbotError, now: float) -> None:
        self._failures += 1
        self._refused = isinstance(error, Misconfigured)
        wait = error_wait(error, self._failures)
        self._not_before = now + wait
        if self._refused:
            self._known_at = None
        if self._failures == 1:
            log.warning("who may answer beside owners is not known: %s", error)
        condition = Condition.MISCONFIGURED if self._refused else Condition.DEGRADED
        meanwhile = "only owners' answers count" if self._refused else "answers of others than owners wait"
        self._board.say(dependencies.GROUP, condition, f"{error}; until then {meanwhile}", retry_in=wait)
