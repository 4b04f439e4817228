"""The sightings in a file of their own: every report, every failed build and what explained it (port ``Sightings``)."""

import hashlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import orjson

from gerritbot_er.codec import from_json, to_json
from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.insight.likeness import Trait, traits
from gerritbot_er.model import (
    TEXT_KEY,
    Build,
    BuildVerdict,
    Case,
    CIReport,
    Failure,
    Outcome,
    Reach,
    Reply,
    Verdict,
)
from gerritbot_er.patterns import fits_any
from gerritbot_er.ports import Clock
from gerritbot_er.triage.cases import build_id, builds_of, good_builds_of
from gerritbot_er.triage.publicity import may_be_told

from .cases import SAME_TEXT_SECONDS
from .database import Database
from .groups import StoredGroups
from .hiding import make_private, was_private
from .reach import changes_hit, reach_of

Answer = TypeVar("Answer")
Part = Callable[[sqlite3.Connection], None]
"""Something that is to be written."""

log = logging.getLogger(__name__)

DAY = 86_400
"""Seconds."""
SUCCESSES = 3
"""Builds of a job that did not fail, of which something is kept."""
SUCCESS_EVERY = 3600
"""Seconds of the server between two of them: most jobs run far more often, and they are to be of different times."""
MOST_UNWRITTEN, AT_ONCE = 1000, 100
"""Parts that wait until the file can be written again, and those of them that are written in one commit."""


@dataclass(frozen=True, slots=True)
class Publicity:
    """Which reports pages may tell of, and which pipelines are gates.

    ``projects`` whose failures pages may tell of (empty: all), and by CI the pipelines that are gates.
    """

    projects: tuple[str, ...] = ()
    gates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def hides(self, report: CIReport) -> bool:
        """Whether no page may tell of it."""
        return not may_be_told(report.change, self.projects)

    def is_gate(self, report: CIReport) -> bool:
        """Whether a failure in this pipeline makes the changes behind it begin anew."""
        gates = self.gates.get(report.ci, ())
        return bool(gates) and report.pipeline is not None and fits_any(gates, report.pipeline)


