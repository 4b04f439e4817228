"""How long a backtest over retained builds takes: makes the builds from real logs, runs it, prints its time.

    python benchmarks/backtest.py ../shared/data/logs
    python benchmarks/backtest.py ../shared/data/logs --builds 500 --keep /tmp/retained

Each build has the logs of the folder, with other numbers in its lines, so that no two are the same; one in five is
successful, and has no line that says ERROR.  ``--keep`` leaves them where they are made, for other runs.  The backtest
is the command itself, in a process of its own: from nothing; killed in the middle; begun again; with all of it done.
"""

import argparse
import gzip
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from gerritbot_er.logs.retained import RetainedLogs
from gerritbot_er.model import Build

_NOW = 1_795_254_900
_JOBS = ("nova-next", "cinder-tempest", "devstack", "grenade", "neutron-functional")
_NUMBERS = re.compile(rb"(?<![\d.:-])\d{4,7}(?![\d.:-])")
_ERROR = (b"ERROR", b"Traceback")
_SIGNATURE = """title: Glance could not reach its registry
query: message:"GET http" AND message:"404" AND tags:"screen-n-api.txt"
"""


def main() -> None:
    """Make the builds, run the backtest, print what it took."""
    parser = argparse.ArgumentParser(description="How long a backtest over retained builds takes.")
    parser.add_argument("logs", type=Path, help="a folder of log files, *.gz")
    parser.add_argument("--builds", type=int, default=500)
    parser.add_argument("--keep", type=Path, help="where the builds are made, and stay")
    parser.add_argument("--signature", type=Path, help="the signature file that is tried; its folder is the library")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.keep or Path(scratch) / "retained"
        size = make(folder, _read(chosen.logs), chosen.builds)
        print(f"{chosen.builds} builds, {size / 1e6:,.0f} MB of logs, {_on_disk(folder) / 1e6:,.0f} MB on disk")
        signature = chosen.signature or _written(Path(scratch))
        _run("from nothing", folder, signature, Path(scratch) / "cache 1")
        _run("killed in the middle", folder, signature, Path(scratch) / "cache 2", until=chosen.builds // 2)
        _run("begun again", folder, signature, Path(scratch) / "cache 2")
        _run("once more", folder, signature, Path(scratch) / "cache 2")


def make(folder: Path, logs: dict[str, bytes], builds: int) -> int:
    """Retain so many builds made of these logs, unless they are there; the bytes of their logs."""
    kept = RetainedLogs(folder)
    failing = {path: _Template(data) for path, data in logs.items()}
    good = {path: _Template(_without_errors(data)) for path, data in logs.items()}
    there = list(kept.builds())
    for number in range(len(there), builds):
        failed = number % 5 != 0
        uuid = f"{number:032x}"
        build = Build(
            identity=uuid,
            job=_JOBS[number % len(_JOBS)],
            result=("FAILURE", "TIMED_OUT", "POST_FAILURE")[number % 3] if failed else "SUCCESS",
            ci="zuul",
            project="openstack/nova",
            branch=("master", "master", "master", "stable/2026.1")[number % 4],
            change=100_000 + number,
            patchset=1,
            reported_at=_NOW - (builds - number) * 1800,
            pipeline="check",
            uuid=uuid,
            web_url=f"https://zuul.example.org/t/main/build/{uuid}",
        )
        with kept.writer(build, kept_at=build.reported_at, failed=failed) as writer:
            for path, template in (failing if failed else good).items():
                with writer.file(path, f"https://logs.example.org/{uuid}/{path}") as write:
                    write(template.with_numbers(number))
    return sum(file.plain for build in kept.builds() for file in build.files)


def _without_errors(data: bytes) -> bytes:
    return b"".join(line for line in data.splitlines(keepends=True) if not any(word in line for word in _ERROR))


class _Template:
    """A log whose numbers can be changed quickly."""

    def __init__(self, data: bytes) -> None:
        self._pieces = _NUMBERS.split(data)
        self._lengths = [len(number) for number in _NUMBERS.findall(data)]

    def with_numbers(self, number: int) -> bytes:
        """The log with numbers of the same lengths, others for each ``number``."""
        step = 7919 * (number + 1)
        numbers = (b"%0*d" % (length, at * step % 10**length) for at, length in enumerate(self._lengths))
        return b"".join(piece for pair in zip(self._pieces, (*numbers, b""), strict=True) for piece in pair)


def _read(folder: Path) -> dict[str, bytes]:
    found = {path.name.removesuffix(".gz"): gzip.decompress(path.read_bytes()) for path in sorted(folder.glob("*.gz"))}
    if not found:
        sys.exit(f"there is no *.gz in {folder}")
    return found


def _written(scratch: Path) -> Path:
    path = scratch / "signatures" / "image-missing.yaml"
    path.parent.mkdir()
    path.write_text(_SIGNATURE, encoding="utf-8")
    for one in (Path(__file__).parents[1] / "signatures").glob("*.yaml"):
        (path.parent / one.name).write_bytes(one.read_bytes())
    return path


def _on_disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _run(name: str, folder: Path, signature: Path, cache: Path, *, until: int | None = None) -> None:
    """Run it, to its end or ``until`` so many builds are done."""
    words: Sequence[str] = ["signature", "backtest", str(signature), "--store", str(folder), "--lines", "1"]
    began = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "gerritbot_er", *words],
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while until is not None and process.poll() is None and _done(cache) < until:
        time.sleep(0.1)
    if until is not None:
        process.kill()
    _, said = process.communicate()
    done = f"killed with {_done(cache)} builds done" if until is not None else said.strip().splitlines()[-1]
    print(f"{name:20} {time.monotonic() - began:6.1f} s  exit {process.returncode:3}  {done}", flush=True)


def _done(cache: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in cache.rglob("*.jsonl"))


if __name__ == "__main__":
    main()
