"""The outages in the state file (the port ``Outages``): each begins, is told to a channel, and ends once."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gerritbot_er.model import Failure, Notice, Outage
from gerritbot_er.ports import FOLLOW_UP, IRC_SINK, Clock

from .database import Database

CURRENT = "SELECT * FROM outages WHERE ended_at IS NULL ORDER BY number"


class StoredOutages:
    """See ``ports.Outages``.

    A notice is a row of the outbox that belongs to the case of the last hit.  The number of an outage makes the parts
    of its notices, so that a case may have those of several.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def current(self) -> Sequence[Outage]:
        with self._database.reading() as db:
            return [outage_of(row) for row in db.execute(CURRENT)]

    def owners(self, changes: Iterable[int]) -> Mapping[int, str]:
        """Out of their cases, which outlive a process."""
        with self._database.reading() as db:
            found = {change: db.execute(_OWNER, (change,)).fetchone() for change in changes}
        return {change: row["owner"] for change, row in found.items() if row and row["owner"]}

    def ended(self, failure: Failure) -> Outage | None:
        with self._database.reading() as db:
            row = db.execute(_ENDED, (failure.known, failure.name)).fetchone()
        return outage_of(row) if row else None

    def keep(self, outage: Outage, notices: Sequence[Notice]) -> Outage:
        with self._database.transaction() as db:
            kept = outage_of(db.execute(_HIT, _values(outage)).fetchone())
            new = [notice for notice in notices if notice.channel not in kept.channels]
            if not new:
                return kept
            self._put(db, kept, _begin(kept), new)
            channels = (*kept.channels, *(notice.channel for notice in new))
            db.execute("UPDATE outages SET told = ? WHERE number = ?", (json.dumps(channels), kept.number))
        return replace(kept, channels=channels)

    def end(self, outage: Outage, notices: Sequence[Notice]) -> bool:
        with self._database.transaction() as db:
            if db.execute(_END, (self._clock.now(), outage.number)).rowcount == 0:
                return False
            self._put(db, outage, _begin(outage) + 1, notices)
        return True

    def _put(self, db: sqlite3.Connection, outage: Outage, part: int, notices: Sequence[Notice]) -> None:
        now, bugs = self._clock.now(), json.dumps([outage.failure.key])
        for notice in notices:
            db.execute(_NOTICE, (IRC_SINK + notice.channel, part, bugs, notice.text, now, now, outage.case_id))


def outage_of(row: sqlite3.Row) -> Outage:
    """A row of the table."""
    return Outage(
        number=row["number"],
        failure=Failure(row["failure"], known=bool(row["known"])),
        since=row["since"],
        last=row["last"],
        changes=row["changes"],
        line=row["line"],
        channels=tuple(json.loads(row["told"])),
        case_id=row["case_id"],
        ended_at=row["ended_at"],
    )


def _begin(outage: Outage) -> int:
    """The part of a case that the notice of its begin is; that of its end is the next."""
    return FOLLOW_UP - 1 + 2 * outage.number


def _values(outage: Outage) -> dict[str, object]:
    return {
        "failure": outage.failure.name,
        "known": outage.failure.known,
        "since": outage.since,
        "last": outage.last,
        "changes": outage.changes,
        "line": outage.line,
        "case_id": outage.case_id,
    }


_ENDED = """
    SELECT * FROM outages WHERE known = ? AND failure = ? AND ended_at IS NOT NULL ORDER BY number DESC LIMIT 1
"""
_OWNER = """
    SELECT json_extract(document, '$.report.change.owner') AS owner FROM cases WHERE change = ?
    ORDER BY rowid DESC LIMIT 1
"""
_HIT = """
    INSERT INTO outages (failure, known, since, last, changes, line, told, case_id)
    VALUES (:failure, :known, :since, :last, :changes, :line, '[]', :case_id)
    ON CONFLICT (known, failure) WHERE ended_at IS NULL DO UPDATE SET
    last = max(last, excluded.last), changes = max(changes, excluded.changes), case_id = excluded.case_id
    RETURNING *
"""
_END = "UPDATE outages SET ended_at = ? WHERE number = ? AND ended_at IS NULL"
_NOTICE = """
    INSERT INTO outbox (case_id, sink, part, change, patchset, bugs, body, token, stage, created_at, changed_at)
    SELECT id, ?, ?, change, patchset, ?, ?, '', 'pending', ?, ? FROM cases WHERE id = ?
"""
