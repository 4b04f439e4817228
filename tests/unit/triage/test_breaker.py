"""The breaker: who may ask a log store that does not answer, and when."""

from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.errors import Permanent, Transient
from gerritbot_er.triage.breaker import Breaker

AWAY = Transient("away")


def opened(roll: float = 1.0) -> Breaker:
    """It has seen three failures at second 100."""
    breaker = Breaker(lambda: roll)
    for _ in range(3):
        assert breaker.lets(100.0)
        breaker.note(AWAY, 100.0)
    return breaker


def test_two_failures_stop_nobody() -> None:
    breaker = Breaker(lambda: 1.0)
    for _ in range(2):
        assert breaker.lets(100.0)
        breaker.note(AWAY, 100.0)
    assert [breaker.lets(100.0) for _ in range(3)] == [True, True, True]


def test_an_open_breaker_lets_one_probe_through_and_an_answer_closes_it() -> None:
    breaker = opened()
    assert [breaker.lets(at) for at in (100.0, 129.9, 130.0, 130.0, 500.0)] == [False, False, True, False, False]
    breaker.note(None, 500.0)
    assert [breaker.lets(500.0) for _ in range(3)] == [True, True, True]


def test_the_rests_between_probes_grow_up_to_five_minutes() -> None:
    breaker, now, rests = opened(), 100.0, []
    for _ in range(6):
        rests.append(breaker.not_before - now)
        now = breaker.not_before
        assert breaker.lets(now)
        breaker.note(AWAY, now)
    assert rests == [30.0, 60.0, 120.0, 240.0, 300.0, 300.0]


def test_questions_that_were_asked_before_it_opened_prolong_nothing() -> None:
    breaker = opened()
    for _ in range(50):
        breaker.note(AWAY, 110.0)
    assert breaker.not_before == 130.0


def test_what_the_store_asks_for_is_kept_from_the_first_failure_on() -> None:
    breaker = Breaker(lambda: 1.0)
    breaker.note(Transient("busy", after=17.0), 100.0)
    assert [breaker.lets(at) for at in (100.0, 116.9, 117.0)] == [False, False, True]


def test_a_question_that_is_refused_for_good_is_answered() -> None:
    breaker = opened()
    breaker.note(Permanent("no such index"), 130.0)
    assert [breaker.lets(130.0) for _ in range(2)] == [True, True]


@given(st.floats(0, 1), st.integers(0, 10_000))
def test_no_rest_is_shorter_than_a_quarter_of_a_minute_or_longer_than_five(roll: float, failures: int) -> None:
    breaker, now = opened(roll), 100.0
    for _ in range(min(failures, 30)):
        assert 15.0 <= breaker.not_before - now <= 300.0
        now = breaker.not_before
        assert breaker.lets(now)
        breaker.note(AWAY, now)
