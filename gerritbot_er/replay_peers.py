"""The peers of a replay: Gerrit as the recording tells of it, and the peers of the configuration, or nobody."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from .errors import Misconfigured, Permanent, Transient
from .model import (
    Build,
    BuildAnswer,
    BuildFacts,
    Change,
    ChangeClosed,
    ChangeHistory,
    CIReport,
    CommentAdded,
    Event,
    Evidence,
    LogsSeen,
    MadePrivate,
    PatchsetCreated,
    Review,
    Signature,
)
from .ports import BuildInfo, Clock, LogStore

MOST_FAILURES = 10

Answer = TypeVar("Answer")
Asked = Counter[tuple[str, int, int, str]]
"""How often was asked: by kind of question, change, patch set, and the build's identity or the report's digest."""


class RecordedGerrit:
    """``History`` and ``Reviews`` of the changes that the recording has told of so far."""

    def __init__(self, username: str, clock: Clock) -> None:
        self._username = username
        self._clock = clock
        self._changes: dict[int, tuple[Change, int]] = {}
        self._ours: dict[int, list[CommentAdded]] = {}
        self._echoes: list[CommentAdded] = []

    def note(self, event: CommentAdded | PatchsetCreated | ChangeClosed | MadePrivate) -> None:
        """What an event tells of its change."""
        number = event.change.number
        newest = self._changes[number][1] if number in self._changes else 0
        self._changes[number] = (event.change, max(newest, getattr(event, "patchset", 0)))

    def echoes(self) -> list[CommentAdded]:
        """Our comments, as the stream would bring them back."""
        echoes, self._echoes = self._echoes, []
        return echoes

    def since(self, at: int) -> Iterable[Event]:
        del at
        return ()

    def change(self, number: int) -> ChangeHistory:
        if number not in self._changes:
            raise Permanent(f"change {number}: the recording does not tell of it")
        change, newest = self._changes[number]
        return ChangeHistory(change, newest, tuple(self._ours.get(number, ())))

    def post(self, review: Review) -> None:
        change = self._changes[review.change][0]
        comment = CommentAdded(change, review.patchset, self._username, review.message, int(self._clock.now()))
        self._ours.setdefault(review.change, []).append(comment)
        self._echoes.append(comment)


class Silent:
    """A log store and a CI's server that know nothing."""

    def readiness(self, builds: Sequence[Build]) -> Mapping[str, LogsSeen]:
        del builds
        return {}

    def match(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        del signatures
        return {build.identity: BuildAnswer(absent=True) for build in builds}

    def lines(self, builds: Sequence[Build]) -> Mapping[str, tuple[Evidence, ...]]:
        del builds
        return {}

    def facts(self, report: CIReport) -> Sequence[BuildFacts]:
        del report
        return ()


class Patience:
    """Asks a peer no more once it has failed ten times in a row.

    A replay's time passes at once, so that all the pauses between tries, which spare a peer that is down, are none.
    """

    def __init__(self, peer: str, given_up: dict[str, str]) -> None:
        """:param given_up: told the peers that are asked no more, and why."""
        self._peer = peer
        self._given_up = given_up
        self._failures = 0

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """What the peer answers.  Transient where it does not, or is asked no more."""
        if self._peer in self._given_up:
            raise Transient(self._given_up[self._peer])
        try:
            answer = question()
        except (Transient, Misconfigured) as error:
            self._failures += 1
            if self._failures == MOST_FAILURES:
                self._given_up[self._peer] = str(error)
            raise
        self._failures = 0
        return answer


class AskedStore:
    """A log store whose questions are counted by build."""

    def __init__(self, store: LogStore, asked: Asked, patience: Patience) -> None:
        self._store = store
        self._asked = asked
        self._patience = patience

    def readiness(self, builds: Sequence[Build]) -> Mapping[str, LogsSeen]:
        self._asked.update(("readiness", b.change, b.patchset, b.identity) for b in builds)
        return self._patience.ask(lambda: self._store.readiness(builds))

    def match(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        self._asked.update(("match", b.change, b.patchset, b.identity) for b in builds)
        return self._patience.ask(lambda: self._store.match(signatures, builds))

    def lines(self, builds: Sequence[Build]) -> Mapping[str, tuple[Evidence, ...]]:
        self._asked.update(("lines", b.change, b.patchset, b.identity) for b in builds)
        return self._patience.ask(lambda: self._store.lines(builds))


class AskedInfo:
    """A CI's server whose questions are counted by report."""

    def __init__(self, info: BuildInfo, asked: Asked, patience: Patience) -> None:
        self._info = info
        self._asked = asked
        self._patience = patience

    def facts(self, report: CIReport) -> Sequence[BuildFacts]:
        self._asked[("facts", report.change.number, report.patchset, report.digest)] += 1
        return self._patience.ask(lambda: self._info.facts(report))
