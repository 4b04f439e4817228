"""Sightings that cannot be written or read as they should be: nobody waits for them, and little is lost."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from gerritbot_er.model import (
    BuildVerdict,
    Change,
    CIReport,
    Evidence,
    Match,
    Outcome,
    ReportedBuild,
    Verdict,
)
from gerritbot_er.ports.past import PastFailure
from gerritbot_er.state import StoredSightings, StoredTrials, open_sightings
from gerritbot_er.state.database import Damaged, Database
from gerritbot_er.state.sightings import MOST_UNWRITTEN
from gerritbot_er.triage.cases import builds_of, open_case

from .made import Clock, written_by_another

REPORT = CIReport(
    ci="zuul",
    change=Change(number=7, project="nova", branch="master"),
    patchset=1,
    at=1000,
    builds=(ReportedBuild("unit", "FAILURE", "a" * 32),),
    failed=True,
    digest="d",
)
LINE = Evidence("ERROR: the image registry refused the pull", "job-output.txt", 3)


def rows(file: Database, query: str) -> list[object]:
    with file.reading() as db:
        return [row[0] for row in db.execute(query)]


def report(number: int) -> CIReport:
    return replace(
        REPORT,
        at=1000 + number,
        change=replace(REPORT.change, number=number),
        builds=(ReportedBuild("unit", "FAILURE", f"{number:032x}"),),
    )


def keep(sightings: StoredSightings, one: CIReport) -> None:
    sightings.reported([(open_case(one, 0.0).key, one)])


def explained(one: CIReport) -> Verdict:
    found = (BuildVerdict(build, Outcome.EXPLAINED, (Match("disk-full", LINE),)) for build in builds_of(one))
    return Verdict(open_case(one, 0.0), tuple(found))


def unexplained(one: CIReport) -> Verdict:
    found = (BuildVerdict(build, Outcome.UNEXPLAINED, lines=(LINE,)) for build in builds_of(one))
    return Verdict(open_case(one, 0.0), tuple(found))


def test_nobody_waits_long_for_a_file_that_another_process_has_locked_and_nothing_is_lost(
    file: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sightings = StoredSightings(file, Clock())
    with written_by_another(tmp_path):
        began = time.monotonic()
        for number in (1, 2):
            keep(sightings, report(number))
            sightings.judged(explained(report(number)))
            assert sightings.reach(explained(report(number)), 2000, 600) == []
        assert time.monotonic() - began < 5
    assert rows(file, "SELECT change FROM reports") == []
    keep(sightings, report(3))
    assert rows(file, "SELECT change FROM reports") == [1, 2, 3]
    assert rows(file, "SELECT change FROM hits") == [1, 2]
    (said,) = caplog.messages
    assert said == (
        f"sightings wait until they can be written: {tmp_path}/sightings.db: cannot be written: database is locked;"
        " another process is writing it: try again"
    )


def test_only_so_many_wait_and_of_more_the_oldest_is_lost(file: Database, caplog: pytest.LogCaptureFixture) -> None:
    sightings = StoredSightings(file, Clock())
    with file.reading() as db:
        db.execute("PRAGMA query_only = ON")
    for number in range(MOST_UNWRITTEN + 1):
        keep(sightings, report(number))
    with file.reading() as db:
        db.execute("PRAGMA query_only = OFF")
    for number in range(MOST_UNWRITTEN + 1, MOST_UNWRITTEN + 20):
        keep(sightings, report(number))
    assert rows(file, "SELECT change FROM reports ORDER BY number") == [*range(1, MOST_UNWRITTEN + 20)]
    assert [message.partition(":")[0] for message in caplog.messages] == [
        "sightings wait until they can be written",
        "a sighting is lost, as more than 1000 wait",
    ]


def test_a_row_that_was_damaged_without_notice_costs_a_sighting_and_no_more(
    file: Database, caplog: pytest.LogCaptureFixture
) -> None:
    sightings = StoredSightings(file, Clock())
    keep(sightings, report(1))
    sightings.judged(unexplained(report(1)))
    with file.transaction() as db:
        db.execute("UPDATE failure_groups SET traits = '{\"id\": 7'")
        db.execute("INSERT INTO successes SELECT ci, project, job, at, '[' FROM builds")
    keep(sightings, report(2))
    sightings.judged(unexplained(report(2)))
    assert sightings.successes(builds_of(report(2))[0]) == []
    assert rows(file, "SELECT outcome FROM builds ORDER BY number") == ["unexplained", "waiting"]
    assert [message.partition(":")[0] for message in caplog.messages] == [
        "a sighting is lost",
        "nothing is known of other changes",
    ]


def past(file: Database) -> Sequence[PastFailure]:
    """What signatures that come now are run over."""
    return StoredTrials(file, Clock()).failures(["zuul"], below=9, least=0, since=0, most=9, explained=False)


def test_no_verdict_waits_for_past_builds_that_are_looked_through_nor_these_for_it(file: Database) -> None:
    sightings = StoredSightings(file, Clock())
    keep(sightings, report(1))
    sightings.judged(unexplained(report(1)))
    found: list[int] = []
    looked = threading.Event()

    def look() -> None:
        found.extend(one.number for one in past(file))
        looked.set()

    with file.transaction():
        threading.Thread(target=look, daemon=True).start()
        assert looked.wait(20)
    assert found == [1]


def test_a_damaged_row_among_past_builds_is_told_and_ends_no_worker(file: Database, tmp_path: Path) -> None:
    sightings = StoredSightings(file, Clock())
    keep(sightings, report(1))
    sightings.judged(unexplained(report(1)))
    with file.transaction() as db:
        db.execute("UPDATE telling SET lines = '['")
    with pytest.raises(
        Damaged, match=f"^{tmp_path}/sightings.db: damaged .a row in it cannot be read.; mend it with: "
    ):
        past(file)


def test_what_is_left_of_deleted_sightings_keeps_no_daemon_from_starting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_sightings(tmp_path) as file:
        keep(StoredSightings(file, Clock()), REPORT)
        (tmp_path / "sightings.db").unlink()
        left = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    for name, content in left.items():
        (tmp_path / name).write_bytes(content)
    with open_sightings(tmp_path) as file:
        assert rows(file, "SELECT change FROM reports") == []
    (said,) = caplog.messages
    assert said == (
        "the statistics begin anew, sightings.db is set aside as sightings.damaged:"
        " it was deleted, and its journal was not"
    )
    assert "sightings.damaged-wal" in {one.name for one in tmp_path.iterdir()}
