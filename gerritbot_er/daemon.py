"""The daemon: every room and how they are joined.  It reads like the way of one failure.

Gerrit -> stream -> intake -> desk -> outbox -> poster -> Gerrit, IRC
          history -'            '-> log stores, the CIs' own servers
"""

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from . import standing
from .calls import ThreadCalls
from .chat.irc import IrcNotices
from .clock import SystemClock
from .errors import Misconfigured
from .exporting import Export
from .gerrit.groups import GerritGroups
from .gerrit.reviews import GerritReviews
from .gerrit.ssh import Connection
from .gerrit.stream import EventStream
from .in_hand import DaemonsHands
from .insight.exported import Document, Exported, document
from .keeping import KeepingStates
from .listener import StreamListener
from .logs.local import LocalLogStore
from .metered import metered
from .model import Signature
from .one_voice import speaking_as
from .peer_states import PeerStates
from .peers import GERRIT_SSH, keepers_of, open_export, open_history, open_infos, open_stores, past_places
from .ports import UNMEASURED, Clock, Marks, Post, unmarked
from .secret import read_secret
from .settings import Rule, Settings, Web
from .signatures.shelf import Shelf
from .standing import Condition
from .state import (
    Publicity,
    StatusBoard,
    StoredBrakes,
    StoredBugs,
    StoredCases,
    StoredOutages,
    StoredOutbox,
    StoredRecords,
    StoredSightings,
    StoredStatistics,
    StoredTrials,
    StoredUnsent,
    locked,
    open_sightings,
    open_state,
)
from .state.retention import Retention
from .supervisor import WATCH, Bell, Run, Supervisor, Watch, stepping
from .systemd import Notifier
from .trackers import Refresh, open_trackers
from .triage.hearing import Hearing
from .triage.intake import Intake
from .triage.reply_group import ReplyGroup
from .triage.retrospect import Retrospect
from .triage.sample import HeardToo, Sample
from .triage.way import Way, World
from .web.addresses import part_of
from .web.health import Health, extras
from .web.opening import open_meter, open_pages
from .web.sources import InHand, Sources

if TYPE_CHECKING:
    from .web.meter import PrometheusMeter

Port = TypeVar("Port")

log = logging.getLogger(__name__)

COMMIT_EVERY = 0.1
"""Seconds between commits of what arrives."""
BRAKES_EVERY = 1.0
"""Seconds between looks at the outbox while nothing rings: a brake taken off works at once."""
THREADS = 16
"""Calls to peers under way at once, two of one kind; the rest waits."""
POST_WITHIN = 10.0
"""Seconds that a post under way has at the end; one that takes longer is looked for in history at the next start."""


