"""The cases and changes in the state file: the port ``Cases``."""

import json
import sqlite3
from collections.abc import Sequence

from gerritbot_er.codec import from_json, to_json
from gerritbot_er.model import TEXT_KEY, Case, Verdict
from gerritbot_er.ports import Batch, Clock, Post, Spoken

from .database import Damaged, Database

SAME_TEXT_SECONDS = 5
"""A report without builds is the same one if its text is, and its second within these: stream and history differ."""


NOW_PRIVATE = "its change is private now"
"""Why a notice is withheld."""


class StoredCases:
    """See ``ports.Cases``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def keep(self, batch: Batch) -> Sequence[Case]:
        with self._database.transaction() as db:
            new = [case for case in batch.cases if _insert(db, case)]
            db.executemany(_PATCHSET, batch.patchsets)
            db.executemany(_CLOSED, batch.closed)
            for change, at in batch.private:
                self._hide(db, change, at)
            for token in batch.proofs:
                db.execute(_PROVED, (self._clock.now(), token))
            if batch.cursor is not None:
                db.execute(_CURSOR, (batch.cursor,))
            if batch.begin is not None:
                db.execute(_BEGIN, (batch.begin,))
        return new

    def _hide(self, db: sqlite3.Connection, change: int, at: int) -> None:
        """It was private at this second: what waits to be said to others is not said, nor its lines quoted."""
        values = {"change": change, "at": at, "now": self._clock.now(), "why": NOW_PRIVATE}
        db.execute(_PRIVATE, values)
        for statement in _UNSAID:
            db.execute(statement, values)

    def open_cases(self) -> Sequence[Case]:
        with self._database.reading() as db:
            rows = db.execute(_OPEN).fetchall()
        return [self._case(row["id"], row["document"]) for row in rows]

    def _case(self, case_id: str, document: str) -> Case:
        try:
            return from_json(Case, document)
        except ValueError as error:  # its words hold the whole text
            raise Damaged(self._database.path, f"case {case_id} cannot be read") from error

    def cursor(self) -> int | None:
        with self._database.reading() as db:
            row = db.execute("SELECT at FROM marks WHERE name IN ('cursor', 'begin') ORDER BY name DESC").fetchone()
        return row["at"] if row else None

    def newest(self, change: int) -> tuple[int, bool] | None:
        with self._database.reading() as db:
            row = db.execute("SELECT patchset, open FROM changes WHERE number = ?", (change,)).fetchone()
        return (row["patchset"], bool(row["open"])) if row else None

    def private_at(self, change: int) -> int | None:
        with self._database.reading() as db:
            row = db.execute("SELECT private_at FROM changes WHERE number = ?", (change,)).fetchone()
        return row["private_at"] if row else None

    def every_private(self) -> Sequence[tuple[int, int]]:
        """All changes that were ever known to be private, each with the last second of it."""
        with self._database.reading() as db:
            return [(row["number"], row["private_at"]) for row in db.execute(_EVERY_PRIVATE)]

    def spoken(self, change: int, patchset: int) -> Sequence[Spoken]:
        with self._database.reading() as db:
            rows = db.execute(_SPOKEN, (change, patchset)).fetchall()
        return [
            Spoken(r["case_id"], r["part"], tuple(json.loads(r["bugs"])), r["created_at"], stands=bool(r["stands"]))
            for r in rows
        ]

    def answered(self, change: int, patchset: int, at: int) -> Spoken | None:
        with self._database.reading() as db:
            row = db.execute(_ANSWERED, (change, patchset, at)).fetchone()
        return Spoken(row["case_id"], row["part"], tuple(json.loads(row["bugs"])), row["created_at"]) if row else None

    def comments_since(self, at: float) -> int:
        with self._database.reading() as db:
            row = db.execute(_SINCE, (at, self._clock.now())).fetchone()
        return int(row[0])

    def settle(
        self, verdict: Verdict, said: str | None, posts: Sequence[Post], *, done: bool, limited: bool = False
    ) -> None:
        now = self._clock.now()
        with self._database.transaction() as db:
            db.execute(
                _SETTLE,
                {
                    "stage": "done" if done else "open",
                    "outcome": verdict.summary,
                    "said": said,
                    "held": limited,
                    "verdict": to_json(verdict),
                    "id": verdict.case.id,
                },
            )
            db.executemany(_POST, [_row(post, now) for post in posts])


def _insert(db: sqlite3.Connection, case: Case) -> bool:
    """Whether the case is new: by its builds, or, where it has none, by its text and second."""
    report = case.report
    if case.key.startswith(TEXT_KEY):
        near = (case.key, report.at, SAME_TEXT_SECONDS)
        if db.execute("SELECT 1 FROM cases WHERE key = ? AND abs(at - ?) <= ? LIMIT 1", near).fetchone():
            return False
    cursor = db.execute(
        "INSERT INTO cases (id, key, at, change, patchset, project, opened_at, document, stage)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open') ON CONFLICT (id) DO NOTHING",
        (
            case.id,
            case.key,
            report.at,
            report.change.number,
            report.patchset,
            report.change.project,
            case.opened_at,
            to_json(case),
        ),
    )
    return cursor.rowcount == 1


def _row(post: Post, now: float) -> tuple[object, ...]:
    bugs = json.dumps(post.bugs)
    return (
        post.case_id,
        post.sink,
        post.part,
        post.change,
        post.patchset,
        bugs,
        post.body,
        post.token,
        now,
        now,
    )


_OPEN = "SELECT id, document FROM cases WHERE stage = 'open' ORDER BY opened_at, rowid"
_SETTLE = """
    UPDATE cases SET stage = :stage, outcome = :outcome, said = coalesce(:said, said), verdict = :verdict,
    held = CASE WHEN :said IS NULL THEN held ELSE :held END WHERE id = :id
