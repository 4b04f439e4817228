"""Groups in the sightings: the same as in memory, one for a build however often it is judged, and gone when old."""

import sqlite3
from pathlib import Path

from gerritbot_er.insight.groups import Groups
from gerritbot_er.insight.likeness import traits
from gerritbot_er.model import BuildVerdict, Change, CIReport, Evidence, Match, Outcome, ReportedBuild, Verdict
from gerritbot_er.ports.reading import KEEP_SIGHTINGS
from gerritbot_er.state import StoredSightings, open_state
from gerritbot_er.state.database import Database
from gerritbot_er.state.groups import StoredGroups
from gerritbot_er.state.retention import Retention
from gerritbot_er.triage.cases import builds_of, open_case
from tests.unit.insight.failing import failing, mixed

from .made import NOW, Clock

REPORT = CIReport(
    ci="zuul",
    change=Change(number=7, project="nova", branch="master"),
    patchset=1,
    at=1000,
    builds=(ReportedBuild("unit", "FAILURE", "a" * 32), ReportedBuild("docs", "FAILURE", "b" * 32)),
    failed=True,
    digest="d",
)


def unexplained(*lines: tuple[Evidence, ...]) -> Verdict:
    builds = (
        BuildVerdict(build, Outcome.UNEXPLAINED, lines=said)
        for build, said in zip(builds_of(REPORT), lines, strict=True)
    )
    return Verdict(open_case(REPORT, 0.0), tuple(builds))


def group_numbers(file: Database) -> list[int | None]:
    with file.reading() as db:
        return [row["group_number"] for row in db.execute("SELECT group_number FROM builds ORDER BY identity")]


def test_the_groups_on_disk_are_those_in_memory(file: Database) -> None:
    memory, expected, found = Groups(), [], []
    for number, (_, lines) in enumerate(mixed(80, seed=3)):
        expected.append(memory.place(traits(lines), str(number)).id)
        with file.transaction() as db:
            found.append(StoredGroups(db).place(traits(lines), str(number), number))
    with file.reading() as db:
        rows = db.execute("SELECT number, id, first_at, last_at FROM failure_groups").fetchall()
    ids = {row["number"]: row["id"] for row in rows}
    assert [ids[number] for number in found] == expected
    first = rows[0]
    assert first["first_at"] == expected.index(first["id"])
    assert first["last_at"] == len(expected) - 1 - expected[::-1].index(first["id"])


def test_a_build_is_put_into_its_group_once_however_often_it_is_judged(file: Database) -> None:
    sightings = StoredSightings(file, Clock())
    sightings.reported([(open_case(REPORT, 0.0).key, REPORT)])
    for _ in range(3):
        sightings.judged(unexplained(failing(1, 1), failing(1, 2)))
    assert group_numbers(file) == [1, 1]
    with file.reading() as db:
        assert '"members":2' in db.execute("SELECT traits FROM failure_groups").fetchone()["traits"]


def test_a_build_without_lines_that_tell_is_in_no_group(file: Database) -> None:
    sightings = StoredSightings(file, Clock())
    sightings.judged(unexplained((), (Evidence("----", "x"),)))
    assert group_numbers(file) == [None, None]


def test_a_build_that_is_explained_after_all_leaves_its_group(file: Database) -> None:
    sightings = StoredSightings(file, Clock())
    sightings.judged(unexplained(failing(1, 1), failing(2, 2)))
    assert group_numbers(file) == [1, 2]
    case, (build, _) = open_case(REPORT, 0.0), builds_of(REPORT)
    sightings.judged(Verdict(case, (BuildVerdict(build, Outcome.EXPLAINED, (Match("disk-full"),)),)))
    assert group_numbers(file) == [None, 2]


def test_lines_of_a_million_characters_are_harmless(file: Database) -> None:
    sightings = StoredSightings(file, Clock())
    long = Evidence("boom: " + "x" * 1_000_000, "a")
    sightings.judged(unexplained((long, Evidence("\x00\u202e", "b")), (long,)))
    assert group_numbers(file) == [1, 1]


def test_an_old_group_goes_with_its_marks(file: Database, tmp_path: Path) -> None:
    with file.transaction() as db:
        for at, cause in ((int(NOW - KEEP_SIGHTINGS) - 1, 1), (int(NOW), 2)):
            StoredGroups(db).place(traits(failing(cause, 0)), str(cause), at)
    with open_state(tmp_path) as state:
        for _ in range(2):  # the marks of what is gone go with it, or at the next step
            Retention(state, file, Clock()).step()
    with file.reading() as db:
        assert [row["number"] for row in db.execute("SELECT number FROM failure_groups")] == [2]
        assert {row["group_number"] for row in db.execute("SELECT group_number FROM group_marks")} == {2}


def test_the_totals_of_marks_are_those_of_the_groups_that_are_there(file: Database) -> None:
    with file.transaction() as db:
        for number, (_, lines) in enumerate(mixed(60, seed=4)):
            StoredGroups(db).place(traits(lines), str(number), number)
        assert totals(db) == counted(db)
        shrunk = "UPDATE group_marks SET members = members - 1 WHERE members > 1 AND group_number % 2"
        assert db.execute(shrunk).rowcount
        assert totals(db) == counted(db)
        for group in db.execute("SELECT number FROM failure_groups").fetchall():
            db.execute("DELETE FROM group_marks WHERE group_number = ?", (group["number"],))
            assert totals(db) == counted(db)
        assert totals(db) == []


def totals(db: sqlite3.Connection) -> list[tuple[int, ...]]:
    return [tuple(row) for row in db.execute("SELECT mark, members, most FROM mark_totals ORDER BY mark")]


def counted(db: sqlite3.Connection) -> list[tuple[int, ...]]:
    rows = db.execute("SELECT mark, sum(members), max(members) FROM group_marks GROUP BY mark ORDER BY mark")
    return [tuple(row) for row in rows]
