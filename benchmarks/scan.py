"""How fast log files are searched for many signatures: prints a table.  Needs the folder of shared data.

    python benchmarks/scan.py ../shared/data [--server]

Real logs, repeated with other numbers and packed with gzip, are read by one process on one core, with 10, 100 and 1,000
signatures (real ones first), where 1 % and where 15 % of the lines hit.  A line *hits* when at least one signature is
true of it: all words it asks for, and the file.

    first    the local store's search: a signature is done with its first match, and lines are gathered that may tell
             why a build failed
    bare     the same without gathering
    again    the same as bare, of logs that are kept, as new signatures are run over past builds
    every    none is ever done: each line that hits is found, and all signatures that are true of it
    rg       zcat | rg -i -F -f, one text for each signature, on the same core
    grep     zcat | grep -i -F -f, the same
    index    Elasticsearch on the same core: the time to index the lines, and to ask for all signatures in one request
             (``--server``, from the project's root with PYTHONPATH=.: the system tests' server; by the wall's clock)

MB/s is decompressed log by seconds of CPU, all processes of a pipe together, since other programs use the machine: the
median of the turns, which the programs take one after the other.  "x rg" and "x bare" are the median ratios within a
turn: what gathering costs, if a build is as small as 17 MB, is seen with ``--megabytes 17 --repeat 9``.  "ready" is
the CPU seconds to start and to compile the signatures, MB the most memory of the process.  In the end the pairs of
line and signature of "every" are compared with those of the plain evaluator, which asks every signature about a line.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

from scanned import documents_of, library, phrases, write_logs

from gerritbot_er.model import Document, Signature

CLIENT = Path(__file__).with_name("clients") / "scanning.py"
SHARES = (0.01, 0.15)
COUNTS = (10, 100, 1000)
SENT = 5000
"""Documents in one request."""
CHECKED = 50
"""The plain evaluator looks at one line in so many."""


@dataclass(frozen=True, slots=True)
class Run:
    """One turn: seconds of CPU and of the wall's clock, and what a client of ours tells beside."""

    cpu: float
    wall: float
    ready: float = 0.0
    memory: float = 0.0
    signatures: int = 0
    lines: int = 0
    pairs: int = 0
    digest: str = ""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How fast log files are searched for many signatures.")
    parser.add_argument("data", type=Path, help="the folder with logs/ and signatures/")
    parser.add_argument("--megabytes", type=int, default=100, help="how much log, before it is packed")
    parser.add_argument("--repeat", type=int, default=3, help="how many turns each program has")
    parser.add_argument("--core", type=int, default=0, help="the core that all of them run on")
    parser.add_argument("--server", action="store_true", help="also Elasticsearch, as the system tests run it")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {chosen.core})
    print("signatures  hits   program    MB/s   MB/s of wall   x rg   x bare   ready s   MB   found  lines that hit")
    for share in SHARES:
        for count in COUNTS:
            with tempfile.TemporaryDirectory() as folder:
                signatures = library(chosen.data / "signatures", count)
                lines = write_logs(chosen.data / "logs", Path(folder), chosen.megabytes * 10**6, signatures, share)
                _rows(Path(folder), signatures, lines, chosen)


def _rows(folder: Path, signatures: Sequence[Signature], lines: int, chosen: argparse.Namespace) -> None:
    size = chosen.megabytes
    named = folder / "library.json"
    named.write_text(json.dumps({one.name: one.query for one in signatures}))
    texts = folder / "phrases.txt"
    texts.write_text("".join(f"{text}\n" for text in phrases(signatures)))
    programs: dict[str, Callable[[], Run]] = {
        "first": lambda: _ours(folder, named, "first"),
        "bare": lambda: _ours(folder, named, "bare"),
        "again": lambda: _ours(folder, named, "again"),
        "every": lambda: _ours(folder, named, "every"),
    }
    for name in ("rg", "grep"):
        if shutil.which(name):
            programs[name] = lambda name=name: _piped(folder, name, texts)  # type: ignore[misc]
    runs: dict[str, list[Run]] = {name: [] for name in programs}
    for _ in range(chosen.repeat):
        for name, run in programs.items():
            runs[name].append(run())
    label = f"{len(signatures):10,}  {runs['every'][0].lines / lines:4.0%}"
    for name, turns in runs.items():
        against = [_against(runs.get(theirs, ()), turns) for theirs in ("rg", "bare")]
        _row(label, name, size, turns, against)
    if chosen.server:
        _row(label, "index", size, [_indexed(folder, signatures)], ())
    _check(folder, named)


