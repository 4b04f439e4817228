"""What the sightings tell of signatures: their hits, their hits in common, and what authors said."""

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

from gerritbot_er.insight.figures import Where
from gerritbot_er.insight.quality import FEW, Both, Hits, SignatureFigures, SignatureReply, Tried
from gerritbot_er.model import Judgement
from gerritbot_er.state.rollups import SHARED_BY_MOST

from . import rolled_hits
from .names import names_of
from .where import conditions
from .whole_days import whole_days

MOST_REPLIES = 10_000
"""Answers that are counted, the newest."""


def signatures(db: sqlite3.Connection, where: Where, names: Collection[str]) -> SignatureFigures:
    """All that is known of the signatures of these names."""
    counted, pairs = _counted(db, where)
    last = {name: db.execute(_LAST, (name,)).fetchone() for name in names}
    hits = {name: Hits(*counted.get(name, (0, 0)), row["at"]) for name, row in last.items() if row}
    replies = db.execute(_REPLIES, {"since": where.since, "until": where.until, "most": MOST_REPLIES}).fetchall()
    known = names_of(db, {number for pair in pairs for number in pair})
    named = ((known[one], known[other], common) for (one, other), common in pairs.items())
    return SignatureFigures(
        recorded_since=db.execute("SELECT min(at) AS at FROM builds").fetchone()["at"],
        hits=hits,
        replies=tuple(_reply(row) for row in replies),
        both=tuple(Both(one, other, counted[one][0], counted[other][0], common) for one, other, common in named),
        tried={row["name"]: _tried(row) for row in db.execute(_TRIED) if row["name"] in names},
    )


def _counted(
    db: sqlite3.Connection, where: Where
) -> tuple[Mapping[str, tuple[int, int]], Mapping[tuple[int, int], int]]:
    """Builds and changes by the name of the signature, and by the numbers of two their builds in common, if a few."""
    days = whole_days(db, where)
    if days is not None:
        return rolled_hits.hits(db, days), rolled_hits.pairs(db, days, FEW)
    condition, values = conditions(db, where)
    rows = db.execute(_HITS.format(condition=condition), values)
    several = db.execute(_BOTH.format(condition=condition), {**values, "most_of_build": SHARED_BY_MOST})
    common = Counter(pair for row in several for pair in _pairs(row))
    return (
        {row["name"]: (row["builds"], row["changes"]) for row in rows},
        {pair: builds for pair, builds in common.items() if builds >= FEW},
    )


def _tried(row: sqlite3.Row) -> Tried:
    return Tried(
        row["failed"],
        row["failed_hits"],
        row["lines"],
        row["line_hits"],
        row["good"],
        row["good_hits"],
        row["at"],
        bool(row["more"]),
    )


def _reply(row: sqlite3.Row) -> SignatureReply:
    return SignatureReply(tuple(json.loads(row["signatures"])), Judgement(row["judgement"]), row["bug"])


def _pairs(row: sqlite3.Row) -> Iterator[tuple[int, int]]:
    return combinations(sorted(map(int, row["signatures"].split(","))), 2)


_HITS = """
    SELECT (SELECT name FROM names WHERE id = signature) AS name, count(*) AS builds, count(DISTINCT change) AS changes
    FROM hits WHERE {condition} GROUP BY signature
"""
_LAST = """
    SELECT at FROM hits WHERE signature = (SELECT id FROM names WHERE name = ?) AND NOT hidden ORDER BY at DESC LIMIT 1
"""
_BOTH = """
    SELECT group_concat(signature) AS signatures FROM hits
    WHERE build >= (SELECT min(number) FROM builds WHERE at >= :since AND at < :until) AND {condition}
    GROUP BY build HAVING count(*) BETWEEN 2 AND :most_of_build
"""
"""Builds are numbered about as they come, so that the table is read from there on, in its own order."""
_TRIED = """
    SELECT name, sum(failed) AS failed, sum(failed_hits) AS failed_hits, sum(lines) AS lines,
        sum(line_hits) AS line_hits, sum(good) AS good, sum(good_hits) AS good_hits, max(at) AS at,
        max(below) > 0 AS more
    FROM trials JOIN names ON names.id = signature GROUP BY signature
"""
_REPLIES = """
    SELECT signatures, judgement, bug, max(at) AS at FROM replies WHERE at >= :since AND at < :until AND NOT hidden
    GROUP BY change, author, signatures ORDER BY at DESC LIMIT :most
"""
"""The last word of each author on a change, however often it was said; SQLite takes the columns of the row of max."""
