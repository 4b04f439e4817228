"""Turns to count figures: so many at once, so many that wait, nobody beyond, and each for so long."""

from contextlib import ExitStack

import pytest

from gerritbot_er.web.turns import AGAIN, AT_ONCE, LONGEST, WAITING, Busy, Turns
from tests.unit.triage.world import SimulatedClock


def test_a_turn_is_over_after_so_many_seconds() -> None:
    clock = SimulatedClock()
    with Turns(clock).turn() as over:
        assert not over()
        clock.seconds += LONGEST - 0.01
        assert not over()
        clock.seconds += 0.01
        assert over()


@pytest.mark.timeout(10)
def test_whoever_finds_no_place_is_sent_away_at_once_until_one_is_free() -> None:
    turns = Turns(SimulatedClock())
    with ExitStack() as others:
        for _ in range(AT_ONCE + WAITING - 1):
            others.enter_context(turns.place())
        for _ in range(2):
            with turns.place():
                with pytest.raises(Busy) as sent_away, turns.place():
                    pass
                assert sent_away.value.after == AGAIN


def test_a_turn_that_ends_in_an_error_is_free_again() -> None:
    turns = Turns(SimulatedClock())
    for _ in range(AT_ONCE + WAITING + 1):
        with pytest.raises(ZeroDivisionError), turns.place(), turns.turn():
            raise ZeroDivisionError
    with turns.place(), turns.turn() as over:
        assert not over()
