"""Fill sightings from the recorded years, so that the pages of each can be looked at.

    python benchmarks/filling.py ../shared/data FOLDER

Every event of a recorded year goes through the whole way on simulated time, with logs made of real log lines for its
builds (``made_logs``).  Each year gets a folder of its own with its state and its sightings, as a daemon leaves them;
the line printed for each ends with the command that serves its pages.
"""

import argparse
import gzip
import time
from collections.abc import Iterator
from pathlib import Path

from intake import YEARS
from made_logs import MadeLogs, causes_of

from gerritbot_er import settings
from gerritbot_er.gerrit.events import parse_event
from gerritbot_er.model import Event
from gerritbot_er.replay import Replay
from gerritbot_er.signatures.files import read_folder
from gerritbot_er.signatures.library import Library

OURS = Path(__file__).parent.parent / "signatures"
UNKNOWN_SHARE = 4
"""One cause in so many is known to no signature in use."""


def main() -> None:
    """Fill a folder for each year, and print a table."""
    parser = argparse.ArgumentParser(description="Fill sightings from the recorded years.")
    parser.add_argument("data", type=Path, help="the folder of the shared data")
    parser.add_argument("folder", type=Path, help="where the state of each year is put")
    chosen = parser.parse_args()
    library, logs = _world(chosen.data)
    print(f"{'year':42} events cases explained  CPU s  MB of sightings")
    for name in YEARS:
        _fill(chosen.data, chosen.folder, library, logs, name)


def _world(data: Path) -> tuple[Library, MadeLogs]:
    """The signatures in use, and the logs: some of the causes are known to none of these."""
    every, _ = read_folder([data / "signatures" / "live", OURS], "https://bugs.launchpad.net/bugs/{bug}")
    causes = causes_of(data / "documents" / "elastic-recheck-hits.ndjson", Library(every.values()))
    unknown = causes[::UNKNOWN_SHARE]
    hidden = {cause.name for cause in unknown}
    known = [cause for cause in causes if cause.name not in hidden]
    library = Library(one for one in every.values() if one.name not in hidden)
    return library, MadeLogs(known, unknown, data / "logs" / "console.html.gz")


def _fill(data: Path, folder: Path, library: Library, logs: MadeLogs, name: str) -> None:
    place = folder / name.removesuffix(".jsonl.gz")
    place.mkdir(parents=True)
    began = time.process_time()
    site = _settings(name, place)
    run = Replay(site, library, place, lambda _: None, stores={"made": logs})
    events = list(_events(data, name))
    tally = run.run(events)
    size = (place / "sightings.db").stat().st_size / 1e6
    seconds = time.process_time() - began
    print(f"{name:42} {tally.events:6d} {tally.cases:5d} {tally.ends['explained']:9d} {seconds:6.1f} {size:8.1f}")
    live = data / "signatures" / "live"
    print(f"  python benchmarks/serving.py {place} {max(event.at for event in events)} --signatures {live}")


def _events(data: Path, name: str) -> Iterator[Event]:
    for line in gzip.decompress((data / "events" / name).read_bytes()).splitlines():
        event = parse_event(line)
        if event is not None:
            yield event


def _settings(name: str, place: Path) -> settings.Settings:
    ci = YEARS[name]
    return settings.Settings(
        gerrit=settings.Gerrit(
            host="review.example.org", username="er", key=place / "key", known_hosts=place / "known"
        ),
        cis=(settings.CI(name=ci.name, kind=ci.kind, account=ci.account, log_store="made", log_hosts=("*",)),),
        log_stores={"made": settings.ClusterStore(kind="opensearch", url="https://search.example.org")},
        signatures=settings.Signatures(directories=(OURS,)),
        state=place,
        rules=(settings.Rule(mode="on"),),
    )


if __name__ == "__main__":
    main()
