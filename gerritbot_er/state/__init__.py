"""What survives a kill at any point: the state file and the sightings, in SQLite."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gerritbot_er.errors import Misconfigured, Transient

from .brakes import MUTE, PAUSE, StoredBrakes, WorkerState, WorkerStates
from .cases import StoredCases
from .database import Database, open_database
from .migrations import SIGHTINGS, STATE
from .outbox import StoredOutbox
from .sightings import StoredSightings

log = logging.getLogger(__name__)

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
    "is_locked",
    "locked",
    "open_sightings",
    "open_state",
]


def open_state(folder: Path, *, create: bool = True) -> Database:
    """The state file of this folder; ``Misconfigured`` where it cannot be used."""
    return open_database(folder / "state.db", STATE, create=create)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """This folder's state for one daemon alone until the block or the process ends; Transient while another has it."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Transient(
                f"{folder}: another daemon works on this state; stop it first, or name another folder as state"
            ) from None
        yield


def is_locked(folder: Path) -> bool:
    """Whether a daemon works on this folder now."""
    try:
        with locked(folder):
            return False
    except Transient:
        return True


def open_sightings(folder: Path) -> Database:
    """This folder is one daemon's until the block or the process ends; Transient while another has it."""
    path = folder / "sightings.db"
    try:
        return open_database(path, SIGHTINGS)
    except Misconfigured as error:
        aside = path.with_suffix(".damaged")
        log.error("the statistics begin anew, %s is set aside as %s: %s", path.name, aside.name, error)  # noqa: TRY400
        for ending in ("", "-wal", "-shm"):
            with suppress(OSError):
                Path(f"{path}{ending}").replace(f"{aside}{ending}")
        return open_database(path, SIGHTINGS)
