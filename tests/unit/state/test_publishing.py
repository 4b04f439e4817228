"""What was stored is brought to the projects that are public now: in portions, and meanwhile nothing is told."""

from dataclasses import replace
from pathlib import Path

import pytest

from gerritbot_er.errors import Transient
from gerritbot_er.insight.figures import Where
from gerritbot_er.model import (
    BuildVerdict,
    Change,
    CIReport,
    Judgement,
    Match,
    Outcome,
    Reply,
    ReportedBuild,
    Verdict,
)
from gerritbot_er.state import Publicity, StoredSightings, StoredStatistics, StoredUnsent
from gerritbot_er.state.database import Database
from gerritbot_er.state.publishing import CHANGED, NOTHING_TO_DO, PAUSE, TRY_AGAIN, Publishing
from gerritbot_er.triage.cases import builds_of, open_case

from .made import NOW, Clock, publish, written_by_another

DAY = 86_400
EVER = Where(0, 1 << 40)
BAD = ReportedBuild("unit", "FAILURE", elapsed=60)
NOT_YET = (
    "the sightings do not fit public_projects yet: the running daemon hides what is not public any more, and until "
    "that is done nothing of them is shown"
)


class Ticking(Clock):
    """A second passes with each look at it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        self.seconds += 1.0
        return self.seconds


def hit(file: Database, project: str, numbers: range, *, private: bool = False, day: int = 0) -> None:
    """A failed build of each of these changes, with a known bug, and an answer to us."""
    sightings = StoredSightings(file, Clock(), Publicity())
    for number in numbers:
        change = Change(number, project, "master", private=private)
        build = replace(BAD, uuid=f"{number:032x}")
        at = int(NOW) + number + day * DAY
        report = CIReport("zuul", change, 1, at, (build,), failed=True, digest="d")
        case = open_case(report, 0.0)
        sightings.reported([(case.key, report)])
        found = tuple(BuildVerdict(one, Outcome.EXPLAINED, (Match("disk-full"),)) for one in builds_of(report))
        sightings.judged(Verdict(case, found))
        sightings.replied([Reply(change, 1, "dev", at, Judgement.CONFIRM)])


def shown(file: Database) -> dict[str, int]:
    """How many rows of each table are told of."""
    with file.reading() as db:
        return {
            table: db.execute(f"SELECT count(*) FROM {table} WHERE NOT hidden").fetchone()[0]  # noqa: S608 - ours
            for table in ("reports", "builds", "hits", "replies", "runs")
        }


def of(changes: int, runs: int) -> dict[str, int]:
    """What is shown of so many changes."""
    return {"reports": changes, "builds": changes, "hits": changes, "replies": changes, "runs": runs}


def test_all_tables_are_brought_to_what_is_public_now_and_private_changes_stay_hidden(file: Database) -> None:
    hit(file, "nova", range(1, 4))
    hit(file, "glance", range(11, 13))
    hit(file, "glance", range(13, 14), day=2)
    hit(file, "nova", range(21, 22), private=True)
    for projects, changes, runs in (
        (("nova",), 3, 1), (("glance",), 3, 2), (("n*", "g*"), 6, 3), (("other",), 0, 0), ((), 6, 3),
    ):  # fmt: skip
        publish(file, *projects)
        assert shown(file) == of(changes, runs), projects


def test_f46_an_answer_stays_hidden_that_was_given_while_its_change_was_private(file: Database) -> None:
    hit(file, "nova", range(1, 4))
    heard_at = int(NOW) + 2
    StoredSightings(file, Clock(), Publicity()).made_private([(1, heard_at), (2, heard_at), (3, heard_at)])
    for projects, told in ((("other",), []), ((), [3])):
        publish(file, *projects)
        with file.reading() as db:
            answers = db.execute("SELECT change FROM replies WHERE NOT hidden").fetchall()
        assert [row["change"] for row in answers] == told


def test_f46_nothing_is_told_until_all_is_hidden_that_has_to_be(file: Database, tmp_path: Path) -> None:
    hit(file, "nova", range(1, CHANGED + 2))
    hit(file, "glance", range(1001, 1003))
    publish(file)
    closed = StoredStatistics(tmp_path, ("glance",))
    unsent = StoredUnsent(file, Clock(), "main index")
    publishing = Publishing(file, Ticking(), ("glance",))
    waits = []
    while (wait := publishing.step()) == PAUSE:
        waits.append(wait)
        assert unsent.newest(10) == []
        with pytest.raises(Transient) as refused:
            closed.bugs(EVER)
        assert str(refused.value) == NOT_YET
    assert wait == NOTHING_TO_DO
    assert len(unsent.newest(10)) == 10
    assert len(waits) > 4, "a stage for each table, and the reports are more than one portion"
    assert [one.spread.changes for one in closed.bugs(EVER)] == [2]


def test_pages_go_on_while_what_has_become_public_is_shown_little_by_little(file: Database, tmp_path: Path) -> None:
    hit(file, "nova", range(1, 2))
    publish(file, "glance")
    publishing = Publishing(file, Ticking(), ())
    assert StoredStatistics(tmp_path, ()).bugs(EVER) == []
    while publishing.step() == PAUSE:
        pass
    assert [one.spread.changes for one in StoredStatistics(tmp_path, ()).bugs(EVER)] == [1]


def test_whoever_is_ended_in_the_midst_of_it_goes_through_all_of_it_again(file: Database, tmp_path: Path) -> None:
    hit(file, "nova", range(1, 3))
    hit(file, "glance", range(11, 13))
    publish(file, "nova")
    Publishing(file, Ticking(), ("glance",)).step()
    with pytest.raises(Transient):
        StoredStatistics(tmp_path, ("nova",)).bugs(EVER)
    publish(file, "nova")
    assert [one.spread.changes for one in StoredStatistics(tmp_path, ("nova",)).bugs(EVER)] == [2]
    assert shown(file) == of(2, 1)


def test_what_was_begun_is_done_by_the_next_daemon(file: Database) -> None:
    hit(file, "nova", range(1, 3))
    publish(file, "glance")
    Publishing(file, Ticking(), ()).step()
    publish(file)
    assert shown(file) == of(2, 1)


def test_f46_nothing_is_told_while_another_process_keeps_it_from_being_hidden(
    file: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hit(file, "nova", range(1, 2))
    publish(file)
    with written_by_another(tmp_path):
        publishing = Publishing(file, Ticking(), ("glance",))
        assert publishing.step() == TRY_AGAIN
        with pytest.raises(Transient):
            StoredStatistics(tmp_path, ("glance",)).bugs(EVER)
        (said,) = caplog.messages
        assert said == (
            f"what is public cannot be brought to the configuration yet: {tmp_path}/sightings.db: cannot be written:"
            " database is locked; another process is writing it: try again"
        )
    assert publishing.step() == PAUSE
    with written_by_another(tmp_path):
        assert publishing.step() == TRY_AGAIN
    assert caplog.messages == [said, said], "once each time that it begins"
    while publishing.step() == PAUSE:
        pass
    assert StoredStatistics(tmp_path, ("glance",)).bugs(EVER) == []
