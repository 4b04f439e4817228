"""Failed builds and changes, read from the sightings."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from gerritbot_er.codec import from_json
from gerritbot_er.insight.failures import AROUND, ChangeFigures, ChangeReply, Elsewhere, FailedBuild, ReportFigures
from gerritbot_er.model import Evidence, Judgement, Match

from .groups import lines_of, telling_of
from .names import named

MOST_BUILDS = 500
"""Failed builds of a change that are read."""
MOST_REPLIES = 100


def build(db: sqlite3.Connection, identity: str) -> FailedBuild | None:
    """A failed build with its matches and lines; None where there is none of which a page may tell."""
    row = db.execute(_BUILD, (identity,)).fetchone()
    return (
        _build(row, _evidence(db, row["number"]), lines_of(db, row["number"]), telling_of(db, row["number"]))
        if row
        else None
    )


def elsewhere(db: sqlite3.Connection, of: FailedBuild) -> Sequence[Elsewhere]:
    """For each signature that explains a build, else for its group: on how many other changes it was seen around it."""
    values = {"change": of.change, "begin": of.at - AROUND, "end": of.at + AROUND}
    names = [match.signature for match in of.matches]
    seen = [Elsewhere(name, db.execute(_HIT_ELSEWHERE, {**values, "name": name}).fetchone()[0]) for name in names]
    if not names and of.group:
        seen.append(Elsewhere(of.group, db.execute(_GROUP_ELSEWHERE, {**values, "name": of.group}).fetchone()[0]))
    return seen


def change(db: sqlite3.Connection, number: int, most: int) -> ChangeFigures | None:
    """A change with its newest reports; None where its newest report may not be told of, or there is none.

    What was told when it was not public stays untold.
    """
    newest = db.execute("SELECT hidden FROM reports WHERE change = ? ORDER BY at DESC LIMIT 1", (number,)).fetchone()
    if newest is None or newest["hidden"]:
        return None
    reports = db.execute(_REPORTS, (number, most)).fetchall()
    every = db.execute("SELECT count(*) FROM reports WHERE change = ? AND NOT hidden", (number,)).fetchone()[0]
    builds = db.execute(_BUILDS, (number, reports[-1]["at"], MOST_BUILDS)).fetchall()
    matches = {row["number"]: _evidence(db, row["number"]) for row in builds}
    replies = db.execute(_REPLIES, (number, MOST_REPLIES)).fetchall()
    return ChangeFigures(
        number,
        reports[0]["project"],
        reports[0]["branch"],
        tuple(_report(row) for row in reports),
        every - len(reports),
        tuple(_build(row, matches[row["number"]]) for row in builds),
        tuple(_reply(row) for row in replies),
    )


def _evidence(db: sqlite3.Connection, build: int) -> tuple[Match, ...]:
    """What explains a build; a signature whose evidence is not kept any more is named alone."""
    rows = db.execute(_MATCHES, (build,)).fetchall()
    return tuple(from_json(Match, row["match"]) if row["match"] else Match(row["name"]) for row in rows)


def _build(
    row: sqlite3.Row,
    matches: tuple[Match, ...],
    lines: tuple[Evidence, ...] = (),
    telling: tuple[Evidence, ...] = (),
) -> FailedBuild:
    return replace(
        build_of(row),
        asked=bool(row["failed"]),
        matches=matches,
        lines=lines,
        line=telling[0] if telling else None,
    )


def build_of(row: sqlite3.Row) -> FailedBuild:
    """A row of the failed builds, with names in place of their numbers and its group's id as ``group_id``."""
    return FailedBuild(
        identity=row["identity"],
        at=row["at"],
        ci=row["ci"],
        job=row["job"],
        project=row["project"],
        branch=row["branch"],
        pipeline=row["pipeline"],
        change=row["change"],
        patchset=row["patchset"],
        result=row["result"],
        voting=bool(row["voting"]),
        seconds=row["seconds"],
        outcome=row["outcome"],
        later=bool(row["later"]),
        group=row["group_id"],
        report=row["report"],
    )


def _report(row: sqlite3.Row) -> ReportFigures:
    failed = bool(row["failed"])
    return ReportFigures(row["number"], row["key"], row["at"], row["ci"], row["pipeline"], row["patchset"], failed)


def _reply(row: sqlite3.Row) -> ChangeReply:
    signatures = tuple(json.loads(row["signatures"]))
    judgement = Judgement(row["judgement"])
    return ChangeReply(row["patchset"], row["author"], row["at"], judgement, row["bug"], row["case_id"], signatures)


_FAILED = f"""
    SELECT number, identity, report, at, change, patchset, voting, seconds, outcome, later,
        (SELECT id FROM failure_groups WHERE number = group_number) AS group_id,
        coalesce((SELECT failed FROM reports WHERE number = report), 1) AS failed,
        {named("ci", "job", "project", "branch", "pipeline", "result")}
    FROM builds
"""  # noqa: S608 - ours
_BUILD = f"""
    {_FAILED} WHERE identity = ? AND NOT hidden
    AND NOT coalesce((SELECT hidden FROM reports WHERE change = builds.change ORDER BY at DESC LIMIT 1), 0)
"""  # noqa: S608 - ours
_BUILDS = f"{_FAILED} WHERE change = ? AND at >= ? AND NOT hidden ORDER BY at DESC, number LIMIT ?"
_REPORTS = f"""
    SELECT number, key, at, patchset, failed, {named("ci", "project", "branch", "pipeline")} FROM reports
    WHERE change = ? AND NOT hidden ORDER BY at DESC, number DESC LIMIT ?
"""  # noqa: S608 - ours
_MATCHES = """
    SELECT name, match FROM hits JOIN names ON names.id = hits.signature
    LEFT JOIN evidence ON evidence.build = hits.build AND evidence.signature = hits.signature
    WHERE hits.build = ? ORDER BY name
"""
_REPLIES = """
    SELECT patchset, author, at, judgement, bug, case_id, signatures FROM replies
    WHERE change = ? AND NOT hidden ORDER BY at LIMIT ?
"""
_HIT_ELSEWHERE = """
    SELECT count(DISTINCT change) FROM hits WHERE signature = (SELECT id FROM names WHERE name = :name)
    AND at BETWEEN :begin AND :end AND change != :change AND NOT hidden
"""
_GROUP_ELSEWHERE = """
    SELECT count(DISTINCT change) FROM builds WHERE group_number = (SELECT number FROM failure_groups WHERE id = :name)
    AND at BETWEEN :begin AND :end AND change != :change AND NOT hidden AND outcome = 'unexplained'
"""
