"""Applies a change of ``public_projects`` to the stored sightings: a few rows at a time, with low priority.

A year of a large site's sightings takes a while to go through.  No comment waits for that; pages do, where anything of
what they would show is to be hidden: ``refuse_unless_public`` tells them.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import orjson

from gerritbot_er.errors import GerritbotError, Transient
from gerritbot_er.patterns import fits_any
from gerritbot_er.ports import Clock

from .database import Database

SCANNED, CHANGED = 5_000, 100
"""Rows that are looked at in one commit, and of those that are changed: each changes what is counted as well."""
PAUSE = 0.05
"""Seconds of work at a time, and of rest after it: others write there, too."""
TRY_AGAIN = 10.0
"""Seconds after which it is tried again where the file cannot be written."""
NOTHING_TO_DO = 3600.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Work:
    """What is still to be done: the stage, and the row of it that was looked at last."""

    values: Mapping[str, object]
    stage: int = 0
    after: int = -1


class Publishing:
    """Hides and shows stored builds again where the public projects have changed.

    Owned by one thread, which calls ``step``; what has to be known before pages are shown is done at once.
    """

    def __init__(self, database: Database, clock: Clock, public_projects: tuple[str, ...]) -> None:
        self._database = database
        self._clock = clock
        self._public = public_projects
        self._begun = False
        self._work: _Work | None = None
        self._in_trouble = False
        self._tried(self._begin)

    def step(self) -> float:
        """Work for a moment; returns the seconds until there is more to do."""
        until = self._clock.monotonic() + PAUSE
        while self._work is not None or not self._begun:
            if not self._tried(self._go_on if self._begun else self._begin):
                return TRY_AGAIN
            if self._work is not None and self._clock.monotonic() >= until:
                return PAUSE
        return NOTHING_TO_DO

    def _tried(self, part: Callable[[sqlite3.Connection], None]) -> bool:
        try:
            with self._database.transaction() as db:
                part(db)
        except GerritbotError as error:
            if not self._in_trouble:
                log.error("what is public cannot be brought to the configuration yet: %s", error)  # noqa: TRY400 - its words say all
            self._in_trouble = True
            return False
        self._in_trouble = False
        return True

    def _begin(self, db: sqlite3.Connection) -> None:
        """See which projects are public now and were not, or the other way round."""
        told = _told(self._public)
        marks = dict(db.execute(_MARKS).fetchall())
        if marks.get(_WHOLE) != told:
            before = None if _WHOLE not in marks else tuple(orjson.loads(marks[_WHOLE]))
            projects = {row["id"]: row["name"] for row in db.execute(_PROJECTS)}
            closed = [number for number, name in projects.items() if not fits_any(self._public, name)]
            changed = [
                number
                for number, name in projects.items()
                if before is None or fits_any(before, name) is not fits_any(self._public, name)
            ]
            self._work = _Work({"closed": _json(closed), "changed": _json(changed)}) if changed else None
            db.execute(_FORGET)
            db.execute(_REMEMBER, (_HIDING, told) if set(closed) & set(changed) else (_HIDDEN, told))
            if not changed:
                db.execute(_REMEMBER, (_WHOLE, told))
        self._begun = True

    def _go_on(self, db: sqlite3.Connection) -> None:
        """One portion of the work, or the end of it."""
        work = self._work
        if work is None:
            return
        if work.stage < len(_STAGES):
            after = _STAGES[work.stage](db, {**work.values, "after": work.after, "upto": work.after + SCANNED})
            work.stage, work.after = (work.stage + 1, -1) if after is None else (work.stage, after)
            return
        db.execute(_FORGET)
        for name in (_HIDDEN, _WHOLE):
            db.execute(_REMEMBER, (name, _told(self._public)))
        self._work = None


def refuse_unless_public(db: sqlite3.Connection, public_projects: Iterable[str]) -> None:
    """``Transient`` while rows of projects that are public no more are still to be hidden."""
    row = db.execute("SELECT 1 FROM marks WHERE name = ? AND value = ?", (_HIDDEN, _told(public_projects))).fetchone()
    if row is None:
        raise Transient(
            "the sightings do not fit public_projects yet: the running daemon hides what is not public any more, "
            "and until that is done nothing of them is shown"
        )


def is_hiding(db: sqlite3.Connection) -> bool:
    """Whether rows are still to be hidden."""
    return db.execute("SELECT 1 FROM marks WHERE name = ?", (_HIDING,)).fetchone() is not None


def _reports(db: sqlite3.Connection, values: Mapping[str, object]) -> int | None:
    return _portion(db, values, "reports", _SHOWN_REPORTS, _REPORTS)


def _builds(db: sqlite3.Connection, values: Mapping[str, object]) -> int | None:
    """With their hits, so that these are always as their builds."""
    return _portion(db, values, "builds", _SHOWN_BUILDS, _BUILDS, _HITS)


def _replies(db: sqlite3.Connection, values: Mapping[str, object]) -> int | None:
    return _portion(db, values, "replies", _SHOWN_REPLIES, _REPLIES)


def _portion(
    db: sqlite3.Connection, values: Mapping[str, object], table: str, wrong: str, *corrections: str
) -> int | None:
    """Correct some rows; returns the last one that was looked at, None after the last of all."""
    rows = [row[0] for row in db.execute(wrong, {**values, "rows": CHANGED})]
    for correction in corrections:
        db.execute(correction, {**values, "rowids": _json(rows)})
    if len(rows) == CHANGED:
        return int(rows[-1])
    more = db.execute(f"SELECT 1 FROM {table} WHERE rowid > :upto LIMIT 1", values).fetchone()  # noqa: S608 - ours
    return int(str(values["upto"])) if more else None


def _runs(db: sqlite3.Connection, values: Mapping[str, object]) -> int | None:
    """Those of the next day."""
    row = db.execute("SELECT min(day) AS day FROM runs WHERE day > :after", values).fetchone()
    if row["day"] is None:
        return None
    db.execute(_RUNS, {**values, "day": row["day"]})
    return int(row["day"])


def _told(public_projects: Iterable[str]) -> str:
    return _json(public_projects)


def _json(values: Iterable[object]) -> str:
    return orjson.dumps(list(values)).decode()


_STAGES = (_reports, _builds, _runs, _replies)
"""A build is hidden where its report is."""
_HIDING, _HIDDEN, _WHOLE = "hiding", "public projects", "all public projects"
"""Marks that hold the projects: what is not theirs is being hidden; it is; and, all that is theirs is shown."""
_MARKS = "SELECT name, value FROM marks"
_FORGET = f"DELETE FROM marks WHERE name IN ('{_HIDING}', '{_HIDDEN}', '{_WHOLE}')"  # noqa: S608 - constants
_REMEMBER = "INSERT OR REPLACE INTO marks VALUES (?, ?)"
_PROJECTS = """
    SELECT id, name FROM names WHERE id IN (
        SELECT project FROM reports UNION SELECT project FROM runs UNION SELECT project FROM replies
    )