class StoredSightings:
    """See ``ports.Sightings``.

    What cannot be written now, as while another process has locked the file, waits in memory and nobody waits for it;
    what never can be is lost and said so.
    """

    def __init__(self, database: Database, clock: Clock, publicity: Publicity | None = None) -> None:
        self._database = database
        self._clock = clock
        self._publicity = publicity or Publicity()
        self._names: dict[str, int] = {}
        self._succeeded: dict[tuple[str, str, str], int] = {}
        self._to_hide: dict[int, int] = {}
        self._lock = threading.Lock()
        self._unwritten: list[Part] = []

    def reported(self, reports: Sequence[tuple[str, CIReport]]) -> None:
        def write(db: sqlite3.Connection) -> None:
            for key, report in reports:
                self._report(db, key, report)

        self._write(write)

    def made_private(self, changes: Iterable[tuple[int, int]]) -> None:
        """See the port; where it cannot be written now, it is together with what is written next."""
        for change, at in changes:
            self._to_hide[change] = max(at, self._to_hide.get(change, 0))
        self._write(lambda _: None)

    def judged(self, verdict: Verdict) -> None:
        now = self._clock.now()

        def write(db: sqlite3.Connection) -> None:
            for found in verdict.builds:
                self._judge(db, verdict.case, found, now)

        self._write(write)

    def reach(self, verdict: Verdict, until: float, around: float) -> Sequence[Reach]:
        case = verdict.case
        ours = {found.build.identity: build_id(case.key, case.report.at, found.build) for found in verdict.builds}
        return self._asked(lambda db: reach_of(db, verdict, ours, until, around), [])

    def changes_hit(self, failure: Failure, since: float) -> int:
        return self._asked(lambda db: changes_hit(db, failure, since), 0)

    def replied(self, replies: Sequence[Reply]) -> None:
        def write(db: sqlite3.Connection) -> None:
            for reply in replies:
                db.execute(_REPLY, self._reply(db, reply))

        self._write(write)

    def successes(self, build: Build) -> Sequence[Build]:
        def kept(db: sqlite3.Connection) -> Sequence[Build]:
            names = [self._known(db, name) for name in (build.ci, build.project, build.job)]
            return [from_json(Build, row["build"]) for row in db.execute(_SUCCESSES, names).fetchall()]

        return self._asked(kept, [])

    # -- reports

    def _report(self, db: sqlite3.Connection, key: str, report: CIReport) -> None:
        near = SAME_TEXT_SECONDS if key.startswith(TEXT_KEY) else _EVER
        if db.execute(_SEEN, (key, report.at, near)).fetchone():
            return
        same = _same(report)
        told_before = same is not None and db.execute(_TOLD_BEFORE, (same,)).fetchone() is not None
        row = self._row(db, report)
        values = {**row, "key": key, "failed": report.failed, "same": same}
        number = db.execute(_REPORT, values).lastrowid
        if report.change.private:
            make_private(db, report.change.number, report.at)
        if told_before:
            return
        for build in builds_of(report):
            db.execute(_BUILD, {**row, **self._build(db, key, report, build), "report": number})
        if not row["private"]:
            db.executemany(_RUN, self._runs(db, row, report))
            for _, build in good_builds_of(report):
                self._succeed(db, build)

    def _row(self, db: sqlite3.Connection, report: CIReport) -> dict[str, object]:
        """What a report and its builds share."""
        change = report.change
        private = change.private or was_private(db, change.number, report.at)
        return {
            "at": report.at,
            "ci": self._name(db, report.ci),
            "project": self._name(db, change.project),
            "branch": self._name(db, change.branch),
            "pipeline": self._name(db, report.pipeline or ""),
            "change": change.number,
            "patchset": report.patchset,
            "gate": self._resets_gate(report),
            "private": private,
            "hidden": private or self._publicity.hides(report),
        }

    def _resets_gate(self, report: CIReport) -> bool:
        """Whether its voting builds that failed made the changes behind it begin anew."""
        return report.failed and self._publicity.is_gate(report)

    def _build(self, db: sqlite3.Connection, key: str, report: CIReport, build: Build) -> dict[str, object]:
        return {
            "identity": build_id(key, report.at, build),
            "job": self._name(db, build.job),
            "result": self._name(db, build.result),
            "voting": build.voting,
            "gate": build.voting and self._resets_gate(report),
            "seconds": build.elapsed,
            "outcome": Outcome.WAITING,
        }

    def _runs(self, db: sqlite3.Connection, row: Mapping[str, object], report: CIReport) -> list[dict[str, object]]:
        return [
            {
                **row,
                "day": report.at // DAY,
                "job": self._name(db, build.job),
                "failed": build.failed,
                "seconds": build.elapsed or 0,
            }
            for build in report.builds
        ]

    def _succeed(self, db: sqlite3.Connection, build: Build) -> None:
        """Keep it as one of the last that did not fail, where the one before is long enough ago."""
        job = (build.ci, build.project, build.job)
        if self._succeeded.get(job, -_EVER) > build.reported_at - SUCCESS_EVERY:
            return
        self._succeeded[job] = build.reported_at
        names = [self._name(db, name) for name in job]
        db.execute("INSERT INTO successes VALUES (?, ?, ?, ?, ?)", (*names, build.reported_at, to_json(build)))
        db.execute(_ONLY_THE_LAST, (*names, SUCCESSES))

    def _reply(self, db: sqlite3.Connection, reply: Reply) -> dict[str, object]:
        change = reply.change
        return {
            "change": change.number,
            "patchset": reply.patchset,
            "project": self._name(db, change.project),
            "author": reply.author,
            "at": reply.at,
            "judgement": reply.judgement,
            "bug": reply.bug or "",
            "case_id": reply.case_id,
            "signatures": orjson.dumps(reply.signatures).decode(),
            "near": SAME_TEXT_SECONDS,
            "hidden": not may_be_told(change, self._publicity.projects) or was_private(db, change.number, reply.at),
        }

    # -- verdicts

    def _judge(self, db: sqlite3.Connection, case: Case, found: BuildVerdict, now: float) -> None:
        number = self._number(db, case, found.build)
        if found.outcome is not Outcome.EXPLAINED and db.execute(_LATER, (number,)).fetchone():
            return  # a signature that came meanwhile explains it
        decided_after = None if found.outcome is Outcome.WAITING else now - case.opened_at
        db.execute(_OUTCOME, (found.outcome, decided_after, found.logs_after, number))
        for table in ("hits", "evidence", "telling"):
            db.execute(f"DELETE FROM {table} WHERE build = ?", (number,))  # noqa: S608 - ours
        for match in found.bugs:
            signature = self._name(db, match.signature)
            db.execute(_HIT, (signature, number))
            db.execute(
                "INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?)",
                (number, signature, case.report.at, to_json(match)),
            )
        known_by = traits(found.lines)
        if found.lines:
            places = orjson.dumps(list(dict.fromkeys(trait.line for trait in known_by))).decode()
            db.execute(
                "INSERT INTO telling VALUES (?, ?, ?, ?)", (number, case.report.at, to_json(found.lines), places)
            )
        self._group(db, number, case.report.at, found, known_by)

    def _group(
        self, db: sqlite3.Connection, number: int, at: int, found: BuildVerdict, known_by: Sequence[Trait]
    ) -> None:
        """Put an unexplained build with lines into a group, once however often it is judged."""
        (before,) = db.execute("SELECT group_number FROM builds WHERE number = ?", (number,)).fetchone()
        group_number = None
        if found.outcome is Outcome.UNEXPLAINED:
            group_number = before or (StoredGroups(db).place(known_by, found.build.identity, at) if known_by else None)
        if group_number != before:
            db.execute("UPDATE builds SET group_number = ? WHERE number = ?", (group_number, number))

    def _number(self, db: sqlite3.Connection, case: Case, build: Build) -> int:
        """The row of a build; made where the report did not name it, or was lost."""
        identity = build_id(case.key, case.report.at, build)
        row = db.execute("SELECT number FROM builds WHERE identity = ?", (identity,)).fetchone()
        if row:
            return int(row["number"])
        report = db.execute(_SEEN, (case.key, case.report.at, SAME_TEXT_SECONDS)).fetchone()
        values = {**self._row(db, case.report), **self._build(db, case.key, case.report, build)}
        if report:
            values.update(report=report["number"], at=report["at"])
        return int(db.execute(_BUILD, {"report": None, **values}).lastrowid or 0)

    # -- names

    def _name(self, db: sqlite3.Connection, name: str) -> int:
        """The number of a name, which it gets where it is new."""
        known = self._names.get(name)
        if known is None:
            db.execute("INSERT INTO names (name) VALUES (?) ON CONFLICT (name) DO NOTHING", (name,))
            known = self._names[name] = self._known(db, name)
        return known

    def _known(self, db: sqlite3.Connection, name: str) -> int:
        row = db.execute("SELECT id FROM names WHERE name = ?", (name,)).fetchone()
        return int(row["id"]) if row else 0

    def _write(self, part: Part) -> None:
        """In one commit with what could not be written before it."""
        with self._lock:
            self._unwritten.append(part)
            parts = self._unwritten[:AT_ONCE]
            try:
                with self._database.transaction() as db:
                    for change, at in self._to_hide.items():
                        make_private(db, change, at)
                    for one in parts:
                        one(db)
            except (Transient, Misconfigured, ValueError) as error:
                self._failed(error, len(parts))
                return
            self._to_hide.clear()
            del self._unwritten[: len(parts)]

    def _failed(self, error: Exception, parts: int) -> None:
        """Keep what may be written later.  A ValueError: a row that is read was damaged without SQLite's notice."""
        self._names.clear()  # those of this transaction have no number any more
        self._succeeded.clear()
        if not isinstance(error, Transient):
            log.error("a sighting is lost: %s", error)
            del self._unwritten[:parts]
        elif len(self._unwritten) > MOST_UNWRITTEN:
            log.error("a sighting is lost, as more than %d wait: %s", MOST_UNWRITTEN, error)
            del self._unwritten[0]
        elif len(self._unwritten) == 1:
            log.warning("sightings wait until they can be written: %s", error)

    def _asked(self, question: Callable[[sqlite3.Connection], Answer], unknown: Answer) -> Answer:
        try:
            with self._database.reading() as db:
                return question(db)
        except (Transient, Misconfigured, ValueError) as error:
            log.error("nothing is known of other changes: %s", error)  # noqa: TRY400 - its words say all
            return unknown


