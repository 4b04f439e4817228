"""A report that was said long before it is found: after a long absence, nobody waits for a comment on it."""

from dataclasses import replace

import pytest

from gerritbot_er.triage.cases import open_case, too_old

from .world import START, World, report, reported

TWO_DAYS = 172_800


def test_f04_a_report_of_last_week_is_recorded_and_nothing_is_asked_or_said(world: World) -> None:
    old = replace(report(reported(1)), at=int(START) - TWO_DAYS - 1)
    recent = replace(report(reported(2)), at=int(START) - TWO_DAYS)
    world.ready(1, disk_full="No space left on device")
    world.ready(2, disk_full="No space left on device")
    first, second = world.arrive(old, recent)
    world.pass_(20 * 60)
    assert world.said(first) == "done: unexplained: the report is older than 2 days"
    assert world.said(second) == "done: explained: comment"
    assert (len(world.comments), len(world.irc.said)) == (1, 1)


@pytest.mark.parametrize(
    ("age", "oldest", "why"),
    [
        (TWO_DAYS, TWO_DAYS, None),
        (TWO_DAYS + 1, TWO_DAYS, "the report is older than 2 days"),
        (-TWO_DAYS, 60, None),
        (61, 60, "the report is older than 60 seconds"),
        (10_000, 9000, "the report is older than 2.5 hours"),
    ],
)
def test_an_age_counts_from_when_it_was_said_to_when_it_was_found(age: int, oldest: float, why: str | None) -> None:
    assert too_old(open_case(replace(report(reported(1)), at=int(START) - age), START), oldest) == why


def test_a_report_without_a_date_is_new() -> None:
    assert too_old(open_case(replace(report(reported(1)), at=0), START), 60) is None