"""
_POST = """
    INSERT INTO outbox (case_id, sink, part, change, patchset, bugs, body, token, stage, created_at, changed_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?) ON CONFLICT (case_id, sink, part) DO NOTHING
"""
_PATCHSET = """
    INSERT INTO changes (number, patchset, open, seen_at) VALUES (?, ?, 1, ?) ON CONFLICT (number) DO UPDATE SET
    patchset = max(patchset, excluded.patchset), seen_at = max(seen_at, excluded.seen_at),
    open = CASE WHEN excluded.seen_at > seen_at THEN 1 ELSE open END
"""
_CLOSED = """
    INSERT INTO changes (number, patchset, open, seen_at) VALUES (?, 0, 0, ?)
    ON CONFLICT (number) DO UPDATE SET open = 0, seen_at = max(seen_at, excluded.seen_at)
"""
_PRIVATE = """
    INSERT INTO changes (number, patchset, open, seen_at, private_at) VALUES (:change, 0, 1, 0, :at)
    ON CONFLICT (number) DO UPDATE SET private_at = max(coalesce(private_at, 0), excluded.private_at)
"""
_EVERY_PRIVATE = "SELECT number, private_at FROM changes WHERE private_at IS NOT NULL"
# The line of an outage is that of one of the first changes that it hit, which may be this one.
_QUOTED = """
    outages WHERE line != '' AND EXISTS (
        SELECT 1 FROM cases WHERE change = :change AND cases.at BETWEEN outages.since AND min(outages.last, :at))
"""
_UNSAID = (
    """
    UPDATE outbox SET stage = 'withheld', why = :why, changed_at = :now WHERE sink != 'gerrit' AND stage = 'pending'
    AND change = :change AND (SELECT at FROM cases WHERE id = case_id) <= :at
    """,
    f"""
    UPDATE outbox SET stage = 'withheld', why = :why, changed_at = :now WHERE sink != 'gerrit' AND stage = 'pending'
    AND bugs IN (SELECT json_array('group ' || failure) FROM {_QUOTED})
    """,  # noqa: S608 - ours
    f"UPDATE outages SET line = '' WHERE number IN (SELECT number FROM {_QUOTED})",  # noqa: S608 - ours
)
_PROVED = "UPDATE outbox SET stage = 'sent', changed_at = ? WHERE token = ? AND stage IN ('pending', 'sending')"
_BEGIN = "INSERT INTO marks VALUES ('begin', ?) ON CONFLICT (name) DO NOTHING"
_CURSOR = "INSERT INTO marks VALUES ('cursor', ?) ON CONFLICT (name) DO UPDATE SET at = max(at, excluded.at)"
_SPOKEN = """
    SELECT case_id, part, bugs, created_at, stage IN ('pending', 'sending', 'sent') AS stands FROM outbox
    WHERE change = ? AND patchset = ? AND sink = 'gerrit' ORDER BY number
"""
# Our clock may be days from the server's: by its clock we spoke as long after the report as by ours after its receipt.
_ANSWERED = """
    SELECT case_id, part, outbox.bugs, created_at FROM outbox JOIN cases ON cases.id = case_id
    WHERE outbox.change = ? AND outbox.patchset <= ? AND sink = 'gerrit' AND outbox.stage = 'sent'
    AND cases.at + created_at - cases.opened_at < ? + 1
    ORDER BY outbox.patchset DESC, number DESC LIMIT 1
"""
_SINCE = """
    SELECT count(*) FROM outbox
    WHERE created_at BETWEEN ? AND ? AND sink = 'gerrit' AND stage IN ('pending', 'sending', 'sent')
"""
