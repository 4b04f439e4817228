"""How long things took, told by the times that half and nine in ten of them stayed within."""

from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.insight.rates import Outcomes, Quantiles, quantiles


def test_of_nothing_nothing_is_told() -> None:
    assert quantiles(()) is None


def test_half_and_nine_in_ten() -> None:
    assert quantiles([(1, 5), (2, 4), (60, 1)]) == Quantiles(10, 1, 2, 60)
    assert quantiles([(7, 1)]) == Quantiles(1, 7, 7, 7)


@given(st.lists(st.integers(0, 100), min_size=1))
def test_at_least_so_many_are_within_and_the_time_is_one_that_was_measured(times: list[int]) -> None:
    found = quantiles((time, len(list(same))) for time, same in groupby(sorted(times)))
    assert found is not None
    assert found.count == len(times)
    assert {found.half, found.nine_in_ten, found.longest} <= set(times)
    assert sum(time <= found.half for time in times) >= len(times) / 2
    assert sum(time <= found.nine_in_ten for time in times) >= len(times) * 0.9 - 1e-6


def test_what_nobody_was_asked_about_is_not_decided() -> None:
    outcomes = Outcomes(explained=4, unexplained=3, no_logs=2, undecided=1, waiting=5)
    assert (outcomes.decided, outcomes.all) == (10, 15)
