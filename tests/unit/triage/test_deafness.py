"""A stream that is open and tells nothing, while history tells of new reports."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gerritbot_er.gerrit.stream import Lost
from gerritbot_er.model import CommentAdded

from .site import Site, changed

MINUTE = 60.0


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    made.start()
    made.connect()
    made.pass_(10)
    yield made
    made.close()


def test_f02_a_stream_that_does_not_tell_what_history_does_is_opened_anew(site: Site) -> None:
    site.fails(1)
    site.pass_(2 * MINUTE)
    site.disconnect()
    site.fails(2)
    site.pass_(7 * MINUTE)
    assert site.opened_anew == 1
    site.fails(3)
    site.pass_(2 * MINUTE)
    assert site.commented == [1, 2, 3]
    site.pass_(60 * MINUTE)
    assert site.opened_anew == 1


def test_a_stream_that_is_quiet_as_history_is_stays_open(site: Site) -> None:
    site.fails(1)
    site.pass_(60 * MINUTE)
    assert site.opened_anew == 0


def test_a_stream_that_tells_a_moment_after_history_stays_open(site: Site) -> None:
    site.pass_(5 * MINUTE - 10)
    site.fails(1, heard=False)
    site.pass_(15)
    site.gerrit.tell(site.gerrit.events[0])
    site.pass_(4 * MINUTE)
    assert site.opened_anew == 0


def test_a_stream_that_is_known_to_be_lost_is_not_called_deaf(site: Site) -> None:
    listener = site.gerrit.listener
    assert listener is not None
    site.disconnect()
    listener.lost(Lost("connection refused", 60.0, misconfigured=False))
    site.fails(1)
    site.pass_(30 * MINUTE)
    assert site.commented == [1]
    assert site.opened_anew == 0


def test_what_people_write_is_not_expected_from_the_stream(site: Site) -> None:
    said = CommentAdded(changed(1), 1, "somebody", "Patch Set 1:\n\nNice.", site.gerrit.clock.second())
    site.gerrit.say(said, heard=False)
    site.pass_(20 * MINUTE)
    assert site.opened_anew == 0


def test_what_the_server_says_that_it_dropped_is_not_held_against_the_stream(site: Site) -> None:
    site.fails(1, heard=False)
    site.drops()
    site.pass_(20 * MINUTE)
    assert site.opened_anew == 0
    assert site.commented == [1]
