"""How long the stream waits before it tries again."""

from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.gerrit.stream import backoff


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_f01_every_wait_is_between_half_a_second_and_a_minute(attempt: int, roll: float) -> None:
    assert 0.5 <= backoff(attempt, roll) <= 60.0
    assert 300.0 <= backoff(attempt, roll, misconfigured=True) <= 900.0


def test_f01_waits_grow_with_full_jitter() -> None:
    assert [backoff(attempt, 1.0) for attempt in range(1, 9)] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert [backoff(attempt, 0.0) for attempt in (1, 5, 50)] == [0.5, 0.5, 0.5]
