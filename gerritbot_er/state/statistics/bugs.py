"""The bugs that hit: how far each of them reached, where, and what people say of it."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from gerritbot_er.codec import from_json
from gerritbot_er.insight.bugs import RESET_COSTS, BugDetail, BugReply, ChangeHit, Counted, Counts, Sample
from gerritbot_er.insight.figures import BugFigures, Spread, Timeline, Where
from gerritbot_er.insight.steps import DAY, Steps
from gerritbot_er.model import Judgement, Match

from . import rolled_hits
from .counts import counts
from .names import MOST_NAMES, named, names_of
from .rolled_hits import OfSignature
from .where import REACH, RESETS, conditions, name_id, spread_of
from .whole_days import whole_days

MOST_CHANGES = 20
MOST_SAMPLES = 30
MOST_REPLIES = 20
GATE, OTHERS = "that reset a gate", "others"
HITS = "builds"
LEAST_OF_HITS = 6 * DAY
"""Seconds, of which hits are counted by whole days; fewer of them are counted from the rows, as fast."""


def costliest(db: sqlite3.Connection, where: Where, most: int | None) -> tuple[Sequence[BugFigures], int]:
    """See ``ports.reading.Statistics``."""
    days = whole_days(db, where, LEAST_OF_HITS)
    if days is not None:
        return rolled_hits.costliest(db, days, most)
    condition, values = conditions(db, where)
    rows = db.execute(_BUGS.format(condition=condition), {**values, "reset_costs": RESET_COSTS}).fetchall()
    return [BugFigures(row["name"], spread_of(row), row["jobs"]) for row in rows[:most]], len(rows)


def courses(db: sqlite3.Connection, where: Where, steps: Steps) -> Mapping[str, Timeline]:
    """See ``ports.reading.Statistics``."""
    counted = defaultdict(list)
    for signature, step, builds in _courses(db, where, steps):
        counted[signature].append((HITS, step, builds))
    names = names_of(db, counted)
    return {names[signature]: steps.timeline([HITS], found) for signature, found in counted.items()}


def bug(db: sqlite3.Connection, signature: str, where: Where, steps: Steps) -> BugDetail | None:
    """See ``ports.reading.Statistics``."""
    number = name_id(db, signature)
    ends = [db.execute(_END.format(order=order), (number,)).fetchone() for order in ("ASC", "DESC")]
    if None in ends:
        return None
    condition, values = conditions(db, where)
    asked = _Asked(db, condition, {**values, "signature": number, "name": signature, "length": steps.length})
    days = None if steps.length % DAY else whole_days(db, where)
    counted = asked if days is None else OfSignature(db, number, days, steps.length)
    whole, changes = counted.spread(), asked.changes(MOST_CHANGES)
    names = {of: counted.names(of) for of in ("job", "project", "branch", "pipeline")}
    return BugDetail(
        first_at=ends[0]["at"],
        last_at=ends[1]["at"],
        spread=whole,
        course=steps.timeline([OTHERS, GATE], map(_in_gate, counted.course())),
        jobs=_counts(names["job"]),
        projects=_counts(names["project"]),
        branches=_counts(names["branch"]),
        pipelines=_counts(names["pipeline"]),
        changes=changes,
        more_changes=whole.changes - len(changes) if whole else 0,
        samples=tuple(map(_sample, asked.rows(_SAMPLES, MOST_SAMPLES))),
        replies=tuple(map(_reply, asked.rows(_REPLIES, MOST_REPLIES))),
    )


def _courses(db: sqlite3.Connection, where: Where, steps: Steps) -> Iterable[tuple[int, int, int]]:
    """The number of a signature, that of a step, and the builds that it hit then."""
    days = None if steps.length % DAY else whole_days(db, where)
    if days is not None:
        return map(tuple, rolled_hits.courses(db, days, steps.length))
    (pairs,) = counts(db, "hits", where, _PAIR, begin=where.since, length=steps.length, count=steps.count)
    return ((*divmod(pair, steps.count), builds) for pair, builds in pairs.items())


class _Asked:
    """Questions about the hits of one signature."""

    def __init__(self, db: sqlite3.Connection, condition: str, values: Mapping[str, object]) -> None:
        self._db = db
        self._condition = f"signature = :signature AND {condition}"
        self._values = values

    def rows(self, question: str, most: int = 1) -> Sequence[sqlite3.Row]:
        asked = question.format(condition=self._condition)
        return self._db.execute(asked, {**self._values, "most": most}).fetchall()

    def spread(self) -> Spread | None:
        whole = self.rows(_SPREAD)[0]
        return spread_of(whole) if whole["builds"] else None

    def course(self) -> Sequence[sqlite3.Row]:
        return self.rows(_COURSE)

    def names(self, of: str) -> Sequence[Counted]:
        return [Counted(row["name"], row["builds"]) for row in self.rows(_COUNTS.replace("{column}", of))]

    def changes(self, most: int) -> tuple[ChangeHit, ...]:
        """So many that were hit last and are shown still: read back until there are so many, and no further."""
        found: dict[int, ChangeHit] = {}
        others: set[int] = set()
        hits = self._db.execute(_HITS_BACK.format(condition=self._condition), self._values)
        for change, project, branch, at in hits:
            if change in found or change in others:
                continue
            if len(found) == most:
                break
            if self._db.execute(_HIDDEN, (change,)).fetchone()["hidden"]:
                others.add(change)
                continue
            values = {**self._values, "change": change}
            (builds,) = self._db.execute(_HITS_OF.format(condition=self._condition), values).fetchone()
            found[change] = ChangeHit(change, project, branch, builds, at)
        return tuple(found.values())


def _counts(names: Sequence[Counted]) -> Counts:
    return Counts(tuple(names[:MOST_NAMES]), max(len(names) - MOST_NAMES, 0))


def _in_gate(row: sqlite3.Row) -> tuple[str, int, int]:
    return GATE if row["gate"] else OTHERS, row["step"], row["builds"]


def _sample(row: sqlite3.Row) -> Sample:
    return Sample(**{**dict(row), "match": from_json(Match, row["match"])})


def _reply(row: sqlite3.Row) -> BugReply:
    return BugReply(**{**dict(row), "judgement": Judgement(row["judgement"])})


_COLUMNS = f"{REACH}, {RESETS}"
_BUGS = f"""
    SELECT * FROM (
        SELECT (SELECT name FROM names WHERE id = signature) AS name, {_COLUMNS}, count(DISTINCT job) AS jobs
        FROM hits WHERE {{condition}} GROUP BY signature
    ) ORDER BY coalesce(seconds, 0) + :reset_costs * resets DESC, builds DESC, name
"""  # noqa: S608 - ours
_STEP = "CAST((at - :since) / :length AS INTEGER) AS step, count(*) AS builds"
_PAIR = "signature * :count + min(CAST((at - :begin) / :length AS INTEGER), :count - 1)"
"""A signature and a step as one number, which is counted sooner."""
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
_HIDDEN = "SELECT coalesce((SELECT hidden FROM reports WHERE change = ? ORDER BY at DESC LIMIT 1), 0) AS hidden"
_HITS_BACK = f"SELECT change, {named('project', 'branch')}, at FROM hits WHERE {{condition}} ORDER BY at DESC, change"  # noqa: S608 - ours
_HITS_OF = "SELECT count(*) FROM hits WHERE {condition} AND change = :change"
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
