"""What reading the stream costs a client; the standard library alone, as gerritlib's Python has no more."""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

Read = Callable[[int, Path, int], tuple[int, int]]
"""Reads the stream at a port, with the key and known_hosts of a folder; so many events are in it.

How many it read, and how many of them it kept.
"""


def measure(read: Read) -> None:
    """Call it with the command line's arguments, print what it took as JSON, and end the process."""
    port, folder, events = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    seen, kept = read(port, folder, events)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    run = {"events": seen, "kept": kept, "cpu": cpu, "wall": wall, "memory": after.ru_maxrss / 1000}
    print(json.dumps(run), flush=True)
    os._exit(0)  # gerritlib's watcher never ends
