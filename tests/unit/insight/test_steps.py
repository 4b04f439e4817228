"""Time cut into steps: as many as a picture shows, whatever is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.insight.figures import Series, Timeline, Where
from gerritbot_er.insight.steps import Steps, steps_of

NOW = 1_800_000_000.0
HOUR, DAY = 3600.0, 86_400.0


@pytest.mark.parametrize(
    ("seconds", "length", "count"),
    [
        (6 * HOUR, 900, 24),
        (DAY, HOUR, 24),
        (7 * DAY, 6 * HOUR, 28),
        (14 * DAY, DAY, 14),
        (90 * DAY, DAY, 90),
        (365 * DAY, 7 * DAY, 53),
        (3650 * DAY, 61 * DAY, 60),
    ],
)
def test_every_time_has_steps_that_people_think_in(seconds: float, length: float, count: int) -> None:
    where = Where(NOW - seconds, NOW + DAY)
    assert steps_of(where, NOW) == Steps(where.since, length, count), "what is still to come has no step"


def test_what_was_counted_finds_its_step_and_what_is_late_the_last_one() -> None:
    steps = Steps(0.0, 10.0, 3)
    assert steps.timeline(("a", "b"), [("a", 0, 2), ("b", 2, 1), ("a", 7, 5)]) == Timeline(
        0.0, 10.0, (Series("a", (2, 0, 5)), Series("b", (0, 0, 1)))
    )


@given(st.floats(-1e11, 1e11), st.floats(-1e11, 1e11))
def test_no_time_has_more_steps_than_a_page_has_room_for(since: float, until: float) -> None:
    steps = steps_of(Where(since, until), NOW)
    assert 1 <= steps.count <= 100
    assert steps.length >= 900
