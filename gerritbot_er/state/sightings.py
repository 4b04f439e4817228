"""The sightings in a file of their own: every report and what explained it (the port ``Sightings``)."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import orjson

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.model import TEXT_KEY, CIReport, Verdict

from .cases import SAME_TEXT_SECONDS
from .database import Database

log = logging.getLogger(__name__)


class StoredSightings:
    """See ``ports.Sightings``; what cannot be written is lost and said so."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reported(self, reports: Sequence[tuple[str, CIReport]]) -> None:
        with _losable(), self._database.transaction() as db:
            db.executemany(_REPORT, [_report(key, report) for key, report in reports])

    def judged(self, verdict: Verdict) -> None:
        key, at = verdict.case.key, verdict.case.report.at
        with _losable(), self._database.transaction() as db:
            db.execute("DELETE FROM matches WHERE key = ? AND at = ?", (key, at))
            for found in verdict.builds:
                for match in found.bugs or (None,):
                    evidence = match.evidence if match else None
                    db.execute(
                        "INSERT INTO matches VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                        (
                            key,
                            at,
                            found.build.identity,
                            found.build.job,
                            found.outcome,
                            match.signature if match else "",
                            evidence.line if evidence else None,
                            evidence.file if evidence else None,
                        ),
                    )


@contextmanager
def _losable() -> Iterator[None]:
    try:
        yield
    except (Transient, Misconfigured) as error:
        log.error("a sighting is lost: %s", error)  # noqa: TRY400 - its words say all


_REPORT = """
    INSERT INTO reports (key, at, project, change, patchset, ci, pipeline, failed, private, builds)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
    WHERE NOT EXISTS (SELECT 1 FROM reports WHERE key = ?1 AND abs(at - ?2) <= ?11)
"""
_EVER = 1 << 62
"""Seconds in which reports of the same builds are one."""


def _report(key: str, report: CIReport) -> tuple[object, ...]:
    builds = orjson.dumps([(b.job, b.result, b.voting, b.uuid, b.elapsed) for b in report.builds]).decode()
    change = report.change
    return (
        key,
        report.at,
        change.project,
        change.number,
        report.patchset,
        report.ci,
        report.pipeline,
        report.failed,
        change.private,
        builds,
        SAME_TEXT_SECONDS if key.startswith(TEXT_KEY) else _EVER,
    )
