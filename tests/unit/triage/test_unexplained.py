"""The lines of unexplained builds on the desk: asked once, compared with good builds, and never waited for in vain."""

from dataclasses import replace

import pytest

from gerritbot_er.errors import Misconfigured, Permanent, Transient
from gerritbot_er.model import BuildAnswer, BuildVerdict, Case, CIReport, Evidence, LogsSeen, Verdict
from gerritbot_er.settings import Rule
from gerritbot_er.state import StoredSightings
from gerritbot_er.state.records import StoredRecords

from .world import START, UUID, World, facts, report, reported

NOISE = "WARNING: Unable to increase file descriptor limit"
WHY = "ERROR: the widget does not fit"


@pytest.fixture
def local(local: World) -> World:
    local.info.known = [facts(number) for number in range(1, 9)]
    return local


def said(*lines: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(line, "job-output.txt", number) for number, line in enumerate(lines, 1))


def good(number: int) -> CIReport:
    made = report(reported(number, result="SUCCESS"), at=START - 7200 * number, buildset=UUID(900 + number))
    return replace(made, failed=False)


def heard(world: World, *numbers: int) -> None:
    """Good builds of the same job."""
    sightings = StoredSightings(world.sightings_file, world.clock)
    sightings.reported([(f"good {number}", good(number)) for number in sorted(numbers, reverse=True)])


def fail(world: World, number: int, *lines: str) -> Case:
    """A failed build whose logs are there, and no bug in them."""
    world.ready(number)
    world.store.telling[UUID(number)] = said(*lines)
    (case,) = world.arrive(replace(report(reported(number)), digest=str(number)))
    return case


def found(world: World, case: Case) -> BuildVerdict:
    record = StoredRecords(world.settings.state).find(case.id)
    assert record is not None
    assert record.verdict is not None
    (build,) = record.verdict.builds
    return build


def lines_of(world: World, case: Case) -> list[str]:
    return [line.line for line in found(world, case).lines]


def test_an_unexplained_build_keeps_its_lines_without_secrets(world: World) -> None:
    case = fail(world, 1, "token=abcdefgh", WHY)
    world.pass_(70)
    assert world.store.lines_asked == [(UUID(1),)]
    assert world.said(case) == "open: None: None"
    world.pass_(16 * 60)
    assert world.said(case) == "done: unexplained: no known bug"
    assert found(world, case).lines == said("token=***", WHY)
    assert world.store.lines_asked == [(UUID(1),)] * 2, "what came late is in the second answer"
    assert world.desk.idle


def test_all_builds_of_a_case_are_asked_about_in_one_request(world: World) -> None:
    for number in (1, 2, 3):
        world.ready(number)
        world.store.telling[UUID(number)] = said(f"ERROR: no {chr(96 + number) * 3}")
    world.ready(4, disk_full="No space left on device")
    (case,) = world.arrive(report(*(reported(number, f"job-{number}") for number in (1, 2, 3, 4))))
    world.pass_(70)
    assert world.store.lines_asked == [(UUID(1), UUID(2), UUID(3))]
    assert len(world.comments) == 1, "no comment waits for lines"
    world.pass_(16 * 60)
    record = StoredRecords(world.settings.state).find(case.id)
    assert record is not None
    assert isinstance(record.verdict, Verdict)
    assert [[line.line for line in build.lines] for build in record.verdict.builds] == [
        ["ERROR: no aaa"],
        ["ERROR: no bbb"],
        ["ERROR: no ccc"],
        [],
    ]


def test_a_bug_found_on_the_second_look_needs_no_lines(world: World) -> None:
    case = fail(world, 1, WHY)
    world.pass_(70)
    world.ready(1, disk_full="No space left on device")
    world.pass_(16 * 60)
    assert world.store.lines_asked == [(UUID(1),)]
    assert found(world, case).bugs[0].signature == "disk-full"
    assert lines_of(world, case) == []


def test_what_good_builds_of_the_job_say_is_left_out_and_asked_once_a_day(world: World) -> None:
    heard(world, 11, 12, 13, 14)
    for number in (11, 12, 13, 14):
        world.store.telling[UUID(number)] = said(NOISE, f"Ran {number} tests")
    first = fail(world, 1, NOISE, "Ran 3 tests", WHY)
    world.pass_(18 * 60)
    assert world.store.lines_asked == [(UUID(1), UUID(11), UUID(12), UUID(13)), (UUID(1),)]
    assert lines_of(world, first) == [WHY]
    second = fail(world, 2, NOISE, "ERROR: out of paper")
    world.pass_(18 * 60)
    assert world.store.lines_asked[2:] == [(UUID(2),)] * 2
    assert lines_of(world, second) == ["ERROR: out of paper"]
    world.clock.seconds += 24 * 3600
    fail(world, 3, WHY)
    world.pass_(70)
    assert world.store.lines_asked[4:] == [(UUID(3), UUID(11), UUID(12), UUID(13))]


