"""The queue of what a cluster is still to get: whatever changes a build puts it there, and nothing that is hidden."""

from collections.abc import Sequence
from dataclasses import replace

from gerritbot_er.model import BuildVerdict as Found
from gerritbot_er.model import Change, CIReport, Match, Outcome, ReportedBuild, Verdict
from gerritbot_er.ports import Unsent
from gerritbot_er.ports.reading import KEEP_SIGHTINGS
from gerritbot_er.state import StoredSightings, StoredUnsent
from gerritbot_er.state.database import Database
from gerritbot_er.triage.cases import builds_of, open_case

from .made import NOW, Clock, publish

CHANGE = Change(number=7, project="nova", branch="master")
WHERE = "main sightings"


def report(number: int, change: Change = CHANGE, at: float = NOW) -> CIReport:
    build = ReportedBuild("unit", "FAILURE", f"{number:032x}", elapsed=600)
    return CIReport("zuul", change, 1, int(at) + number, (build,), failed=True, digest="d", pipeline="gate")


def judge(sightings: StoredSightings, of: CIReport, *signatures: str, outcome: Outcome | None = None) -> None:
    """The report comes, and its builds get this verdict."""
    case = open_case(of, NOW)
    sightings.reported([(case.key, of)])
    matches = tuple(map(Match, signatures))
    outcome = outcome or (Outcome.EXPLAINED if signatures else Outcome.UNEXPLAINED)
    sightings.judged(Verdict(case, tuple(Found(build, outcome, matches) for build in builds_of(of))))


def told(waiting: Sequence[Unsent]) -> list[tuple[int, str, tuple[str, ...]]]:
    """Of each the number in its id, its outcome and what explains it."""
    builds = [one.build.build for one in waiting]
    return [(int(one.identity, 16), one.outcome, tuple(match.signature for match in one.matches)) for one in builds]


def test_a_decided_build_waits_until_it_was_sent_and_again_when_it_changes(file: Database) -> None:
    unsent, sightings = StoredUnsent(file, Clock(), WHERE), StoredSightings(file, Clock())
    judge(sightings, report(1), outcome=Outcome.WAITING)
    judge(sightings, report(2))
    assert told(unsent.newest(10)) == [(2, "unexplained", ())]
    judge(sightings, report(1), "disk", "net")
    first = unsent.newest(10)
    assert told(first) == [(1, "explained", ("disk", "net")), (2, "unexplained", ())]
    assert (first[0].build.gate, first[0].build.hidden, first[0].build.decided_after) == (False, False, 0.0)
    judge(sightings, report(2), "disk")
    unsent.forget(one.number for one in first)
    assert told(unsent.newest(10)) == [(2, "explained", ("disk",))], "it has changed while the first was on its way"
    assert unsent.count() == 1


def test_the_newest_go_first_a_portion_at_a_time(file: Database) -> None:
    unsent, sightings = StoredUnsent(file, Clock(), WHERE), StoredSightings(file, Clock())
    for number in range(1, 6):
        judge(sightings, report(number))
    assert [number for number, *_ in told(unsent.newest(2))] == [5, 4]


def test_where_nothing_is_to_be_sent_nothing_waits(file: Database) -> None:
    sightings = StoredSightings(file, Clock())
    judge(sightings, report(1))
    assert StoredUnsent(file, Clock(), None).newest(10) == []
    judge(sightings, report(2))
    assert StoredUnsent(file, Clock(), None).count() == 0


def test_a_new_place_gets_everything_and_the_same_one_what_is_left(file: Database) -> None:
    sightings = StoredSightings(file, Clock())
    for number in (1, 2):
        judge(sightings, report(number))
    judge(sightings, report(3), outcome=Outcome.WAITING)
    judge(sightings, report(4, replace(CHANGE, number=8, private=True)))
    unsent = StoredUnsent(file, Clock(), WHERE)
    assert [number for number, *_ in told(unsent.newest(10))] == [2, 1]
    unsent.forget([unsent.newest(1)[0].number])
    assert [number for number, *_ in told(StoredUnsent(file, Clock(), WHERE).newest(10))] == [1]
    assert [number for number, *_ in told(StoredUnsent(file, Clock(), "other").newest(10))] == [2, 1]


def test_f46_what_is_not_public_is_never_sent_and_taken_away_where_it_was(file: Database) -> None:
    unsent, sightings = StoredUnsent(file, Clock(), WHERE), StoredSightings(file, Clock())
    judge(sightings, report(1, replace(CHANGE, private=True)), "disk")
    assert unsent.count() == 0
    judge(sightings, report(2, replace(CHANGE, number=8)), "disk")
    unsent.forget(one.number for one in unsent.newest(10))

    publish(file, "glance")

    assert [(one.build.build.change, one.build.hidden) for one in unsent.newest(10)] == [(8, True)]
    unsent.forget(one.number for one in unsent.newest(10))
    publish(file, "nova")
    assert [(one.build.build.change, one.build.hidden) for one in unsent.newest(10)] == [(8, False)]


def test_f46_a_change_that_becomes_private_is_taken_away(file: Database) -> None:
    unsent, sightings = StoredUnsent(file, Clock(), WHERE), StoredSightings(file, Clock())
    judge(sightings, report(1), "disk")
    unsent.forget(one.number for one in unsent.newest(10))
    judge(sightings, report(2, replace(CHANGE, private=True)))
    assert [(int(one.build.build.identity, 16), one.build.hidden) for one in unsent.newest(10)] == [(1, True)]
    unsent.forget(one.number for one in unsent.newest(10))
    judge(sightings, report(3))
    waiting = unsent.newest(10)
    assert {(int(one.build.build.identity, 16), one.build.hidden) for one in waiting} == {(3, False)}


def test_what_is_too_old_is_not_sent_any_more(file: Database) -> None:
    unsent, sightings = StoredUnsent(file, Clock(), WHERE), StoredSightings(file, Clock())
    judge(sightings, report(1, at=NOW - KEEP_SIGHTINGS - 5), "disk")
    assert (unsent.newest(10), unsent.count()) == ([], 0)
    judge(sightings, report(2))
    with file.transaction() as db:
        db.execute("DELETE FROM builds")
    assert unsent.count() == 0
