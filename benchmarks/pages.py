"""How long each page takes with a year of sightings as large as OpenDev's: prints a table.

    python benchmarks/pages.py [--builds 1000000] [--folder FOLDER]

The year is made (``made_year``), in a folder that is kept where one is named.  Every page is found by following links
from the first one, and asked for over HTTP from a process of its own, one request after the other; the table has the
median, the slowest, and the bytes.  "new" pages are found out anew each time (their filter names another last day), as
the first visitor of a while finds them; "again" is the same page asked for once more.
"""

import argparse
import html
import http.client
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from made_year import END, fill

ROUNDS = 15
SPANS = ("", "365d")
"""The span that a page has by itself, and the longest."""
_LINK = re.compile(rb'href="([^"]+)"')
_PART = re.compile(r"(?<=/)[^/]+$")


@dataclass(frozen=True, slots=True)
class Answer:
    """A page: its status and text, and the milliseconds until all of it was there."""

    status: int
    body: bytes
    took: float


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How long each page takes with a year of sightings.")
    parser.add_argument("--builds", type=int, default=1_000_000, help="failed builds of the year")
    parser.add_argument("--folder", type=Path, help="where the year is made, or lies already")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gerritbot-er-year-") as other:
        folder = chosen.folder or Path(other)
        if not (folder / "sightings.db").exists():
            began = time.process_time()
            folder.mkdir(exist_ok=True)
            fill(folder, chosen.builds)
            print(f"{chosen.builds} failed builds made in {time.process_time() - began:.0f} s of CPU")
        print(f"sightings.db: {(folder / 'sightings.db').stat().st_size / 1e6:.0f} MB")
        command = [sys.executable, str(Path(__file__).with_name("serving.py")), str(folder), str(END)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as server:  # noqa: S603 - ours
            try:
                port = int(server.stdout.readline()) if server.stdout else 0
                _measure(port)
            finally:
                server.terminate()


def _measure(port: int) -> None:
    print(f"{'page':44} {'span':>5} {'new ms':>8} {'slowest':>8} {'again':>7} {'kB':>6}")
    for path in _pages(port):
        for span in SPANS:
            new = [_ask(port, _asked(path, span, day)) for day in range(ROUNDS)]
            again = [_ask(port, _asked(path, span, 0)) for _ in range(ROUNDS)]
            bad = {one.status for one in new} - {200}
            times = [one.took for one in new]
            print(
                f"{path[:44]:44} {span or 'own':>5} {statistics.median(times):8.1f} {max(times):8.1f}"
                f" {statistics.median(one.took for one in again):7.1f} {len(new[0].body) / 1000:6.1f}"
                + (f"  {bad}" if bad else "")
            )


def _pages(port: int) -> Sequence[str]:
    """One page of each kind, by following links; pages of a kind differ in the last part of their path alone."""
    found: dict[str, str] = {}
    waiting = ["/"]
    while waiting:
        path = waiting.pop(0)
        kind = _PART.sub("*", path) if path.count("/") > 1 else path
        if kind in found or "/static/" in path:
            continue
        found[kind] = path
        links = (html.unescape(link.decode()) for link in _LINK.findall(_ask(port, path).body))
        inside = (urlsplit(urljoin(path, link)) for link in links if not urlsplit(link).netloc)
        waiting += [link.path for link in inside if link.path]
    return sorted(found.values())


def _asked(path: str, span: str, day: int) -> str:
    until = datetime.fromtimestamp(END - day * 86_400, UTC).strftime("%Y-%m-%d")
    return f"{path}?until={until}" + (f"&last={span}" if span else "")


def _ask(port: int, path: str) -> Answer:
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), (time.perf_counter() - began) * 1000)
    finally:
        connection.close()


if __name__ == "__main__":
    main()
