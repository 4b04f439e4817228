"""An hour of OpenDev's busiest stream through the real daemon: a table of its memory and files, and a plot of them.

    python benchmarks/soak.py ../shared/data/events [--seconds 300] [--hours 1] [--plot soak.svg]

The recorded year holds one project of OpenDev, with 102 events in its busiest hour; an hour here is a hundred times as
many: 10,200 events with 866 failing reports.  Time is compressed: an hour's events come within ``--seconds``, and all
that the daemon waits for is as much shorter, but for its limits on comments.  Logs, verdicts, comments and notices are
real, from and to a log server, a Gerrit and an IRC server in other processes.

"MB later" is how much memory grew from the middle of the soak to its end: near 0 where nothing leaks.
"""

import argparse
import threading
from dataclasses import astuple
from pathlib import Path

from plotting import plot
from world import RECORDED, LogServer, Sample, Watched, daemon, failing, serving

HOUR = 10_200
"""Events of an hour: a hundred times the busiest one of the recorded year."""
_EVERY = 1.0
_AFTERWARDS = 60.0
"""Seconds at most until the last cases are done."""


def main() -> None:
    """Print the table, draw the plot."""
    parser = argparse.ArgumentParser(description="An hour of the busiest stream through the real daemon.")
    parser.add_argument("recorded", type=Path, help="the folder of the recorded years")
    parser.add_argument("--hours", type=int, default=1, help="how many hours' events")
    parser.add_argument("--seconds", type=float, default=300.0, help="how long an hour takes here")
    parser.add_argument("--plot", type=Path, default=Path("soak.svg"), help="where the plot is written")
    chosen = parser.parse_args()
    recorded, events = chosen.recorded / RECORDED, chosen.hours * HOUR
    wanted = failing(recorded, events).cases
    shorter = 3600.0 / chosen.seconds
    waiting = {
        "poll": 30 / shorter,
        "slow_poll": 120 / shorter,
        "slow_after": 600 / shorter,
        "ask_again": 900 / shorter,
    }
    speaking = {"hold": 600 / shorter}
    lasting = chosen.hours * chosen.seconds
    logs = LogServer()
    told = ("--daemon", "--seconds", str(lasting), "--logs", logs.url)
    with serving(recorded, events, *told) as peer, daemon(peer, logs, waiting=waiting, speaking=speaking) as watched:
        samples = _watch(watched, wanted, lasting)
    _table(samples, wanted, events, lasting)
    panels = {"memory of the daemon, MB": "memory", "memory of its workers, MB": "workers", "open files": "files"}
    panels |= {"cases": "cases", "cases that are not done": "open"}
    series = {title: [(sample.at, _value(sample, name)) for sample in samples] for title, name in panels.items()}
    plot(chosen.plot, f"{events} events, {wanted} failing reports in {lasting:.0f} s", "seconds", series)
    print(f"plotted in {chosen.plot}")


def _watch(watched: Watched, wanted: int, seconds: float) -> list[Sample]:
    """A sample a second until every case is done, or the time for it is over."""
    samples = [watched.look()]
    while samples[-1].at < seconds + _AFTERWARDS and not samples[-1].done >= wanted:
        threading.Event().wait(_EVERY)
        samples.append(watched.look())
    return samples


def _value(sample: Sample, name: str) -> float:
    return float(sample.cases - sample.done) if name == "open" else float(getattr(sample, name))


def _table(samples: list[Sample], wanted: int, events: int, seconds: float) -> None:
    print("seconds  MB  MB workers  files  CPU s  cases  done  said")
    step = max(1, len(samples) // 12)
    for sample in [*samples[:-1:step], samples[-1]]:
        at, memory, workers, files, cpu, cases, done, said = astuple(sample)
        print(f"{at:7.0f} {memory:4.0f} {workers:10.0f} {files:6} {cpu:6.1f} {cases:6} {done:5} {said:5}")
    flowing = [sample for sample in samples if sample.at <= seconds]
    middle, last = flowing[len(flowing) // 2], flowing[-1]
    print(
        f"{events} events; {samples[-1].cases} cases of {wanted} failing reports, {samples[-1].done} done; MB later"
        f" {last.memory - middle.memory:+.1f}, workers {last.workers - middle.workers:+.1f}; files {middle.files} to"
        f" {last.files}, at most {max(sample.files for sample in samples)}"
    )


if __name__ == "__main__":
    main()
