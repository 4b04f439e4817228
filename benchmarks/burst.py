"""A burst of events through the real daemon, and its memory idle and with thousands of builds that wait: a table.

    python benchmarks/burst.py ../shared/data/events

The daemon is a process of its own, with its default configuration; a Gerrit in another one sends all the events as fast
as they are read.  No build has logs, so that every case waits.  Nothing is lost if there are as many cases as failing
reports; "seconds" are those from the first case in the state file to the last one.
"""

import argparse
import threading
from pathlib import Path

from world import RECORDED, LogServer, Sample, Watched, daemon, failing, serving

_QUIET = 5.0
"""Seconds that a daemon is idle before its memory counts, and after the burst."""
_LONGEST = 400.0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="A burst of events through the real daemon.")
    parser.add_argument("recorded", type=Path, help="the folder of the recorded years")
    parser.add_argument("--events", type=int, default=100_000, help="how many events come at once")
    chosen = parser.parse_args()
    recorded = chosen.recorded / RECORDED
    wanted = failing(recorded, chosen.events)
    print("                            cases   of  seconds  events/s  CPU s  MB  MB most  MB workers  files")
    logs = LogServer(there=False)
    with serving(recorded, 1, "--daemon") as peer, daemon(peer, logs) as idle:
        threading.Event().wait(_QUIET)
        _row("idle", 0, [idle.look()], 0)
    logs = LogServer(there=False)
    with serving(recorded, chosen.events, "--daemon", "--logs", logs.url) as peer, daemon(peer, logs) as burst:
        samples = _watch(burst, wanted.cases)
        _row(f"{chosen.events} events at once", wanted.cases, samples, chosen.events)
        threading.Event().wait(_QUIET)
        _row(f"{wanted.builds} builds waiting", wanted.cases, [burst.look()], 0)


def _watch(watched: Watched, wanted: int) -> list[Sample]:
    """Look until every failing report has its case."""
    samples = [watched.look()]
    while samples[-1].cases < wanted and samples[-1].at < _LONGEST:
        threading.Event().wait(0.2)
        samples.append(watched.look())
    return samples


def _row(name: str, wanted: int, samples: list[Sample], events: int) -> None:
    last = samples[-1]
    begun = next((sample.at for sample in samples if sample.cases), last.at)
    seconds = max(last.at - begun, 0.2)
    rate = f"{events / seconds:9,.0f}" if events else " " * 9
    print(
        f"{name:26} {last.cases:6} {wanted:5} {seconds:7.1f} {rate} {last.cpu:6.1f} {last.memory:4.0f}"
        f" {max(sample.memory for sample in samples):7.0f} {last.workers:10.0f} {last.files:6}"
    )


if __name__ == "__main__":
    main()