def _same(report: CIReport) -> int | None:
    """A number that reports of the same builds share, on whatever change; None where builds have no ids."""
    ids: Iterable[str] = sorted(build.identity for build in report.builds if build.identity != build.job)
    text = "\0".join((report.ci, *ids))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], signed=True) if "\0" in text else None


_EVER = 1 << 62
"""Seconds in which reports of the same builds are one."""
_SEEN = "SELECT number, at FROM reports WHERE key = ? AND abs(at - ?) <= ? LIMIT 1"
_TOLD_BEFORE = "SELECT 1 FROM reports WHERE same = ? LIMIT 1"
_REPORT = """
    INSERT INTO reports (key, at, ci, project, branch, pipeline, change, patchset, failed, gate, private, hidden, same)
    VALUES (:key, :at, :ci, :project, :branch, :pipeline, :change, :patchset, :failed, :gate, :private, :hidden, :same)
"""
_BUILD = """
    INSERT INTO builds (
        identity, report, at, ci, job, project, branch, pipeline, change, patchset, result, voting, seconds, gate,
        hidden, outcome
    ) VALUES (
        :identity, :report, :at, :ci, :job, :project, :branch, :pipeline, :change, :patchset, :result, :voting,
        :seconds, :gate, :hidden, :outcome
    ) ON CONFLICT (identity) DO NOTHING
"""
_RUN = """
    INSERT INTO runs VALUES (:day, :job, :project, :branch, :pipeline, :hidden, 1, :failed, :seconds)
    ON CONFLICT DO UPDATE SET runs = runs + 1, failed = failed + :failed, seconds = seconds + :seconds
"""
_LATER = "SELECT 1 FROM builds WHERE number = ? AND later"
_OUTCOME = """
    UPDATE builds SET outcome = ?, later = 0, decided_after = coalesce(decided_after, ?),
    logs_after = coalesce(logs_after, ?) WHERE number = ?
"""
_HIT = """
    INSERT INTO hits (
        build, signature, at, job, project, branch, pipeline, change, report, seconds, gate, hidden
    ) SELECT number, ?, at, job, project, branch, pipeline, change, report, seconds, gate, hidden FROM builds
    WHERE number = ? ON CONFLICT DO NOTHING
"""
_REPLY = """
    INSERT INTO replies (change, patchset, project, author, at, judgement, bug, case_id, signatures, hidden)
    SELECT :change, :patchset, :project, :author, :at, :judgement, :bug, :case_id, :signatures, :hidden
    WHERE NOT EXISTS (
        SELECT 1 FROM replies WHERE change = :change AND patchset = :patchset AND author = :author
        AND judgement = :judgement AND bug = :bug AND abs(at - :at) <= :near
    )
"""
_SUCCESSES = "SELECT build FROM successes WHERE ci = ? AND project = ? AND job = ? ORDER BY at DESC"
_ONLY_THE_LAST = """
    DELETE FROM successes WHERE ci = ?1 AND project = ?2 AND job = ?3 AND at NOT IN (
        SELECT at FROM successes WHERE ci = ?1 AND project = ?2 AND job = ?3 ORDER BY at DESC LIMIT ?4)
"""
