"""The pages of a folder in a process of its own, as of one second: prints the port and serves until it is ended.

    python benchmarks/serving.py FOLDER SECOND [--port PORT] [--signatures FOLDER]...

It serves what a daemon left in the folder, or what the benchmarks made there.
"""

import argparse
import threading
from pathlib import Path

from gerritbot_er import settings
from gerritbot_er.clock import SystemClock
from gerritbot_er.signatures.live_library import LiveLibrary
from gerritbot_er.state import StoredRecords, StoredStatistics, open_sightings, open_state
from gerritbot_er.web.health import Health
from gerritbot_er.web.meter import PrometheusMeter
from gerritbot_er.web.pages import page_app
from gerritbot_er.web.server import PageServer
from gerritbot_er.web.sources import Sources, Workload

OURS = Path(__file__).parent.parent / "signatures"


class At(SystemClock):
    """Stands at one second; what takes time still does."""

    def __init__(self, second: float) -> None:
        self._second = second

    def now(self) -> float:
        return self._second


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description="Serve the pages of a folder.")
    parser.add_argument("folder", type=Path, help="where state.db and sightings.db lie")
    parser.add_argument("second", type=float, help="the UTC second that the pages take for now")
    parser.add_argument("--port", type=int, default=0, help="0 is a free one")
    parser.add_argument("--signatures", type=Path, action="append", default=[OURS], help="a folder of signatures")
    chosen = parser.parse_args()
    folder = chosen.folder.absolute()
    with open_state(folder), open_sightings(folder):
        pass
    live_library = LiveLibrary(chosen.signatures, "https://bugs.launchpad.net/bugs/{bug}")
    workload = Workload(
        newest_at=None,
        cases=0,
        waiting=0,
        asked_again=0,
        sample=0,
        calls={},
        left_out=0,
        notices=None,
        files={},
        kept={},
    )
    sources = Sources(
        settings=site(folder),
        health=lambda: Health((), (), (), frozenset(), chosen.second - 86_400.0),
        records=StoredRecords(folder),
        statistics=StoredStatistics(folder),
        library=lambda: live_library.library,
        clock=At(chosen.second),
        workload=lambda: workload,
        meter=PrometheusMeter(),
    )
    pages = PageServer("127.0.0.1", chosen.port, page_app(sources), SystemClock())
    print(pages.port, flush=True)
    pages.run(threading.Event(), lambda: None)


def site(folder: Path) -> settings.Settings:
    """A site whose peers are never asked."""
    return settings.Settings(
        gerrit=settings.Gerrit(host="review.example.org", username="er", key=folder / "key", known_hosts=folder / "x"),
        cis=(settings.CI(name="zuul", kind="zuul", account="zuul", log_store="cluster"),),
        log_stores={"cluster": settings.ClusterStore(kind="opensearch", url="https://search.example.org")},
        signatures=settings.Signatures(directories=(OURS,)),
        state=folder,
    )


if __name__ == "__main__":
    main()
