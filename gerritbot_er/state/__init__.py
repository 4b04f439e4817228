"""What survives a kill at any point: the state file and the sightings, in SQLite."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gerritbot_er.errors import Misconfigured, Transient

from .brakes import MUTE, PAUSE, StoredBrakes
from .bugs import StoredBugs
from .cases import StoredCases
from .database import AS_WHOM, Damaged, Database
from .migrations import SIGHTINGS, STATE
from .opening import open_database
from .outages import StoredOutages
from .outbox import StoredOutbox
from .records import StoredRecords
from .sightings import Publicity, StoredSightings
from .statistics import StoredStatistics
from .status_board import StatusBoard, stored_counts, stored_dependencies, stored_start
from .trials import StoredTrials
from .unsent import StoredUnsent

STATE_FILE = "state.db"
SIGHTINGS_FILE = "sightings.db"
SIGHTINGS_PATIENCE = 0.1
"""Seconds to wait for another process that writes the sightings: comments wait as long, and statistics can wait."""

log = logging.getLogger(__name__)

__all__ = [
    "MUTE",
    "PAUSE",
    "Database",
    "Publicity",
    "StatusBoard",
    "StoredBrakes",
    "StoredBugs",
    "StoredCases",
    "StoredOutages",
    "StoredOutbox",
    "StoredRecords",
    "StoredSightings",
    "StoredStatistics",
    "StoredTrials",
    "StoredUnsent",
    "is_locked",
    "locked",
    "open_sightings",
    "open_state",
    "stored_counts",
    "stored_dependencies",
    "stored_start",
]


def open_state(folder: Path, *, create: bool = True) -> Database:
    """The state file of this folder; ``Misconfigured`` where it cannot be used."""
    if create and not (folder / STATE_FILE).exists() and (folder / SIGHTINGS_FILE).exists():
        log.warning(
            "%s: there is no %s beside %s: beginning anew; cases that were open are lost, and what Gerrit has "
            "of ours is looked for before anything is posted",
            folder,
            STATE_FILE,
            SIGHTINGS_FILE,
        )
    return open_database(folder / STATE_FILE, STATE, create=create)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """This folder's state for one daemon alone until the block or the process ends.

    ``Transient`` while another has it, ``Misconfigured`` where the folder is not ours.
    """
    try:
        opened = (folder / "lock").open("w")
    except PermissionError as error:
        raise Misconfigured(f"{error.filename}: {error.strerror}; {AS_WHOM}") from error
    with opened as file:
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


def open_sightings(folder: Path, *, create: bool = True) -> Database:
    """The statistics of this folder; damaged ones, or what is left of deleted ones, are set aside and begin anew.

    Without ``create``, as for a command beside the daemon: ``Misconfigured`` where there are none.
    """
    path = folder / SIGHTINGS_FILE
    if not create:
        return open_database(path, SIGHTINGS, create=False)
    if not path.exists() and Path(f"{path}-wal").exists():
        _set_aside(path, "it was deleted, and its journal was not")
    try:
        return open_database(path, SIGHTINGS, patience=SIGHTINGS_PATIENCE)
    except Damaged as error:
        _set_aside(path, error)
        return open_database(path, SIGHTINGS, patience=SIGHTINGS_PATIENCE)


def _set_aside(path: Path, why: object) -> None:
    aside = path.with_suffix(".damaged")
    log.error("the statistics begin anew, %s is set aside as %s: %s", path.name, aside.name, why)
    for ending in ("", "-wal", "-shm"):
        with suppress(OSError):
            Path(f"{path}{ending}").replace(f"{aside}{ending}")
