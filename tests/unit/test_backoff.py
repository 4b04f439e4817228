"""Waits that double: from the first to the limit, whatever has failed however often."""

from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.backoff import doubled


def test_a_wait_doubles_up_to_its_limit() -> None:
    assert [doubled(0.5, failures, most=60.0) for failures in range(9)] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]


@given(st.integers(0, 10**9))
def test_no_number_of_failures_is_too_high(failures: int) -> None:
    assert 5.0 <= doubled(5.0, failures, most=600.0) <= doubled(5.0, failures + 1, most=600.0) <= 600.0
