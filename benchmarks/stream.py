"""How many events a second of its CPU a client reads off Gerrit's stream: prints a table.

    python benchmarks/stream.py ../shared/data/events [--gerritlib VENV/bin/python]

A server in a process of its own replays OpenDev's recorded year over SSH as fast as the client reads; each client is a
process of its own, and they take turns.  "events/s" divides all events of the stream by the client's CPU seconds (user
and system, all threads) between connecting and the last event: the median, and the least and most; MB is the largest
memory of the process.

    ours             EventStream with its filter by author, to the events that concern us ("kept")
    ours_with_cases  the same, and each failing report a case in a state file ("kept"), committed every 100 ms
    bare             paramiko and orjson: every event parsed, none looked at
    with_gerritlib   its watcher and its queue; it gets a tenth of the events, being slow
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from world import RECORDED, Peer, serving

CLIENTS = Path(__file__).with_name("clients")
OURS = ("ours", "ours_with_cases", "bare")
GERRITLIB = "with_gerritlib"
SLOW_SHARE = 10


@dataclass(frozen=True, slots=True)
class Run:
    """One client's turn: ``events`` of the stream that it read, ``kept`` of them; seconds; MB."""

    events: int
    kept: int
    cpu: float
    wall: float
    memory: float

    @property
    def rate(self) -> float:
        """Events a second of CPU."""
        return self.events / self.cpu


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Events a second of a client's CPU, off Gerrit's stream.")
    parser.add_argument("recorded", type=Path, help="the folder of the recorded years")
    parser.add_argument("--events", type=int, default=100_000, help="how many events are replayed")
    parser.add_argument("--repeat", type=int, default=5, help="how many turns each client has")
    parser.add_argument("--gerritlib", type=Path, help="a Python that has gerritlib, which is no part of this project")
    chosen = parser.parse_args()
    pythons = dict.fromkeys(OURS, Path(sys.executable))
    if chosen.gerritlib:
        pythons[GERRITLIB] = chosen.gerritlib
    runs: dict[str, list[Run]] = {name: [] for name in pythons}
    recorded = chosen.recorded / RECORDED
    with serving(recorded, chosen.events) as whole, serving(recorded, chosen.events // SLOW_SHARE) as part:
        for _ in range(chosen.repeat):
            for name, python in pythons.items():
                runs[name].append(_turn(name, python, part if name == GERRITLIB else whole))
    _table(runs)
    if not chosen.gerritlib:
        print("gerritlib is left out: name a Python that has it with --gerritlib")


def _turn(name: str, python: Path, peer: Peer) -> Run:
    home = peer.folder / "home" / ".ssh"
    home.mkdir(parents=True, exist_ok=True)
    (home / "known_hosts").write_text((peer.folder / "known_hosts").read_text())
    command = [str(python), str(CLIENTS / f"{name}.py"), str(peer.port), str(peer.folder), str(peer.events)]
    environment = {**os.environ, "HOME": str(home.parent)} if name == GERRITLIB else None
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)  # noqa: S603 - our own words
    return Run(**json.loads(done.stdout))


def _table(runs: dict[str, list[Run]]) -> None:
    print("client           events    kept  CPU s  wall s  events/s      least to most   MB  of bare  by gerritlib")
    bare = median(run.rate for run in runs["bare"])
    slow = median(run.rate for run in runs[GERRITLIB]) if GERRITLIB in runs else None
    for name, some in runs.items():
        rates = sorted(run.rate for run in some)
        print(
            f"{name:15} {some[0].events:7} {some[0].kept:7} {median(run.cpu for run in some):6.2f}"
            f" {median(run.wall for run in some):7.2f} {median(rates):9,.0f}"
            f" {f'{rates[0]:,.0f} to {rates[-1]:,.0f}':>18} {max(run.memory for run in some):4.0f}"
            f" {median(rates) / bare:8.2f} {f'{median(rates) / slow:13.1f}' if slow else ''}"
        )


if __name__ == "__main__":
    main()
