"""The event stream against a sandbox Gerrit: all events come, and it comes back from every loss."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gerritbot_er.gerrit.events import TYPES
from gerritbot_er.gerrit.stream import COMMAND, EventStream, Lost
from gerritbot_er.model import ChangeClosed, CommentAdded, DroppedOutput, PatchsetCreated

from .gerrit_running import PATIENCE, QUICK, US, Clock, Heard, World, connection, proxy, streaming, world


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as opened:
        yield opened


def started(peer: World, heard: Heard) -> None:
    """Both ends know of the stream."""
    peer.gerrit.wait_for_stream(US, PATIENCE)
    heard.wait_for(lambda: "connected" in heard.states)


def said(heard: Heard) -> list[str]:
    return [event.text for event in heard.events if isinstance(event, CommentAdded)]


def test_only_the_events_that_concern_us_are_asked_for() -> None:
    assert COMMAND == (
        "gerrit stream-events -s comment-added -s patchset-created -s change-merged -s change-abandoned "
        "-s private-state-changed -s dropped-output"
    )
    assert len(TYPES) == 5


def test_events_come_in_order(peer: World) -> None:
    heard = Heard()
    with connection(peer.settings()) as opened, streaming(opened, Clock(), heard):
        started(peer, heard)
        peer.gerrit.comment("zuul", peer.change, "Build failed é 😀\n\n- job : FAILURE")
        peer.gerrit.new_patchset(peer.change)
        peer.gerrit.merge(peer.change, "dev")
        other = peer.gerrit.create_change("nova", "another", owner="dev")
        peer.gerrit.abandon(other, "dev")
        heard.wait_for(lambda: len(heard.events) == 5)
    kinds = [type(event) for event in heard.events]
    assert kinds == [CommentAdded, PatchsetCreated, ChangeClosed, PatchsetCreated, ChangeClosed]
    assert said(heard) == ["Patch Set 1:\n\nBuild failed é 😀\n\n- job : FAILURE"]
    assert heard.states == ["connected"]


def test_f08_a_burst_comes_whole(peer: World) -> None:
    heard = Heard()
    with connection(peer.settings()) as opened, streaming(opened, Clock(), heard):
        started(peer, heard)
        for number in range(1000):
            peer.gerrit.comment("zuul", peer.change, f"{number} {'x' * 500}")
        heard.wait_for(lambda: len(heard.events) == 1000)
    assert [text.split()[3] for text in said(heard)] == [str(number) for number in range(1000)]


def test_f09_a_malformed_line_is_told_and_the_next_one_is_read(peer: World) -> None:
    heard = Heard()
    with connection(peer.settings()) as opened, streaming(opened, Clock(), heard):
        started(peer, heard)
        peer.gerrit.send_raw(b'\xff\xfe\n{"type":7}\n[]\n')
        peer.gerrit.comment("zuul", peer.change, "after")
        heard.wait_for(lambda: bool(heard.events))
    assert heard.malformed_lines == [b"\xff\xfe", b'{"type":7}', b"[]"]
    assert said(heard) == ["Patch Set 1:\n\nafter"]


def test_f10_a_huge_line_opens_a_gap_and_the_next_one_is_read(peer: World) -> None:
    heard = Heard()
    with connection(peer.settings()) as opened, streaming(opened, Clock(), heard):
        started(peer, heard)
        peer.gerrit.send_raw(b'{"comment":"' + b"x" * (5 * 1024 * 1024) + b'"}\n')
        peer.gerrit.comment("zuul", peer.change, "after")
        heard.wait_for(lambda: bool(heard.events))
    assert heard.gaps == ["an event of more than 4 MiB was skipped"]
    assert said(heard) == ["Patch Set 1:\n\nafter"]


def test_f05_dropped_output_is_an_event_like_others(peer: World) -> None:
    heard = Heard()
    with connection(peer.settings()) as opened, streaming(opened, Clock(), heard):
        started(peer, heard)
        peer.gerrit.send_raw(b'{"type":"dropped-output","eventCreatedOn":1795251836}\n')
        heard.wait_for(lambda: bool(heard.events))
    assert heard.events == [DroppedOutput(1795251836)]


@pytest.mark.parametrize("reset", [True, False])
def test_f01_a_dropped_connection_is_opened_again(peer: World, *, reset: bool) -> None:
    heard, clock = Heard(), Clock()
    with connection(peer.settings()) as opened, streaming(opened, clock, heard):
        started(peer, heard)
        peer.gerrit.send_raw(b'{"half of a line')
        peer.gerrit.drop_connections(reset=reset)
        heard.wait_for(lambda: heard.states.count("connected") == 2)
        peer.gerrit.wait_for_stream(US, PATIENCE)
        peer.gerrit.comment("zuul", peer.change, "after")
        heard.wait_for(lambda: bool(heard.events))
    assert [type(state) for state in heard.states] == [str, Lost, str]
    assert (heard.losses[0].retry_in, heard.losses[0].misconfigured) == (1.0, False)
    assert clock.waited == pytest.approx(1.0, abs=0.2)
    assert heard.malformed_lines == []


def test_f03_a_server_that_is_down_is_tried_less_and_less_often(peer: World) -> None:
    heard, clock = Heard(), Clock()
    with connection(peer.settings()) as opened, streaming(opened, clock, heard):
        started(peer, heard)
        peer.gerrit.stop()
        heard.wait_for(lambda: len(heard.losses) >= 9)
        peer.gerrit.start()
        heard.wait_for(lambda: heard.states.count("connected") == 2)
    waits = [loss.retry_in for loss in heard.losses]
    assert waits[:9] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert clock.waited == pytest.approx(sum(waits), abs=5.0)


def test_f06_a_refused_key_is_not_tried_again_for_minutes(peer: World) -> None:
    heard, clock = Heard(), Clock()
    peer.gerrit.troubles.refuse_auth = True
    with connection(peer.settings()) as opened, streaming(opened, clock, heard):
        heard.wait_for(lambda: bool(heard.losses))
        peer.gerrit.troubles.refuse_auth = False
        heard.wait_for(lambda: "connected" in heard.states)
    assert (heard.losses[0].misconfigured, heard.losses[0].retry_in) == (True, 900.0)
    assert clock.waited == pytest.approx(900.0, abs=1.0)


def test_f06_a_missing_capability_is_named(peer: World) -> None:
    peer.gerrit.add_account(US, stream_events=False)
    heard = Heard()
    with connection(peer.settings()) as opened, streaming(opened, Clock(), heard):
        heard.wait_for(lambda: bool(heard.losses))
    assert heard.losses[0] == Lost(
        "the account may not stream events; add it to the group Service Users, or give it the global capability "
        "Stream Events",
        900.0,
        misconfigured=True,
    )


def test_f02_a_hung_peer_is_left_after_two_missed_probes(peer: World) -> None:
    heard = Heard()
    with proxy(peer.gerrit.port) as between:
        with connection(peer.settings(between.port)) as opened, streaming(opened, Clock(), heard):
            started(peer, heard)
            between.freeze()
            heard.wait_for(lambda: bool(heard.losses))
            between.thaw()
            heard.wait_for(lambda: heard.states.count("connected") == 2)
        assert heard.losses[0].why == f"Gerrit at 127.0.0.1 port {between.port}: no answer to 2 probes in a row"


def test_f02_a_quiet_peer_that_answers_probes_is_kept(peer: World) -> None:
    heard = Heard()
    pulses = 0
    enough = threading.Event()

    def pulse() -> None:
        nonlocal pulses
        pulses += 1
        if pulses > 40:  # two seconds, five probes
            enough.set()

    stop = threading.Event()
    with connection(peer.settings()) as opened:
        stream = EventStream(opened, heard, Clock(), pulse=pulse, timing=QUICK)
        thread = threading.Thread(target=stream.run, args=(stop,), daemon=True)
        thread.start()
        assert enough.wait(PATIENCE)
        stop.set()
        thread.join(PATIENCE)
    assert heard.states == ["connected"]
    assert peer.gerrit.logins == [US]
