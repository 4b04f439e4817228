"""The real daemon, ended by its own hand when it passes a failpoint: a program for tests.

    python -m tests.system.failpoint_daemon CONFIG --at POSTED --passing 2 --signal KILL

Nothing in the package and nothing in the environment can do this: what happens at a
failpoint is given to the daemon here, in code.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from gerritbot_er.cli.common import set_up_log
from gerritbot_er.config import load
from gerritbot_er.daemon import Daemon
from gerritbot_er.ports import AtFailpoint, Failpoint, no_failpoint

SIGNALS = {"KILL": signal.SIGKILL, "TERM": signal.SIGTERM}


STORING = 1.0
"""Seconds that a slow disk takes for what has arrived."""


def ending_at(failpoint: Failpoint, passing: int, ending: signal.Signals, *, slow_to_store: bool) -> AtFailpoint:
    """Sends this process a signal when ``failpoint`` is passed for the ``passing``-th time, from 1."""
    lock = threading.Lock()
    passed = 0

    def at_failpoint(now: Failpoint) -> None:
        nonlocal passed
        if slow_to_store and now is Failpoint.TAKEN:
            threading.Event().wait(STORING)
        if now is not failpoint:
            return
        with lock:
            passed += 1
            if passed == passing:
                # Past Python's buffers, which a kill would empty unwritten.
                os.write(sys.stderr.fileno(), f"{said_at(failpoint, passing)}\n".encode())
                os.kill(os.getpid(), ending)

    return at_failpoint


def said_at(failpoint: Failpoint, passing: int) -> str:
    """The line that the log holds of it."""
    return f"ended at {failpoint.name}, passing {passing}"


def main() -> None:
    """Run the daemon; without ``--at`` nothing happens at any failpoint."""
    parser = argparse.ArgumentParser(description="The real daemon, ended when it passes a failpoint.")
    parser.add_argument("config", type=Path)
    parser.add_argument("--at", choices=Failpoint.__members__)
    parser.add_argument("--passing", type=int, default=1)
    parser.add_argument("--signal", choices=SIGNALS, default="KILL")
    parser.add_argument("--slow-to-store", action="store_true")
    chosen = parser.parse_args()
    at_failpoint: AtFailpoint = no_failpoint
    if chosen.at:
        ending, slow = SIGNALS[chosen.signal], chosen.slow_to_store
        at_failpoint = ending_at(Failpoint[chosen.at], chosen.passing, ending, slow_to_store=slow)
    settings = load(chosen.config)
    set_up_log(settings.log_level)
    daemon = Daemon(settings, at_failpoint=at_failpoint)

    def end(_signal: int, _frame: FrameType | None) -> None:
        daemon.stop()

    signal.signal(signal.SIGTERM, end)
    sys.exit(0 if daemon.run() else 1)


if __name__ == "__main__":
    main()
