"""The connection against a sandbox Gerrit: refused, changed, dropped and frozen at every step."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import paramiko
import pytest

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.gerrit.ssh import Answer, Connection, Stream, _cut_off
from gerritbot_er.sandbox.gerrit import new_key
from gerritbot_er.sandbox.gerrit_ssh import SshServer

from .gerrit_running import US, World, connection, proxy, world


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as opened:
        yield opened


def test_a_command_and_its_answer(peer: World) -> None:
    with connection(peer.settings()) as opened:
        answer = opened.run("gerrit version", timeout=10)
        assert (answer.status, answer.stdout) == (0, b"gerrit version 3.10.2\n")
        refused = opened.run("gerrit nonsense", timeout=10)
        assert (refused.status, refused.complaint) == (1, "fatal: gerrit: nonsense: not found")


def test_many_threads_share_one_login(peer: World) -> None:
    with connection(peer.settings()) as opened:
        found: list[bytes] = []
        threads = [
            threading.Thread(target=lambda: found.append(opened.run("gerrit version", timeout=10).stdout))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [b"gerrit version 3.10.2\n"] * 8
    assert peer.gerrit.logins == [US]


def test_f08_the_stream_is_read_with_the_cipher_that_costs_least(peer: World) -> None:
    with connection(peer.settings()) as opened:
        opened.run("gerrit version", timeout=10)
        assert opened._transport is not None
        assert vars(opened._transport)["remote_cipher"] == "aes128-gcm@openssh.com"


def test_f06_a_refused_key(peer: World) -> None:
    peer.gerrit.troubles.refuse_auth = True
    with connection(peer.settings()) as opened, pytest.raises(Misconfigured) as caught:
        opened.run("gerrit version", timeout=10)
    key = peer.folder / "key"
    told = str(caught.value)
    assert told.startswith(f"Gerrit at 127.0.0.1 port {peer.gerrit.port} refuses the key {key} (SHA256:")
    assert told.endswith(
        f") for the user gerritbot-er: add {key}.pub to that account's SSH keys, and see that the account is active"
    )
    assert peer.gerrit.logins == [US]


def test_f07_an_unknown_host_is_not_given_our_login(peer: World) -> None:
    (peer.folder / "known_hosts").write_text("")
    with connection(peer.settings()) as opened, pytest.raises(Misconfigured, match="is not known; it shows ssh-ed2551"):
        opened.run("gerrit version", timeout=10)
    assert peer.gerrit.logins == []


def test_f07_a_host_with_another_key_is_not_given_our_login(peer: World) -> None:
    public = new_key(peer.folder / "other").strip()
    (peer.folder / "known_hosts").write_text(f"[127.0.0.1]:{peer.gerrit.port} {public}\n")
    with connection(peer.settings()) as opened, pytest.raises(Misconfigured, match="has changed: line 1 holds"):
        opened.run("gerrit version", timeout=10)
    assert peer.gerrit.logins == []


def test_nobody_listens(peer: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with connection(peer.settings(port)) as opened, pytest.raises(Transient) as caught:
        opened.run("gerrit version", timeout=10)
    assert str(caught.value) == f"Gerrit at 127.0.0.1 port {port}: gerrit version: [Errno 111] Connection refused"


def test_f02_a_peer_that_never_says_a_word(peer: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = peer.settings(silent.getsockname()[1])
        with connection(settings, handshake=0.3) as opened, pytest.raises(Transient):
            opened.run("gerrit version", timeout=10)


@pytest.mark.parametrize("allow", [1, 20, 40, 200, 700, 1100, 1500, 1800, 2000, 2200, 2400, 2600])
def test_f01_dropped_at_each_step_and_well_again_after(peer: World, allow: int) -> None:
    with proxy(peer.gerrit.port, allow) as cut:
        with connection(peer.settings(cut.port)) as opened:
            try:
                status = opened.run("gerrit version", timeout=10).status
            except Transient:
                status = None
        assert status in (None, 0)
    with connection(peer.settings()) as opened:
        assert opened.run("gerrit version", timeout=10).status == 0


def test_f01_a_lost_connection_is_opened_again(peer: World) -> None:
    with connection(peer.settings()) as opened:
        opened.run("gerrit version", timeout=10)
        peer.gerrit.drop_connections(reset=True)
        deadline = time.monotonic() + 10
        while opened.probe(1):
            assert time.monotonic() < deadline
        assert opened.run("gerrit version", timeout=10).status == 0
    assert peer.gerrit.logins == [US, US]


class Garbling(paramiko.ServerInterface):
    """Refuses a channel in words that are no UTF-8, of which paramiko's thread at the other end dies."""

    def __init__(self, transport: paramiko.Transport) -> None:
        self._transport = transport

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del kind
        message = paramiko.Message()
        message.add_byte(bytes([paramiko.common.MSG_CHANNEL_OPEN_FAILURE]))
        message.add_int(chanid)
        message.add_int(1)
        message.add_string(b"\xff")
        message.add_string(b"en")
        self._transport._send_message(message)  # type: ignore[attr-defined]
        return 1


