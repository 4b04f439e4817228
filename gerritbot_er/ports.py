"""The ports: what the middle needs from the world, as Protocols that adapters fill.

Every method may raise ``errors.Transient`` (try again), ``errors.Permanent`` (never) or ``errors.Misconfigured``;
nothing else leaves an adapter.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .model import (
    Build,
    BuildAnswer,
    BuildFacts,
    ChangeHistory,
    CIReport,
    Event,
    LogsSeen,
    Notice,
    Review,
    Signature,
)


class Clock(Protocol):
    """Time: ``now`` in UTC seconds for records, ``monotonic`` for deadlines."""

    def now(self) -> float: ...

    def monotonic(self) -> float: ...


class LogStore(Protocol):
    """Where logs are searched.  Its methods block, within the store's own time limits."""

    def readiness(self, builds: Sequence[Build]) -> Mapping[str, LogsSeen]:
        """What is there now, by build identity, in one request for up to 500 builds; nothing seen: left out."""

    def match(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        """All signatures against all builds, by build identity; every build of the question has an answer.

        Only the query of a signature is asked; scope, voting and test ids are the middle's business.
        """


class BuildInfo(Protocol):
    """What the CI's own server knows of the builds of a report."""

    def facts(self, report: CIReport) -> Sequence[BuildFacts]:
        """Those of the report's builds that the server knows by now, of a truncated report all of its buildset.

        Earlier attempts of a build are no builds of their own, but stand in its ``attempts``.
        """


class History(Protocol):
    """Gerrit's own record of what was said."""

    def since(self, at: int) -> Iterable[Event]:
        """Comments and patch sets from this second of the server on, oldest first, in as few requests as it takes."""

    def change(self, number: int) -> ChangeHistory:
        """One change with all of its comments; ``Permanent`` where there is no such change."""


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


@dataclass(frozen=True, slots=True)
class Done:
    """A call that has ended: with its result, or with the error it raised."""

    key: Hashable
    result: object = None
    error: Exception | None = None


class Calls(Protocol):
    """Blocking calls handed out and collected, so that no peer's slowness stops the loop."""

    def submit(self, lane: str, key: Hashable, call: Callable[[], object]) -> None:
        """Run ``call`` after those of the same lane (a few at a time per lane), and ring when it has ended."""

    def collect(self) -> Sequence[Done]:
        """What has ended since the last time."""
