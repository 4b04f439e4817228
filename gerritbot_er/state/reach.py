"""How far a failure reaches, out of the sightings: other changes with the same signature or of the same group.

What others may not hear of is in no number.  It only keeps a change from being called the only one.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gerritbot_er.model import Failure, Reach, Verdict

DAY = 86_400.0
"""Seconds that count as lately."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the hits of a failure stand: in ``table``, ``column`` is ``value``; ``number`` names the build."""

    table: str
    column: str
    number: str
    value: int


def reach_of(
    db: sqlite3.Connection, verdict: Verdict, ours: Mapping[str, str], until: float, around: float
) -> list[Reach]:
    """See ``ports.Sightings.reach``; ``ours`` are the names by which the sightings know the verdict's builds.

    What is recorded by now counts, also what is of a later second: of two that fail together the one that is judged
    last tells of the other.
    """
    at, change = verdict.case.report.at, verdict.case.report.change.number
    numbers = dict(_numbers(db, ours))
    row = db.execute("SELECT at FROM reports ORDER BY number DESC LIMIT 1").fetchone()
    newest = row["at"] if row else at
    since = max(until, newest) - DAY
    found = []
    for (place, failure), builds in _places(db, numbers).items():
        values = {"value": place.value, "change": change, "since": since}
        mine = ", ".join(str(numbers[build]) for build in builds)
        lately = db.execute(_OTHERS.format(place=place, mine=mine), values).fetchall()
        told = {row["change"] for row in lately if not row["hidden"]}
        alone = not lately and db.execute(_ANY.format(place=place, mine=mine), values).fetchone() is None
        hits = db.execute(_HITS.format(place=place), {"value": place.value, "since": at - around, "until": at + around})
        found.append(
            Reach(
                failure=failure,
                builds=frozenset(builds),
                others=None if lately and not told else len(told),
                alone=alone,
                hits=tuple((row["at"], row["change"]) for row in hits),
                newest=newest,
            )
        )
    return found


def changes_hit(db: sqlite3.Connection, failure: Failure, since: float) -> int:
    """See ``ports.Sightings.changes_hit``."""
    place = _place(db, failure)
    if place is None:
        return 0
    row = db.execute(_COUNT.format(place=place), {"value": place.value, "since": since}).fetchone()
    return int(row[0])


def _numbers(db: sqlite3.Connection, ours: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for identity, name in ours.items():
        row = db.execute("SELECT number FROM builds WHERE identity = ?", (name,)).fetchone()
        if row:
            yield identity, row["number"]


def _places(db: sqlite3.Connection, numbers: Mapping[str, int]) -> dict[tuple[_Place, Failure], list[str]]:
    """The failures of these builds, and which of them have each."""
    found: dict[tuple[_Place, Failure], list[str]] = {}
    for identity, number in numbers.items():
        for place, failure in (
            *_signatures(db.execute(_SIGNATURES, (number,))),
            *_group(db.execute(_GROUP, (number,))),
        ):
            found.setdefault((place, failure), []).append(identity)
    return found


def _signatures(rows: Iterable[sqlite3.Row]) -> Iterator[tuple[_Place, Failure]]:
    for row in rows:
        yield _of_signature(row["id"]), Failure(row["name"])


def _group(rows: Iterable[sqlite3.Row]) -> Iterator[tuple[_Place, Failure]]:
    for row in rows:
        yield _of_group(row["number"]), Failure(row["id"], known=False)


def _place(db: sqlite3.Connection, failure: Failure) -> _Place | None:
    if failure.known:
        row = db.execute("SELECT id FROM names WHERE name = ?", (failure.name,)).fetchone()
        return _of_signature(row["id"]) if row else None
    row = db.execute("SELECT number FROM failure_groups WHERE id = ?", (failure.name,)).fetchone()
    return _of_group(row["number"]) if row else None


def _of_signature(number: int) -> _Place:
    return _Place("hits", "signature", "build", number)


def _of_group(number: int) -> _Place:
    return _Place("(SELECT * FROM builds WHERE NOT later)", "group_number", "number", number)


_SIGNATURES = "SELECT id, name FROM hits JOIN names ON id = signature WHERE build = ?"
_GROUP = """
    SELECT failure_groups.number, failure_groups.id
    FROM builds JOIN failure_groups ON failure_groups.number = group_number WHERE builds.number = ? AND NOT later
"""
_OTHERS = """
    SELECT DISTINCT change, hidden FROM {place.table} WHERE {place.column} = :value AND at > :since
    AND change != :change AND {place.number} NOT IN ({mine})
"""
_ANY = """
    SELECT 1 FROM {place.table} WHERE {place.column} = :value AND change != :change AND {place.number} NOT IN ({mine})
    LIMIT 1
"""
_HITS = """
    SELECT at, change FROM {place.table} WHERE {place.column} = :value AND at BETWEEN :since AND :until AND NOT hidden
    ORDER BY at
"""
_COUNT = (
    "SELECT count(DISTINCT change) FROM {place.table} WHERE {place.column} = :value AND at >= :since AND NOT hidden"
)
