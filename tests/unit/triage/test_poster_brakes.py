"""What the poster holds back behind a pause, a mute or in a dry run, and what becomes of it."""

from pathlib import Path

from gerritbot_er.ports import Batch, Post
from gerritbot_er.settings import Speaking

from .posting import decided
from .world import CHANGE, START, World, report, reported


def test_what_a_pause_held_back_comes_no_faster_than_an_hour_allows(tmp_path: Path) -> None:
    world = World(tmp_path, speaking=Speaking(per_hour=2))
    world.brakes.put_on("pause", None)
    for number in range(1, 4):
        world.ready(number, disk_full="No space left on device")
        world.arrive(report(reported(number)))
        world.pass_(3600)
    world.brakes.take_off("pause")
    world.pass_(120)
    assert len(world.comments) == 2
    world.pass_(3600)
    assert len(world.comments) == 3
    world.close()


def test_nothing_is_said_of_a_patch_set_that_was_outdated_while_a_pause_held_the_words_back(world: World) -> None:
    world.brakes.put_on("pause", None)
    decided(world)
    world.pass_(60)
    assert world.stages() == ["gerrit pending", "irc:#gate pending"]
    world.cases.keep(Batch(patchsets=((CHANGE.number, 2, int(START)),)))
    world.brakes.take_off("pause")
    world.pass_(60)
    assert world.stages() == ["gerrit withheld", "irc:#gate withheld"]
    assert (world.comments, world.irc.said) == ([], [])


def test_a_pause_holds_everything_back_and_ends_at_once(world: World) -> None:
    world.brakes.put_on("pause", None)
    decided(world)
    world.pass_(600)
    assert world.comments == []
    assert world.irc.said == []
    world.brakes.take_off("pause")
    world.pass_(1)
    assert len(world.comments) == 1
    assert len(world.irc.said) == 1


def test_a_comment_that_waited_too_long_is_withheld(world: World) -> None:
    world.brakes.put_on("pause", None)
    decided(world)
    world.pass_(60)
    world.cases.keep(Batch(patchsets=((4711, 2, 1_800_000_100),)))
    world.brakes.take_off("pause")
    world.pass_(60)
    assert world.comments == []
    assert world.stages()[0] == "gerrit withheld"


def test_a_mute_holds_back_what_waited_behind_a_pause(world: World) -> None:
    world.brakes.put_on("pause", None)
    decided(world)
    world.brakes.put_on("mute disk-full", None)
    world.brakes.take_off("pause")
    world.pass_(60)
    assert world.comments == []
    assert world.irc.said == []
    assert world.stages() == ["gerrit withheld", "irc:#gate withheld"]


def test_a_dry_run_shows_what_it_decides_and_leaves_alone_what_was_decided_before(world: World) -> None:
    world.brakes.put_on("pause", None)
    decided(world)
    world.brakes.take_off("pause")
    world.start()
    shown: list[Post] = []
    world.poster._show = shown.append
    world.ready(2, dns="Could not resolve host: a.example.org")
    (second,) = world.arrive(report(reported(2)))
    world.pass_(60)
    assert [(post.case_id, post.sink) for post in shown] == [(second.id, "gerrit"), (second.id, "irc:#gate")]
    assert world.stages() == ["gerrit pending", "irc:#gate pending", "gerrit withheld", "irc:#gate withheld"]
    assert (world.comments, world.irc.said) == ([], [])
