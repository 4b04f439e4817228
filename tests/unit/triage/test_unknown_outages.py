"""Failures without a known bug that hit many changes: what authors hear of them, and channels of an outage."""

from dataclasses import replace

import pytest

from gerritbot_er.model import Case, Change, Evidence
from gerritbot_er.state import MUTE
from gerritbot_er.state.records import StoredRecords

from .outages import RULES, change, hides, said, with_outages
from .world import START, UUID, World, report, reported

LINE = Evidence("ERROR frobnicator: the flux capacitor is out of phase", "job-output.txt", 40)
COMMENT = """\
No known bug, but the same failure hit 3 other changes in the last 24 hours.
Unless those changes build on yours, it is most likely not your patch.

unit-tests failed with it. job-output.txt line 40 says:

    ERROR frobnicator: the flux capacitor is out of phase

https://zuul.example.org/t/example/build/{page}/log/job-output.txt#40

What to do: run CI again. If it fails in the same way, tell those who look after the job.

gerritbot-er case {case}"""
NOTICE = (
    "example/widgets 4,1 (check): unit-tests failed: no known bug, but the same failure hit 3 other changes in the last"
    " 24 hours - https://review.example.org/4"
)
UNKNOWN_BEGIN = (
    'Outage since 08:00 UTC: a failure without a known bug that says "ERROR frobnicator: the flux capacitor is out of'
    ' phase" - 5 changes hit; further ones are not told here until it is over'
)


@pytest.fixture
def world(world: World) -> World:
    with_outages(world)
    return world


def fails_strangely(world: World, number: int, change_: Change | None = None, line: Evidence = LINE) -> Case:
    """Another change fails without a known bug, and time passes until that is settled."""
    page = f"https://zuul.example.org/t/example/build/{UUID(number)}/log/job-output.txt#40"
    made = report(reported(number), change=change_ or change(number), at=int(START + world.clock.seconds))
    world.ready(number)
    world.store.telling[UUID(number)] = (replace(line, url=page),)
    (case,) = world.arrive(made)
    world.pass_(1050)
    return case


def test_an_author_hears_that_an_unexplained_failure_hit_others_from_three_of_them_on(world: World) -> None:
    with_outages(world, outage=replace(RULES, changes=5, window=7200.0))
    cases = [fails_strangely(world, number) for number in (1, 2, 3)]
    assert world.comments == said(world) == []
    assert [world.said(case) for case in cases] == ["done: unexplained: no known bug"] * 3
    fourth = fails_strangely(world, 4)
    assert world.comments == [COMMENT.format(page=UUID(4), case=fourth.id)]
    assert said(world) == [NOTICE]
    assert world.said(fourth) == "done: unexplained: no known bug, but seen elsewhere"
    again = fails_strangely(world, 14, change(4))
    words = "No known bug again, the second time on this patch set, but the same failure hit 3 other changes"
    assert world.comments[1:] == [f"{words} in the last 24 hours.\ngerritbot-er case {again.id}"]
    assert len(said(world)) == 2
    fails_strangely(world, 5)
    assert said(world)[2:] == [UNKNOWN_BEGIN]
    assert (
        "This is an outage since 08:00 UTC, 5 changes hit.\nWhat to do: wait until it is over, then run CI again;"
        in world.comments[2]
    )
    fails_strangely(world, 6, line=replace(LINE, line="FATAL: no route to the mirror of packages"))
    assert len(world.comments) == 3, "another failure"


def test_f46_an_outage_loses_the_line_of_a_change_that_has_become_private(world: World) -> None:
    with_outages(world, outage=replace(RULES, window=7200.0))
    for number in (1, 2, 3):
        fails_strangely(world, number, change(number, "example/gizmos" if number == 3 else "example/widgets"))
    assert said(world) == [UNKNOWN_BEGIN.replace("5 changes", "3 changes")]
    hides(world, 3)
    world.pass_(2000)
    end = "Outage over: a failure without a known bug - no change hit for 30 minutes; 3 changes hit since 08:00 UTC"
    assert said(world)[1:] == [end]
    assert [one.line for one in StoredRecords(world.settings.state).outages(0.0)] == [""]


def test_f46_a_notice_of_an_outage_that_waits_is_withheld_with_the_line_that_it_quotes(world: World) -> None:
    with_outages(world, outage=replace(RULES, window=7200.0))
    world.brakes.put_on("pause", None)
    for number in (1, 2, 3, 4):
        fails_strangely(world, number)
    hides(world, 3)
    world.brakes.take_off("pause")
    world.pass_(10)
    assert [text for text in said(world) if "Outage" in text] == []


def test_in_shadow_channels_alone_hear_of_it(world: World) -> None:
    with_outages(world, rules=(replace(world.settings.rules[0], mode="shadow"),))
    *_, case = [fails_strangely(world, number) for number in (1, 2, 3, 4)]
    assert world.comments == []
    assert len(said(world)) == 1
    assert world.said(case) == "done: unexplained: no known bug, but seen elsewhere; in shadow: IRC alone"


def test_a_group_can_be_muted(world: World) -> None:
    with_outages(world, outage=replace(RULES, changes=5))
    for number in (1, 2, 3):
        fails_strangely(world, number)
    (group,) = groups(world)
    world.brakes.put_on(f"{MUTE}group {group}", None)
    assert world.said(fails_strangely(world, 4)) == "done: unexplained: no known bug"
    assert world.comments == said(world) == []


def groups(world: World) -> list[str]:
    with world.sightings_file.reading() as db:
        return [row["id"] for row in db.execute("SELECT id FROM failure_groups ORDER BY number")]
