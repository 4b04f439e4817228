"""The queue of failed builds that a cluster is still to get (the port ``UnsentBuilds``), beside them in the sightings.

The file's own triggers put a build there in the commit that changes it, whoever changes it.
"""

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

import orjson

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.insight.exported import Exported
from gerritbot_er.model import Match, Outcome
from gerritbot_er.ports import Clock, Unsent
from gerritbot_er.ports.reading import KEEP_SIGHTINGS

from .database import Database
from .publishing import is_hiding
from .statistics.builds import build_of
from .statistics.names import named

log = logging.getLogger(__name__)


class StoredUnsent:
    """See ``ports.UnsentBuilds``; ``target`` names where they go, None is nowhere.

    Where that is another place than before, everything is to be sent there.
    """

    def __init__(self, database: Database, clock: Clock, target: str | None) -> None:
        self._database = database
        self._clock = clock
        try:
            with database.transaction() as db:
                _begin(db, target)
        except (Transient, Misconfigured) as error:
            log.error("which sightings are to be sent is not known: %s", error)  # noqa: TRY400 - its words say all

    def newest(self, most: int) -> Sequence[Unsent]:
        """See the port; those of which nothing can be said go, and those that retention deletes piece by piece.

        None, while some of them are still to be hidden.
        """
        since = self._clock.now() - KEEP_SIGHTINGS
        with self._database.transaction() as db:
            if is_hiding(db):
                return []
            rows = db.execute(_NEWEST, {"most": most}).fetchall()
            told = [row for row in rows if row["identity"] and row["outcome"] != Outcome.WAITING and row["at"] >= since]
            nothing = {row["unsent"] for row in rows} - {row["unsent"] for row in told}
            db.executemany("DELETE FROM unsent WHERE number = ?", [(number,) for number in nothing])
        return [_unsent(row) for row in told]

    def forget(self, numbers: Iterable[int]) -> None:
        with self._database.transaction() as db:
            db.executemany("DELETE FROM unsent WHERE number = ?", [(number,) for number in numbers])

    def count(self) -> int:
        with self._database.reading() as db:
            return int(db.execute("SELECT count(*) FROM unsent").fetchone()[0])


def _begin(db: sqlite3.Connection, target: str | None) -> None:
    row = db.execute("SELECT value FROM marks WHERE name = 'export'").fetchone()
    if (row and row["value"]) == target:
        return
    db.execute("DELETE FROM unsent")
    db.execute("DELETE FROM marks WHERE name = 'export'")
    if target is not None:
        db.execute("INSERT INTO marks VALUES ('export', ?)", (target,))
        db.execute(_EVERY)


def _unsent(row: sqlite3.Row) -> Unsent:
    build = replace(build_of(row), matches=tuple(map(Match, sorted(orjson.loads(row["signatures"])))))
    exported = Exported(build, bool(row["gate"]), row["decided_after"], row["key"], bool(row["hidden"]))
    return Unsent(row["unsent"], exported)


_EVERY = (
    "INSERT INTO unsent (build) SELECT number FROM builds WHERE outcome != 'waiting' AND NOT hidden ORDER BY number"
)
_NEWEST = f"""
    SELECT unsent, identity, report, at, change, patchset, voting, seconds, gate, hidden, outcome, later,
        decided_after, (SELECT id FROM failure_groups WHERE number = group_number) AS group_id,
        (SELECT key FROM reports WHERE number = report) AS key,
        (SELECT json_group_array(name) FROM hits JOIN names ON names.id = hits.signature WHERE build = builds.number)
            AS signatures,
        {named("ci", "job", "project", "branch", "pipeline", "result")}
    FROM (SELECT number AS unsent, build FROM unsent ORDER BY number DESC LIMIT :most)
    LEFT JOIN builds ON builds.number = build ORDER BY unsent DESC
"""  # noqa: S608 - ours