def test_f01_a_connection_that_dies_of_garbage_answers_no_probe(peer: World) -> None:
    with connection(peer.settings()) as opened:
        opened.run("gerrit version", timeout=10)
        (served,) = peer.gerrit._server._connections
        served._transport.server_object = Garbling(served._transport)
        assert not opened.probe(5)
        assert opened.run("gerrit version", timeout=10).status == 0


def test_f02_a_command_is_cut_off_at_its_deadline(peer: World) -> None:
    with proxy(peer.gerrit.port) as between, connection(peer.settings(between.port)) as opened:
        opened.run("gerrit version", timeout=10)
        between.freeze()
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(Transient):
                opened.run("gerrit review --json 1,1", b"x" * 100_000, timeout=0.5)
            assert time.monotonic() - began < 20
        assert not opened.probe(0.2)
        between.thaw()
        assert opened.run("gerrit version", timeout=10).status == 0


def test_f02_a_slow_command_is_cut_off_and_the_connection_lives(peer: World) -> None:
    peer.gerrit.troubles.review_delay_before = 3.0
    with connection(peer.settings()) as opened:
        with pytest.raises(Transient) as caught:
            opened.run(f"gerrit review --json {peer.change},1", b'{"message":"x"}', timeout=0.5)
        assert str(caught.value) == (
            f"Gerrit at 127.0.0.1 port {peer.gerrit.port}: gerrit review has not ended within 0.5 seconds"
        )
        assert opened.probe(5)
    assert peer.gerrit.logins == [US]


def test_closing_from_another_thread_frees_the_reader(peer: World) -> None:
    with connection(peer.settings()) as opened:
        stream = opened.open_stream("gerrit stream-events -s comment-added")
        assert stream.recv(0.1) is None
        timer = threading.Timer(0.2, opened.close)
        timer.start()
        assert stream.recv(20) == b""
        timer.join()
        with pytest.raises(Transient, match=r"the connection was closed by us$"):
            opened.run("gerrit version", timeout=10)


def test_f44_closing_from_another_thread_frees_who_waits_for_the_login(peer: World) -> None:
    asked, answered = threading.Event(), threading.Event()

    def ponder(username: str, key: str) -> bool:
        del username, key
        asked.set()
        return answered.wait(20)

    server = SshServer("3.10.2", ponder, lambda *_: None, host_key=peer.gerrit._host_key)
    with connection(peer.settings(server.port), handshake=20) as opened, ThreadPoolExecutor(1) as pool:
        running = pool.submit(opened.run, "gerrit version", timeout=10)
        assert asked.wait(10)
        opened.close()
        try:
            assert isinstance(running.exception(5), Transient)
        finally:
            answered.set()
            server.close()


def test_f02_a_connection_that_stalls_is_opened_anew(peer: World) -> None:
    with proxy(peer.gerrit.port) as between, connection(peer.settings(between.port), handshake=2) as opened:
        opened.run("gerrit version", timeout=10)
        between.stall()
        with pytest.raises(Transient, match=r"gerrit version: Timeout opening channel\.$"):
            opened.run("gerrit version", timeout=10)
        assert opened.run("gerrit version", timeout=10).status == 0
    assert peer.gerrit.logins == [US, US]


class Broken:
    """A channel that fails as paramiko's does when the connection breaks while it tells the server to send on."""

    status_event = threading.Event()
    exit_status = -1

    def __init__(self, error: Exception) -> None:
        self._error = error

    def settimeout(self, seconds: float) -> None:
        """Nothing takes long here."""

    def recv(self, most: int) -> bytes:
        del most
        raise self._error

    recv_stderr = recv


@pytest.mark.parametrize("error", [EOFError(), ConnectionResetError(), paramiko.SSHException("Key-exchange timed out")])
def test_f01_a_stream_that_breaks_in_a_burst_has_ended(error: Exception) -> None:
    stream = Stream(Broken(error))  # type: ignore[arg-type]
    assert stream.recv(1.0) == b""
    assert stream.ending() == Answer(None, b"", b"")


def test_f02_a_command_on_a_channel_lost_at_its_start_is_cut_off() -> None:
    channel, late = paramiko.Channel(1), threading.Event()
    channel.closed = True
    _cut_off(channel, late)
    assert late.is_set()
    assert channel.event.is_set(), "exec_command waits for it, and close() returns early"


def test_f41_no_socket_is_left_open(peer: World) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only counted
    for _ in range(5):
        with connection(peer.settings()) as opened:
            opened.run("gerrit version", timeout=10)
        peer.gerrit.troubles.refuse_auth = True
        with connection(peer.settings()) as opened, pytest.raises(Misconfigured):
            opened.run("gerrit version", timeout=10)
        peer.gerrit.troubles.refuse_auth = False
    peer.gerrit.drop_connections()
    assert len(os.listdir("/proc/self/fd")) <= before + 1  # noqa: PTH208 - only counted


def test_f39_the_text_of_a_review_is_in_no_command_line(peer: World) -> None:
    with connection(peer.settings()) as opened:
        opened.run(f"gerrit review --json {peer.change},1", b'{"message":"secret words"}', timeout=10)
    assert peer.gerrit.commands == [(US, f"gerrit review --json {peer.change},1")]


def test_the_connection_names_itself(peer: World) -> None:
    assert str(Connection(peer.settings())) == f"Gerrit at 127.0.0.1 port {peer.gerrit.port}"
