"""Groups of unexplained failures, read from the sightings.

What a group's failures have in common is stored of all of them, hidden ones too; so no page is made of that, but of the
lines of those that may be told.
"""

import heapq
import json
import sqlite3
from collections import Counter

from gerritbot_er.codec import from_json
from gerritbot_er.insight.bugs import Counted, Counts
from gerritbot_er.insight.figures import Spread, Where
from gerritbot_er.insight.steps import DAY, HOUR
from gerritbot_er.insight.unexplained import NEW, Beside, GroupDetail, GroupFigures, Member, Unexplained
from gerritbot_er.model import Evidence, Match

from . import rolled_groups
from .counts import counts
from .names import MOST_NAMES, name_of, names_of
from .rolled_groups import OfGroup
from .where import REACH, conditions, spread_of
from .whole_days import whole_days


def unexplained(db: sqlite3.Connection, where: Where, now: float, most: int) -> Unexplained:
    """At most so many groups, those that are new at ``now`` first, then those that hit most changes."""
    days = whole_days(db, where)
    if days is not None:
        rows, groups, builds, ungrouped = rolled_groups.unexplained(db, days, now - NEW, most)
    else:
        condition, values = conditions(db, where)
        values.update(new=now - NEW, most=most)
        rows = [_figures(row) for row in db.execute(_GROUPS.format(condition=condition), values)]
        groups, builds, ungrouped = db.execute(_COUNTS.format(condition=condition), values).fetchone()
    return Unexplained(tuple(_group(db, row) for row in rows), groups - len(rows), builds, ungrouped or 0)


def group(db: sqlite3.Connection, group_id: str, where: Where, most: int) -> GroupDetail | None:
    """A group with at most so many of its builds; None where there is none of which a page may tell."""
    found = db.execute("SELECT number AS group_number FROM failure_groups WHERE id = ?", (group_id,)).fetchone()
    began = db.execute(_BEGAN, dict(found)).fetchone() if found else None
    if began is None:
        return None
    condition, values = conditions(db, where)
    values.update(group_number=found["group_number"], most=most)
    members = db.execute(_MEMBERS.format(condition=condition), values).fetchall()
    days = whole_days(db, where)
    if days is not None:
        spread = rolled_groups.spread(db, days, found["group_number"])
    else:
        row = db.execute(_SPREAD.format(condition=condition), values).fetchone()
        spread = spread_of(row) if row["builds"] else None
    unit = int(HOUR if days is None else DAY)
    numbers = ("job", "project", "branch", "at / :unit")
    further = {"group_number": found["group_number"], "unit": unit}
    jobs, projects, branches, moments = counts(db, f"(SELECT * FROM {_OF_GROUP})", where, *numbers, **further)  # noqa: S608 - ours
    return GroupDetail(
        group_id,
        began["at"],
        spread or Spread(0, 0, began["at"], began["at"]),
        tuple(_member(db, row) for row in members),
        _by(db, jobs),
        _by(db, projects),
        _by(db, branches),
        tuple((float(number * unit), builds) for number, builds in sorted(moments.items())),
    )


def lines_of(db: sqlite3.Connection, build: int) -> tuple[Evidence, ...]:
    """The lines of an unexplained build that may tell why it failed."""
    row = db.execute("SELECT lines FROM telling WHERE build = ?", (build,)).fetchone()
    return from_json(tuple[Evidence, ...], row["lines"]) if row else ()


def telling_of(db: sqlite3.Connection, build: int) -> tuple[Evidence, ...]:
    """Of these lines those that tell most, that one first."""
    row = db.execute("SELECT lines, places FROM telling WHERE build = ?", (build,)).fetchone()
    if row is None:
        return ()
    lines = from_json(tuple[Evidence, ...], row["lines"])
    return tuple(lines[place] for place in json.loads(row["places"]))


def beside(db: sqlite3.Connection, group_id: str, others: int, explained: int) -> Beside:
    """What so many other groups, those that were hit last, and the last explained builds say."""
    rows = db.execute(_OTHERS, (group_id, others)).fetchall()
    newest = ((row["id"], db.execute(_NEWEST_OF, (row["number"],)).fetchone()) for row in rows)
    proofs = (from_json(Match, row["match"]) for row in db.execute(_PROOFS, (explained,)))
    return Beside(
        {name: telling_of(db, build["number"]) for name, build in newest if build},
        tuple((proof.evidence, *proof.more) for proof in proofs if proof.evidence),
    )


