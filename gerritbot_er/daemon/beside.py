"""The workers beside the way: no comment waits for any of them."""

from gerritbot_er import standing
from gerritbot_er.exporting import Export
from gerritbot_er.insight.exported import Document, Exported, document
from gerritbot_er.keeping import KeepingStates
from gerritbot_er.logs.local import LocalLogStore
from gerritbot_er.metered import metered
from gerritbot_er.peers import open_export, past_places
from gerritbot_er.state import StoredRecords, StoredTrials, StoredUnsent
from gerritbot_er.state.publishing import Publishing
from gerritbot_er.state.retention import Retention
from gerritbot_er.supervisor import Bell
from gerritbot_er.trackers import Refresh, open_trackers
from gerritbot_er.triage.retrospect import Retrospect
from gerritbot_er.triage.sample import Sample
from gerritbot_er.web.addresses import part_of

from .ground import Ground
from .memory import Memory
from .steps import every
from .world import Peers


def open_sample(ground: Ground, peers: Peers, bell: Bell) -> Sample | None:
    """None where no log store keeps any of the builds that did not fail."""
    stores = {
        name: store
        for name, keeper in peers.keepers.items()
        if keeper.limits.successes and isinstance(store := peers.stores[name], LocalLogStore)
    }
    if not stores:
        return None
    return Sample(
        ground.settings,
        stores=stores,
        infos=peers.infos,
        calls=peers.sample_calls,
        clock=ground.clock,
        board=ground.board,
        ring=bell.ring,
    )


def add_retention(ground: Ground, memory: Memory, kept: KeepingStates) -> None:
    """Deletes what is old, in the files and among the kept logs."""
    retention = Retention(memory.state_file, memory.sightings_file, ground.clock)
    ground.work("retention", every(1.0, retention.step, kept.step), Bell())


def add_publishing(ground: Ground, memory: Memory) -> None:
    """Brings what was stored to the projects that are public now."""
    publishing = Publishing(memory.sightings_file, ground.clock, ground.settings.public_projects)
    ground.work("publishing", publishing.step, Bell())


def add_trackers(ground: Ground, memory: Memory) -> None:
    """Keeps up what is known of bugs; comments and pages read what is known already."""
    stale = Bell()
    calls = ground.calls("trackers", stale)
    tracker = ground.closing.enter_context(open_trackers(ground.settings.trackers, ground.clock, ground.environ))
    refresh = Refresh(
        metered(tracker, standing.TRACKERS, ground.meter, ground.clock, unmeasured={"host"}),
        memory.bugs,
        library=ground.library,
        calls=calls,
        clock=ground.clock,
        board=ground.board,
    )
    ground.work("trackers", refresh.step, stale)


def add_retrospect(ground: Ground, memory: Memory, peers: Peers) -> None:
    """Runs signatures that come or change over past builds."""
    more = Bell()
    trials = StoredTrials(memory.sightings_file, ground.clock, ground.settings.public_projects)
    retrospect = Retrospect(
        past_places(ground.settings, peers.stores, peers.keepers, trials),
        trials=trials,
        records=StoredRecords(ground.settings.state),
        library=ground.library,
        calls=ground.calls("past builds", more),
        clock=ground.clock,
        board=ground.board,
    )
    ground.work("past builds", retrospect.step, more)


def add_export(ground: Ground, memory: Memory) -> None:
    """Sends failed builds to a cluster; where none is configured any more, nothing is left to be sent."""
    export, due = ground.settings.export, Bell()
    target = f"{export.log_store} {export.index}" if export else None
    unsent = StoredUnsent(memory.sightings_file, ground.clock, target)
    if export is None:
        return
    root = ground.settings.speaking.page
    page = (lambda identity: f"{root}/build/{part_of(identity)}") if root else (lambda _: None)

    def as_document(build: Exported) -> Document:
        return document(build, ground.library().get, memory.bugs.known, page)

    calls = ground.calls("export", due)
    index = open_export(export, ground.settings, ground.environ, ground.closing)
    worker = Export(
        export.log_store,
        unsent,
        ground.metered(index, standing.sent_to(export.log_store)),
        document=as_document,
        calls=calls,
        clock=ground.clock,
        board=ground.board,
    )
    ground.work("export", worker.step, due)
