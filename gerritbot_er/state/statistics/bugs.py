"""The bugs that hit: how far each of them reached, where, and what people say of it."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence

from gerritbot_er.codec import from_json
from gerritbot_er.insight.bugs import BugDetail, BugReply, ChangeHit, Counted, Counts, Sample
from gerritbot_er.insight.figures import BugFigures, Timeline, Where
from gerritbot_er.insight.steps import Steps
from gerritbot_er.model import Judgement, Match

from .names import named
from .where import conditions, name_id, spread_of

MOST_NAMES = 10
MOST_CHANGES = 20
MOST_SAMPLES = 30
MOST_REPLIES = 20
GATE, ELSEWHERE = "in a gate", "in other pipelines"
HITS = "builds"


def bugs(db: sqlite3.Connection, where: Where) -> Sequence[BugFigures]:
    """See ``ports.reading.Statistics``."""
    condition, values = conditions(db, where)
    rows = db.execute(_BUGS.format(condition=condition), values).fetchall()
    return [BugFigures(row["name"], spread_of(row), row["jobs"]) for row in rows]


def courses(db: sqlite3.Connection, where: Where, steps: Steps) -> Mapping[str, Timeline]:
    """See ``ports.reading.Statistics``."""
    condition, values = conditions(db, where)
    counted = defaultdict(list)
    for row in db.execute(_COURSES.format(condition=condition), {**values, "length": steps.length}):
        counted[row["signature"]].append((HITS, row["step"], row["builds"]))
    names = {number: db.execute(_NAME, (number,)).fetchone()["name"] for number in counted}
    return {names[number]: steps.timeline([HITS], found) for number, found in counted.items()}


def bug(db: sqlite3.Connection, signature: str, where: Where, steps: Steps) -> BugDetail | None:
    """See ``ports.reading.Statistics``."""
    number = name_id(db, signature)
    ends = [db.execute(_END.format(order=order), (number,)).fetchone() for order in ("ASC", "DESC")]
    if None in ends:
        return None
    condition, values = conditions(db, where)
    asked = _Asked(db, condition, {**values, "signature": number, "name": signature, "length": steps.length})
    whole = asked.rows(_SPREAD)[0]
    changes = asked.rows(_CHANGES, MOST_CHANGES)
    return BugDetail(
        first_at=ends[0]["at"],
        last_at=ends[1]["at"],
        spread=spread_of(whole) if whole["builds"] else None,
        course=steps.timeline([ELSEWHERE, GATE], map(_in_gate, asked.rows(_COURSE))),
        jobs=asked.counts("job"),
        projects=asked.counts("project"),
        branches=asked.counts("branch"),
        pipelines=asked.counts("pipeline"),
        changes=tuple(ChangeHit(**dict(row)) for row in changes),
        more_changes=whole["changes"] - len(changes),
        samples=tuple(map(_sample, asked.rows(_SAMPLES, MOST_SAMPLES))),
        replies=tuple(map(_reply, asked.rows(_REPLIES, MOST_REPLIES))),
    )


class _Asked:
    """Questions about the hits of one signature."""

    def __init__(self, db: sqlite3.Connection, condition: str, values: Mapping[str, object]) -> None:
        self._db = db
        self._condition = f"signature = :signature AND {condition}"
        self._values = values

    def rows(self, question: str, most: int = 1) -> Sequence[sqlite3.Row]:
        asked = question.format(condition=self._condition)
        return self._db.execute(asked, {**self._values, "most": most}).fetchall()

    def counts(self, column: str) -> Counts:
        counted = _COUNTS.format(column=column, condition=self._condition)
        rows = self._db.execute(counted, self._values).fetchall()
        return Counts(
            tuple(Counted(row["name"], row["builds"]) for row in rows[:MOST_NAMES]), max(len(rows) - MOST_NAMES, 0)
        )


def _in_gate(row: sqlite3.Row) -> tuple[str, int, int]:
    return GATE if row["gate"] else ELSEWHERE, row["step"], row["builds"]


def _sample(row: sqlite3.Row) -> Sample:
    return Sample(**{**dict(row), "match": from_json(Match, row["match"])})


def _reply(row: sqlite3.Row) -> BugReply:
    return BugReply(**{**dict(row), "judgement": Judgement(row["judgement"])})


_COLUMNS = """
    count(*) AS builds, count(DISTINCT change) AS changes, min(at) AS first_at, max(at) AS last_at,
    sum(seconds) AS seconds, count(DISTINCT CASE WHEN gate THEN report END) AS resets
"""
_BUGS = f"""
    SELECT (SELECT name FROM names WHERE id = signature) AS name, {_COLUMNS}, count(DISTINCT job) AS jobs
    FROM hits WHERE {{condition}} GROUP BY signature ORDER BY seconds DESC, builds DESC, name
"""  # noqa: S608 - ours
_NAME = "SELECT name FROM names WHERE id = ?"
_STEP = "CAST((at - :since) / :length AS INTEGER) AS step, count(*) AS builds"
_COURSES = f"SELECT signature, {_STEP} FROM hits WHERE {{condition}} GROUP BY 1, 2"  # noqa: S608 - ours
_END = "SELECT at FROM hits WHERE signature = ? AND NOT hidden ORDER BY at {order} LIMIT 1"
_SPREAD = f"SELECT {_COLUMNS} FROM hits WHERE {{condition}}"  # noqa: S608 - ours
_COURSE = f"SELECT gate, {_STEP} FROM hits WHERE {{condition}} GROUP BY 1, 2"  # noqa: S608 - ours
_COUNTS = """
    SELECT (SELECT name FROM names WHERE id = {column}) AS name, count(*) AS builds FROM hits WHERE {condition}
    GROUP BY {column} ORDER BY builds DESC, name
"""
_STILL_SHOWN = """
    NOT coalesce((SELECT hidden FROM reports WHERE change = hits.change ORDER BY at DESC LIMIT 1), 0)
"""
_CHANGES = f"""
    SELECT change, {named("project", "branch")}, count(*) AS builds, max(at) AS last_at FROM hits
    WHERE {{condition}} AND {_STILL_SHOWN} GROUP BY change ORDER BY last_at DESC, change LIMIT :most
"""  # noqa: S608 - ours
_SAMPLES = f"""
    SELECT identity, builds.at, {named("ci", "job", "project", "branch")}, change, patchset, match
    FROM (SELECT build, signature FROM hits WHERE {{condition}} AND {_STILL_SHOWN} ORDER BY at DESC LIMIT 200) AS hit
    JOIN evidence USING (build, signature) JOIN builds ON number = build ORDER BY builds.at DESC LIMIT :most
"""  # noqa: S608 - ours
_REPLIES = f"""
    SELECT change, {named("project")}, author, at, judgement, bug FROM replies
    WHERE NOT hidden AND at >= :since AND at < :until
    AND (bug = :name OR EXISTS (SELECT 1 FROM json_each(signatures) WHERE value = :name))
    ORDER BY at DESC LIMIT :most
"""  # noqa: S608 - ours
