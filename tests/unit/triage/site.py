"""A whole site in one loop: a Gerrit with a stream and a history, and the way of one failure, which may be killed.

Only the clock and the peers are simulated; the state file is the real one and outlives each start.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gerritbot_er.daemon.listener import StreamListener
from gerritbot_er.daemon.supervisor import Bell
from gerritbot_er.model import Change, ChangeHistory, CommentAdded, DroppedOutput, Event, LogsSeen, Review
from gerritbot_er.ports import Failpoint
from gerritbot_er.signatures.library import Library
from gerritbot_er.state import StatusBoard, StoredBrakes, StoredCases, StoredOutages, StoredOutbox, open_state
from gerritbot_er.triage.way import Way
from gerritbot_er.triage.way import World as Peers

from .world import BOT, CHANGE, SIGNATURES, START, UUID, FakeInfo, FakeIrc, FakeStore, InlineCalls, settings
from .world import SimulatedClock as Clock


class Killed(BaseException):
    """SIGKILL: nothing of ours may catch it."""


class Twins:
    """The clock of a server that stands ``ahead`` seconds before ours."""

    def __init__(self, clock: Clock, ahead: float) -> None:
        self._clock = clock
        self._ahead = ahead

    def second(self) -> int:
        return int(self._clock.now() + self._ahead)


@dataclass
class Gerrit:
    """All that was ever said stands in ``events``; the stream tells it to ``listener`` while there is one.

    ``troubles`` are raised by as many readings of history, one after another; ``told`` counts the events they gave.
    """

    clock: Twins
    events: list[Event] = field(default_factory=list)
    listener: StreamListener | None = None
    troubles: list[Exception] = field(default_factory=list)
    told: int = 0

    def say(self, event: Event, *, heard: bool = True) -> None:
        """Something happens; ``heard`` by whoever listens, or dropped by the server."""
        self.events.append(event)
        if heard:
            self.tell(event)

    def tell(self, *events: Event) -> None:
        if self.listener is not None:
            self.listener.received(events)

    # -- as the ports History and Reviews

    def since(self, at: int) -> list[Event]:
        if self.troubles:
            raise self.troubles.pop(0)
        events = [event for event in self.events if event.at >= at]
        self.told += len(events)
        return events

    def change(self, number: int) -> ChangeHistory:
        said = (event for event in self.events if isinstance(event, CommentAdded))
        return ChangeHistory(changed(number), 1, tuple(event for event in said if event.change.number == number))

    def post(self, review: Review) -> None:
        text = f"Patch Set {review.patchset}:\n\n{review.message}"
        self.say(CommentAdded(changed(review.change), review.patchset, BOT, text, self.clock.second()))


class Site:
    """``start`` and ``kill`` are the daemon's; ``pass_`` lets it work while time passes."""

    def __init__(self, folder: Path, *, ahead: float = 0.0) -> None:
        self.settings = settings(folder)
        self.clock = Clock()
        self.gerrit = Gerrit(Twins(self.clock, ahead))
        self.irc = FakeIrc()
        self.store = FakeStore()
        self.state = open_state(folder)
        self.cases = StoredCases(self.state, self.clock)
        self.outbox = StoredOutbox(self.state, self.clock)
        self.way: Way | None = None
        self.opened_anew = 0

    def start(self, at_failpoint: Callable[[Failpoint], None] = lambda _: None) -> None:
        """A new process; it is not connected yet."""
        world = Peers(
            clock=self.clock,
            library=lambda: Library(SIGNATURES),
            stores={"cluster": self.store},
            infos={"zuul": FakeInfo()},
            history=self.gerrit,
            reviews=self.gerrit,
            notices=self.irc,
            cases=self.cases,
            outbox=self.outbox,
            sightings=None,
            outages=StoredOutages(self.state, self.clock),
            brakes=StoredBrakes(self.state),
            desk_calls=InlineCalls(),
            history_calls=InlineCalls(),
            poster_calls=InlineCalls(),
        )
        self.way = Way(self.settings, world, deaf=self._open_anew, at_failpoint=at_failpoint)

    def connect(self) -> None:
        """The stream is open."""
        assert self.way is not None
        states = StatusBoard(self.state, self.clock)
        self.gerrit.listener = StreamListener(self.way.intake, Bell(), self.way.catch_up, Bell(), states)
        self.gerrit.listener.connected()

    def disconnect(self) -> None:
        """The connection is lost, unnoticed by the server's users."""
        self.gerrit.listener = None

    def _open_anew(self) -> None:
        self.opened_anew += 1
        self.disconnect()
        self.connect()

    def kill(self) -> None:
        """The process is gone."""
        self.disconnect()
        self.way = None

    def work(self) -> None:
        """All that can be done at this moment."""
        way = self.way
        for _ in range(5):
            if way is not None:
                way.intake.keep()
                way.catch_up.step()
                way.desk.step()
                way.poster.step()

    def pass_(self, seconds: float, step: float = 5.0) -> None:
        for _ in range(int(seconds / step)):
            self.clock.seconds += step
            self.work()

    def close(self) -> None:
        self.state.close()

    # -- what happens on the server

    def fails(self, number: int, *, heard: bool = True) -> None:
        """A CI run of a change fails for a known reason, and its logs are there at once."""
        self.store.logs[UUID(number)] = LogsSeen(100, console=True)
        self.store.hits[UUID(number)] = {"disk-full": f"No space left on device {number}"}
        self.gerrit.say(failed(number, self.gerrit.clock.second()), heard=heard)

    def drops(self) -> None:
        """The server tells that it dropped events."""
        self.gerrit.tell(DroppedOutput(self.gerrit.clock.second()))

    @property
    def comments(self) -> list[tuple[int, str]]:
        """Ours, with the changes they stand on, in any order."""
        said = (event for event in self.gerrit.events if isinstance(event, CommentAdded) and event.author == BOT)
        return sorted((event.change.number, event.text) for event in said)

    @property
    def commented(self) -> list[int]:
        return [number for number, _ in self.comments]

    @property
    def noticed(self) -> Sequence[str]:
        return sorted(notice.text for notice in self.irc.said)


def changed(number: int) -> Change:
    return replace(CHANGE, number=number, url=f"https://review.example.org/{number}")


def failed(number: int, at: int = int(START)) -> CommentAdded:
    """The CI's comment on a change whose one build failed."""
    page = f"https://zuul.example.org/t/example/build/{UUID(number)}"
    text = f"Patch Set 1: Verified-1\n\nBuild failed (check pipeline).\n\n- unit-tests {page} : FAILURE in 9s"
    return CommentAdded(changed(number), 1, "zuul", text, at)
