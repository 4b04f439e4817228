"""Ends what a test run started, once that run is gone, whichever way it went (SIGKILL included).

Run as a program with three arguments: the id of the test process, the run's mark, the run's folder. Every process that
the run starts carries the mark in its environment, and so do its children; that is how they are found again, without
names and without a list that could be out of date.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import time
from pathlib import Path

END_SECONDS = 10.0
_STEP_SECONDS = 0.05


def marked(mark: str) -> list[int]:
    """The ids of the running processes whose environment holds ``mark``; zombies have no environment any more."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if mark.encode() in environment:
                found.append(int(entry.name))
    return found


def end_marked(mark: str) -> list[int]:
    """Kill every process that carries ``mark``, children that appear meanwhile included; returns their ids."""
    killed: set[int] = set()
    deadline = time.monotonic() + END_SECONDS
    while (alive := marked(mark)) and time.monotonic() < deadline:
        for process in alive:
            killed.add(process)
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        select.select([], [], [], _STEP_SECONDS)
    return sorted(killed)


def await_end(process: int) -> None:
    """Return when our parent ``process`` has ended. A pidfd, unlike a pipe, is not kept open by its forks."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return
    if os.getppid() == process:
        select.select([handle], [], [])
    os.close(handle)


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    parent, mark, folder = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    await_end(parent)
    end_marked(mark)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
