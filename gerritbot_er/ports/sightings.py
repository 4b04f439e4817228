"""The ports of the sightings: what the middle remembers and asks of them, and the way of them into a cluster."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gerritbot_er.insight.exported import Document, Exported, Receipt
from gerritbot_er.model import Build, CIReport, Failure, Reach, Reply, Verdict


class Sightings(Protocol):
    """What statistics come from; losing it never stops the daemon."""

    def reported(self, reports: Sequence[tuple[str, CIReport]]) -> None:
        """Remember reports, good ones too, by their case key."""

    def made_private(self, changes: Iterable[tuple[int, int]]) -> None:
        """What was heard of these changes up to these seconds of the server is told to nobody from now on."""

    def judged(self, verdict: Verdict) -> None:
        """Remember what is known of the builds of a case, in place of what was known before."""

    def reach(self, verdict: Verdict, until: float, around: float) -> Sequence[Reach]:
        """How far each failure of a judged verdict reaches, of those that are known to be one.

        ``until``: the server's second that is now; ``around``: the seconds before and after the report whose hits are
        told.  Where the statistics cannot be read nothing is known.
        """

    def changes_hit(self, failure: Failure, since: float) -> int:
        """How many changes a failure has hit from this second of the server on, of those everybody may hear of."""

    def replied(self, replies: Sequence[Reply]) -> None:
        """Remember what people answered to us, each answer once however often it is told."""

    def successes(self, build: Build) -> Sequence[Build]:
        """A few builds of the same job in the same project that did not fail lately, newest first."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A failed build that a cluster does not have as it is now; ``number`` is another each time that it changes."""

    number: int
    build: Exported


class UnsentBuilds(Protocol):
    """The decided builds that a cluster is still to get."""

    def newest(self, most: int) -> Sequence[Unsent]:
        """At most so many, the one that changed last first."""

    def forget(self, numbers: Iterable[int]) -> None:
        """These were sent; one that has changed meanwhile has another number, and stays."""

    def count(self) -> int:
        """How many there are."""


class SightingsIndex(Protocol):
    """Where documents of failed builds are sent.  Its methods block."""

    def prepare(self) -> None:
        """Make it where it is missing; ``Misconfigured`` where it is not as it has to be."""

    def send(self, documents: Sequence[Document]) -> Sequence[Receipt]:
        """Put them there, in place of those with the same ids; what became of each, in their order."""
