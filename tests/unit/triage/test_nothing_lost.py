"""Whatever happens between Gerrit and us: every failure has its comment, and none has two."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.model import CommentAdded
from gerritbot_er.ports import Failpoint

from .site import Killed, Site
from .world import BOT

CUT, BUSY = Transient("Gerrit's answer to the query was cut"), Transient("503", after=20.0)
GARBAGE, REFUSED = Transient("Gerrit's answer to the query can not be read"), Misconfigured("the key is refused")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.close()


def listening(site: Site) -> Site:
    """It has heard of one failure and said what there is to say."""
    site.start()
    site.connect()
    site.fails(1)
    site.pass_(300)
    assert site.commented == [1]
    return site


@pytest.mark.parametrize("troubles", [[CUT], [BUSY, BUSY], [GARBAGE, CUT, BUSY] * 4, [REFUSED]], ids=len)
def test_f04_what_was_missed_is_told_once_history_can_be_read(site: Site, troubles: list[Exception]) -> None:
    listening(site)
    site.disconnect()
    site.fails(2)
    site.pass_(300)
    site.gerrit.troubles = list(troubles)
    site.connect()
    site.fails(3)
    site.pass_(2000)
    assert site.gerrit.troubles == []
    assert site.commented == [1, 2, 3]


@pytest.mark.parametrize(
    "failpoint", [Failpoint.TAKEN, Failpoint.KEPT, Failpoint.HISTORY_READ, Failpoint.CAUGHT_UP, Failpoint.ON_DESK]
)
def test_f04_killed_while_it_catches_up(site: Site, failpoint: Failpoint) -> None:
    listening(site)
    site.kill()
    site.fails(2)
    site.pass_(600)
    site.start(killing(failpoint))
    with pytest.raises(Killed):
        both_heard(site)
    site.kill()
    site.fails(4)
    site.pass_(60)
    site.start()
    site.connect()
    site.pass_(600)
    assert site.commented == [1, 2, 3, 4]


def both_heard(site: Site) -> None:
    """One failure from history, one from the stream."""
    site.connect()
    site.fails(3)
    site.pass_(300)


@pytest.mark.parametrize("heard_before", [0, 1, 3, 9, 10])
def test_f05_all_of_a_burst_is_told_wherever_the_marker_stands_in_it(site: Site, heard_before: int) -> None:
    listening(site)
    burst = range(10, 20)
    for number in burst[:heard_before]:
        site.fails(number)
    site.drops()
    # Gerrit still sends older events behind its marker; what it dropped lies after those.
    for number in burst[heard_before:]:
        site.fails(number, heard=number < 12)
    site.pass_(30)
    site.fails(30, heard=False)
    site.pass_(100)
    site.fails(31)
    site.pass_(600)
    assert site.commented == [1, *burst, 30, 31]


def test_f05_killed_after_the_marker_it_finds_the_gap_again(site: Site) -> None:
    listening(site)
    site.gerrit.troubles = [BUSY] * 100
    site.drops()
    site.fails(2, heard=False)
    site.pass_(200)
    site.fails(3)
    site.pass_(200)
    assert site.commented == [1, 3]
    site.kill()
    site.gerrit.troubles = []
    site.start()
    site.connect()
    site.pass_(300)
    assert site.commented == [1, 2, 3]


@pytest.mark.parametrize("seed", range(5))
def test_f20_the_whole_log_twice_is_the_same_comments(site: Site, seed: int) -> None:
    site.start()
    site.connect()
    for number in range(1, 16):
        site.fails(number)
        site.pass_(20)
    site.pass_(300)
    once, notices = site.comments, site.noticed
    assert site.commented == list(range(1, 16))
    again = [event for event in site.gerrit.events if isinstance(event, CommentAdded)]
    random.Random(seed).shuffle(again)  # noqa: S311 - an order, no secret
    for event in again:
        # History tells the same comments with other seconds than the stream did.
        site.gerrit.tell(CommentAdded(event.change, event.patchset, event.author, event.text, event.at + seed))
        site.pass_(20)
    site.pass_(2000)
    assert (site.comments, site.noticed) == (once, notices)


def killing(failpoint: Failpoint, times: int = 1) -> Callable[[Failpoint], None]:
    """Ends the process when it passes this failpoint for the so manieth time."""
    left = times

    def passed(now: Failpoint) -> None:
        nonlocal left
        left -= now is failpoint
        if not left:
            raise Killed

    return passed


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("failpoint", Failpoint)
def test_f21_killed_at_each_failpoint_there_is_one_comment(site: Site, failpoint: Failpoint, times: int) -> None:
    site.start(killing(failpoint, times))
    for number in (1, 2):
        try:
            site.connect()
            site.fails(number)
            site.pass_(120)
        except Killed:
            site.kill()
            site.pass_(30)
            site.start()
    site.connect()
    site.pass_(600)
    assert site.commented == [1, 2]
    assert len(site.noticed) <= 2


def test_f21_killed_before_the_comment_was_recorded_and_nobody_tells_of_it(site: Site) -> None:
    site.start(killing(Failpoint.POSTED))
    site.connect()
    site.fails(1)
    with pytest.raises(Killed):
        site.pass_(120)
    site.kill()
    site.gerrit.troubles = [BUSY] * 100
    site.start()
    site.pass_(600)
    assert site.commented == [1], "its change was looked at before it was posted again"


def test_f21_a_comment_that_gerrit_makes_known_late_is_not_posted_again(site: Site) -> None:
    site.start(killing(Failpoint.POSTED))
    site.connect()
    site.fails(1)
    with pytest.raises(Killed):
        site.pass_(120)
    site.kill()
    (late,) = (event for event in site.gerrit.events if isinstance(event, CommentAdded) and event.author == BOT)
    site.gerrit.events.remove(late)
    site.start()
    site.connect()
    site.pass_(20)
    assert site.commented == [], "Gerrit may still be working on it"
    site.gerrit.say(late)
    site.pass_(600)
    assert site.commented == [1]
