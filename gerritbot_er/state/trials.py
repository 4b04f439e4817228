"""How far signatures were run over past builds, and what they found there (port ``Trials``)."""

import dataclasses
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import orjson

from gerritbot_er.codec import from_json, to_json
from gerritbot_er.insight.quality import Tried
from gerritbot_er.model import Build, Evidence, Match, Outcome
from gerritbot_er.patterns import fits_any
from gerritbot_er.ports import Clock
from gerritbot_er.ports.past import PastFailure, Progress, Retried

from .database import Damaged, Database, read_only
from .hiding import was_private
from .statistics.groups import lines_of
from .statistics.names import named


class StoredTrials:
    """See ``ports.past.Trials``; what cannot be written raises, and is done again."""

    def __init__(self, database: Database, clock: Clock, public_projects: Collection[str] = ()) -> None:
        self._database = database
        self._clock = clock
        self._public_projects = public_projects

    def begin(self, store: str, asked: Mapping[str, str]) -> Mapping[str, Progress]:
        with self._database.reading() as db:
            known = _progress(db, store)
        new = {name: digest for name, digest in asked.items() if name not in known or known[name].digest != digest}
        if new:
            with self._database.transaction() as db:
                db.executemany("INSERT INTO names (name) VALUES (?) ON CONFLICT (name) DO NOTHING", _each(new))
                values = {"store": store, "at": self._clock.now()}
                db.executemany(_BEGIN, [{**values, "name": name, "digest": digest} for name, digest in new.items()])
                known = _progress(db, store)
        return {name: known[name] for name in asked}

    def may_be_told(self, build: Build) -> bool:
        if not fits_any(self._public_projects, build.project):
            return False
        with self._database.reading() as db:
            return not was_private(db, build.change, build.reported_at)

    def failures(
        self, cis: Collection[str], *, below: int, least: int, since: float, most: int, explained: bool
    ) -> Sequence[PastFailure]:
        values = {"cis": _list(cis), "below": below, "least": least, "since": since, "most": most}
        with self._reading() as db:
            rows = db.execute(_FAILURES, {**values, "explained": explained}).fetchall()
            return [_failure(db, row) for row in rows]

    def good(self, cis: Collection[str], beyond: int, most: int) -> Sequence[tuple[int, Build]]:
        with self._reading() as db:
            rows = db.execute(_GOOD, {"cis": _list(cis), "beyond": beyond, "most": most}).fetchall()
            return [(row["place"], from_json(Build, row["build"])) for row in rows]

    def found_later(
        self,
        store: str,
        asked: Mapping[str, str],
        found: Sequence[Retried],
        tried: Mapping[str, Tried],
        *,
        below: int | None = None,
        beyond: int | None = None,
    ) -> int:
        with self._database.transaction() as db:
            current = {name: one.digest for name, one in _progress(db, store).items()}
            names = {name: _number(db, name) for name, digest in asked.items() if current.get(name) == digest}
            explained = sum(_correct(db, one, names) for one in found)
            at = self._clock.now()
            for name, number in names.items():
                figures = dataclasses.asdict(tried.get(name, Tried()))
                key = {"signature": number, "store": store, "at": at, "new_below": below, "new_beyond": beyond}
                db.execute(_NOTE, {**figures, **key})
        return explained

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Over a connection of its own: builds may be looked through for long, and verdicts are to be written."""
        try:
            with read_only(self._database.path) as db:
                yield db
        except ValueError as error:  # its words hold the whole text
            raise Damaged(self._database.path, "a row in it cannot be read") from error


def _correct(db: sqlite3.Connection, found: Retried, names: Mapping[str, int]) -> int:
    """Bring what was found later in a build to what is found there now; what was found at its time stays.

    1 where it is explained only now, else 0.
    """
    if found.sure:
        for table in ("evidence", "hits"):
            db.execute(_TAKE_BACK[table], {"build": found.number, "signatures": _list(names.values())})
    for match in found.matches:
        if match.signature in names:
            values = {"build": found.number, "signature": names[match.signature], "match": to_json(match)}
            if db.execute(_HIT, values).rowcount:
                db.execute(_EVIDENCE, values)
    db.execute(_OPEN_AGAIN, {"build": found.number, "unexplained": Outcome.UNEXPLAINED})
    return db.execute(_EXPLAINED, {"build": found.number, "explained": Outcome.EXPLAINED}).rowcount


def _progress(db: sqlite3.Connection, store: str) -> dict[str, Progress]:
    rows = db.execute(_PROGRESS, (store,))
    return {row["name"]: Progress(row["digest"], row["below"], row["beyond"]) for row in rows}


def _failure(db: sqlite3.Connection, row: sqlite3.Row) -> PastFailure:
    proofs = (from_json(Match, one["match"]) for one in db.execute(_PROOFS, (row["number"],)))
    proving = (line for proof in proofs for line in (proof.evidence, *proof.more) if line is not None)
    lines: Iterable[Evidence] = (*lines_of(db, row["number"]), *proving)
    build = Build(
        identity=row["identity"],
        job=row["job"],
        result=row["result"],
        ci=row["ci"],
        project=row["project"],
        branch=row["branch"],
        change=row["change"],
        patchset=row["patchset"],
        reported_at=row["at"],
        pipeline=row["pipeline"] or None,
        voting=bool(row["voting"]),
    )
    is_open = row["outcome"] == Outcome.UNEXPLAINED or bool(row["later"])
    return PastFailure(row["number"], row["identity"], row["key"] or "", build, tuple(dict.fromkeys(lines)), is_open)


def _number(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute("SELECT id FROM names WHERE name = ?", (name,)).fetchone()["id"])


def _each(names: Iterable[str]) -> list[tuple[str]]:
    return [(name,) for name in names]


def _list(values: Iterable[object]) -> str:
    return orjson.dumps(list(values)).decode()


_PROGRESS = """
    SELECT name, digest, below, beyond FROM trials JOIN names ON names.id = signature WHERE store = ?
