"""What is old goes, a few rows at a time, so that the files stop growing and nothing waits for it.

Nothing that is still of use goes: no open case, no outbox row at work, no case that has rows.  A report that old cannot
arrive a second time, because catching up begins at the cursor.
"""

import logging
import sqlite3
from dataclasses import dataclass

from gerritbot_er.errors import GerritbotError
from gerritbot_er.ports import Clock
from gerritbot_er.ports.reading import KEEP_CASES, KEEP_SIGHTINGS

from .database import Database

ROWS = 500
"""Rows of a table that go in one commit: a few milliseconds."""
SOON, LATER = 1.0, 3600.0
"""Seconds until the next step, where the last one found something and where it did not."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _File:
    """Each has its own time of the next step, so that trouble with one neither slows nor hurries the other."""

    database: Database
    deletions: tuple[str, ...]
    keep: float
    next_step: float = 0.0


class Retention:
    """Call ``step`` every now and then."""

    def __init__(self, state: Database, sightings: Database, clock: Clock) -> None:
        self._clock = clock
        self._files = (_File(state, _STATE, KEEP_CASES), _File(sightings, _SIGHTINGS, KEEP_SIGHTINGS))

    def step(self) -> None:
        """Delete at most ``ROWS`` rows of each table; does nothing where the last step is not long ago."""
        for file in self._files:
            if self._clock.monotonic() >= file.next_step:
                gone = self._delete(file.database, file.deletions, file.keep)
                file.next_step = self._clock.monotonic() + (SOON if gone else LATER)

    def _delete(self, database: Database, deletions: tuple[str, ...], keep: float) -> int:
        values = {"before": self._clock.now() - keep, "rows": ROWS}
        try:
            with database.transaction() as db:
                return sum(_deleted(db, deletion, values) for deletion in deletions)
        except GerritbotError as error:
            log.error("old rows stay for now: %s", error)  # noqa: TRY400 - its words say all
            return 0


def _deleted(db: sqlite3.Connection, deletion: str, values: dict[str, float]) -> int:
    return db.execute(deletion, values).rowcount


_STATE = (
    "DELETE FROM outages WHERE number IN (SELECT number FROM outages WHERE ended_at < :before LIMIT :rows)",
    """
    DELETE FROM outbox WHERE number IN (
        SELECT number FROM outbox
        WHERE created_at < :before AND changed_at < :before AND stage IN ('sent', 'failed', 'withheld')
        AND (SELECT stage FROM cases WHERE id = case_id) = 'done' LIMIT :rows)
    """,
    """
    DELETE FROM cases WHERE rowid IN (
        SELECT rowid FROM cases WHERE stage = 'done' AND opened_at < :before
        AND NOT EXISTS (SELECT 1 FROM outbox WHERE case_id = cases.id)
        AND NOT EXISTS (SELECT 1 FROM outages WHERE case_id = cases.id) LIMIT :rows)
    """,
    """
    DELETE FROM changes WHERE number IN (
        SELECT number FROM changes WHERE seen_at < :before AND coalesce(private_at, 0) < :before
        AND NOT EXISTS (SELECT 1 FROM cases WHERE change = changes.number AND stage = 'open') LIMIT :rows)
    """,
)
_SIGHTINGS = (
    *(
        f"""
        DELETE FROM {table} WHERE (build, signature) IN (
            SELECT build, signature FROM {table} WHERE at < :before LIMIT :rows)
        """  # noqa: S608 - ours
        for table in ("hits", "evidence")
    ),
    "DELETE FROM telling WHERE build IN (SELECT build FROM telling WHERE at < :before LIMIT :rows)",
    *(
        f"DELETE FROM {table} WHERE number IN (SELECT number FROM {table} WHERE {time} < :before LIMIT :rows)"  # noqa: S608 - ours
        for table, time in (("builds", "at"), ("reports", "at"), ("failure_groups", "last_at"))
    ),
    """
    DELETE FROM group_marks WHERE (mark, group_number) IN (
        SELECT mark, group_number FROM group_marks
        WHERE group_number NOT IN (SELECT number FROM failure_groups) LIMIT :rows)
    """,
    *(
        f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE at < :before LIMIT :rows)"  # noqa: S608 - ours
        for table in ("replies", "successes")
    ),
    *(
        f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {time} < :before LIMIT :rows)"  # noqa: S608 - ours
        for table, key, time in (
            ("private_changes", "change", "at"),
            ("bugs", "url", "tried_at"),  # of signatures that are there no more: others are asked after every day
        )
    ),
    """
    DELETE FROM trials WHERE (signature, store) IN (
        SELECT signature, store FROM trials WHERE at < :before LIMIT :rows)
    """,
    """
    DELETE FROM runs WHERE day IN (SELECT min(day) FROM runs) AND day < :before / 86400 - 1
    """,
)
