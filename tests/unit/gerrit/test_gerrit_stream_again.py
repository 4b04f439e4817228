"""When the stream is opened again, on a simulated clock: a connection that is lost at each step, and one that is deaf.

The connection here is a script; the tests with real sockets are among the peers.
"""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from gerritbot_er.errors import Transient
from gerritbot_er.gerrit.events import MalformedEvent
from gerritbot_er.gerrit.ssh import Answer
from gerritbot_er.gerrit.stream import EventStream, Lost
from gerritbot_er.model import CommentAdded, Event

LINE = json.dumps(
    {
        "author": {"username": "zuul"},
        "comment": "Patch Set 1:\n\nBuild failed é",
        "change": {"number": 7, "project": "nova", "branch": "master"},
        "patchSet": {"number": 1},
        "type": "comment-added",
        "eventCreatedOn": 1_800_000_000,
    },
    ensure_ascii=False,
    separators=(",", ":"),
).encode()

QUIET = None
ENDED = b""
Script = Sequence[bytes | None]


@dataclass
class Scene:
    """Time that only passes in waits, and a server whose every connection follows its script; then the test ends.

    A script of None is a connection that is refused.  ``answers``: whether it answers probes.
    """

    scripts: list[Script | None]
    answers: bool = True
    quiet: float = 1.0
    seconds: float = 1000.0
    opened_at: list[float] = field(default_factory=list)
    probed_at: list[float] = field(default_factory=list)
    closed: int = 0
    dropped: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    # -- as the clock

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        self.seconds += seconds
        return stop.is_set()

    # -- as the connection

    def open_stream(self, command: str) -> "Scripted":
        assert command.startswith("gerrit stream-events ")
        self.opened_at.append(self.seconds)
        if not self.scripts:
            self.stop.set()
            return Scripted(self, [])
        script = self.scripts.pop(0)
        if script is None:
            raise Transient("refused")
        return Scripted(self, list(script))

    def probe(self, timeout: float) -> bool:
        self.probed_at.append(self.seconds)
        self.seconds += 0.0 if self.answers else timeout
        return self.answers

    def drop(self) -> None:
        self.dropped += 1


@dataclass
class Scripted:
    """One open stream: gives its chunks, is quiet where there is none, and ends after them."""

    scene: Scene
    chunks: list[bytes | None]

    def recv(self, timeout: float) -> bytes | None:
        if not self.chunks:
            return ENDED
        chunk = self.chunks.pop(0)
        if chunk is QUIET:
            self.scene.seconds += max(timeout, self.scene.quiet)
        return chunk

    def ending(self) -> Answer:
        return Answer(None, b"", b"")

    def close(self) -> None:
        self.scene.closed += 1


@dataclass
class Told:
    """A listener that keeps what it hears."""

    events: list[Event] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    malformed_lines: list[bytes] = field(default_factory=list)
    times_connected: int = 0

    def connected(self) -> None:
        self.times_connected += 1

    def received(self, events: Sequence[Event]) -> None:
        self.events.extend(events)

    def gap(self, why: str) -> None:
        raise AssertionError(why)

    def malformed(self, error: MalformedEvent, line: bytes) -> None:
        del error
        self.malformed_lines.append(line)

    def lost(self, state: Lost) -> None:
        self.waits.append(state.retry_in)


def played(scene: Scene, roll: Callable[[], float] = lambda: 1.0) -> Told:
    """Read until the scripts are at their end."""
    told = Told()
    EventStream(scene, told, scene, wait=scene.wait, roll=roll).run(scene.stop)  # type: ignore[arg-type]
    return told


@pytest.mark.parametrize(
    "script",
    [None, [], [LINE[:50]], [LINE], [LINE + b"\n"], [LINE + b"\n" + LINE[:-1]]],
    ids=["refused", "at once", "in a line", "before the newline", "between lines", "in the next line"],
)
def test_f01_lost_at_each_step_and_never_tried_early(script: Script | None) -> None:
    scene = Scene([script] * 9)
    told = played(scene)
    assert told.waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    tries = [later - before for before, later in zip(scene.opened_at, scene.opened_at[1:], strict=False)]
    assert tries == told.waits, "not a moment before its time"
    whole = b"".join(chunk for chunk in script or () if chunk).count(b"\n")
    assert [type(event) for event in told.events] == [CommentAdded] * 9 * whole
    assert told.malformed_lines == [], "half a line is lost, not read"
    assert scene.closed == told.times_connected


def test_f01_the_waits_begin_anew_after_two_good_minutes() -> None:
    good: Script = [LINE + b"\n", *[QUIET] * 121]
    short: Script = [LINE + b"\n", *[QUIET] * 60]
    assert played(Scene([None, None, None, good, None])).waits == [1.0, 2.0, 4.0, 1.0, 2.0]
    assert played(Scene([None, None, None, short, None])).waits == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_f02_a_peer_that_answers_nothing_is_left_after_two_missed_probes() -> None:
    scene = Scene([[*[QUIET] * 600]], answers=False)
    told = played(scene)
    assert [at - 1000.0 for at in scene.probed_at] == [30.0, 50.0]
    assert (scene.dropped, len(told.waits)) == (1, 1)


def test_f02_a_peer_that_answers_probes_is_kept() -> None:
    scene = Scene([[*[QUIET] * 600]])
    played(scene)
    assert len(scene.probed_at) == 20
    assert scene.dropped == 0
