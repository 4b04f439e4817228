"""Records replies to our comments, of those whose replies count: the change's owner, and the members of a group.

A reply changes nothing of what is posted.
"""

import logging
import threading
from collections.abc import Iterable
from dataclasses import replace

from gerritbot_er.model import Reply
from gerritbot_er.ports import Cases, Sightings

from .reply_group import ReplyGroup

log = logging.getLogger(__name__)

MOST_WAITING = 1000
"""Replies that wait until the group is known; of more the oldest are dropped."""


class ReplyRecorder:
    """Keeps replies until it is known whether they count, and then writes them into the sightings.

    Owned by one thread, which calls ``step``; ``add`` may be called from any.
    """

    def __init__(self, cases: Cases, sightings: Sightings | None, group: ReplyGroup | None) -> None:
        """Without a group only owners' replies count."""
        self._cases = cases
        self._sightings = sightings
        self._group = group
        self._lock = threading.Lock()
        self._inbox: list[Reply] = []

    def add(self, replies: Iterable[Reply]) -> None:
        """Take replies in, to be recorded by the next step."""
        with self._lock:
            self._inbox.extend(replies)

    def step(self) -> None:
        """Record those that count; those of which it is not known yet wait, and the others are dropped."""
        if self._group:
            self._group.step()
        with self._lock:
            inbox, self._inbox = self._inbox, []
        if not inbox:
            return
        allowed = {reply: self._may(reply) for reply in inbox}
        heard = [self._placed(reply) for reply, may in allowed.items() if may]
        if heard and self._sightings:
            self._sightings.replied(heard)
        waiting = [reply for reply, may in allowed.items() if may is None]
        with self._lock:
            self._inbox = [*waiting[-MOST_WAITING:], *self._inbox]

    def _may(self, reply: Reply) -> bool | None:
        """Whether a reply counts; None where that is not known yet.  An account without a username never counts."""
        if not reply.author:
            return False
        if reply.author == reply.change.owner:
            return True
        may = self._group.has(reply.author) if self._group else False
        if may is False:
            log.debug("an answer of %s on change %d does not count", reply.author, reply.change.number)
        return may

    def _placed(self, reply: Reply) -> Reply:
        """The reply with the comment of ours that it replies to."""
        spoken = self._cases.answered(reply.change.number, reply.patchset, reply.at)
        return replace(reply, case_id=spoken.case_id, signatures=spoken.bugs) if spoken else reply
