"""One life of the daemon, from its start to its end: the real way and the real reader, over simulated peers.

The reader's loop is the life's: while it waits for bytes, time passes and the other workers step.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random

from gerritbot_er.daemon.listener import StreamListener
from gerritbot_er.daemon.supervisor import Bell
from gerritbot_er.gerrit.history import GerritHistory
from gerritbot_er.gerrit.reviews import GerritReviews
from gerritbot_er.gerrit.stream import EventStream, Timing
from gerritbot_er.model import Notice
from gerritbot_er.ports import NO_BOARD, BuildInfo, Failpoint, LogStore, Notices
from gerritbot_er.settings import Settings
from gerritbot_er.signatures.library import Library
from gerritbot_er.state import (
    Database,
    StatusBoard,
    StoredBrakes,
    StoredCases,
    StoredOutages,
    StoredOutbox,
    StoredSightings,
    open_sightings,
    open_state,
)
from gerritbot_er.triage.way import Way, World

from .calls import SimulatedCalls
from .connection import SimulatedConnection
from .timeline import SLIVER, Actor, SimulatedClock, Timeline
from .weather import Fault, Weather

FINISH = 10.0
"""Seconds that a comment under way has at an orderly end."""
_QUIET = Timing(probe_after=300.0, probe_timeout=10.0, tick=300.0)
_DECIDED = frozenset({Failpoint.SETTLED, Failpoint.OUTAGE_HIT, Failpoint.OUTAGE_ENDED})
"""Failpoints after which the outbox may hold something new."""
_LOCKED = frozenset({Failpoint.TAKEN, Failpoint.KEPT})
"""Failpoints at which a lock is held that others wait for: nobody stands still there."""


class Killed(BaseException):
    """The process is no more; nothing of it does anything after that."""


class WorkerEnded(BaseException):
    """A worker raised this, which ends the process; no code of the daemon catches it, since it is on another stack."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What outlives a process."""

    timeline: Timeline
    chance: Random
    weather: Weather
    settings: Settings
    library: Library
    folder: Path
    clock: SimulatedClock
    stores: dict[str, LogStore]
    infos: dict[str, BuildInfo]
    notices: Notices
    sightings: bool
    connect: Callable[[], SimulatedConnection]
    note: Callable[[str], None]
    alter: Callable[[World], World]


class RungBell(Bell):
    """Rings the worker that waits at it."""

    def __init__(self) -> None:
        super().__init__()
        self.wake: Callable[[], None] = lambda: None

    def ring(self) -> None:
        self.wake()