def _against(theirs: Sequence[Run], turns: Sequence[Run]) -> str:
    ratios = [one.cpu / ours.cpu for one, ours in zip(theirs, turns, strict=False)]
    return f"{median(ratios):.2f}" if ratios else ""


def _row(label: str, name: str, size: int, turns: Sequence[Run], against: Sequence[str]) -> None:
    rate, wall = median(size / turn.cpu for turn in turns), median(size / turn.wall for turn in turns)
    rg, bare = against or ("", "")
    one = turns[0]
    own = f"{one.ready:8.1f} {one.memory:5.0f}  {one.signatures:5,}  {one.lines:9,}" if one.ready else ""
    if one.pairs and not one.ready:
        own = f"{'':15} {one.signatures:5,}"
    print(f"{label}   {name:8} {rate:6.0f}   {wall:12.0f}   {rg:>4}   {bare:>6}  {own}".rstrip(), flush=True)


def _ours(folder: Path, named: Path, *way: str) -> Run:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(Path(__file__).parent), *sys.path))}
    command = [sys.executable, CLIENT, folder, named, *way]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment)  # noqa: S603 - our own client
    return Run(**json.loads(done.stdout))


def _piped(folder: Path, name: str, texts: Path) -> Run:
    files = sorted(folder.rglob("*.gz"))
    began, before = time.perf_counter(), _children()
    search = [name, "-i", "-F", "-c", "-f", texts]
    with subprocess.Popen(["zcat", *files], stdout=subprocess.PIPE) as unpacked:  # noqa: S603, S607 - files of our own
        count = subprocess.run(search, stdin=unpacked.stdout, stdout=subprocess.PIPE, check=True)  # noqa: S603
    return Run(_children() - before, time.perf_counter() - began, lines=int(count.stdout))


def _indexed(folder: Path, signatures: Sequence[Signature]) -> Run:
    from tests.system.servers.search import ELASTICSEARCH_8, search_server  # noqa: PLC0415 - only where it is asked for

    asked = {one.name: {"query_string": {"query": one.query, "default_field": "message"}} for one in signatures}
    with search_server(ELASTICSEARCH_8) as server:
        began = time.perf_counter()
        for some in batched(documents_of(folder), SENT):
            server.index(some, day="2014-01-01", refresh=False)
        server.refresh()
        answer = server.search({"size": 0, "aggs": {"signatures": {"filters": {"filters": asked}}}})
        wall = time.perf_counter() - began
    hits = [bucket["doc_count"] for bucket in answer["aggregations"]["signatures"]["buckets"].values()]
    return Run(wall, wall, signatures=sum(map(bool, hits)), pairs=sum(hits))


def batched(documents: Iterable[Document], size: int) -> Iterator[list[Document]]:
    """So many at a time."""
    rest = iter(documents)
    while some := list(islice(rest, size)):
        yield some


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _check(folder: Path, named: Path) -> None:
    """The same pairs of line and signature as without any sieve."""
    every, slow = (_ours(folder, named, way, str(CHECKED)) for way in ("every", "slow"))
    if (every.pairs, every.digest) != (slow.pairs, slow.digest):
        raise AssertionError(f"found {every.pairs} pairs, the plain evaluator {slow.pairs}")
    print(f"{'':12}every = the plain evaluator: {slow.pairs:,} pairs in one line of {CHECKED}", flush=True)


if __name__ == "__main__":
    main()
