"""The operator's brakes and the workers' states in the state file, shared by the daemon and the commands."""

from dataclasses import dataclass

from gerritbot_er.ports import Clock

from .database import Database

PAUSE = "pause"
MUTE = "mute "
BRAKES_ON = "SELECT name, until FROM brakes WHERE until IS NULL OR until > ?"


class StoredBrakes:
    """See ``ports.Brakes``; the commands set them, the daemon reads them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def paused(self, now: float) -> bool:
        return PAUSE in self.all(now)

    def muted(self, now: float) -> frozenset[str]:
        return frozenset(name.removeprefix(MUTE) for name in self.all(now) if name.startswith(MUTE))

    def all(self, now: float) -> dict[str, float | None]:
        """Each brake that is on, with the UTC second it ends at (None: until it is taken off)."""
        with self._database.reading() as db:
            rows = db.execute(BRAKES_ON, (now,)).fetchall()
        return {row["name"]: row["until"] for row in rows}

    def put_on(self, name: str, until: float | None) -> None:
        """Put a brake on, or change its end."""
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO brakes VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET until = excluded.until",
                (name, until),
            )

    def take_off(self, name: str) -> bool:
        """Take a brake off; whether it was on."""
        with self._database.transaction() as db:
            return db.execute("DELETE FROM brakes WHERE name = ?", (name,)).rowcount > 0


@dataclass(frozen=True, slots=True)
class WorkerState:
    """What a worker or a connection of the daemon is doing; ``since`` in UTC seconds."""

    name: str
    state: str
    since: float
    why: str


class WorkerStates:
    """The board where the daemon's workers say how they are, read by ``status``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def say(self, name: str, state: str, why: str = "") -> None:
        """Note a state; its ``since`` moves only when the state changes."""
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO workers (name, state, since, why) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET why = excluded.why,"
                " since = CASE WHEN state = excluded.state THEN since ELSE excluded.since END, state = excluded.state",
                (name, state, self._clock.now(), why),
            )

    def all(self) -> list[WorkerState]:
        """Every worker's last word, by name."""
        with self._database.reading() as db:
            rows = db.execute("SELECT name, state, since, why FROM workers ORDER BY name").fetchall()
        return [WorkerState(**dict(row)) for row in rows]

    def clear(self) -> None:
        """At a start: nothing said before counts."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM workers")
