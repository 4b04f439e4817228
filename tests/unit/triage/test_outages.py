"""An outage: one notice in place of one for each change, a line in comments, and one notice of its end."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from gerritbot_er.errors import Transient
from gerritbot_er.model import Failure
from gerritbot_er.ports import Batch, Failpoint
from gerritbot_er.settings import ChannelRule, Irc
from gerritbot_er.state import MUTE
from gerritbot_er.state.records import StoredRecords
from gerritbot_er.triage.cases import case_key

from .outages import BEGIN, END, RULES, SINCE, change, fails, hides, lines, own, said, with_outages
from .world import START, World, report, reported


class Killed(BaseException):
    """SIGKILL: nothing of ours may catch it."""


@pytest.fixture
def world(world: World) -> World:
    with_outages(world)
    return world


def test_a_burst_brings_one_notice_mutes_the_others_and_its_end_is_said_once(world: World) -> None:
    for number in (1, 2, 3, 4):
        fails(world, number)
    assert own(world) == ["1", "2"]
    assert said(world)[2:] == [BEGIN]
    assert lines(world) == [
        "Seen only on this change so far.",
        "The same failure hit 1 other change in the last 24 hours.",
        f"This is an outage since {SINCE}, 3 changes hit.",
        f"This is an outage since {SINCE}, 4 changes hit.",
    ]
    world.pass_(1700)
    assert said(world)[2:] == [BEGIN]
    world.pass_(200)
    assert said(world)[2:] == [BEGIN, END.replace("3 changes", "4 changes")]
    world.pass_(7200)
    fails(world, 5)
    assert own(world) == ["1", "2", "5"], "one hit after the end is no outage"
    assert len(said(world)) == 5


def test_the_hits_of_an_outage_that_is_over_are_no_part_of_another(world: World) -> None:
    with_outages(world, outage=replace(RULES, window=7200.0))
    for number in (1, 2, 3):
        fails(world, number)
    world.pass_(2000)
    assert said(world)[2:] == [BEGIN, END]
    fails(world, 4)
    assert own(world) == ["1", "2", "4"]
    assert len(said(world)) == 5


def test_f46_a_private_change_keeps_no_outage_up(world: World) -> None:
    for number in (1, 2, 3):
        fails(world, number)
    world.pass_(1500)
    fails(world, 4, change(4, private=True))
    world.pass_(400)
    assert said(world)[2:] == [BEGIN, END]


def test_what_one_author_breaks_in_a_series_of_changes_is_no_outage(world: World) -> None:
    with_outages(world, outage=replace(RULES, authors=2))
    for number in (1, 2, 3, 4):
        fails(world, number, change(number, owner="ada"))
    assert own(world) == ["1", "2", "3", "4"]
    assert lines(world)[3] == "The same failure hit 3 other changes in the last 24 hours."
    fails(world, 5, change(5, owner="grace"))
    assert said(world)[4:] == [BEGIN.replace("3 changes", "5 changes")]


def test_one_change_that_fails_again_and_again_is_no_outage(world: World) -> None:
    for number in range(1, 6):
        fails(world, number, change_=change(1))
    assert own(world) == ["1"] * 5
    assert len(said(world)) == 5


def test_a_hit_keeps_an_outage_up(world: World) -> None:
    for number in (1, 2, 3):
        fails(world, number)
    world.pass_(1500)
    fails(world, 4)
    world.pass_(1500)
    assert said(world)[2:] == [BEGIN]


def test_private_changes_and_projects_that_are_not_public_count_for_nothing_in_channels(world: World) -> None:
    with_outages(world, public_projects=("example/*",))
    fails(world, 1)
    fails(world, 2)
    for number in (3, 4):
        fails(world, number, change_=change(number, private=True))
        fails(world, number + 10, change_=change(number + 10, "secret/plans"))
    assert own(world) == ["1", "2"]
    assert len(said(world)) == 2
    fails(world, 5)
    assert said(world)[2:] == [BEGIN]
    fails(world, 6, change_=change(6, private=True))
    assert lines(world)[-1] == f"This is an outage since {SINCE}, 3 changes hit."
    assert len(said(world)) == 3


def test_each_channel_hears_of_an_outage_by_its_own_rules_at_its_first_hit(world: World) -> None:
    channels = (
        ChannelRule(name="#all"),
        ChannelRule(name="#gate", pipelines=("gate",)),
        ChannelRule(name="#infra", categories=("infra",)),
        ChannelRule(name="#widgets", projects=("example/*",)),
    )
    with_outages(world, irc=Irc(host="irc.example.org", nick="erbot", channels=channels))
    for number in (1, 2, 3):
        fails(world, number)
    begun = [(notice.channel, notice.text) for notice in world.irc.said if notice.text.startswith("Outage")]
    assert begun == [("#all", BEGIN), ("#widgets", BEGIN)]
    fails(world, 4, pipeline="gate")
    assert (world.irc.said[-1].channel, world.irc.said[-1].text) == ("#gate", BEGIN.replace("3 changes", "4 changes"))
    world.pass_(2000)
    ended = [notice.channel for notice in world.irc.said if notice.text.startswith("Outage over")]
    assert ended == ["#all", "#widgets", "#gate"]


def test_a_mute_of_the_signature_ends_the_words_too(world: World) -> None:
    world.brakes.put_on(MUTE + "disk-full", None)
    for number in (1, 2, 3):
        fails(world, number)
    assert said(world) == world.comments == []
    world.brakes.take_off(MUTE + "disk-full")
    fails(world, 4)
    assert said(world) == [BEGIN.replace("3 changes", "4 changes")], "whoever is told of it from now on hears that"
    world.brakes.put_on(MUTE + "disk-full", None)
    world.pass_(2000)
    assert len(said(world)) == 1
    assert world.stages()[-1] == "irc:#gate withheld"


def test_a_change_that_moved_on_takes_no_notice_of_an_outage_with_it(world: World) -> None:
    for number in (1, 2):
        fails(world, number)
    world.brakes.put_on("pause", None)
    fails(world, 3)
    world.cases.keep(Batch(closed=((3, int(START) + 10_000),)))
    world.brakes.take_off("pause")
    world.pass_(10)
    assert said(world)[2:] == [BEGIN]


def test_an_outage_survives_restarts_and_set_clocks(world: World) -> None:
    for number in (1, 2, 3):
        fails(world, number)
    world.clock.jumped = 100_000.0
    world.pass_(1500)
    world.start()
    world.clock.jumped = -100_000.0
    fails(world, 4)
    world.pass_(1600)
    assert said(world)[2:] == [BEGIN], "each start listens for the whole quiet time"
    world.pass_(400)
    assert said(world)[2:] == [BEGIN, END.replace("3 changes", "4 changes")]


def test_whose_changes_they_are_is_known_after_a_restart_as_well(world: World) -> None:
    with_outages(world, outage=replace(RULES, authors=2))
    for number in (1, 2):
        fails(world, number, change(number, owner="ada"))
    world.start()
    for number in (3, 4):
        fails(world, number, change(number, owner="ada"))
    assert own(world) == ["1", "2", "3", "4"]
    fails(world, 5, change(5))
    assert said(world)[4:] == [BEGIN.replace("3 changes", "5 changes")], "nobody knows whose the last one is"


def test_f46_a_change_that_has_become_private_before_its_verdict_counts_for_nothing_in_channels(world: World) -> None:
    for number in (1, 2):
        fails(world, number)
    world.arrive(report(reported(3), change=change(3), at=int(START + world.clock.seconds)))
    hides(world, 3)
    world.ready(3, disk_full="No space left on device")
    world.pass_(70)
    assert (own(world), len(said(world))) == (["1", "2"], 2)
    assert lines(world)[2] == "The same failure hit 2 other changes in the last 24 hours."


def test_f46_a_notice_that_waits_is_withheld_where_its_change_becomes_private(world: World) -> None:
    world.brakes.put_on("pause", None)
    for number in (1, 2):
        fails(world, number)
    hides(world, 1)
    world.brakes.take_off("pause")
    world.pass_(10)
    assert own(world) == ["2"]
    assert len(world.comments) == 2, "on the change itself whoever may see it reads it"
    with world.state.reading() as db:
        held = db.execute("SELECT change, why FROM outbox WHERE stage = 'withheld'").fetchall()
    assert [tuple(row) for row in held] == [(1, "its change is private now")]


def test_while_a_peer_does_not_answer_no_outage_ends(world: World) -> None:
    for number in (1, 2, 3):
        fails(world, number)
    world.store.trouble = Transient("the cluster is away")
    world.arrive(report(reported(4), change=change(4), at=int(START + world.clock.seconds)))
    world.pass_(3000)
    assert said(world)[2:] == [BEGIN]
    world.store.trouble = None
    world.pass_(1000)
    assert said(world)[2:] == [BEGIN]
    world.pass_(3000)
    assert said(world)[2:] == [BEGIN, END]


def test_a_burst_that_is_heard_of_late_is_no_outage(world: World) -> None:
    late = [report(reported(n), change=change(n), at=int(START) - 90_000 + n) for n in (1, 2, 3)]
    new = report(reported(9), change=change(9), at=int(START))
    world.sightings.reported([(case_key(one), one) for one in (*late, new)])
    for number in (1, 2, 3, 9):
        world.ready(number, disk_full="No space left on device")
    world.arrive(*late, new)
    world.pass_(100)
    assert own(world) == ["1", "2", "3", "9"]
    assert len(said(world)) == 4


@pytest.mark.parametrize(
    "failpoint",
    [Failpoint.DECIDED, Failpoint.SETTLED, Failpoint.NOTICE_SENT, Failpoint.OUTAGE_HIT, Failpoint.OUTAGE_ENDED],
)
@pytest.mark.parametrize("passing", range(1, 6))
def test_f21_killed_anywhere_an_outage_begins_and_ends_once(world: World, failpoint: Failpoint, passing: int) -> None:
    passed = 0

    def at_failpoint(now: Failpoint) -> None:
        nonlocal passed
        passed += now is failpoint
        if now is failpoint and passed == passing:
            raise Killed

    world.start(at_failpoint)
    for number in (1, 2, 3, 4):
        survive(world, partial(fails, world, number))
    survive(world, partial(world.pass_, 4000))
    texts = [text for text in said(world) if text.startswith("Outage")]
    begun, ended = (["Outage since" in one for one in texts], ["Outage over" in one for one in texts])
    assert sum(begun) <= 1
    assert sum(ended) <= 1
    if failpoint is not Failpoint.NOTICE_SENT:
        assert (sum(begun), sum(ended)) == (1, 1)
    assert len(world.comments) == 4
    rows = StoredRecords(world.settings.state).outages(0.0)
    assert [(one.failure, one.changes, one.ended_at is not None) for one in rows] == [(Failure("disk-full"), 4, True)]


def survive(world: World, live: Callable[[], None]) -> None:
    try:
        live()
    except Killed:
        world.start()
        world.pass_(70)


def test_f40_statistics_that_cannot_be_read_leave_the_sentence_out(world: World, tmp_path: Path) -> None:
    (tmp_path / "sightings.db").rename(tmp_path / "elsewhere.db")
    fails(world, 1)
    assert [text.count("change so far") for text in world.comments] == [0]
    assert own(world) == ["1"]
