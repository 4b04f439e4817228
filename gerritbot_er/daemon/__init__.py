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
from typing import TYPE_CHECKING

from gerritbot_er import dependencies
from gerritbot_er.clock import SystemClock
from gerritbot_er.dependencies import Condition
from gerritbot_er.gerrit.stream import EventStream
from gerritbot_er.model import Signature
from gerritbot_er.ports import NO_METER, AtFailpoint, Clock, Post, no_failpoint
from gerritbot_er.settings import Rule, Settings, Web
from gerritbot_er.signatures.live_library import LiveLibrary
from gerritbot_er.state import StoredRecords, StoredStatistics
from gerritbot_er.triage.way import Way
from gerritbot_er.web.health import Health, extras
from gerritbot_er.web.opening import open_meter, open_pages
from gerritbot_er.web.sources import Sources, Workload

from .account_lock import account_lock
from .kept_logs import KeptLogsWatch
from .listener import StreamListener
from .peer_states import PeerStates
from .runtime import Bells, Runtime
from .side_workers import add_export, add_past_builds, add_publishing, add_retention, add_trackers, open_sample
from .storage import open_storage
from .supervisor import WATCH, Run, Supervisor, Watch, stepping
from .systemd import Notifier
from .worker_loops import every, intake_loop, then
from .workload import WorkloadReader
from .world import Peers, open_peers, world_of

if TYPE_CHECKING:
    from gerritbot_er.web.meter import PrometheusMeter

log = logging.getLogger(__name__)

BRAKES_EVERY = 1.0
"""Seconds between looks at the outbox while nothing rings: a brake taken off works at once."""


class Daemon:
    """Everything wired together; ``run`` works until ``stop``.

    ``since``: where to begin at the very first start (the server's seconds; None is now); ``show`` makes it a dry run:
    it is told what would be posted, for projects in shadow as well; ``at_failpoint`` and ``watch`` are a test's;
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
        at_failpoint: AtFailpoint = no_failpoint,
        watch: Watch = WATCH,
        last_good: dict[str, Signature] | None = None,
    ) -> None:
        settings = self._settings = settings if show is None else _rehearsing(settings)
        clock: Clock = SystemClock()
        self._supervisor = Supervisor(clock, Notifier(environ), watch, self._headline)
        self._closing = contextlib.ExitStack()
        try:
            if show is None:
                self._closing.enter_context(account_lock(settings.gerrit))
            self._storage = open_storage(settings, clock, self._closing)
            self._board = self._storage.board
            self._live_library = LiveLibrary(settings.signatures.directories, settings.signatures.bug_url, last_good)
            self._say_problems()
            measured = open_meter() if settings.web else None
            self._runtime = Runtime(
                settings=settings,
                environ=environ,
                clock=clock,
                board=self._board,
                meter=measured or NO_METER,
                library=lambda: self._live_library.library,
                supervisor=self._supervisor,
                longest=watch.silence / 4,
                closing=self._closing,
            )
            self._join(since, show, at_failpoint, measured)
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
        self._live_library.reload()
        self._say_problems()

    def _headline(self, stuck: Sequence[str]) -> str:
        return dependencies.headline(self._board.dependencies(), stuck)

    def _say_problems(self) -> None:
        for problem in self._live_library.problems:
            log.error("signature left out: %s", problem)
        files = [Path(problem.file).name for problem in self._live_library.problems]
        state = Condition.DEGRADED if files else Condition.WORKING
        self._board.say(
            dependencies.SIGNATURES, state, dependencies.signatures(len(self._live_library.library.signatures), files)
        )

    def _join(
        self,
        since: int | None,
        show: Callable[[Post], None] | None,
        at_failpoint: AtFailpoint,
        measured: "PrometheusMeter | None",
    ) -> None:
        runtime, storage, bells = self._runtime, self._storage, Bells()
        peers = open_peers(runtime, bells)
        sample = open_sample(runtime, peers, bells.sample)
        world = world_of(runtime, storage, peers, sample, bells)
        deaf = peers.reading.drop
        way = Way(
            self._settings, world, opened=bells.desk.ring, deaf=deaf, since=since, show=show, at_failpoint=at_failpoint
        )
        listener = StreamListener(way.intake, bells.intake, way.catch_up, bells.catch_up, self._board)
        self._add_way(way, listener, peers, bells)
        if sample:
            runtime.work("sample", sample.step, bells.sample)
        kept = KeptLogsWatch(peers.keepers, self._board, runtime.clock)
        add_retention(runtime, storage, kept)
        add_publishing(runtime, storage)
        add_trackers(runtime, storage)
        if show is None:
            add_export(runtime, storage)
        add_past_builds(runtime, storage, peers)
        if self._settings.web and measured:
            workload = WorkloadReader(
                listener=listener,
                desk=way.desk,
                sample=sample,
                calls=runtime.all_calls,
                live_library=self._live_library,
                irc=peers.irc,
                kept=kept,
                folder=self._settings.state,
            )
            self._add_pages(self._settings.web, workload, measured)

    def _add_way(self, way: Way, listener: StreamListener, peers: Peers, bells: Bells) -> None:
        runtime, add = self._runtime, self._supervisor.add
        states = PeerStates(
            self._board,
            runtime.clock,
            irc=peers.irc,
            stores=peers.stores,
            cis=peers.infos,
            troubles=way.desk.troubles,
            library=runtime.library,
        )
        add("intake", intake_loop(way.intake, way.reply_recorder, bells.intake), bells.intake.ring)
        runtime.work("catch-up", way.catch_up.step, bells.catch_up)
        runtime.work("desk", then(way.desk.step, bells.poster.ring), bells.desk)
        posting = every(BRAKES_EVERY, way.poster.step, states.look, self._board.flush)
        add("poster", stepping(posting, bells.poster), bells.poster.ring)
        add("stream", self._streaming(peers, listener), peers.reading.close)
        if peers.irc:
            add("irc", peers.irc.run)

    def _streaming(self, peers: Peers, listener: StreamListener) -> Run:
        def run(stop: threading.Event, moved: Callable[[], None]) -> None:
            accounts = [*(ci.account for ci in self._settings.cis), self._settings.gerrit.username]
            EventStream(peers.reading, listener, self._runtime.clock, authors=accounts, pulse=moved).run(stop)

        return run

    def _add_pages(self, web: Web, workload: Callable[[], Workload], meter: "PrometheusMeter") -> None:
        sources = Sources(
            settings=self._settings,
            health=self._health,
            records=StoredRecords(self._settings.state),
            statistics=StoredStatistics(self._settings.state, self._settings.public_projects),
            bugs=self._storage.bugs,
            library=self._runtime.library,
            problems=lambda: self._live_library.problems,
            clock=self._runtime.clock,
            workload=workload,
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


def _rehearsing(settings: Settings) -> Settings:
    """As if every project in shadow were on: a dry run shows what its authors would read."""
    rules = (replace(rule, mode="on" if rule.mode == "shadow" else rule.mode) for rule in settings.rules)
    return replace(settings, rules=(*rules, Rule(mode="on")))
