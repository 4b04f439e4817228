"""What was kept, for the pages to read: a connection of their own that can write nothing (the port ``Records``)."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from gerritbot_er.codec import from_json
from gerritbot_er.insight.rates import Quantiles, quantiles
from gerritbot_er.model import Case, Outage, Verdict
from gerritbot_er.ports.reading import Ended, FullRecord, Moves, Record, Tally, Utterance

from .brakes import BRAKES_ON
from .database import Damaged, read_only
from .outages import outage_of
from .outbox import UNSENT

PORTION = 20
"""Cases read at once: nothing is open for longer than reading so many takes."""


class StoredRecords:
    """See ``ports.reading.Records``; each call opens the file anew, so that any thread may call at any time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "state.db"

    def last(self, most: int) -> Iterator[Record]:
        before = None
        for _ in range(0, most, PORTION):
            with self._reading() as db:
                rows = db.execute(_LAST, {"before": before, "portion": PORTION}).fetchall()
            yield from map(self._record, rows)
            if len(rows) < PORTION:
                return
            before = rows[-1]["rowid"]

    def find(self, case_id: str) -> Record | None:
        with self._reading() as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM cases WHERE id = ?", (case_id,)).fetchone()  # noqa: S608 - constants
        return self._record(row) if row else None

    def of_change(self, number: int, most: int) -> Sequence[FullRecord]:
        with self._reading() as db:
            rows = db.execute(_OF_CHANGE, (number, most)).fetchall()
            said = {row["id"]: db.execute(_SAID, (row["id"],)).fetchall() for row in rows}
        return [FullRecord(self._record(row), tuple(Utterance(*one) for one in said[row["id"]])) for row in rows]

    def tally(self, now: float) -> Tally:
        with self._reading() as db:
            cases, waiting, oldest = db.execute(_COUNTS).fetchone()
            outbox = dict(db.execute("SELECT stage, count(*) FROM outbox GROUP BY stage ORDER BY stage").fetchall())
            brakes = dict(db.execute(BRAKES_ON, (now,)).fetchall())
            lasting, begun = db.execute(_OUTAGE_COUNTS).fetchone()
        return Tally(
            open_cases=waiting,
            done_cases=cases - waiting,
            oldest=oldest,
            outbox=outbox,
            brakes=brakes,
            outages=lasting,
            outages_begun=begun,
        )

    def outages(self, since: float) -> Sequence[Outage]:
        with self._reading() as db:
            return [outage_of(row) for row in db.execute(_OUTAGES, (since,))]

    def commenting(self, since: float, until: float) -> Quantiles | None:
        with self._reading() as db:
            rows = db.execute(_COMMENTING, (since, until)).fetchall()
        return quantiles((row["seconds"], row["comments"]) for row in rows)

    def moves(self, before: Moves | None) -> Moves:
        with self._reading() as db:
            db.execute("BEGIN")  # all of it at one moment
            newest = db.execute("SELECT coalesce(max(number), 0) FROM outbox").fetchone()[0]
            at_work = {row["number"]: (row["sink"], row["stage"]) for row in db.execute(_AT_WORK)}
            ended: list[sqlite3.Row] = []
            if before is not None:
                ended += db.execute(_ENDED + "number > ?", (before.newest,))
                for number in sorted(before.open - at_work.keys()):
                    ended += db.execute(_ENDED + "number = ?", (number,))
        ends = tuple(Ended(row["sink"], row["stage"], max(0.0, row["seconds"])) for row in ended)
        return Moves(ends, Counter(at_work.values()), newest, frozenset(at_work))

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        return read_only(self._path)

    def _record(self, row: sqlite3.Row) -> Record:
        try:
            verdict = from_json(Verdict, row["verdict"]) if row["verdict"] else None
            return Record(
                from_json(Case, row["document"]), verdict, row["outcome"], row["said"], row["unsent"], row["private_at"]
            )
        except ValueError as error:  # its words hold the whole text
            raise Damaged(self._path, f"case {row['id']} cannot be read") from error


_COLUMNS = f"""
    rowid, id, document, verdict, outcome, said, {UNSENT},
    (SELECT private_at FROM changes WHERE number = cases.change) AS private_at
"""  # noqa: S608 - constants
_LAST = f"""
    SELECT {_COLUMNS} FROM cases WHERE :before IS NULL OR rowid < :before ORDER BY rowid DESC LIMIT :portion
"""  # noqa: S608 - constants
_OF_CHANGE = f"SELECT {_COLUMNS} FROM cases WHERE change = ? ORDER BY at DESC, rowid DESC LIMIT ?"  # noqa: S608 - constants
_SAID = """
    SELECT sink, part, body, stage, coalesce(why, '') AS why, created_at, changed_at FROM outbox
    WHERE case_id = ? ORDER BY number
"""
_AT_WORK = "SELECT number, sink, stage FROM outbox WHERE stage IN ('pending', 'sending')"
_ENDED = """
    SELECT sink, outbox.stage AS stage, changed_at - at AS seconds FROM outbox JOIN cases ON cases.id = case_id
    WHERE outbox.stage NOT IN ('pending', 'sending') AND """
_OUTAGE_COUNTS = "SELECT count(*) FILTER (WHERE ended_at IS NULL), coalesce(max(number), 0) FROM outages"
_OUTAGES = """
    SELECT * FROM outages WHERE ended_at IS NULL OR ended_at >= ?
    ORDER BY ended_at IS NOT NULL, ended_at DESC, number DESC
"""
_COMMENTING = """
    SELECT CAST(changed_at - opened_at AS INTEGER) AS seconds, count(*) AS comments
    FROM outbox JOIN cases ON cases.id = case_id
    WHERE created_at >= ? AND created_at < ? AND sink = 'gerrit' AND part = 1 AND outbox.stage = 'sent'
    GROUP BY 1 ORDER BY 1
"""
_COUNTS = """
    SELECT (SELECT count(*) FROM cases), count(*), min(opened_at) FROM cases WHERE stage = 'open'
"""
