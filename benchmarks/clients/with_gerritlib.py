"""gerritlib's watcher and its queue, as elastic-recheck used them; its host keys are those of the home folder."""

import queue
from pathlib import Path

from gerritlib.gerrit import Gerrit  # type: ignore[import-not-found]  # no part of this project
from measuring import measure

_STUCK = 5.0
"""Seconds without an event after which the rest is stuck in its buffer: it reads one line when bytes arrive."""


def read(port: int, folder: Path, events: int) -> tuple[int, int]:
    """See ``measuring.Read``."""
    gerrit = Gerrit("127.0.0.1", "er", port, str(folder / "key"))
    gerrit.startWatching()
    seen = 0
    try:
        while seen < events:
            gerrit.event_queue.get(timeout=_STUCK)
            seen += 1
    except queue.Empty:
        pass
    return seen, seen


if __name__ == "__main__":
    measure(read)
