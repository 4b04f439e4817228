"""Turns to count figures: so many at once, so many that wait, nobody beyond, and each for so long."""

from contextlib import ExitStack

import pytest

from gerritbot_er.web.turns import AGAIN, AT_ONCE, LONGEST, WAITING, Busy, Turns


class Clock:
    """Set by hand."""

    seconds = 1000.0

    def now(self) -> float:
        return self.seconds

    monotonic = now


def test_a_turn_is_over_after_so_many_seconds() -> None:
    clock = Clock()
    with Turns(clock).turn() as over:
        assert not over()
        clock.seconds += LONGEST - 0.01
        assert not over()
        clock.seconds += 0.01
        assert over()


@pytest.mark.timeout(10)
def test_whoever_finds_no_place_is_sent_away_at_once_until_one_is_free() -> None:
    turns = Turns(Clock())
    with ExitStack() as others:
        for _ in range(AT_ONCE + WAITING - 1):
            others.enter_context(turns.place())
        for _ in range(2):
            with turns.place():
                with pytest.raises(Busy) as sent_away, turns.place():
                    pass
                assert sent_away.value.after == AGAIN


def test_a_turn_that_ends_in_an_error_is_free_again() -> None:
    turns = Turns(Clock())
    for _ in range(AT_ONCE + WAITING + 1):
        with pytest.raises(ZeroDivisionError), turns.place(), turns.turn():
            raise ZeroDivisionError
    with turns.place(), turns.turn() as over:
        assert not over()
