"""When a log host is asked again at once, and when that is left to a later poll."""

from collections.abc import Iterator

import pytest

from gerritbot_er.errors import Permanent, Transient
from gerritbot_er.http_client import Absent, TooSlow
from gerritbot_er.logs.retries import LONGEST_WAIT, MOST, TRIES, Retries


class Host:
    """Raises these errors in turn, then answers; the time that passes is what is slept."""

    def __init__(self, *errors: Exception, seconds: float = 300.0) -> None:
        self._errors: Iterator[Exception] = iter(errors)
        self.asked = 0
        self.slept: list[float] = []
        self.again = Retries(self.slept.append, lambda: seconds - sum(self.slept))

    def ask(self) -> str:
        self.asked += 1
        for error in self._errors:
            raise error
        return "a file"


def test_a_host_that_fails_for_a_moment_gives_the_file() -> None:
    host = Host(Transient("answers 502"), Transient("closed the connection"))
    assert host.again(host.ask) == "a file"
    assert host.asked == 3
    assert all(0 <= wait <= LONGEST_WAIT for wait in host.slept)


def test_a_host_that_goes_on_failing_is_given_up() -> None:
    host = Host(*[Transient(f"answers {number}") for number in (502, 503, 504)])
    with pytest.raises(Transient, match="answers 504"):
        host.again(host.ask)
    assert host.asked == TRIES


@pytest.mark.parametrize("error", [Absent("not there"), TooSlow("trickles"), Permanent("no logs"), ValueError("ours")])
def test_what_seconds_do_not_mend_is_not_asked_again(error: Exception) -> None:
    host = Host(error)
    with pytest.raises(type(error)):
        host.again(host.ask)
    assert (host.asked, host.slept) == (1, [])


def test_the_rest_that_a_host_asks_for_is_given() -> None:
    host = Host(Transient("answers 429", after=3.0))
    assert host.again(host.ask) == "a file"
    assert sum(host.slept) >= 3.0


def test_a_host_that_wants_a_long_rest_gets_it_from_the_next_poll() -> None:
    host = Host(Transient("answers 503", after=60.0))
    with pytest.raises(Transient):
        host.again(host.ask)
    assert host.slept == []


def test_no_try_begins_after_the_time_for_the_build() -> None:
    host = Host(*[Transient("answers 429", after=2.0)] * 2, seconds=3.0)
    with pytest.raises(Transient):
        host.again(host.ask)
    assert sum(host.slept) < 3.0


def test_a_host_that_is_down_is_asked_for_each_file_once_more_only_so_often() -> None:
    host = Host(*[Transient("answers 503")] * 100)
    for _ in range(50):
        with pytest.raises(Transient):
            host.again(host.ask)
    assert (host.asked, len(host.slept)) == (50 + MOST, MOST)
