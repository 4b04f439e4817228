"""systemd's notification protocol (sd_notify(3)) as the daemon speaks it: to a socket of the test's own."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import gerritbot_er
from gerritbot_er.sandbox.ci import SandboxCI
from gerritbot_er.sandbox.gerrit import SandboxGerrit
from gerritbot_er.sandbox.gerrit_ssh import new_key
from gerritbot_er.sandbox.story import add_accounts

BOT = "gerritbot-er"
PATIENCE = 30.0
WATCHDOG = 0.4
"""Seconds; the daemon is to feed it twice as often."""


@pytest.fixture
def config() -> Iterator[Path]:
    """A configuration for a sandbox Gerrit and CI that run until the end of the test."""
    with tempfile.TemporaryDirectory() as name, SandboxGerrit() as gerrit, SandboxCI() as ci:
        folder = Path(name)
        add_accounts(gerrit, BOT, new_key(folder / "key"))
        (folder / "known_hosts").write_text(gerrit.known_hosts)
        (folder / "signatures").mkdir()
        zuul = {"name": "zuul", "kind": "zuul", "account": "zuul", "web": ci.url, "tenant": ci.tenant}
        settings = {
            "gerrit": {
                "host": gerrit.host,
                "port": gerrit.port,
                "username": BOT,
                "key": "key",
                "known_hosts": "known_hosts",
            },
            "cis": [{**zuul, "log_store": "local"}],
            "log_stores": {"local": {"kind": "local"}},
            "signatures": {"directories": ["signatures"]},
            "state": "state",
        }
        (folder / "config.yaml").write_text(json.dumps(settings))
        yield folder / "config.yaml"


@pytest.fixture
def systemd(config: Path) -> Iterator[socket.socket]:
    """The socket that systemd would listen on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(config.parent / "notify"))
        listening.settimeout(PATIENCE)
        yield listening


def test_ready_watchdog_and_stopping_are_told_in_their_order(config: Path, systemd: socket.socket) -> None:
    with daemon(config) as running:
        told = [systemd.recv(4096)]
        while told[-1] != b"STATUS=working":
            told.append(systemd.recv(4096))
        running.send_signal(signal.SIGTERM)
        rest = [systemd.recv(4096)]
        while b"STOPPING=1" not in rest[-1]:
            rest.append(systemd.recv(4096))
        assert running.wait(PATIENCE) == 0

    assert told[0].startswith(b"READY=1\nSTATUS=connecting: Gerrit's history (not read yet); Gerrit's stream (")
    assert b"STATUS=connecting: Gerrit's stream (open, and not proved yet by an event or by history)" in told
    assert told.count(b"WATCHDOG=1") >= 5
    assert set(rest[:-1]) <= {b"WATCHDOG=1"}
    assert rest[-1] == b"STOPPING=1\nSTATUS=stopping"


def test_a_daemon_that_does_not_move_leaves_the_watchdog_hungry(config: Path, systemd: socket.socket) -> None:
    with daemon(config) as running:
        while systemd.recv(4096) != b"WATCHDOG=1":
            pass
        running.send_signal(signal.SIGSTOP)
        systemd.settimeout(2 * WATCHDOG)
        for _ in range(3):  # what was sent before it stood still
            with suppress(TimeoutError):
                systemd.recv(4096)
        with pytest.raises(TimeoutError):
            systemd.recv(4096)


def test_a_start_that_fails_is_never_told_to_be_ready(config: Path, systemd: socket.socket) -> None:
    (config.parent / "state").write_text("a file where the folder should be")
    with daemon(config) as running:
        assert running.wait(PATIENCE) == 78
    systemd.settimeout(0.0)
    with pytest.raises(BlockingIOError):
        systemd.recv(4096)


@contextmanager
def daemon(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The daemon as systemd starts it: with the socket and the watchdog's interval in its environment."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(gerritbot_er.__file__).parents[1]),
        "NOTIFY_SOCKET": str(config.parent / "notify"),
        "WATCHDOG_USEC": str(int(WATCHDOG * 1e6)),
    }
    environment.pop("WATCHDOG_PID", None)
    command = [sys.executable, "-m", "gerritbot_er", "run", "-c", str(config)]
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            yield running
        finally:
            running.kill()
