"""How fast recorded events become stored cases: prints a table.  Needs the folder of recorded years as its argument.

    python benchmarks/intake.py ../shared/data/events

The failing reports are those of the recorded years, repeated with other change numbers, so that every one is new; they
are committed to a state file on this disk whenever 100 ms of work have gathered, as the daemon does.  "MB" is the
memory of the whole process at the end, the recorded stream itself included, "grew" what it grew after the first round.
"""

import argparse
import gzip
import re
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from gerritbot_er.clock import SystemClock
from gerritbot_er.gerrit.events import parse_event, quoted
from gerritbot_er.settings import CI
from gerritbot_er.state import StoredCases, StoredSightings, open_sightings, open_state
from gerritbot_er.triage.intake import Intake

YEARS = {
    "replay_opendev_zuul_2014_zuulv2.jsonl.gz": CI(name="jenkins", kind="zuul", account="jenkins", log_store="x"),
    "replay_rdo_ci-config_2021.jsonl.gz": CI(name="rdo", kind="zuul", account="user499", log_store="x"),
    "replay_fdio_csit_2022_jenkins.jsonl.gz": CI(name="fdio", kind="jenkins", account="user5", log_store="x"),
}
COMMIT_EVERY = 0.1
UNRELATED = b'{"topic":"x","changer":{"name":"A","username":"a"},"type":"topic-changed","eventCreatedOn":%d}'


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How fast recorded events become stored cases.")
    parser.add_argument("events", type=Path, help="the folder of the recorded years")
    parser.add_argument("--repeat", type=int, default=10, help="how often each year is repeated")
    chosen = parser.parse_args()
    print(print(f"{'stream':42}   events  failing   CPU s  wall s  failing/s  events/s    MB   grew"))
    for name, ci in YEARS.items():
        lines = gzip.decompress((chosen.events / name).read_bytes()).splitlines()
        _row(name.removesuffix(".jsonl.gz"), _measure(lines, ci, chosen.repeat))
        failing = list(_failing(lines, ci))
        _row("  its failing reports alone", _measure(failing, ci, max(1, 20_000 // len(failing))))
    ci = next(iter(YEARS.values()))
    people = [line for line in lines if b'"user5"' not in line]
    _row("people's comments and other events", _measure(people, ci, chosen.repeat))
    _row("types that concern nobody", _measure([UNRELATED % n for n in range(100_000)], ci, 3))


def _failing(lines: list[bytes], ci: CI) -> Iterator[bytes]:
    from gerritbot_er.ci import read_report  # noqa: PLC0415
    from gerritbot_er.model import CommentAdded  # noqa: PLC0415

    for line in lines:
        event = parse_event(line)
        if isinstance(event, CommentAdded) and event.author == ci.account:
            report = read_report(event, ci)
            if report and report.failed:
                yield line


def _measure(lines: list[bytes], ci: CI, repeat: int) -> dict[str, float]:
    """Parse, sort and store these lines, ``repeat`` times with other change numbers."""
    clock, authors = SystemClock(), quoted([ci.account, "er"])
    spent_cpu = spent_wall = 0.0
    with tempfile.TemporaryDirectory() as folder:
        state, sightings = open_state(Path(folder)), open_sightings(Path(folder))
        opened = 0

        def count(cases: object) -> None:
            nonlocal opened
            opened += len(cases)  # type: ignore[arg-type]

        intake = Intake(
            cis=[ci],
            username="er",
            cases=StoredCases(state, clock),
            sightings=StoredSightings(sightings),
            clock=clock,
            opened=count,
        )
        for n in range(repeat):
            some = _renumbered(lines, n)
            cpu, wall, committed = time.process_time(), time.perf_counter(), time.perf_counter()
            for start in range(0, len(some), 64):
                intake.take([event for line in some[start : start + 64] if (event := parse_event(line, authors))])
                if time.perf_counter() - committed >= COMMIT_EVERY:
                    intake.keep()
                    committed = time.perf_counter()
            intake.keep()
            spent_cpu, spent_wall = spent_cpu + time.process_time() - cpu, spent_wall + time.perf_counter() - wall
            if n == 0:
                first = _resident()
        grew = _resident() - first
        state.close()
        sightings.close()
    events = repeat * len(lines)
    return {
        "events": events,
        "failing": opened,
        "cpu": spent_cpu,
        "wall": spent_wall,
        "memory": _resident(),
        "grew": grew,
    }


def _resident() -> float:
    """The memory of this process now, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def _renumbered(lines: list[bytes], n: int) -> list[bytes]:
    return [re.sub(rb'"number":(\d{3,})', rb'"number":%d\1' % (n + 1), line) for line in lines]


def _row(name: str, figures: dict[str, float]) -> None:
    failing, events, cpu, wall = (figures[key] for key in ("failing", "events", "cpu", "wall"))
    print(
        f"{name:42} {events:8.0f} {failing:8.0f} {cpu:7.2f} {wall:7.2f} {failing / wall:10.0f} {events / wall:9.0f}"
        f" {figures['memory']:5.0f} {figures['grew']:6.1f}"
    )


if __name__ == "__main__":
    main()