"""
_IS_CLOSED = "(project IN (SELECT value FROM json_each(:closed)))"
_HAS_CHANGED = "project IN (SELECT value FROM json_each(:changed))"
_NEXT = f"rowid > :after AND rowid <= :upto AND {_HAS_CHANGED}"
_THESE = "rowid IN (SELECT value FROM json_each(:rowids))"
_OF_REPORT = "coalesce((SELECT hidden FROM reports WHERE number = builds.report), 1)"
_OF_CHANGE = "EXISTS (SELECT 1 FROM private_changes WHERE change = replies.change AND at >= replies.at)"
_SHOWN_REPORTS = f"""
    SELECT rowid FROM reports WHERE {_NEXT} AND hidden != (private OR {_IS_CLOSED}) ORDER BY rowid LIMIT :rows
"""  # noqa: S608 - constants
_REPORTS = f"UPDATE reports SET hidden = private OR {_IS_CLOSED} WHERE {_THESE}"  # noqa: S608 - constants
_SHOWN_BUILDS = f"SELECT rowid FROM builds WHERE {_NEXT} AND hidden != {_OF_REPORT} ORDER BY rowid LIMIT :rows"  # noqa: S608
_BUILDS = f"UPDATE builds SET hidden = {_OF_REPORT} WHERE {_THESE}"  # noqa: S608 - constants
_HITS = """
    UPDATE hits SET hidden = (SELECT hidden FROM builds WHERE number = hits.build)
    WHERE build IN (SELECT value FROM json_each(:rowids))
"""
_RUNS = f"UPDATE runs SET hidden = {_IS_CLOSED} WHERE day = :day AND {_HAS_CHANGED} AND hidden != {_IS_CLOSED}"  # noqa: S608
_SHOWN_REPLIES = f"""
    SELECT rowid FROM replies WHERE {_NEXT} AND hidden != ({_IS_CLOSED} OR {_OF_CHANGE}) ORDER BY rowid LIMIT :rows
"""  # noqa: S608 - constants
_REPLIES = f"UPDATE replies SET hidden = {_IS_CLOSED} OR {_OF_CHANGE} WHERE {_THESE}"  # noqa: S608 - constants