"""
_BEGIN = """
    INSERT OR REPLACE INTO trials (signature, store, digest, below, beyond, at) SELECT
        (SELECT id FROM names WHERE name = :name), :store, :digest,
        (SELECT coalesce(max(number), 0) + 1 FROM builds), 0, :at
"""
_CIS = "(SELECT id FROM names WHERE name IN (SELECT value FROM json_each(:cis)))"
_FAILURES = f"""
    SELECT number, identity, (SELECT key FROM reports WHERE number = report) AS key, at, change, patchset, voting,
        outcome, later, {named("ci", "job", "project", "branch", "pipeline", "result")}
    FROM builds
    WHERE number < :below AND number >= :least
    AND number >= (SELECT coalesce(min(number), :below) FROM builds INDEXED BY builds_by_time WHERE at >= :since)
    AND at >= :since
    AND ci IN {_CIS} AND NOT hidden AND (outcome = 'unexplained' OR later OR (:explained AND outcome = 'explained'))
    ORDER BY number DESC LIMIT :most
"""  # noqa: S608 - ours
_PROOFS = """
    SELECT match FROM evidence JOIN hits USING (build, signature) WHERE build = ? AND later
"""
_GOOD = f"""
    SELECT rowid AS place, build FROM successes WHERE rowid > :beyond AND ci IN {_CIS} ORDER BY rowid LIMIT :most
"""  # noqa: S608 - ours
_LATER_OF = "build = :build AND signature IN (SELECT value FROM json_each(:signatures))"
_TAKE_BACK = {
    "evidence": f"""
        DELETE FROM evidence WHERE {_LATER_OF}
        AND (SELECT later FROM hits WHERE build = evidence.build AND signature = evidence.signature)
    """,  # noqa: S608 - ours
    "hits": f"DELETE FROM hits WHERE {_LATER_OF} AND later",  # noqa: S608 - ours
}
_HIT = """
    INSERT INTO hits (
        build, signature, at, job, project, branch, pipeline, change, report, seconds, gate, hidden, later
    ) SELECT number, :signature, at, job, project, branch, pipeline, change, report, seconds, gate, hidden, 1
    FROM builds WHERE number = :build
    ON CONFLICT DO NOTHING
"""
_EVIDENCE = """
    INSERT OR REPLACE INTO evidence SELECT number, :signature, at, :match FROM builds WHERE number = :build
"""
_EXPLAINED = """
    UPDATE builds SET outcome = :explained, later = 1
    WHERE number = :build AND outcome = 'unexplained' AND EXISTS (SELECT 1 FROM hits WHERE build = :build)
"""
_OPEN_AGAIN = """
    UPDATE builds SET outcome = :unexplained, later = 0
    WHERE number = :build AND later AND NOT EXISTS (SELECT 1 FROM hits WHERE build = :build)
"""
_NOTE = """
    UPDATE trials SET failed = failed + :failed, failed_hits = failed_hits + :failed_hits, lines = lines + :lines,
        line_hits = line_hits + :line_hits, good = good + :good, good_hits = good_hits + :good_hits, at = :at,
        below = coalesce(:new_below, below), beyond = coalesce(:new_beyond, beyond)
    WHERE signature = :signature AND store = :store
"""
