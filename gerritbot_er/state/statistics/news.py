"""What is new in the sightings, for readers of the feed."""

import sqlite3

from gerritbot_er.insight.news import FRESH, REST, NewBug, NewGroup, News

from .groups import telling_of
from .names import named

MOST = 50


def news(db: sqlite3.Connection, now: float) -> News:
    """See ``ports.reading.Statistics``."""
    values = {"since": now - FRESH, "rest": REST, "most": MOST}
    bugs = [NewBug(**dict(row)) for row in db.execute(_BUGS, values)]
    groups = [_group(db, row) for row in db.execute(_GROUPS, values)]
    return News(tuple(bugs), tuple(groups))


def _group(db: sqlite3.Connection, row: sqlite3.Row) -> NewGroup:
    newest = db.execute(_NEWEST, (row["number"],)).fetchone()
    counts = db.execute(_COUNTS, (row["number"],)).fetchone()
    lines = telling_of(db, newest["number"])
    return NewGroup(row["id"], row["at"], row["began_at"], counts["builds"], counts["changes"], newest["job"], lines)


# Each signature is found by a step in the index, so that what hit does not count but how many signatures there are.
# As a signature has to rest for longer than the time that is looked at, it can begin once in it.
_BUGS = """
    WITH RECURSIVE signatures (signature) AS (
        SELECT min(signature) FROM hits
        UNION ALL SELECT (SELECT min(signature) FROM hits WHERE signature > signatures.signature) FROM signatures
        WHERE signature IS NOT NULL
    ),
    begun AS MATERIALIZED (
        SELECT signature, (
            SELECT at FROM hits WHERE signature = signatures.signature AND at >= :since AND NOT hidden
            ORDER BY at LIMIT 1
        ) AS at FROM signatures
    ),
    known AS MATERIALIZED (
        SELECT signature, at, (
            SELECT at FROM hits WHERE signature = begun.signature AND at < begun.at AND NOT hidden
            ORDER BY at DESC LIMIT 1
        ) AS before FROM begun WHERE at IS NOT NULL
    )
    SELECT (SELECT name FROM names WHERE id = known.signature) AS signature, known.at, before, count(*) AS builds,
        count(DISTINCT change) AS changes
    FROM known JOIN hits ON hits.signature = known.signature AND hits.at >= known.at AND NOT hidden
    WHERE before IS NULL OR before < known.at - :rest
    GROUP BY known.signature ORDER BY known.at DESC, 1 LIMIT :most
"""
_MEMBERS = "FROM builds WHERE group_number = {group_number} AND outcome = 'unexplained' AND NOT later AND NOT hidden"
_GROUPS = f"""
    WITH begun AS MATERIALIZED (
        SELECT number, id, (
            SELECT at {_MEMBERS.format(group_number="failure_groups.number")} ORDER BY at LIMIT 1
        ) AS began_at
        FROM failure_groups WHERE last_at >= :since
    ),
    spread AS MATERIALIZED (
        SELECT number, id, began_at, (
            SELECT at {_MEMBERS.format(group_number="begun.number")} AND change != (
                SELECT change {_MEMBERS.format(group_number="begun.number")} ORDER BY at LIMIT 1)
            ORDER BY at LIMIT 1
        ) AS at FROM begun WHERE began_at IS NOT NULL
    )
    SELECT number, id, began_at, at FROM spread WHERE at >= :since ORDER BY at DESC, number LIMIT :most
"""  # noqa: S608 - ours
_NEWEST = f"SELECT number, {named('job')} {_MEMBERS.format(group_number='?')} ORDER BY at DESC LIMIT 1"
_COUNTS = f"SELECT count(*) AS builds, count(DISTINCT change) AS changes {_MEMBERS.format(group_number='?')}"
