"""Our EventStream and intake: each failing report becomes a case in a state file, committed every 100 ms."""

import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from measuring import measure
from ours import Counting, stream

from gerritbot_er.clock import SystemClock
from gerritbot_er.model import Case, Event
from gerritbot_er.settings import CI
from gerritbot_er.state import StoredCases, StoredSightings, open_sightings, open_state
from gerritbot_er.triage.intake import Intake

COMMIT_EVERY = 0.1


class Storing(Counting):
    """Counts the cases, not the events."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        clock = SystemClock()
        self._intake = Intake(
            cis=[CI(name="ci", kind="zuul", account="jenkins", log_store="x")],
            username="er",
            cases=StoredCases(open_state(folder), clock),
            sightings=StoredSightings(open_sightings(folder), clock),
            clock=clock,
            opened=self._opened,
        )

    def received(self, events: Sequence[Event]) -> None:
        """Hand them to intake."""
        self._intake.take(events)

    def keep(self) -> None:
        """Commit what arrived, until the stream has ended and all of it is stored."""
        while not self.ended.wait(COMMIT_EVERY):
            self._intake.keep()
        self._intake.keep()

    def _opened(self, cases: Sequence[Case]) -> None:
        self.kept += len(cases)


def read(port: int, folder: Path, events: int) -> tuple[int, int]:
    """See ``measuring.Read``."""
    with tempfile.TemporaryDirectory() as state:
        listener = Storing(Path(state))
        keeper = threading.Thread(target=listener.keep)
        keeper.start()
        stream(port, folder, listener)
        keeper.join()
    return events, listener.kept


if __name__ == "__main__":
    measure(read)
