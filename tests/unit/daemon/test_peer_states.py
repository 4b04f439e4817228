"""The status board tells which peers do not answer."""

from pathlib import Path

from gerritbot_er.daemon.peer_states import UNASKED, PeerStates
from gerritbot_er.errors import Transient
from gerritbot_er.state import StatusBoard
from gerritbot_er.triage.breaker import LONGEST_REST
from tests.unit.triage.world import World, report, reported


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


def test_a_peer_that_no_case_needs_any_more_is_not_held_to_be_down(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.arrive(report(reported(1)))
    world.store.trouble = Transient("the cluster is away")
    failing = "log store cluster: degraded the cluster is away"
    shown = []
    while not world.desk.idle:
        world.pass_(600)
        shown.append(board(world)[1])
    assert set(shown) == {failing}
    world.pass_(UNASKED + LONGEST_REST)
    told = "log store cluster: connecting not asked since 2027-01-15 09:57 UTC: the cluster is away"
    assert board(world) == ["CI zuul: working", told]
    world.arrive(report(reported(2), patchset=2))
    world.work()
    assert board(world)[1] == failing
    world.close()
