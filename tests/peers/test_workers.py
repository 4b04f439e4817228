"""Each worker of the real daemon dies or hangs: the process ends, or systemd is no longer told that it lives."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from gerritbot_er.daemon.supervisor import Watch
from gerritbot_er.sandbox.irc import SandboxIrc
from gerritbot_er.sandbox.story import add_accounts
from gerritbot_er.settings import Settings

from .daemon_running import LOCAL_STORE, free_port, irc_part, running, site

WORKERS = ("intake", "catch-up", "desk", "poster", "stream", "irc", "sample", "retention", "pages")
SILENCE = 3.0
"""Seconds after which a worker hangs, here; the stream's looks up once a second."""
FED_EVERY = 0.2


class Fault(Exception):
    """A fault of ours, of a kind that nothing expects."""


def at_move_of(worker: str, do: Callable[[], None]) -> Callable[[], None]:
    def moving() -> None:
        if threading.current_thread().name == worker:
            do()

    return moving


def fail() -> None:
    raise Fault


def hang(released: threading.Event) -> None:
    released.wait(60)


@contextmanager
def daemon_settings() -> Iterator[dict[str, Settings]]:
    """The settings of a daemon for each worker, all of them on the same peers."""
    with site() as at, SandboxIrc() as irc:
        for worker in WORKERS:
            add_accounts(at.gerrit, worker, at.public_key)
        yield {
            worker: at.settings(
                worker,
                account=worker,
                irc=irc_part(irc.port),
                web={"port": free_port()},
                log_stores={"local": LOCAL_STORE | {"keep": {"directory": "kept"}}},
            )
            for worker in WORKERS
        }


def test_f38_the_end_of_any_worker_ends_the_process(caplog: pytest.LogCaptureFixture) -> None:
    with daemon_settings() as settings:
        for worker in WORKERS:
            with running(settings[worker], watch=Watch(moving=at_move_of(worker, fail))) as daemon:
                assert daemon.ended() is False, worker
    ends = [record.getMessage() for record in caplog.records if record.levelno == logging.CRITICAL]
    assert ends == [f"worker {worker} failed" for worker in WORKERS]


def test_f38_while_any_worker_hangs_the_watchdog_is_not_fed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with daemon_settings() as settings, ThreadPoolExecutor(len(WORKERS)) as pool:
        fed = dict(zip(WORKERS, pool.map(lambda name: fed_when(name, settings[name], tmp_path), WORKERS), strict=True))
    assert fed == dict.fromkeys(WORKERS, (True, False)), "before, and after so many seconds of silence"
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    told = {record.getMessage() for record in errors if record.name == "gerritbot_er.daemon.supervisor"}
    assert told == {f"no movement of {worker} for 3 s: the watchdog is not fed" for worker in WORKERS}


def fed_when(worker: str, settings: Settings, folder: Path) -> tuple[bool, bool]:
    """Whether the daemon tells systemd that it lives before its worker hangs for long, and afterwards."""
    released = threading.Event()
    watch = Watch(SILENCE, at_move_of(worker, lambda: hang(released)))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(folder / worker))
        systemd.settimeout(SILENCE)
        environ = {"NOTIFY_SOCKET": str(folder / worker), "WATCHDOG_USEC": str(int(2 * FED_EVERY * 1e6))}
        with running(settings, watch=watch, environ=environ):
            try:
                before = listen(systemd, SILENCE / 2)
                listen(systemd, SILENCE)
                after = listen(systemd, 1.0)
            finally:
                released.set()
    return b"WATCHDOG=1" in before, b"WATCHDOG=1" in after


def listen(systemd: socket.socket, seconds: float) -> set[bytes]:
    """What is told to systemd within so many seconds."""
    heard, over = set(), threading.Event()
    timer = threading.Timer(seconds, over.set)
    timer.start()
    systemd.settimeout(FED_EVERY)
    while not over.is_set():
        try:
            heard |= set(systemd.recv(4096).splitlines())
        except TimeoutError:
            continue
    timer.join()
    return heard
