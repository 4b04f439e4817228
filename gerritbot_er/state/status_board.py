"""The status board of the daemon: in memory for the daemon itself, and in the state file for the commands."""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from gerritbot_er.dependencies import EVENTS, LATELY, RECENT_EVENTS, STATE, Condition, Count, Dependency
from gerritbot_er.errors import Transient
from gerritbot_er.ports import Clock

from .database import Database

COUNTS_EVERY = 10.0
"""Seconds between two writes of the counts: they move with every event."""


class StatusBoard:
    """See ``ports.Board``: saying and counting never wait and never fail; ``flush`` writes what is new.

    With a full disk the file can not say that it can not be written: the board in memory does.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._dependencies: dict[str, Dependency] = {}
        self._counts: dict[str, Count] = {}
        self._recent: deque[tuple[float, int]] = deque()
        self._unwritten: set[str] = set()
        self._counts_due = clock.monotonic()
        self.started_at = clock.now()

    def say(self, name: str, state: Condition, why: str = "", *, retry_in: float | None = None) -> None:
        now = self._clock.now()
        with self._lock:
            before = self._dependencies.get(name)
            since = before.since if before and before.state is state else now
            next_try = None if retry_in is None else now + retry_in
            said = Dependency(name, state, since, why, next_try)
            if said != before:
                self._dependencies[name] = said
                self._unwritten.add(name)

    def count(self, what: str, by: int = 1) -> None:
        now = self._clock.now()
        with self._lock:
            before = self._counts.get(what) or Count(what, 0)
            self._counts[what] = replace(before, count=before.count + by, last_at=now)
            if what == EVENTS:
                self._count_recent(by)

    def dependencies(self) -> tuple[Dependency, ...]:
        """Everyone's last word, by name."""
        with self._lock:
            return tuple(sorted(self._dependencies.values(), key=lambda one: one.name))

    def counts(self) -> tuple[Count, ...]:
        """What was counted since the start, and the recent events, by name."""
        with self._lock:
            return tuple(sorted(self._counted(), key=lambda one: one.name))

    def flush(self) -> None:
        """Write what was said since the last time, and now and then the counts; what fails is tried the next time."""
        with self._lock:
            said = [self._dependencies[name] for name in self._unwritten]
            self._unwritten.clear()
            counted = self._counted() if self._clock.monotonic() >= self._counts_due else []
        if not said and not counted:
            return
        try:
            self._write(said, counted)
        except Transient as error:
            self.say(STATE, Condition.DEGRADED, str(error))
            with self._lock:
                self._unwritten |= {one.name for one in said}
            return
        self.say(STATE, Condition.WORKING)
        if counted:
            self._counts_due = self._clock.monotonic() + COUNTS_EVERY

    def clear(self) -> None:
        """At a start: nothing said or counted before holds."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM workers")
            db.execute("DELETE FROM counters")
            db.execute("INSERT OR REPLACE INTO marks VALUES ('started', ?)", (int(self.started_at),))

    def _count_recent(self, by: int) -> None:
        """In portions of some seconds, so that a flood takes no more room than a trickle."""
        now = self._clock.monotonic()
        at, count = self._recent.pop() if self._recent else (now, 0)
        if now - at < COUNTS_EVERY:
            self._recent.append((at, count + by))
        else:
            self._recent.extend(((at, count), (now, by)))

    def _counted(self) -> list[Count]:
        now = self._clock.monotonic()
        while self._recent and now - self._recent[0][0] > LATELY:
            self._recent.popleft()
        recent = [Count(RECENT_EVENTS, sum(count for _, count in self._recent))] if EVENTS in self._counts else []
        return [*self._counts.values(), *recent]

    def _write(self, said: Iterable[Dependency], counted: Iterable[Count]) -> None:
        with self._database.transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO workers (name, state, since, why, next_try) VALUES (?, ?, ?, ?, ?)",
                [(one.name, one.state.value, one.since, one.why, one.next_try) for one in said],
            )
            db.executemany(
                "INSERT OR REPLACE INTO counters (name, count, last_at) VALUES (?, ?, ?)",
                [(one.name, one.count, one.last_at) for one in counted],
            )


def stored_start(database: Database) -> int | None:
    """The UTC second of the daemon's last start; None before the first."""
    with database.reading() as db:
        row = db.execute("SELECT at FROM marks WHERE name = 'started'").fetchone()
    return row["at"] if row else None


def stored_dependencies(database: Database) -> tuple[Dependency, ...]:
    """What the daemon's board said last, by name."""
    with database.reading() as db:
        rows = db.execute("SELECT name, state, since, why, next_try FROM workers ORDER BY name").fetchall()
    return tuple(
        Dependency(row["name"], Condition(row["state"]), row["since"], row["why"], row["next_try"]) for row in rows
    )


def stored_counts(database: Database) -> tuple[Count, ...]:
    """What the daemon counted last, by name."""
    with database.reading() as db:
        rows = db.execute("SELECT name, count, last_at FROM counters ORDER BY name").fetchall()
    return tuple(Count(row["name"], row["count"], row["last_at"]) for row in rows)
