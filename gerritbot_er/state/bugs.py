"""What trackers said of bugs, kept between starts (the port ``BugCache``); all of it is in memory, so nobody waits."""

import logging
import sqlite3

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.model import BugFacts
from gerritbot_er.ports import BugRecord

from .database import Database

log = logging.getLogger(__name__)


class StoredBugs:
    """See ``ports.BugCache``; what cannot be written is known until the end of the process, and that is said."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._records: dict[str, BugRecord] = {}
        try:
            with database.reading() as db:
                self._records.update((row["url"], _record(row)) for row in db.execute("SELECT * FROM bugs"))
        except (Transient, Misconfigured) as error:
            log.error("what trackers said before is lost: %s", error)  # noqa: TRY400 - its words say all

    def known(self, url: str) -> BugFacts | None:
        record = self._records.get(url)
        return record.facts if record else None

    def record(self, url: str) -> BugRecord | None:
        return self._records.get(url)

    def keep(self, url: str, record: BugRecord) -> None:
        self._records[url] = record
        try:
            with self._database.transaction() as db:
                db.execute(_KEEP, {"url": url, "tried_at": record.tried_at, "why": record.why, **_columns(record)})
        except (Transient, Misconfigured) as error:
            log.error("what a tracker said is not kept: %s", error)  # noqa: TRY400 - its words say all


def _record(row: sqlite3.Row) -> BugRecord:
    facts = None
    if row["title"] is not None:
        facts = BugFacts(
            row["url"], row["title"], row["state"], bool(row["closed"]), bool(row["fixed"]), row["seen_at"]
        )
    return BugRecord(row["tried_at"], facts, row["why"] or "")


def _columns(record: BugRecord) -> dict[str, object]:
    names = ("title", "state", "closed", "fixed", "seen_at")
    return {name: getattr(record.facts, name) if record.facts else None for name in names}


_KEEP = """
    INSERT OR REPLACE INTO bugs (url, title, state, closed, fixed, seen_at, tried_at, why)
    VALUES (:url, :title, :state, :closed, :fixed, :seen_at, :tried_at, :why)
"""
