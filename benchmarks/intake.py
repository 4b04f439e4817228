"""How fast recorded events become stored cases: prints a table.  Needs the folder of recorded years as its argument.

    python benchmarks/intake.py ../shared/data/events

The failing reports are those of the recorded years, repeated with other change numbers, so that every one is new; they
are committed to a state file on this disk whenever 100 ms of work have gathered, as the daemon does.  "wall" counts the
waiting for the disk, and for other programs on a busy machine; "CPU" does not.  "MB" is the memory of the whole process
at the end, the recorded stream itself included, "grew" what it grew after the first round.
"""

import argparse
import gzip
import resource
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from replaying import renumbered

from gerritbot_er.ci import read_report
from gerritbot_er.clock import SystemClock
from gerritbot_er.gerrit.events import parse_event, quoted
from gerritbot_er.model import Case, CommentAdded
from gerritbot_er.settings import CI
from gerritbot_er.state import StoredCases, StoredSightings, open_sightings, open_state
from gerritbot_er.triage.intake import Intake

YEARS = {
    "replay_opendev_zuul_2014_zuulv2.jsonl.gz": CI(name="jenkins", kind="zuul", account="jenkins", log_store="x"),
    "replay_rdo_ci-config_2021.jsonl.gz": CI(name="rdo", kind="zuul", account="user499", log_store="x"),
    "replay_fdio_csit_2022_jenkins.jsonl.gz": CI(name="fdio", kind="jenkins", account="user5", log_store="x"),
}
US = "er"
COMMIT_EVERY = 0.1
CHUNK = 64
"""Events that the stream's reader hands on at once."""
UNRELATED = b'{"topic":"x","changer":{"name":"A","username":"a"},"type":"topic-changed","eventCreatedOn":%d}'


@dataclass(slots=True)
class Measured:
    """What it took: seconds of CPU and of the wall's clock, memory in MB."""

    events: int = 0
    cases: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    memory: list[float] = field(default_factory=list)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How fast recorded events become stored cases.")
    parser.add_argument("events", type=Path, help="the folder of the recorded years")
    parser.add_argument("--repeat", type=int, default=10, help="how often each year is repeated")
    chosen = parser.parse_args()
    print(f"{'':42}                        failing/s       events/s")
    print(f"{'stream':42}  events failing CPU s    CPU   wall     CPU    wall   MB  grew")
    for name, ci in YEARS.items():
        lines = gzip.decompress((chosen.events / name).read_bytes()).splitlines()
        _row(name.removesuffix(".jsonl.gz"), _measure(lines, ci, chosen.repeat))
        failing = list(_failing(lines, ci))
        _row("  its failing reports alone", _measure(failing, ci, max(1, 20_000 // len(failing))))
    ci = next(iter(YEARS.values()))
    people = [line for line in lines if b'"user5"' not in line]
    _row("people's comments and other events", _measure(people, ci, chosen.repeat))
    _row("types that concern nobody", _measure([UNRELATED % n for n in range(100_000)], ci, 3))


def _failing(lines: Iterable[bytes], ci: CI) -> Iterator[bytes]:
    for line in lines:
        event = parse_event(line)
        if isinstance(event, CommentAdded) and event.author == ci.account:
            report = read_report(event, ci)
            if report and report.failed:
                yield line


def _measure(lines: Sequence[bytes], ci: CI, repeat: int) -> Measured:
    """Parse, sort and store these lines, ``repeat`` times with other change numbers."""
    measured, clock, authors = Measured(), SystemClock(), quoted([ci.account, US])

    def count(cases: Sequence[Case]) -> None:
        measured.cases += len(cases)

    with (
        tempfile.TemporaryDirectory() as folder,
        open_state(Path(folder)) as state,
        open_sightings(Path(folder)) as sightings,
    ):
        intake = Intake(
            cis=[ci],
            username=US,
            cases=StoredCases(state, clock),
            sightings=StoredSightings(sightings, clock),
            clock=clock,
            opened=count,
        )
        gathered = 0.0
        for again in range(1, repeat + 1):
            for start in range(0, len(lines), CHUNK):
                chunk = [renumbered(line, again) for line in lines[start : start + CHUNK]]
                cpu, wall = time.process_time(), time.perf_counter()
                intake.take([event for line in chunk if (event := parse_event(line, authors))])
                gathered += time.perf_counter() - wall
                if gathered >= COMMIT_EVERY or start + CHUNK >= len(lines):
                    intake.keep()
                    gathered = 0.0
                measured.cpu += time.process_time() - cpu
                measured.wall += time.perf_counter() - wall
            measured.events += len(lines)
            measured.memory.append(_resident())
    return measured


def _resident() -> float:
    """The memory of this process now, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def _row(name: str, took: Measured) -> None:
    print(
        f"{name:42} {took.events:7} {took.cases:7} {took.cpu:5.2f} {took.cases / took.cpu:6.0f}"
        f" {took.cases / took.wall:6.0f} {took.events / took.cpu:7.0f} {took.events / took.wall:7.0f}"
        f" {took.memory[-1]:4.0f} {took.memory[-1] - took.memory[0]:5.1f}"
    )


if __name__ == "__main__":
    main()