class Life:
    """``live`` lasts until the process is stopped; Killed or WorkerEnded where it ends otherwise."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._stop = threading.Event()
        self._closing = ExitStack()
        self._calls: list[SimulatedCalls] = []
        self._actors: list[Actor] = []
        self._moving = True
        self.armed: Failpoint | None = None
        self.connection = around.connect()
        self._closing.callback(self.connection.close)
        try:
            self._begin()
        except BaseException:
            self.end()
            raise

    def live(self) -> None:
        """Until it is stopped."""
        around = self._around
        accounts = [*(ci.account for ci in around.settings.cis), around.settings.gerrit.username]
        reader = EventStream(
            self.connection,
            self._listener,
            around.clock,
            authors=accounts,
            wait=self._wait,
            roll=around.chance.random,
            timing=_QUIET,
        )
        reader.run(self._stop)
        self._finish()

    def stop(self) -> None:
        """SIGTERM."""
        self._stop.set()
        self.connection.interrupt()

    def end(self) -> None:
        """Nothing of this process is left but its files; what it held in memory stays to be looked at."""
        for calls in self._calls:
            calls.close()
        for actor in self._actors:
            actor.ended = True
        self._closing.close()

    def limit_disk(self) -> None:
        """As it stands with the disk now."""
        weather = self._around.weather
        with self._state.reading() as db:
            full, readonly = weather.on(Fault.DISK_FULL), weather.on(Fault.DISK_READONLY)
            pages = db.execute("PRAGMA page_count").fetchone()[0] if full else 2**30
            db.execute(f"PRAGMA max_page_count = {pages}")
            db.execute(f"PRAGMA query_only = {int(readonly)}")

    # -- what was joined, for the accounts at the end

    @property
    def calls(self) -> Sequence[SimulatedCalls]:
        return self._calls

    # -- beginning and ending

    def _begin(self) -> None:
        around = self._around
        self._state = self._open(open_state)
        sightings = StoredSightings(self._open(open_sightings), around.clock) if around.sightings else None
        self.limit_disk()
        cases, outbox = StoredCases(self._state, around.clock), StoredOutbox(self._state, around.clock)
        states = StatusBoard(self._state, around.clock)
        states.clear()
        arrived, missed, due, decided = RungBell(), RungBell(), RungBell(), RungBell()
        world = World(
            clock=around.clock,
            library=lambda: around.library,
            stores=around.stores,
            infos=around.infos,
            history=GerritHistory(self.connection, page=5),
            reviews=GerritReviews(self.connection, around.settings.gerrit.notify),
            notices=around.notices,
            cases=cases,
            outbox=outbox,
            sightings=sightings,
            outages=StoredOutages(self._state, around.clock),
            brakes=StoredBrakes(self._state),
            desk_calls=self._threads(due),
            history_calls=self._threads(missed),
            poster_calls=self._threads(decided),
        )
        self.way = Way(around.settings, around.alter(world), opened=due.ring, at_failpoint=self._passed)
        self._listener = StreamListener(self.way.intake, arrived, self.way.catch_up, missed, NO_BOARD)
        self._outbox = outbox
        self._actor(arrived, self._keep, lambda: around.chance.uniform(0.0, 0.1))
        self._actor(missed, self.way.catch_up.step)
        self._actor(due, self._work)
        self._decided = decided
        self._actor(decided, self._post)
        for bell in (missed, due, decided):
            bell.ring()

    def _open(self, opener: Callable[[Path], Database]) -> Database:
        database = self._closing.enter_context(opener(self._around.folder))
        with database.reading() as db:
            db.execute("PRAGMA synchronous = OFF")  # what is killed is the process, never the machine's disk
        return database

    def _threads(self, bell: RungBell) -> SimulatedCalls:
        calls = SimulatedCalls(self._around.timeline, bell.ring, self._delay)
        self._calls.append(calls)
        return calls

    def _actor(
        self, bell: RungBell, step: Callable[[], float | None], delay: Callable[[], float] | None = None
    ) -> None:
        def stepped() -> float | None:
            try:
                return step()
            except Exception as error:
                raise WorkerEnded(error) from error

        actor = Actor(self._around.timeline, stepped, delay or self._delay)
        bell.wake = actor.ring
        self._actors.append(actor)

    def _delay(self) -> float:
        """Until a thread gets its turn."""
        return self._around.chance.choice((0.0, 0.0, 0.01, 0.01, 1.0))

    def _finish(self) -> None:
        """An orderly end: what arrived is kept, a comment under way may end, all else is left."""
        self._moving = False
        self.way.intake.keep()
        for calls in self._calls:
            calls.forget_waiting()
        timeline = self._around.timeline
        timeline.run_until(timeline.now + FINISH, lambda: not any(calls.under_way for calls in self._calls))

    def _wait(self, stop: threading.Event, seconds: float) -> bool:
        timeline = self._around.timeline
        timeline.run_until(timeline.now + max(seconds, SLIVER), stop.is_set)
        return stop.is_set()

    # -- stepping

    def _keep(self) -> None:
        if self._moving:
            self.way.intake.keep()

    def _work(self) -> float | None:
        if not self._moving:
            return None
        wait = self.way.desk.step()
        return None if self.way.desk.idle else wait

    def _post(self) -> float | None:
        if not self._moving:
            return None
        had = bool(self._outbox.at_work())
        self.way.poster.step()
        return self._around.chance.uniform(1.0, 10.0) if had or self._outbox.at_work() else None

    # -- failpoints

    def _passed(self, failpoint: Failpoint) -> None:
        around = self._around
        if self.armed is failpoint:
            self.armed = None
            around.weather.bitten[Fault.KILLED_AT_FAILPOINT] += 1
            around.note(f"killed at {failpoint.name}")
            raise Killed
        if failpoint in _DECIDED:
            self._decided.ring()
        if failpoint not in _LOCKED and around.weather.bites(Fault.STANDSTILL, 0.2):
            around.timeline.stand_still(around.chance.uniform(0.0, 5.0))


class Irc:
    """IRC's side of notices: what was said there; while it is away, what is said is lost."""

    def __init__(self, weather: Weather) -> None:
        self.said: list[Notice] = []
        self._weather = weather

    def say(self, notice: Notice) -> None:
        if not self._weather.bites(Fault.IRC_AWAY):
            self.said.append(notice)
