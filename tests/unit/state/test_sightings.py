"""The statistics: what counts as the same report, and what is lost without harm."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gerritbot_er.model import Build, BuildVerdict, Case, Change, CIReport, Match, Outcome, Verdict
from gerritbot_er.state import StoredSightings, open_sightings
from gerritbot_er.state.database import Database

REPORT = CIReport(
    ci="zuul",
    change=Change(number=7, project="nova", branch="master"),
    patchset=1,
    at=1000,
    builds=(),
    failed=True,
    digest="d",
)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Database]:
    with open_sightings(tmp_path) as opened:
        yield opened


def seconds(file: Database, table: str) -> list[int]:
    with file.reading() as db:
        return [row["at"] for row in db.execute(f"SELECT at FROM {table} ORDER BY at")]  # noqa: S608 - ours


def test_the_same_text_on_another_day_is_another_report(file: Database) -> None:
    sightings = StoredSightings(file)
    for at in (1000, 1005, 1006, 90_000, 89_995):
        sightings.reported([("text:a", replace(REPORT, at=at))])
    assert seconds(file, "reports") == [1000, 1006, 90_000]


def test_the_same_builds_are_one_report_however_late_they_are_read_again(file: Database) -> None:
    sightings = StoredSightings(file)
    for at in (1000, 1001, 90_000):
        sightings.reported([("builds:a", replace(REPORT, at=at))])
    assert seconds(file, "reports") == [1000]


def test_a_verdict_replaces_the_one_on_the_same_report_alone(file: Database) -> None:
    sightings = StoredSightings(file)
    build = Build(
        identity="b",
        job="j",
        result="FAILURE",
        ci="zuul",
        project="nova",
        branch="",
        change=7,
        patchset=1,
        reported_at=0,
    )
    for at in (1000, 90_000, 90_000):
        case = Case("0", "text:a", replace(REPORT, at=at), 0.0)
        sightings.judged(Verdict(case, (BuildVerdict(build, Outcome.EXPLAINED, (Match("disk-full"),)),)))
    assert seconds(file, "matches") == [1000, 90_000]


def test_f40_statistics_that_cannot_be_written_are_lost_and_said(
    file: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "sightings.db").rename(tmp_path / "elsewhere.db")
    StoredSightings(file).reported([("text:a", REPORT)])
    assert [message.partition(": ")[0] for message in caplog.messages] == ["a sighting is lost"]
