"""The ports of what is decided: cases with their verdicts, outages, and the operator's brakes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gerritbot_er.model import Case, CIReport, Failure, Notice, Outage, Reply, Verdict

from .posting import Post


@dataclass(frozen=True, slots=True)
class Batch:
    """What intake learnt in up to 100 ms, kept in one commit.

    ``patchsets``: (change number, patch set, server's second); ``closed``: (change number, server's second);
    ``private``: (change number, server's second at which it was private);
    ``proofs``: tokens of our own comments that came back; ``cursor``: the server's second up to which all is seen;
    ``begin`` stands for that until the first cursor is known.  ``replies`` are no part of the commit.
    """

    cases: tuple[Case, ...] = ()
    reports: tuple[tuple[str, CIReport], ...] = ()
    patchsets: tuple[tuple[int, int, int], ...] = ()
    closed: tuple[tuple[int, int], ...] = ()
    private: tuple[tuple[int, int], ...] = ()
    proofs: frozenset[str] = frozenset()
    cursor: int | None = None
    begin: int | None = None
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class Spoken:
    """A comment of ours on a patch set, posted or about to be; ``part`` 2 is a follow-up.

    ``stands`` is False where it was withheld or refused.
    """

    case_id: str
    part: int
    bugs: tuple[str, ...]
    created_at: float
    stands: bool = True


class Cases(Protocol):
    """The record of cases and changes; every method is one commit."""

    def keep(self, batch: Batch) -> Sequence[Case]:
        """Store a batch; returns those of its cases that were not known before.

        Notices that wait are withheld where their change is private now.
        """

    def open_cases(self) -> Sequence[Case]:
        """All cases that have no final verdict yet, oldest first."""

    def cursor(self) -> int | None:
        """The server's second up to which nothing was missed; None before the first start."""

    def newest(self, change: int) -> tuple[int, bool] | None:
        """(newest patch set seen, whether the change is open); None for a change not seen yet."""

    def private_at(self, change: int) -> int | None:
        """The server's last second at which a change is known to have been private; None where it never was.

        Nothing of that second or before may be told of it.
        """

    def spoken(self, change: int, patchset: int) -> Sequence[Spoken]:
        """Our comments on a patch set, oldest first, with those that were decided and do not stand."""

    def answered(self, change: int, patchset: int, at: int) -> Spoken | None:
        """Our newest comment on this or an earlier patch set that Gerrit had when this second of its clock ended."""

    def comments_since(self, at: float) -> int:
        """How many comments were decided since this UTC second."""

    def settle(
        self, verdict: Verdict, said: str | None, posts: Sequence[Post], *, done: bool, limited: bool = False
    ) -> None:
        """Record a verdict, what is said about it or why nothing is, and the outbox rows, together.

        ``said`` is None where what was recorded before still holds; ``limited``: a limit keeps a comment back.  A row
        that stands already (same case, sink and part) is left as it is.
        """


class Outages(Protocol):
    """The outages; every method is one commit."""

    def current(self) -> Sequence[Outage]:
        """Those that last, oldest first."""

    def owners(self, changes: Iterable[int]) -> Mapping[int, str]:
        """The usernames of those whose failing changes these are, as far as they are known."""

    def ended(self, failure: Failure) -> Outage | None:
        """The last one of a failure that has ended."""

    def keep(self, outage: Outage, notices: Sequence[Notice]) -> Outage:
        """Store it as it is now, with the notices of channels that have none yet; returns it as it is stored.

        Where no outage of this failure lasts, a new one begins and gets a number.
        """

    def end(self, outage: Outage, notices: Sequence[Notice]) -> bool:
        """Let it end, with these notices; False where it had ended before."""


class Brakes(Protocol):
    """What the operator has stopped; read anew each time, so that it works at once."""

    def paused(self, now: float) -> bool:
        """Whether nothing is to be posted or said."""

    def muted(self, now: float) -> frozenset[str]:
        """The names of signatures that are not to be spoken of."""