class Daemon:
    """Everything wired together; ``run`` works until ``stop``.

    ``since``: where to begin at the very first start (the server's seconds; None is now); ``show`` makes it a dry run:
    it is told what would be posted, for projects in shadow as well; ``marks`` and ``watch`` are a test's;
    ``last_good`` are the signatures of the daemon before in this process.
    ``Misconfigured`` where the settings, files or state cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        environ: Mapping[str, str] = os.environ,
        since: int | None = None,
        show: Callable[[Post], None] | None = None,
        marks: Marks = unmarked,
        watch: Watch = WATCH,
        last_good: dict[str, Signature] | None = None,
    ) -> None:
        self._settings = settings if show is None else _rehearsing(settings)
        self._environ = environ
        self._rhythm = watch.silence / 4
        self._clock: Clock = SystemClock()
        self._supervisor = Supervisor(self._clock, Notifier(environ), watch, self._headline)
        self._closing = contextlib.ExitStack()
        try:
            if show is None:
                self._closing.enter_context(speaking_as(settings.gerrit))
            self._open_state(last_good)
            self._open_peers()
            self._join(since, show, marks)
        except BaseException:
            self._closing.close()
            raise

    def run(self) -> bool:
        """Work until ``stop`` (True) or until a worker ends by itself (False); then everything is closed."""
        with self._closing:
            return self._supervisor.run()

    def stop(self, *, another_follows: bool = False) -> None:
        """Ask for the end; callable from a signal handler.  ``another_follows``: in this process, see ``handover``."""
        self._supervisor.stop(another_follows=another_follows)

    def add(self, name: str, run: Run, wake: Callable[[], None]) -> None:
        """One more worker, before ``run``."""
        self._supervisor.add(name, run, wake)

    def say(self, name: str, state: Condition, why: str = "") -> None:
        """How it stands with something; callable from any thread."""
        self._board.say(name, state, why)

    def reload(self) -> None:
        """Read the signature files again; callable from a signal handler's thread."""
        self._shelf.reload()
        self._say_problems()

    def _headline(self, stuck: Sequence[str]) -> str:
        return standing.headline(self._board.dependencies(), stuck)

    # -- opening

    def _open_state(self, last_good: dict[str, Signature] | None) -> None:
        folder, clock = self._settings.state, self._clock
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = "it is no folder" if folder.exists() else error.strerror
            raise Misconfigured(f"state: {folder} cannot be used ({why}); make it a folder of our user's") from error
        self._closing.enter_context(locked(folder))
        state = self._state = self._closing.enter_context(open_state(folder))
        self._sightings_file = self._closing.enter_context(open_sightings(folder))
        gates = {ci.name: ci.gate_pipelines for ci in self._settings.cis}
        publicity = Publicity(self._settings.public_projects, gates)
        self._sightings = StoredSightings(self._sightings_file, clock, publicity)
        self._cases, self._outbox = StoredCases(state, clock), StoredOutbox(state, clock)
        self._brakes, self._board = StoredBrakes(state), StatusBoard(state, clock)
        self._bugs = StoredBugs(self._sightings_file)
        self._board.clear()
        self._shelf = Shelf(self._settings.signatures.directories, self._settings.signatures.bug_url, last_good)
        self._say_problems()

    def _open_peers(self) -> None:
        settings = self._settings
        self._counted = open_meter() if settings.web else None
        self._meter = self._counted or UNMEASURED
        self._all_calls: dict[str, ThreadCalls] = {}
        # Opened before the log stores, so that it is closed after them: their end frees the calls that wait for them.
        self._due = Bell()
        self._desk_calls = self._calls("desk", self._due)
        self._chosen = Bell()
        self._sample_calls = self._calls("sample", self._chosen)
        self._reading, self._writing = self._connect(), self._connect()
        self._history = open_history(
            settings,
            self._writing,
            self._environ,
            self._clock,
            self._closing,
            board=self._board,
            meter=self._meter,
        )
        self._reviews = self._metered(GerritReviews(self._writing, settings.gerrit.notify), GERRIT_SSH)
        self._keepers = keepers_of(settings)
        self._kept = KeepingStates(self._keepers, self._board, self._clock)
        self._stores = open_stores(settings, self._environ, self._closing, self._keepers)
        infos = open_infos(settings, self._clock.monotonic, self._closing)
        self._infos = {name: self._metered(info, standing.ci_server(name)) for name, info in infos.items()}
        self._irc = None
        if settings.irc:
            irc = settings.irc
            password = read_secret(irc.sasl_password_file, irc.sasl_password_env, self._environ)
            self._irc = IrcNotices(irc, password, self._clock)

    def _metered(self, port: Port, peer: str) -> Port:
        return metered(port, peer, self._meter, self._clock)

    def _connect(self) -> Connection:
        connection = Connection(self._settings.gerrit)
        self._closing.callback(connection.close)
        return connection

    def _calls(self, name: str, bell: Bell, *, finish: float = 0.0) -> ThreadCalls:
        """``finish``: the seconds that calls under way have at the end, before connections are closed under them."""
        calls = ThreadCalls(name, bell.ring, total=THREADS)
        self._closing.callback(calls.close, within=finish)
        self._all_calls[name] = calls
        return calls

    def _say_problems(self) -> None:
        for problem in self._shelf.problems:
            log.error("signature left out: %s", problem)
        files = [Path(problem.file).name for problem in self._shelf.problems]
        state = Condition.DEGRADED if files else Condition.WORKING
        self._board.say(standing.SIGNATURES, state, standing.signatures(len(self._shelf.library.signatures), files))

    # -- joining

    def _join(self, since: int | None, show: Callable[[Post], None] | None, marks: Marks) -> None:
        arrived, missed, due, decided = Bell(), Bell(), self._due, Bell()
        sample = self._sample()
        world = self._world(sample, arrived=arrived, missed=missed, decided=decided)
        deaf = self._reading.drop
        way = Way(self._settings, world, opened=due.ring, deaf=deaf, since=since, show=show, marks=marks)
        listener = StreamListener(way.intake, arrived, way.catch_up, missed, self._board)
        peers = PeerStates(
            self._board,
            self._clock,
            irc=self._irc,
            stores=self._stores,
            cis=self._infos,
            troubles=way.desk.troubles,
            library=lambda: self._shelf.library,
        )
        add = self._supervisor.add
        add("intake", _keeping(way.intake, way.hearing, arrived), arrived.ring)
        add("catch-up", stepping(way.catch_up.step, missed, longest=self._rhythm), missed.ring)
        add("desk", stepping(_then(way.desk.step, decided.ring), due, longest=self._rhythm), due.ring)
        add(
            "poster",
            stepping(_every(BRAKES_EVERY, way.poster.step, peers.look, self._board.flush), decided),
            decided.ring,
        )
        add("stream", self._streaming(listener), self._reading.close)
        if self._irc:
            add("irc", self._irc.run)
        if sample:
            add("sample", stepping(sample.step, self._chosen, longest=self._rhythm), self._chosen.ring)
        self._add_retention()
        self._add_trackers()
        if show is None:
            self._add_export()
        self._add_retrospect()
        if self._settings.web and self._counted:
            in_hand = DaemonsHands(
                listener=listener,
                desk=way.desk,
                sample=sample,
                calls=self._all_calls,
                shelf=self._shelf,
                irc=self._irc,
                kept=self._kept,
                folder=self._settings.state,
            )
            self._add_pages(self._settings.web, in_hand, self._counted)

    def _world(self, sample: Sample | None, *, arrived: Bell, missed: Bell, decided: Bell) -> World:
        """All that the way needs; the bells ring when what was asked for intake, history or the poster has come."""
        return World(
            clock=self._clock,
            library=lambda: self._shelf.library,
            stores={name: self._metered(store, standing.log_store(name)) for name, store in self._stores.items()},
            infos=self._infos,
            history=self._history,
            reviews=self._reviews,
            notices=self._irc,
            cases=self._cases,
            outbox=self._outbox,
            outages=StoredOutages(self._state, self._clock),
            sightings=HeardToo(self._sightings, sample) if sample else self._sightings,
            brakes=self._brakes,
            bugs=self._bugs,
            desk_calls=self._desk_calls,
            history_calls=self._calls("history", missed),
            poster_calls=self._calls("poster", decided, finish=POST_WITHIN),
            board=self._board,
            group=self._group(arrived),
            meter=self._meter,
        )

    def _add_retention(self) -> None:
        retention, ending = Retention(self._state, self._sightings_file, self._clock), Bell()
        step = stepping(_every(1.0, retention.step, self._kept.step), ending, longest=self._rhythm)
        self._supervisor.add("retention", step, ending.ring)

    def _add_trackers(self) -> None:
        """Nobody waits for them: comments and pages read what is known already."""
        stale = Bell()
        calls = self._calls("trackers", stale)
        tracker = self._closing.enter_context(open_trackers(self._settings.trackers, self._clock, self._environ))
        refresh = Refresh(
            metered(tracker, standing.TRACKERS, self._meter, self._clock, unmeasured={"host"}),
            self._bugs,
            library=lambda: self._shelf.library,
            calls=calls,
            clock=self._clock,
            board=self._board,
        )
        self._supervisor.add("trackers", stepping(refresh.step, stale, longest=self._rhythm), stale.ring)

    def _add_retrospect(self) -> None:
        """Nobody waits for it either."""
        more = Bell()
        trials = StoredTrials(self._sightings_file, self._clock)
        retrospect = Retrospect(
            past_places(self._settings, self._stores, self._keepers, trials),
            trials=trials,
            records=StoredRecords(self._settings.state),
            library=lambda: self._shelf.library,
            calls=self._calls("past builds", more),
            clock=self._clock,
            board=self._board,
        )
        self._supervisor.add("past builds", stepping(retrospect.step, more, longest=self._rhythm), more.ring)

    def _add_export(self) -> None:
        """Where none is configured any more, nothing is left to be sent."""
        export, due = self._settings.export, Bell()
        target = f"{export.log_store} {export.index}" if export else None
        unsent = StoredUnsent(self._sightings_file, self._clock, target)
        if export is None:
            return
        calls = self._calls("export", due)
        index = open_export(export, self._settings, self._environ, self._closing)
        worker = Export(
            export.log_store,
            unsent,
            self._metered(index, standing.sent_to(export.log_store)),
            document=self._document,
            calls=calls,
            clock=self._clock,
            board=self._board,
        )
        self._supervisor.add("export", stepping(worker.step, due, longest=self._rhythm), due.ring)

    def _document(self, build: Exported) -> Document:
        root = self._settings.speaking.page
        pages = (lambda identity: f"{root}/build/{part_of(identity)}") if root else (lambda _: None)
        return document(build, self._shelf.library.get, self._bugs.known, pages)

    def _sample(self) -> Sample | None:
        """None where no log store keeps any of the builds that did not fail."""
        stores = {
            name: store
            for name, keeper in self._keepers.items()
            if keeper.limits.successes and isinstance(store := self._stores[name], LocalLogStore)
        }
        if not stores:
            return None
        return Sample(
            self._settings,
            stores=stores,
            infos=self._infos,
            calls=self._sample_calls,
            clock=self._clock,
            board=self._board,
            ring=self._chosen.ring,
        )

    def _group(self, rings: Bell) -> ReplyGroup | None:
        """None where owners alone may answer."""
        name = self._settings.replies.group
        if name is None:
            return None
        groups = self._metered(GerritGroups(self._writing, self._settings.gerrit.username), GERRIT_SSH)
        calls = self._calls("group", rings)
        return ReplyGroup(name, groups=groups, calls=calls, clock=self._clock, board=self._board)

    def _add_pages(self, web: Web, in_hand: Callable[[], InHand], meter: "PrometheusMeter") -> None:
        sources = Sources(
            settings=self._settings,
            health=self._health,
            records=StoredRecords(self._settings.state),
            statistics=StoredStatistics(self._settings.state),
            bugs=self._bugs,
            library=lambda: self._shelf.library,
            problems=lambda: self._shelf.problems,
            clock=self._clock,
            in_hand=in_hand,
            meter=meter,
        )
        pages = open_pages(web, sources)
        self._closing.callback(pages.close)
        self._supervisor.add("pages", pages.run, pages.wake)

    def _health(self) -> Health:
        return Health(
            dependencies=self._board.dependencies(),
            stuck=self._supervisor.stuck(),
            counts=self._board.counts(),
            extras=extras(self._settings),
            started_at=self._board.started_at,
        )

    def _streaming(self, listener: StreamListener) -> Run:
        def run(stop: threading.Event, moved: Callable[[], None]) -> None:
            accounts = [*(ci.account for ci in self._settings.cis), self._settings.gerrit.username]
            EventStream(self._reading, listener, self._clock, authors=accounts, pulse=moved).run(stop)

        return run


def _rehearsing(settings: Settings) -> Settings:
    """As if every project in shadow were on: a dry run shows what its authors would read."""
    rules = (replace(rule, mode="on" if rule.mode == "shadow" else rule.mode) for rule in settings.rules)
    return replace(settings, rules=(*rules, Rule(mode="on")))


def _keeping(intake: Intake, hearing: Hearing, arrived: Bell) -> Run:
    """Commits what arrived, at most every 100 ms, and hears what people answer; a last time at the end."""

    def run(stop: threading.Event, moved: Callable[[], None]) -> None:
        while not stop.is_set():
            arrived.wait(1.0)
            intake.keep()
            hearing.step()
            moved()
            stop.wait(COMMIT_EVERY)
        intake.keep()
        hearing.step()

    return run


def _then(step: Callable[[], float], after: Callable[[], None]) -> Callable[[], float]:
    def both() -> float:
        wait = step()
        after()
        return wait

    return both


def _every(seconds: float, *steps: Callable[[], None]) -> Callable[[], float]:
    def stepped() -> float:
        for step in steps:
            step()
        return seconds

    return stepped
