"""The ports of what is said: the outbox, and those who take its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gerritbot_er.model import Notice, Review


class Reviews(Protocol):
    """Comments on changes."""

    def post(self, review: Review) -> None:
        """Post one; its return proves nothing, the comment in the stream or in history does.

        ``Permanent`` where Gerrit refuses this comment for good (no such change, too long).
        """


class Notices(Protocol):
    """IRC."""

    def say(self, notice: Notice) -> None:
        """Say one line, at most once; it may wait in a bounded queue, and is lost if the server is away for long."""


FOLLOW_UP = 2
"""The part of a case that is its follow-up."""
GERRIT_SINK, IRC_SINK = "gerrit", "irc:"
"""Where a row of the outbox goes; a channel's name stands behind the latter."""


@dataclass(frozen=True, slots=True)
class Post:
    """One row for the outbox: ``sink`` is "gerrit" or "irc:#channel"; ``token`` proves the post ("" for IRC).

    ``part`` is 1 for what is said of a case, 2 for its follow-up; from 3 on it is an outage's begin or end.  ``bugs``
    are the names of signatures, and the keys of groups.
    """

    case_id: str
    sink: str
    part: int
    change: int
    patchset: int
    bugs: tuple[str, ...]
    body: str
    token: str = ""

    @property
    def is_of_outage(self) -> bool:
        """Whether it concerns more than its change."""
        return self.part > FOLLOW_UP


@dataclass(frozen=True, slots=True)
class Posting:
    """A row of the outbox at work: ``stage`` is "pending" or "sending"; times in UTC seconds."""

    number: int
    post: Post
    stage: str
    changed_at: float
    attempts: int


class Outbox(Protocol):
    """The comments and notices between deciding and posting."""

    def at_work(self) -> Sequence[Posting]:
        """The rows that are pending or sending, oldest first."""

    def sending(self, number: int) -> bool:
        """From here on the peer may have it; False where the row is pending no more, and so is not to be posted."""

    def again(self, number: int, why: str) -> None:
        """Back to pending: proved not to have arrived."""

    def sent(self, number: int) -> None:
        """Proved to have arrived (a notice: handed over)."""

    def failed(self, number: int, why: str) -> None:
        """Refused for good."""

    def withheld(self, number: int, why: str) -> None:
        """Not posted, on purpose."""
