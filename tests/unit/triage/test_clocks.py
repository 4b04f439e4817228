"""Clocks that are wrong: the server's is a day off, ours is set while it runs."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from gerritbot_er.errors import Transient
from gerritbot_er.model import Review

from .site import Site
from .world import World, report, reported

DAY = 86_400.0

skewed = pytest.mark.parametrize("ahead", [-DAY, -3600.0, 0.0, 3600.0, DAY])
jumping = pytest.mark.parametrize("jump", [-DAY, DAY])


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[Callable[[float], Site]]:
    made: list[Site] = []

    def make(ahead: float) -> Site:
        made.append(Site(tmp_path, ahead=ahead))
        return made[-1]

    yield make
    for site in made:
        site.close()


@pytest.fixture
def world(world: World) -> World:
    world.ready(1, disk_full="No space left on device")
    return world


@skewed
def test_f19_the_first_start_begins_now_whatever_the_servers_clock_says(
    sites: Callable[[float], Site], ahead: float
) -> None:
    site = sites(ahead)
    site.fails(1)
    site.pass_(1200)
    site.start()
    site.connect()
    site.pass_(30)
    site.fails(2)
    site.pass_(300)
    assert site.commented == [2]


@skewed
def test_f19_what_was_missed_is_found_whatever_the_servers_clock_says(
    sites: Callable[[float], Site], ahead: float
) -> None:
    site = sites(ahead)
    site.start()
    site.connect()
    site.pass_(30)
    site.fails(1)
    site.pass_(300)
    site.disconnect()
    site.fails(2)
    site.pass_(300)
    site.connect()
    site.pass_(300)
    assert site.commented == [1, 2]
    site.kill()
    site.fails(3)
    site.pass_(3600)
    site.start()
    site.connect()
    site.pass_(300)
    assert site.commented == [1, 2, 3]
    assert site.gerrit.told < 60, "it is not a day of events that is read each time"


@jumping
def test_f19_a_row_is_looked_for_in_time_though_our_clock_is_set(world: World, jump: float) -> None:
    world.gerrit.takes = False
    world.arrive(report(reported(1)))
    world.pass_(40)
    assert world.stages()[0] == "gerrit sending"
    world.clock.jumped = jump
    world.pass_(15)
    assert world.stages()[0] == "gerrit sending", "Gerrit may still be working on it"
    world.gerrit.takes = True
    world.pass_(120)
    assert len(world.comments) == 1
    world.pass_(120)
    assert world.stages()[0] == "gerrit sent"
    assert len(world.comments) == 1


@jumping
def test_f19_a_post_that_failed_rests_no_longer_and_no_shorter_though_our_clock_is_set(
    world: World, jump: float
) -> None:
    tried: list[float] = []

    def post(review: Review) -> None:
        del review
        tried.append(world.clock.seconds)
        world.clock.jumped += jump
        raise Transient("away")

    world.gerrit.post = post  # type: ignore[method-assign]
    world.arrive(report(reported(1)))
    world.pass_(1200)
    rests = [after - before for before, after in pairwise(tried)]
    assert len(tried) >= 6
    assert all(60.0 <= rest <= 700.0 for rest in rests)


@jumping
def test_f19_deadlines_are_ours_from_receipt_though_our_clock_is_set(world: World, jump: float) -> None:
    (case,) = world.arrive(report(reported(2)))
    world.pass_(10 * 60)
    world.clock.jumped = jump
    world.pass_(49 * 60)
    assert world.said(case).startswith("open")
    world.pass_(2 * 60)
    assert world.said(case).startswith("done")
