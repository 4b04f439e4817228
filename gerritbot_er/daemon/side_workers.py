"""The workers that no comment waits for: retention, publishing, trackers, past builds, export, and the log sample."""

from gerritbot_er import dependencies
from gerritbot_er.insight.exported import Document, Exported, document
from gerritbot_er.logs.local import LocalLogStore
from gerritbot_er.metered import metered
from gerritbot_er.peers import open_export, past_places
from gerritbot_er.state import StoredRecords, StoredTrials, StoredUnsent
from gerritbot_er.state.publishing import Publishing
from gerritbot_er.state.retention import Retention
from gerritbot_er.trackers import Refresh, open_trackers
from gerritbot_er.triage.past_builds import PastBuildsRun
from gerritbot_er.triage.sample import Sample
from gerritbot_er.web.addresses import part_of

from .exporting import Export
from .kept_logs import KeptLogsWatch
from .runtime import Runtime
from .storage import Storage
from .supervisor import Bell
from .worker_loops import every
from .world import Peers


def open_sample(runtime: Runtime, peers: Peers, bell: Bell) -> Sample | None:
    """None where no log store keeps any of the builds that did not fail."""
    stores = {
        name: store
        for name, keeper in peers.keepers.items()
        if keeper.limits.successes and isinstance(store := peers.stores[name], LocalLogStore)
    }
    if not stores:
        return None
    return Sample(
        runtime.settings,
        stores=stores,
        infos=peers.infos,
        calls=peers.sample_calls,
        clock=runtime.clock,
        board=runtime.board,
        ring=bell.ring,
    )


def add_retention(runtime: Runtime, storage: Storage, kept: KeptLogsWatch) -> None:
    """Deletes what is old, in the files and among the kept logs."""
    retention = Retention(storage.state_file, storage.sightings_file, runtime.clock)
    runtime.work("retention", every(1.0, retention.step, kept.step), Bell())


def add_publishing(runtime: Runtime, storage: Storage) -> None:
    """Brings what was stored to the projects that are public now."""
    publishing = Publishing(storage.sightings_file, runtime.clock, runtime.settings.public_projects)
    runtime.work("publishing", publishing.step, Bell())


def add_trackers(runtime: Runtime, storage: Storage) -> None:
    """Keeps up what is known of bugs; comments and pages read what is known already."""
    stale = Bell()
    calls = runtime.calls("trackers", stale)
    tracker = runtime.closing.enter_context(open_trackers(runtime.settings.trackers, runtime.clock, runtime.environ))
    refresh = Refresh(
        metered(tracker, dependencies.TRACKERS, runtime.meter, runtime.clock, unmeasured={"host"}),
        storage.bugs,
        library=runtime.library,
        calls=calls,
        clock=runtime.clock,
        board=runtime.board,
    )
    runtime.work("trackers", refresh.step, stale)


def add_past_builds(runtime: Runtime, storage: Storage, peers: Peers) -> None:
    """Runs signatures that come or change over past builds."""
    more = Bell()
    trials = StoredTrials(storage.sightings_file, runtime.clock, runtime.settings.public_projects)
    past_builds = PastBuildsRun(
        past_places(runtime.settings, peers.stores, peers.keepers, trials),
        trials=trials,
        records=StoredRecords(runtime.settings.state),
        library=runtime.library,
        calls=runtime.calls("past builds", more),
        clock=runtime.clock,
        board=runtime.board,
    )
    runtime.work("past builds", past_builds.step, more)


def add_export(runtime: Runtime, storage: Storage) -> None:
    """Sends failed builds to a cluster; where none is configured any more, nothing is left to be sent."""
    export, due = runtime.settings.export, Bell()
    target = f"{export.log_store} {export.index}" if export else None
    unsent = StoredUnsent(storage.sightings_file, runtime.clock, target)
    if export is None:
        return
    root = runtime.settings.speaking.page
    page = (lambda identity: f"{root}/build/{part_of(identity)}") if root else (lambda _: None)

    def as_document(build: Exported) -> Document:
        return document(build, runtime.library().get, storage.bugs.known, page)

    calls = runtime.calls("export", due)
    index = open_export(export, runtime.settings, runtime.environ, runtime.closing)
    worker = Export(
        export.log_store,
        unsent,
        runtime.metered(index, dependencies.sent_to(export.log_store)),
        document=as_document,
        calls=calls,
        clock=runtime.clock,
        board=runtime.board,
    )
    runtime.work("export", worker.step, due)
