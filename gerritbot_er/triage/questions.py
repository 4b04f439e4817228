"""Asks peers for the desk without waiting for them, and collects their answers, by which breakers open and close."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from gerritbot_er import dependencies
from gerritbot_er.errors import GerritbotError, Permanent
from gerritbot_er.model import Build, BuildAnswer, BuildFacts, CIReport, Evidence, LogsSeen, Signature
from gerritbot_er.ports import AtFailpoint, BuildInfo, Calls, Clock, Done, Failpoint, LogStore

from .breaker import Breaker
from .cases import report_of, with_facts
from .peer_troubles import PeerTroubles

log = logging.getLogger(__name__)

Place = tuple[str, str]
"""A build at work: its case's id and its own identity."""


@dataclass(frozen=True, slots=True)
class Peers:
    """The peers of the desk: log stores by name, the CIs' own servers by the CI's name."""

    stores: Mapping[str, LogStore]
    infos: Mapping[str, BuildInfo]


@dataclass(frozen=True, slots=True)
class _FactsAsked:
    case_id: str
    ci: str


@dataclass(frozen=True, slots=True)
class _LogsAsked:
    store: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class _MatchAsked:
    store: str
    case_id: str
    identities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _LinesAsked:
    store: str
    case_id: str
    identities: tuple[str, ...]
    good: tuple[Build, ...]


@dataclass(frozen=True, slots=True)
class FactsAnswer:
    """What the CI's server knows of a case's builds; ``error`` says why it told nothing."""

    case_id: str
    facts: Sequence[BuildFacts] = ()
    error: GerritbotError | None = None


@dataclass(frozen=True, slots=True)
class LogsAnswer:
    """What a log store holds of the builds asked after, by identity; ``failed``: it could not tell."""

    places: tuple[Place, ...]
    seen: Mapping[str, LogsSeen] = field(default_factory=dict)
    failed: bool = False


@dataclass(frozen=True, slots=True)
class MatchAnswer:
    """What matched in the builds of a case, by identity; a build without an answer could not be searched."""

    case_id: str
    identities: tuple[str, ...]
    answers: Mapping[str, BuildAnswer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinesAnswer:
    """The lines that may tell why builds of a case failed, by identity; those of ``good`` builds are for comparison.

    ``failed``: the store could not tell.
    """

    case_id: str
    identities: tuple[str, ...]
    good: tuple[Build, ...]
    lines: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)
    failed: bool = False


Answer = FactsAnswer | LogsAnswer | MatchAnswer | LinesAnswer


