"""The world around a real daemon in a process of its own, for the benchmarks: Gerrit, logs, IRC, and how it is watched.

Gerrit is the replaying server; the logs of every build are the same small console, and in one of four it holds a bug of
the starter library; the IRC server is the sandbox's.
"""

import http.server
import json
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from replaying import recent, repeated

from gerritbot_er.ci import read_report
from gerritbot_er.gerrit.events import parse_event, quoted
from gerritbot_er.model import CommentAdded
from gerritbot_er.sandbox.irc import SandboxIrc
from gerritbot_er.settings import CI
from gerritbot_er.state.cases import SAME_TEXT_SECONDS
from gerritbot_er.triage.cases import builds_of, open_case

RECORDED = "replay_opendev_zuul_2014_zuulv2.jsonl.gz"
"""The recorded year that every benchmark of the stream replays."""
ACCOUNT, US = "jenkins", "er"
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A replaying server: its port, the folder of its keys, how many events its stream has."""

    port: int
    folder: Path
    events: int


@contextmanager
def serving(recorded: Path, events: int, *more: str) -> Iterator[Peer]:
    """A replaying server in a process of its own; ``more`` are options of it."""
    with tempfile.TemporaryDirectory(prefix="replaying-") as folder:
        program = str(Path(__file__).with_name("replaying.py"))
        command = [sys.executable, program, str(recorded), folder, "--events", str(events), *more]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("no pipes")
            yield Peer(int(process.stdout.readline()), Path(folder), events)
            process.stdin.close()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What events must bring: so many cases, with so many failed builds."""

    cases: int
    builds: int


def failing(recorded: Path, events: int) -> Wanted:
    """What these events must bring: a case for each failing report, each counted once.

    Without builds a report is the same one as another of the same text within five seconds.
    """
    ci = CI(name="ci", kind="zuul", account=ACCOUNT, log_store="x")
    cases: dict[str, int] = {}
    texts: dict[str, list[int]] = {}
    for line in recent(repeated(recorded, events)):
        event = parse_event(line, quoted([ACCOUNT]))
        if isinstance(event, CommentAdded) and event.author == ACCOUNT:
            report = read_report(event, ci)
            if report and report.failed:
                case = open_case(report, 0.0)
                known = texts.setdefault(case.key, [])
                if report.builds or not any(abs(report.at - at) <= SAME_TEXT_SECONDS for at in known):
                    cases[case.id] = len(builds_of(report))
                    known.append(report.at)
    return Wanted(len(cases), sum(cases.values()))


class LogServer(http.server.ThreadingHTTPServer):
    """Serves a small console log in every folder, or, without ``there``, nothing."""

    daemon_threads = True

    def __init__(self, *, there: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), _Logs)
        self.there = there
        line = "2014-03-04 10:11:%02d.123 | tox run-test: the step number %d of many went as it should\n"
        self.good = "".join(line % (number % 60, number) for number in range(400)).encode()
        self.bad = self.good + b"2014-03-04 10:12:00.123 | OSError: [Errno 28] No space left on device: '/opt/data'\n"
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Logs(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: LogServer

    def do_GET(self) -> None:
        """A folder's index, its console, or 404."""
        folder, _, name = self.path.rpartition("/")
        if not self.server.there or name not in ("", "console.html"):
            self._answer(404, b"")
        elif name:
            self._answer(200, self.server.bad if folder[-1] in "048c" else self.server.good)
        else:
            self._answer(200, b'<html><a href="console.html">console.html</a></html>')

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: a benchmark prints tables."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The daemon at one moment: seconds since its start, memory in MB, open files, and what its state file holds."""

    at: float
    memory: float
    workers: float
    files: int
    cpu: float
    cases: int
    done: int
    said: int


class Watched:
    """The daemon's process and its state, looked at from outside."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process = process
        self._state = folder / "state" / "state.db"
        self._begun = time.monotonic()
        while not self._state.exists() or not self._rows("SELECT 1 FROM workers WHERE name = 'stream'"):
            if process.poll() is not None or time.monotonic() - self._begun > _PATIENCE:
                raise RuntimeError("the daemon does not start: " + (folder / "log").read_text()[-2000:])
            threading.Event().wait(0.05)

    def look(self) -> Sample:
        """How it stands now."""
        if self.process.poll() is not None:
            raise RuntimeError("the daemon has ended")
        process = psutil.Process(self.process.pid)
        times = process.cpu_times()
        cases, done = self._rows("SELECT count(*), sum(stage = 'done') FROM cases")[0]
        said = self._rows("SELECT count(*) FROM outbox WHERE stage = 'sent'")[0][0]
        return Sample(
            at=time.monotonic() - self._begun,
            memory=_resident(process),
            workers=sum(map(_resident, process.children(recursive=True))),
            files=process.num_fds(),
            cpu=times.user + times.system,
            cases=cases,
            done=done or 0,
            said=said,
        )

    def _rows(self, query: str) -> list[tuple[int, ...]]:
        with closing(sqlite3.connect(f"file:{self._state}?mode=ro", uri=True, timeout=10)) as db:
            try:
                return db.execute(query).fetchall()
            except sqlite3.OperationalError:  # its tables are still being made
                return []


def _resident(process: psutil.Process) -> float:
    try:
        return process.memory_info().rss / 1e6
    except psutil.NoSuchProcess:  # a worker that has just ended
        return 0.0


@contextmanager
def daemon(peer: Peer, logs: LogServer, **sections: object) -> Iterator[Watched]:
    """The daemon on this Gerrit and these logs; ``sections`` of its configuration in place of those made here."""
    threading.Thread(target=logs.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="daemon-") as place, SandboxIrc() as irc:
        folder = Path(place)
        (folder / "config.yaml").write_text(json.dumps(_configuration(peer, irc) | sections))
        command = [sys.executable, "-m", "gerritbot_er", "run", "-c", str(folder / "config.yaml")]
        with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:  # noqa: S603
            try:
                yield Watched(process, folder)
            finally:
                process.terminate()
                process.wait(30)
                logs.shutdown()
                logs.server_close()


def _configuration(peer: Peer, irc: SandboxIrc) -> dict[str, object]:
    keys = {"key": str(peer.folder / "key"), "known_hosts": str(peer.folder / "known_hosts")}
    ci = {"name": "ci", "kind": "zuul", "account": ACCOUNT, "log_store": "logs", "log_hosts": ["127.0.0.1"]}
    return {
        "gerrit": {"host": "127.0.0.1", "port": peer.port, "username": US, **keys},
        "cis": [ci],
        "log_stores": {"logs": {"kind": "local", "allow_private": ["127.0.0.0/8"]}},
        "signatures": {"directories": [str(Path(__file__).parent.parent / "signatures")]},
        "irc": {"host": "127.0.0.1", "port": irc.port, "tls": False, "nick": US, "channels": [{"name": "#ci"}]},
        "rules": [{"mode": "on"}],
        "state": "state",
    }
