"""The supervisor: a worker's end is the process's end, and the watchdog is fed only while all move."""

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gerritbot_er.calls import ThreadCalls
from gerritbot_er.daemon.supervisor import LONGEST_SILENCE, Bell, Supervisor, stepping
from gerritbot_er.daemon.systemd import Notifier
from gerritbot_er.errors import Transient


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds


def until_stopped(stop: threading.Event, moved: Callable[[], None]) -> None:
    moved()
    stop.wait(30)


def test_a_worker_that_fails_ends_everything() -> None:
    supervisor = Supervisor(Clock(), Notifier({}))
    ended: list[str] = []

    def fails(stop: threading.Event, moved: Callable[[], None]) -> None:
        del stop, moved
        raise ValueError("a fault of ours")

    def works(stop: threading.Event, moved: Callable[[], None]) -> None:
        until_stopped(stop, moved)
        ended.append("works")

    supervisor.add("fails", fails)
    supervisor.add("works", works)
    assert supervisor.run() is False
    assert ended == ["works"]


def test_what_a_person_has_to_mend_is_said_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    supervisor = Supervisor(Clock(), Notifier({}))

    def fails(stop: threading.Event, moved: Callable[[], None]) -> None:
        del stop, moved
        raise Transient("the state file cannot be written: disk is full; free disk space")

    supervisor.add("intake", fails)
    assert supervisor.run() is False
    (record,) = caplog.records
    said = "worker intake ended: the state file cannot be written: disk is full; free disk space"
    assert (record.getMessage(), record.exc_info) == (said, None)


def test_a_worker_that_ends_by_itself_ends_everything() -> None:
    supervisor = Supervisor(Clock(), Notifier({}))
    supervisor.add("done", lambda stop, moved: None)  # noqa: ARG005
    supervisor.add("works", until_stopped)
    assert supervisor.run() is False


def test_stop_ends_all_and_is_fine(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    supervisor = Supervisor(Clock(), Notifier({}))
    bell = Bell()
    steps: list[int] = []

    def step() -> float:
        steps.append(1)
        if len(steps) == 3:
            supervisor.stop()
        return 0.0

    supervisor.add("steps", stepping(step, bell), bell.ring)
    supervisor.add("works", until_stopped)
    assert supervisor.run() is True
    assert steps[:3] == [1, 1, 1]
    assert caplog.messages == ["asked to end: what is under way is finished first"]


def until_quiet(peer: socket.socket) -> Iterator[bytes]:
    with contextlib.suppress(TimeoutError):
        while True:
            yield peer.recv(200)


def test_systemd_hears_ready_watchdog_and_stopping(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(10)
        clock = Clock()
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "40000"}
        supervisor = Supervisor(clock, Notifier(environ))
        supervisor.add("works", until_stopped)
        runs = threading.Thread(target=supervisor.run)
        runs.start()
        assert systemd.recv(200) == b"READY=1\nSTATUS=running"
        assert systemd.recv(200) == b"WATCHDOG=1"
        clock.seconds = LONGEST_SILENCE + 1
        systemd.settimeout(0.3)
        heard = list(until_quiet(systemd))
        assert heard.count(b"STATUS=standing still: works") == 1, "it is told once"
        assert set(heard) <= {b"WATCHDOG=1", b"STATUS=standing still: works"}, "one may have been under way"
        assert len(heard) <= 3
        supervisor.stop()
        runs.join()
        assert systemd.recv(200) == b"STOPPING=1\nSTATUS=stopping"


def test_f24_systemd_hears_that_another_takes_over_and_not_that_it_stops(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(10)
        clock = Clock()
        clock.seconds = 12.5
        supervisor = Supervisor(clock, Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")}))
        supervisor.add("works", until_stopped)
        supervisor.stop(another_follows=True)
        assert supervisor.run() is True
        assert systemd.recv(200) == b"READY=1\nSTATUS=running"
        heard = b"RELOADING=1\nMONOTONIC_USEC=12500000\nWATCHDOG=1\nSTATUS=taking over a changed configuration"
        assert systemd.recv(200) == heard


def test_f24_the_watchdog_is_fed_while_workers_take_their_time_to_end(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(10)
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "40000"}
        supervisor = Supervisor(Clock(), Notifier(environ))
        ending = threading.Event()

        def slow(stop: threading.Event, moved: Callable[[], None]) -> None:
            until_stopped(stop, moved)
            ending.wait(30)

        supervisor.add("slow", slow)
        supervisor.stop(another_follows=True)
        runs = threading.Thread(target=supervisor.run)
        runs.start()
        try:
            assert systemd.recv(200) == b"READY=1\nSTATUS=running"
            assert systemd.recv(200).startswith(b"RELOADING=1\n")
            assert [systemd.recv(200) for _ in range(3)] == [b"WATCHDOG=1"] * 3
        finally:
            ending.set()
            runs.join()


def test_calls_of_one_lane_run_a_few_at_a_time_and_hold_up_no_other() -> None:
    rung = threading.Semaphore(0)
    calls = ThreadCalls("test", rung.release, per_lane=2, total=4)
    gate = threading.Event()
    running: list[int] = []

    def slow(number: int) -> Callable[[], object]:
        def call() -> object:
            running.append(number)
            gate.wait(10)
            return number

        return call

    for number in range(5):
        calls.submit("slow", ("slow", number), slow(number))
    calls.submit("quick", "quick", lambda: "done")
    assert rung.acquire(timeout=10)
    assert [(done.key, done.result) for done in calls.collect()] == [("quick", "done")]
    assert len(running) <= 2
    gate.set()
    for _ in range(5):
        assert rung.acquire(timeout=10)
    assert sorted(str(done.key) for done in calls.collect()) == [f"('slow', {n})" for n in range(5)]
    calls.close()


def test_what_a_call_raises_is_handed_back() -> None:
    rung = threading.Semaphore(0)
    calls = ThreadCalls("test", rung.release)
    calls.submit("a", 1, lambda: 1 // 0)
    assert rung.acquire(timeout=10)
    (done,) = calls.collect()
    assert isinstance(done.error, ZeroDivisionError)
    calls.close()
