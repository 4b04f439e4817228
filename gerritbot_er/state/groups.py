"""The groups of unexplained failures in the sightings: found by an index of their marks, however many there are.

A failure is read, compared and remembered within the transaction that stores its build.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence

import orjson

from gerritbot_er.codec import from_json, to_json
from gerritbot_er.insight.groups import Group, assign, begun, joined, marks_of
from gerritbot_er.insight.likeness import Trait


class StoredGroups:
    """See ``insight.groups.Known``."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def place(self, found: Sequence[Trait], name: str, at: int) -> int:
        """Put a failure with these traits into its group, a new one where there is none, and return its number.

        ``name`` tells the failure from all others.
        """
        known = assign(found, self)
        if known is None:
            group = begun(found, name)
            row = self._db.execute(_NEW, {"id": group.id, "at": at, "traits": to_json(group)}).fetchone()
        else:
            group = joined(known, found)
            row = self._db.execute(_MORE, {"id": group.id, "at": at, "traits": to_json(group)}).fetchone()
        number = int(row["number"])
        before = marks_of(known) if known else {}
        marks = marks_of(group)
        self._db.executemany(_GONE, [(mark, number) for mark in before.keys() - marks.keys()])
        self._db.executemany(
            _MARK, [(mark, number, count) for mark, count in marks.items() if before.get(mark) != count]
        )
        return number

    def spread(self, marks: Collection[int]) -> Mapping[int, int]:
        rows = self._db.execute(_SPREAD, (orjson.dumps(list(marks)).decode(),))
        return {row["mark"]: row["elsewhere"] for row in rows}

    def having(self, marks: Mapping[int, float], most: int) -> Sequence[Group]:
        rows = self._db.execute(_HAVING, (orjson.dumps(list(marks.items())).decode(), most))
        return [from_json(Group, row["traits"]) for row in rows]


_NEW = """
    INSERT INTO failure_groups (id, first_at, last_at, traits) VALUES (:id, :at, :at, :traits)
    ON CONFLICT (id) DO UPDATE SET last_at = max(last_at, :at) RETURNING number
"""
_MORE = """
    UPDATE failure_groups SET first_at = min(first_at, :at), last_at = max(last_at, :at), traits = :traits
    WHERE id = :id RETURNING number
"""
_MARK = """
    INSERT INTO group_marks VALUES (?, ?, ?)
    ON CONFLICT (mark, group_number) DO UPDATE SET members = excluded.members
"""
_GONE = "DELETE FROM group_marks WHERE mark = ? AND group_number = ?"
_SPREAD = "SELECT mark, members - most AS elsewhere FROM mark_totals WHERE mark IN (SELECT value FROM json_each(?))"
_HAVING = """
    SELECT traits FROM failure_groups JOIN (
        SELECT group_number, round(sum(json_extract(value, '$[1]')), 6) AS shared FROM json_each(?)
        JOIN group_marks ON mark = json_extract(value, '$[0]')
        GROUP BY group_number ORDER BY shared DESC, group_number LIMIT ?
    ) ON group_number = number ORDER BY shared DESC, number
"""