class Questions:
    """Asks log stores and the CIs' servers, and leaves a log store alone while its breaker is open.

    Owned by the desk's thread; ``troubles`` says which peers do not answer and why, and may be read by any thread.
    ``roll`` gives random numbers from 0 to 1 to the breakers.  Times are monotonic seconds.
    """

    def __init__(
        self, peers: Peers, calls: Calls, clock: Clock, at_failpoint: AtFailpoint, roll: Callable[[], float]
    ) -> None:
        self._peers = peers
        self._calls = calls
        self._clock = clock
        self._at_failpoint = at_failpoint
        self._breakers = {name: Breaker(roll) for name in peers.stores}
        self.troubles = PeerTroubles(clock)

    def knows(self, ci: str) -> bool:
        """Whether this CI has a server that can be asked."""
        return ci in self._peers.infos

    def not_before(self, store: str) -> float:
        """When the store may be asked again; long ago where nothing is wrong with it."""
        return self._breakers[store].not_before

    def ask_facts(self, case_id: str, report: CIReport) -> None:
        """Ask the CI's own server about the builds of a report."""
        info = self._peers.infos[report.ci]
        self._calls.submit(f"ci {report.ci}", _FactsAsked(case_id, report.ci), lambda: info.facts(report))

    def ask_for_logs(self, store: str, builds: Mapping[Place, Build], now: float) -> bool:
        """Ask what the store holds of these builds, in one request; False where the store is to be left alone."""
        if not self._breakers[store].lets(now):
            return False
        asked, peer = list(builds.values()), self._peers.stores[store]
        self._calls.submit(f"store {store}", _LogsAsked(store, tuple(builds)), lambda: peer.readiness(asked))
        return True

    def ask_for_matches(
        self,
        store: str,
        case_id: str,
        builds: Sequence[Build],
        signatures: Sequence[Signature],
        *,
        host: str,
        now: float,
    ) -> bool:
        """Ask what matches in builds of a case, in one request; False where the store is to be left alone.

        ``host`` is the one that the logs are fetched from: such hosts do not wait for each other; "" is the store.
        """
        if not self._breakers[store].lets(now):
            return False
        question = _MatchAsked(store, case_id, tuple(build.identity for build in builds))
        peer = self._peers.stores[store]
        self._calls.submit(f"store {store} {host}".rstrip(), question, lambda: peer.match(signatures, builds))
        return True

    def ask_for_lines(
        self, store: str, case_id: str, builds: Sequence[Build], good: Sequence[Build], now: float
    ) -> bool:
        """Ask for the lines of unexplained builds of a case, and of good ones; False where it is to be left alone.

        All in one request; no other question waits for it.
        """
        if not self._breakers[store].lets(now):
            return False
        question = _LinesAsked(store, case_id, tuple(build.identity for build in builds), tuple(good))
        peer, asked = self._peers.stores[store], [*builds, *good]
        self._calls.submit(f"store {store} lines", question, lambda: peer.lines(asked))
        return True

    def ask_for_good_lines(self, store: str, case_id: str, good: Sequence[Build], now: float) -> None:
        """The same of good builds alone, for a store that reads them one by one; the newest is looked up at its CI.

        Only where nothing is wrong with the store: this question is never the one that probes it.
        """
        if self.not_before(store) > now:
            return
        question = _LinesAsked(store, case_id, (), tuple(good))
        peer, info = self._peers.stores[store], self._peers.infos.get(good[0].ci)
        self._calls.submit(f"store {store} good lines", question, lambda: _good_lines(peer, info, good))

    def answers(self, now: float) -> Iterator[Answer]:
        """What has been answered since the last time.  An error that is none of a peer's is raised."""
        for done in self._calls.collect():
            if done.error is not None and not isinstance(done.error, GerritbotError):
                raise done.error
            if isinstance(done.error, Permanent):
                log.warning("a question was refused: %s", done.error)
            yield self._answer(done, now)

    def _answer(self, done: Done, now: float) -> Answer:
        if isinstance(done.key, _FactsAsked):
            self.troubles.note(dependencies.ci_server(done.key.ci), done.error)
            self._at_failpoint(Failpoint.FACTS_KNOWN)
            error = cast("GerritbotError | None", done.error)
            return FactsAnswer(done.key.case_id, cast("Sequence[BuildFacts]", done.result or ()), error)
        if isinstance(done.key, _LogsAsked):
            self._note_store(done.key.store, done.error, now)
            self._at_failpoint(Failpoint.LOGS_SEEN)
            seen = cast("Mapping[str, LogsSeen]", done.result or {})
            return LogsAnswer(done.key.places, seen, failed=done.error is not None)
        if isinstance(done.key, _LinesAsked):
            self._note_store(done.key.store, done.error, now)
            lines = cast("Mapping[str, tuple[Evidence, ...]]", done.result or {})
            failed = done.error is not None
            return LinesAnswer(done.key.case_id, done.key.identities, done.key.good, lines, failed=failed)
        asked = cast("_MatchAsked", done.key)
        self._note_store(asked.store, done.error, now)
        self._at_failpoint(Failpoint.MATCHED)
        return MatchAnswer(asked.case_id, asked.identities, cast("Mapping[str, BuildAnswer]", done.result or {}))

    def _note_store(self, store: str, error: Exception | None, now: float) -> None:
        breaker = self._breakers[store]
        breaker.note(error, now)
        rest = breaker.not_before - now
        self.troubles.note(dependencies.log_store(store), error, self._clock.now() + rest if rest > 0 else None)


def _good_lines(store: LogStore, info: BuildInfo | None, good: Sequence[Build]) -> Mapping[str, tuple[Evidence, ...]]:
    """Of what is kept; else those of the newest, if the CI's server tells where its logs are."""
    lines = store.lines(good)
    if lines or info is None:
        return lines
    report = report_of(good[0])
    try:
        facts = info.facts(report)
    except GerritbotError:
        return lines  # the log store is not to blame
    return store.lines(with_facts(report, good[:1], facts))
