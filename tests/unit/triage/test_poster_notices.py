"""The poster's notices: to the channels that are configured now, and in no comment's way."""

from dataclasses import replace

from gerritbot_er.errors import Permanent
from gerritbot_er.model import Notice
from gerritbot_er.settings import ChannelRule, Irc

from .posting import decided
from .world import FakeIrc, World


def test_a_dead_irc_does_not_hold_the_comment(world: World) -> None:
    world.poster._notices = None
    decided(world)
    world.pass_(5)
    assert len(world.comments) == 1


def reason(world: World) -> str:
    """Why the notice stands as it does."""
    with world.state.reading() as db:
        why: str = db.execute("SELECT why FROM outbox WHERE sink = 'irc:#gate'").fetchone()["why"]
    return why


def restarted(world: World, irc: Irc | None) -> None:
    """A notice is left pending, and the daemon starts with another configuration."""
    world.brakes.put_on("pause", None)
    decided(world)
    world.settings = replace(world.settings, irc=irc)
    world.start()
    if irc is None:
        world.poster._notices = None
    world.brakes.take_off("pause")
    world.pass_(5)


def test_a_notice_for_a_channel_that_was_taken_out_of_the_configuration_is_withheld(world: World) -> None:
    restarted(world, Irc(host="irc.example.org", nick="erbot", channels=(ChannelRule(name="#other"),)))
    assert (world.irc.said, world.stages()[1]) == ([], "irc:#gate withheld")
    assert reason(world) == "its channel is not configured any more"
    assert len(world.comments) == 1


def test_a_notice_is_withheld_where_irc_was_taken_out_of_the_configuration(world: World) -> None:
    restarted(world, None)
    assert (world.irc.said, world.stages()[1]) == ([], "irc:#gate withheld")
    assert reason(world) == "no IRC is configured any more"


def test_a_channel_that_is_spelt_in_other_letters_now_still_gets_its_notice(world: World) -> None:
    restarted(world, Irc(host="irc.example.org", nick="erbot", channels=(ChannelRule(name="#GATE"),)))
    assert [notice.channel for notice in world.irc.said] == ["#gate"]


class Refusing(FakeIrc):
    """Takes no notice."""

    def say(self, notice: Notice) -> None:
        raise Permanent(f"{notice.channel} is no name of an IRC channel")


def test_a_notice_that_is_refused_does_not_stop_the_poster(world: World) -> None:
    world.irc = Refusing()
    world.start()
    decided(world)
    world.pass_(5)
    assert len(world.comments) == 1
