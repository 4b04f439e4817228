"""A comment that was decided and does not stand, because it was withheld or refused: what becomes of its case."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from gerritbot_er.errors import Permanent
from gerritbot_er.model import Case
from gerritbot_er.settings import Speaking

from .world import World, report, reported

MINUTE = 60.0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, speaking=Speaking(per_patchset=1))
    yield made
    made.close()


def muted_meanwhile(world: World) -> Case:
    """One build's bug is muted after the comment was decided; the logs of the other are still waited for."""
    world.brakes.put_on("pause", None)
    (case,) = world.arrive(report(reported(1), reported(2, "grenade")))
    world.ready(1, disk_full="No space left on device")
    world.pass_(12 * MINUTE)
    assert world.stages()[0] == "gerrit pending"
    world.brakes.put_on("mute disk-full", None)
    world.brakes.take_off("pause")
    world.work()
    assert world.stages()[0] == "gerrit withheld"
    world.brakes.take_off("mute disk-full")
    return case


def test_a_bug_found_after_the_first_comment_was_withheld_is_said(world: World) -> None:
    case = muted_meanwhile(world)
    world.ready(2, dns="Could not resolve host: a.example.org")
    world.pass_(6 * MINUTE)
    (text,) = world.comments
    assert text.splitlines()[0] == "One more known bug: a host name could not be resolved"
    assert world.said(case) == "done: explained: addition"


def test_a_bug_found_after_the_first_comment_was_refused_is_said(world: World) -> None:
    world.gerrit.trouble, world.gerrit.takes = Permanent("too long"), False
    (case,) = world.arrive(report(reported(1), reported(2, "grenade")))
    world.ready(1, disk_full="No space left on device")
    world.pass_(12 * MINUTE)
    assert world.stages()[0] == "gerrit failed"
    world.gerrit.trouble, world.gerrit.takes = None, True
    world.ready(2, dns="Could not resolve host: a.example.org")
    world.pass_(6 * MINUTE)
    assert len(world.comments) == 1
    assert world.said(case) == "done: explained: addition"


def test_what_was_withheld_is_not_decided_again_at_every_poll(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="gerritbot_er.triage.speaker"):
        muted_meanwhile(world)
        world.pass_(40 * MINUTE)
    assert len(caplog.messages) == 1
    assert world.comments == []


def test_what_was_withheld_does_not_count_as_said_to_the_next_run_of_the_patch_set(world: World) -> None:
    muted_meanwhile(world)
    world.ready(3, disk_full="No space left on device")
    world.arrive(report(reported(3)))
    world.pass_(2 * MINUTE)
    (text,) = world.comments
    assert text.splitlines()[0] == "Known bug: the disk is full"
