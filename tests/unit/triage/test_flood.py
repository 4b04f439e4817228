"""A flood of events: the reader reads on whatever the store does, and keeps nothing that concerns nobody."""

import json
import threading
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

from gerritbot_er.clock import SystemClock
from gerritbot_er.gerrit.ssh import Answer
from gerritbot_er.gerrit.stream import EventStream
from gerritbot_er.model import Case
from gerritbot_er.ports import Batch
from gerritbot_er.state import StoredCases

from .site import Site
from .world import UUID

EVENTS = 100_000
OURS = 250
"""Every so manieth is a failing report."""
PATIENCE = 60.0
MEBIBYTE = 1024 * 1024


def line(author: str, number: int, text: str) -> bytes:
    """An event as Gerrit sends it."""
    event = {
        "author": {"username": author},
        "comment": f"Patch Set 1: Verified-1\n\n{text}",
        "change": {"number": number, "project": "example/widgets", "branch": "master", "subject": "Keep the widget"},
        "patchSet": {"number": 1},
        "type": "comment-added",
        "eventCreatedOn": 1_800_000_000,
    }
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"


def report(number: int) -> bytes:
    page = f"https://zuul.example.org/t/example/build/{UUID(number)}"
    return line("zuul", number, f"Build failed (check pipeline).\n\n- unit-tests {page} : FAILURE in 9s")


REMARK = line("somebody", 99, "é" * 100)


class Flood:
    """Gerrit's stream, and the connection it comes on: as fast as it is read, in pieces of any length."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._pieces = self._cut()

    def _cut(self) -> Iterator[bytes]:
        held = b""
        for number in range(OURS, EVENTS + 1, OURS):
            held += REMARK * (OURS - 1) + report(number)
            piece, held = held[:-101], held[-101:]
            yield piece
        yield held

    def open_stream(self, command: str) -> "Flood":
        del command
        return self

    def recv(self, timeout: float) -> bytes | None:
        del timeout
        piece = next(self._pieces, None)
        if piece is None:
            self._stop.set()
        return piece

    def ending(self) -> Answer:
        return Answer(None, b"", b"")

    def close(self) -> None:
        """It is at its end already."""


class HangingDisk:
    """Cases that are not stored before ``released``; who is no ``keeper`` must not even try."""

    def __init__(self, cases: StoredCases) -> None:
        self._cases = cases
        self.tried = threading.Event()
        self.released = threading.Event()
        self.keeper: threading.Thread | None = None

    def keep(self, batch: Batch) -> Sequence[Case]:
        if threading.current_thread() is not self.keeper:
            raise TimeoutError("the reader waits for the disk")
        self.tried.set()
        self.released.wait(PATIENCE)
        return self._cases.keep(batch)

    def __getattr__(self, name: str) -> object:
        return getattr(self._cases, name)


def test_f08_a_hundred_thousand_events_are_read_while_the_disk_hangs(tmp_path: Path) -> None:
    site, stop = Site(tmp_path), threading.Event()
    site.start()
    site.connect()
    site.pass_(30)
    assert site.way is not None
    listener, intake = site.gerrit.listener, site.way.intake
    assert listener is not None
    disk = HangingDisk(site.cases)
    intake._cases = disk  # type: ignore[assignment]
    disk.keeper = threading.Thread(target=intake.keep, daemon=True)
    site.fails(7)
    disk.keeper.start()
    assert disk.tried.wait(PATIENCE)

    tracemalloc.start()
    stream = EventStream(Flood(stop), listener, SystemClock(), authors=["zuul", "gerritbot-er"])  # type: ignore[arg-type]
    reader = threading.Thread(target=stream.run, args=(stop,), daemon=True)
    reader.start()
    reader.join(PATIENCE)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert not reader.is_alive()
    assert stop.is_set(), "it has read all of it"
    assert most < 16 * MEBIBYTE
    disk.released.set()
    disk.keeper.join(PATIENCE)
    disk.keeper = threading.current_thread()
    intake.keep()
    assert len(site.cases.open_cases()) == 1 + EVENTS // OURS
    site.close()
