"""What survives a kill at any point: the state file and the sightings, in SQLite."""

from pathlib import Path

from .brakes import MUTE, PAUSE, StoredBrakes, WorkerState, WorkerStates
from .cases import StoredCases
from .database import Database, open_database
from .migrations import SIGHTINGS, STATE
from .outbox import StoredOutbox
from .sightings import StoredSightings

__all__ = [
    "MUTE",
    "PAUSE",
    "Database",
    "StoredBrakes",
    "StoredCases",
    "StoredOutbox",
    "StoredSightings",
    "WorkerState",
    "WorkerStates",
    "open_sightings",
    "open_state",
]


def open_state(folder: Path, *, create: bool = True) -> Database:
    """The state file of this folder; ``Misconfigured`` where it cannot be used."""
    return open_database(folder / "state.db", STATE, create=create)


def open_sightings(folder: Path) -> Database:
    """The sightings of this folder; ``Misconfigured`` where they cannot be used."""
    return open_database(folder / "sightings.db", SIGHTINGS)
