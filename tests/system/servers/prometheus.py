"""Prometheus and its own checker, from Debian's package ``prometheus``; the server scrapes one daemon every second."""

import json
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .fetch import program
from .processes import HOST, Process, accepts, free_port, new_folder, remove_folder, spawn

_PACKAGE = "prometheus"
_SECONDS = 60.0
_ALERTS = Path(__file__).parents[3] / "etc" / "prometheus-alerts.yml"


def promtool(*words: str | Path, says: str = "") -> tuple[int, str]:
    """What ``promtool`` says to these words, with ``says`` on its standard input: its exit code and all its lines.

    ``Unavailable`` where it cannot be had.
    """
    done = subprocess.run(
        [program("promtool", _PACKAGE), *words],
        input=says,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout


class Prometheus:
    """A server at work, asked over its HTTP API."""

    def __init__(self, port: int, process: Process) -> None:
        self._port = port
        self.process = process

    def ask(self, path: str, **parameters: str) -> Any:
        """The ``data`` of an answer; HTTPError where the query is refused."""
        url = f"http://{HOST}:{self._port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]

    def values(self, query: str) -> list[float]:
        """What a query finds now, in no order."""
        return [float(one["value"][1]) for one in self.ask("query", query=query)["result"]]


@contextmanager
def prometheus(target: int) -> Iterator[Prometheus]:
    """A server that scrapes this port of loopback, and has our alerts; it goes with the block."""
    folder, port = new_folder("prometheus"), free_port()
    shutil.copy(_ALERTS, folder / "alerts.yml")
    job = {"job_name": "gerritbot-er", "static_configs": [{"targets": [f"{HOST}:{target}"]}]}
    timing = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config = folder / "prometheus.yml"
    config.write_text(json.dumps({"global": timing, "rule_files": ["alerts.yml"], "scrape_configs": [job]}))
    words = [f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={HOST}:{port}"]
    process = spawn("prometheus", [program("prometheus", _PACKAGE), *words], folder)
    try:
        process.await_ready(lambda: accepts(port), _SECONDS)
        yield Prometheus(port, process)
    finally:
        process.stop()
        remove_folder(folder)
