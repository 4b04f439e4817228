"""The operator's brakes in the state file: the commands put them on, the daemon heeds them (the port ``Brakes``)."""

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