def _figures(row: sqlite3.Row) -> OfGroup:
    return OfGroup(row["group_number"], spread_of(row), row["jobs"])


def _group(db: sqlite3.Connection, of: OfGroup) -> GroupFigures:
    identity = db.execute("SELECT id FROM failure_groups WHERE number = ?", (of.group_number,)).fetchone()["id"]
    newest = db.execute(_NEWEST, (of.group_number, of.spread.last_at)).fetchone()
    lines = telling_of(db, newest["number"])
    began_at = db.execute(_BEGAN, {"group_number": of.group_number}).fetchone()["at"]
    return GroupFigures(identity, began_at, of.spread, name_of(db, newest["job"]), of.jobs, lines[0] if lines else None)


def _member(db: sqlite3.Connection, row: sqlite3.Row) -> Member:
    ci, job, project = (name_of(db, row[column]) for column in ("ci", "job", "project"))
    lines = telling_of(db, row["number"])
    return Member(row["identity"], row["at"], ci, job, project, row["change"], row["patchset"], lines)


def _by(db: sqlite3.Connection, counted: Counter[int]) -> Counts:
    """The names with most builds; of those with as many as the last of them all are looked up."""
    least = min(heapq.nlargest(MOST_NAMES, counted.values()), default=0)
    shown = [number for number, builds in counted.items() if builds >= least]
    names = names_of(db, shown)
    first = sorted(
        (Counted(names[number], counted[number]) for number in shown), key=lambda one: (-one.builds, one.name)
    )
    return Counts(tuple(first[:MOST_NAMES]), max(len(counted) - MOST_NAMES, 0))


_UNEXPLAINED = "outcome = 'unexplained' AND NOT later"
_SHOWN_OF = f"FROM builds WHERE group_number = {{group_number}} AND {_UNEXPLAINED} AND NOT hidden"
_FIRST = f"SELECT at {_SHOWN_OF} ORDER BY at LIMIT 1"
_GROUPS = f"""
    SELECT group_number, builds, changes, jobs, first_at, last_at,
        seconds, 0 AS resets,
        first_at >= :new AND ({_FIRST.format(group_number="found.group_number")}) >= :new AS new
    FROM (
        SELECT group_number, count(*) AS builds, count(DISTINCT change) AS changes, count(DISTINCT job) AS jobs,
            min(at) AS first_at, max(at) AS last_at, sum(seconds) AS seconds
        FROM builds INDEXED BY unexplained_builds WHERE {_UNEXPLAINED} AND group_number IS NOT NULL AND {{condition}}
        GROUP BY group_number
    ) AS found
    ORDER BY new DESC, changes DESC, builds DESC, last_at DESC, group_number LIMIT :most
"""  # noqa: S608 - ours
_COUNTS = f"""
    SELECT count(DISTINCT group_number), count(*), sum(group_number IS NULL) FROM builds INDEXED BY unexplained_builds
    WHERE {_UNEXPLAINED} AND {{condition}}
"""  # noqa: S608 - ours
_NEWEST = f"SELECT number, job FROM builds WHERE group_number = ? AND at = ? AND {_UNEXPLAINED} AND NOT hidden LIMIT 1"  # noqa: S608 - ours
_OTHERS = "SELECT number, id FROM failure_groups WHERE id != ? ORDER BY last_at DESC LIMIT ?"
_NEWEST_OF = f"SELECT number {_SHOWN_OF.format(group_number='?')} ORDER BY at DESC LIMIT 1"
_PROOFS = """
    SELECT match FROM evidence WHERE NOT (SELECT hidden FROM builds WHERE number = build) ORDER BY at DESC LIMIT ?
"""
_BEGAN = _FIRST.format(group_number=":group_number")
_OF_GROUP = f"""
    builds INDEXED BY grouped_builds_by_time
    WHERE group_number = :group_number AND group_number IS NOT NULL AND {_UNEXPLAINED}
"""
_SPREAD = f"""
    SELECT {REACH}, 0 AS resets FROM {_OF_GROUP} AND {{condition}}
"""  # noqa: S608 - ours
_MEMBERS = f"""
    SELECT number, identity, at, ci, job, project, change, patchset FROM {_OF_GROUP} AND {{condition}}
    ORDER BY at DESC LIMIT :most
"""  # noqa: S608 - ours
