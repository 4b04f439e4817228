"""The daemon's files, opened: the state file, which must not be lost, and the sightings, which may be."""

from contextlib import ExitStack
from dataclasses import dataclass

from gerritbot_er.errors import Misconfigured
from gerritbot_er.ports import Clock
from gerritbot_er.settings import Settings
from gerritbot_er.state import (
    Publicity,
    StatusBoard,
    StoredBrakes,
    StoredBugs,
    StoredCases,
    StoredOutages,
    StoredOutbox,
    StoredSightings,
    locked,
    open_sightings,
    open_state,
)
from gerritbot_er.state.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """The two files, opened, and the ports that are filled by them.

    Both files, and what is in them: ``sightings`` and ``bugs`` are in the second.
    """

    state_file: Database
    sightings_file: Database
    cases: StoredCases
    outbox: StoredOutbox
    outages: StoredOutages
    brakes: StoredBrakes
    board: StatusBoard
    sightings: StoredSightings
    bugs: StoredBugs


def open_storage(settings: Settings, clock: Clock, closing: ExitStack) -> Storage:
    """Open both, for this process alone, closed with ``closing``; ``Misconfigured`` where the folder cannot be used."""
    folder = settings.state
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "it is no folder" if folder.exists() else error.strerror
        raise Misconfigured(f"state: {folder} cannot be used ({why}); make it a folder of our user's") from error
    closing.enter_context(locked(folder))
    state_file = closing.enter_context(open_state(folder))
    sightings_file = closing.enter_context(open_sightings(folder))
    gates = {ci.name: ci.gate_pipelines for ci in settings.cis}
    storage = Storage(
        state_file=state_file,
        sightings_file=sightings_file,
        cases=StoredCases(state_file, clock),
        outbox=StoredOutbox(state_file, clock),
        outages=StoredOutages(state_file, clock),
        brakes=StoredBrakes(state_file),
        board=StatusBoard(state_file, clock),
        sightings=StoredSightings(sightings_file, clock, Publicity(settings.public_projects, gates)),
        bugs=StoredBugs(sightings_file),
    )
    storage.sightings.made_private(storage.cases.every_private())  # a kill may have come between the two files
    storage.board.clear()
    return storage