def test_good_builds_without_lines_are_asked_about_once_an_hour(world: World) -> None:
    heard(world, 11)
    fail(world, 1, NOISE)
    world.pass_(18 * 60)
    assert world.store.lines_asked == [(UUID(1), UUID(11)), (UUID(1),)]
    world.pass_(3600)
    fail(world, 2, NOISE)
    world.pass_(70)
    assert world.store.lines_asked[2:] == [(UUID(2), UUID(11))]


def test_good_builds_of_other_jobs_and_projects_are_no_measure(world: World) -> None:
    heard(world, 11)
    world.store.telling[UUID(11)] = said(NOISE)
    world.ready(1)
    world.store.telling[UUID(1)] = said(NOISE)
    (case,) = world.arrive(report(reported(1, "other-tests")))
    world.pass_(18 * 60)
    assert world.store.lines_asked == [(UUID(1),)] * 2
    assert lines_of(world, case) == [NOISE]


def test_a_rule_that_forbids_quotes_has_no_lines_asked_for(world: World) -> None:
    world.settings = replace(world.settings, rules=(Rule(mode="on", quote=False),))
    world.start()
    case = fail(world, 1, WHY)
    world.pass_(18 * 60)
    assert world.store.lines_asked == []
    assert world.said(case) == "done: unexplained: no known bug"
    assert lines_of(world, case) == []


@pytest.mark.parametrize("error", [Transient("busy"), Misconfigured("no such field"), Permanent("no")])
def test_a_store_that_does_not_tell_keeps_no_case_open_for_long(world: World, error: Exception) -> None:
    world.store.mute = error
    case = fail(world, 1, WHY)
    world.pass_(15 * 60 + 70 + 660)
    assert world.said(case) == "done: unexplained: no known bug"
    assert lines_of(world, case) == []
    assert world.desk.idle


def test_the_lines_of_the_first_look_do_where_the_second_time_nobody_answers(world: World) -> None:
    case = fail(world, 1, WHY)
    world.pass_(70)
    world.store.mute = Transient("busy")
    world.pass_(16 * 60)
    assert world.said(case) == "done: unexplained: no known bug"
    assert lines_of(world, case) == [WHY]


def test_lines_that_come_late_count(world: World) -> None:
    world.store.mute = Transient("busy")
    case = fail(world, 1, WHY)
    world.pass_(120)
    world.store.mute = None
    world.pass_(18 * 60)
    assert lines_of(world, case) == [WHY]


def test_questions_that_never_end_keep_the_case_and_those_of_others_go_on(world: World) -> None:
    world.calls.stuck.add("store cluster lines")
    world.ready(1)
    world.ready(2, disk_full="No space left on device")
    world.arrive(report(reported(1)))
    world.pass_(70)
    (other,) = world.arrive(replace(report(reported(2)), digest="other"))
    world.pass_(70)
    assert world.said(other) == "done: explained: comment"


def test_a_local_store_is_asked_about_good_builds_by_themselves(local: World) -> None:
    heard(local, 11)
    local.info.known.append(replace(facts(11), result="SUCCESS"))
    local.store.telling[UUID(11)] = said(NOISE)
    local.calls.stuck.add("store local good lines")
    case = fail(local, 1, NOISE, WHY)
    local.pass_(18 * 60)
    assert lines_of(local, case) == [NOISE, WHY], "nobody waits for good builds"
    local.calls.stuck.clear()
    case = fail(local, 2, NOISE, WHY)
    local.pass_(18 * 60)
    assert lines_of(local, case) == [WHY]


def test_the_newest_good_build_is_looked_up_where_none_is_kept(local: World) -> None:
    heard(local, 11, 12)
    local.info.known.append(replace(facts(11), result="SUCCESS"))
    fail(local, 1, NOISE, WHY)
    local.pass_(70)
    assert local.store.lines_asked == [(UUID(1),), (UUID(11), UUID(12)), (UUID(11),)]


def test_a_ci_that_does_not_tell_of_a_good_build_is_no_trouble_of_the_store(local: World) -> None:
    heard(local, 11)
    case = fail(local, 1, NOISE, WHY)
    local.store.logs.clear()
    local.pass_(5)
    local.info.trouble = Transient("the CI does not answer")
    local.ready(1)
    local.pass_(18 * 60)
    assert lines_of(local, case) == [NOISE, WHY]
    assert "log store local" not in local.desk.troubles.now


def test_logs_of_a_build_that_nobody_could_search_are_not_asked_for_lines(world: World) -> None:
    world.store.answers[UUID(1)] = BuildAnswer(partial=True)
    world.store.logs[UUID(1)] = LogsSeen(5, console=True)
    world.arrive(report(reported(1)))
    world.pass_(3 * 3600)
    assert world.store.lines_asked == []


def test_a_build_that_never_ran_has_no_lines(world: World) -> None:
    (case,) = world.arrive(report(reported(1, result="MERGE_CONFLICT")))
    world.work()
    assert world.said(case) == "done: unexplained: no known bug"
    assert world.store.lines_asked == []
