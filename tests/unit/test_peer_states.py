"""The status board tells which peers do not answer."""

from pathlib import Path

from gerritbot_er.errors import Transient
from gerritbot_er.peer_states import PeerStates
from gerritbot_er.state import StatusBoard

from .triage.world import World, report, reported


def board(world: World) -> list[str]:
    states = StatusBoard(world.state, world.clock)
    peers = PeerStates(
        states,
        world.clock,
        irc=None,
        stores={"cluster": world.store},
        cis=["zuul"],
        troubles=world.desk.troubles,
        library=lambda: world.library,
    )
    peers.look()
    return [f"{one.name}: {one.state} {one.why}".rstrip() for one in states.dependencies()]


def test_a_peer_that_does_not_answer_is_shown_until_it_does(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.arrive(report(reported(1), truncated=True))
    world.store.trouble, world.info.trouble = Transient("the cluster is away"), Transient("Zuul is away")
    world.work()
    assert board(world) == ["CI zuul: degraded Zuul is away", "log store cluster: degraded the cluster is away"]
    world.store.trouble = world.info.trouble = None
    world.pass_(60)
    assert board(world) == ["CI zuul: working", "log store cluster: working"]
    world.close()
