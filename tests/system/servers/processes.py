"""Server processes of a test run: each in a session of its own, with a log, ended by id and never left behind.

The first process starts the watchdog (see there), which ends all of them when the test process dies.
"""

from __future__ import annotations

import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .watchdog import end_marked, marked

MARK = "GERRITBOT_ER_TEST_PROCESS"
HOST = "127.0.0.1"
# Below the range from which Linux takes ports for outgoing connections, so that a stopped server finds its port again.
_PORTS = range(20000, 32000)
_LOG_TAIL_LINES = 20
_POLL_SECONDS = 0.05


class ServerFailed(Exception):
    """A server did not start or ended by itself; the text holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Run:
    """One test run: the mark that all its processes carry, and the folder that holds all their files."""

    mark: str
    folder: Path
    watchdog: subprocess.Popen[bytes]  # kept: Python warns of a running process that is forgotten


@cache
def run() -> Run:
    """This test process's run; made once, together with its watchdog."""
    folder = Path(tempfile.mkdtemp(prefix="gerritbot-er-"))
    folder.chmod(0o755)  # servers that refuse to be root run as nobody, and must reach their files in here
    mark = secrets.token_hex(16)
    program = Path(__file__).with_name("watchdog.py")
    watchdog = subprocess.Popen(
        [sys.executable, "-I", str(program), str(os.getpid()), mark, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return Run(mark, folder, watchdog)


def new_folder(name: str) -> Path:
    """A fresh folder for one server's files; it goes away with the run at the latest."""
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=run().folder))


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A loopback port that nobody listens on just now."""
    for port in random.sample(_PORTS, 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise ServerFailed(f"no free port between {_PORTS.start} and {_PORTS.stop}")


def accepts(port: int) -> bool:
    """Whether something takes connections on this loopback port."""
    try:
        socket.create_connection((HOST, port), 1).close()
    except OSError:
        return False
    return True


@dataclass(slots=True)
class Process:
    """A started server process. ``mark`` is in its environment and its children's."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path
    mark: str

    @property
    def pid(self) -> int:
        return self.popen.pid

    def running(self) -> bool:
        return self.popen.poll() is None

    def log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:])

    def await_ready(self, probe: Callable[[], bool], seconds: float) -> None:
        """Ask ``probe`` until it says True; ServerFailed when the process ends first or the seconds are over."""
        rounds = int(seconds / _POLL_SECONDS)
        for _ in range(rounds):
            if probe():
                return
            try:
                status = self.popen.wait(_POLL_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            raise ServerFailed(f"{self.name} ended with status {status} before it was ready:\n{self.log_tail()}")
        raise ServerFailed(f"{self.name} was not ready after {seconds:.0f} s:\n{self.log_tail()}")

    def send(self, sig: signal.Signals) -> None:
        self.popen.send_signal(sig)

    def pause(self) -> None:
        """Freeze it and its children as a hung host would be: connections stay open, nothing is answered."""
        for pid in marked(self.mark):
            os.kill(pid, signal.SIGSTOP)

    def resume(self) -> None:
        for pid in marked(self.mark):
            os.kill(pid, signal.SIGCONT)

    def stop(self, grace: float = 20.0, sig: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, wait ``grace`` seconds, then kill what is left of it and of its children."""
        deadline = time.monotonic() + grace
        self.resume()
        if self.running():
            self.send(sig)
            with suppress(subprocess.TimeoutExpired):
                self.popen.wait(grace)
        # Elasticsearch 8 is a launcher with the server as its child, which ends a moment after it.
        while marked(self.mark) and time.monotonic() < deadline:
            threading.Event().wait(_POLL_SECONDS)
        self.kill()

    def kill(self) -> None:
        """As a power cut: SIGKILL to it and to its children."""
        end_marked(self.mark)
        self.popen.wait()


def spawn(
    name: str,
    command: Sequence[str | Path],
    folder: Path,
    *,
    env: Mapping[str, str] | None = None,
    as_nobody: bool = False,
) -> Process:
    """Start ``command`` in ``folder``; its output goes to ``folder/NAME.log``, begun anew at each start.

    :param env: its whole environment (ours by default); the mark is added.
    :param as_nobody: drop root for servers that refuse it; as another user they run as that user.
    """
    mark = f"{run().mark}.{secrets.token_hex(8)}"
    words = [str(word) for word in command]
    if as_nobody and os.geteuid() == 0:
        words = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *words]
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        popen = subprocess.Popen(
            words,
            cwd=folder,
            env={**(os.environ if env is None else env), MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Process(name, popen, log, mark)


def run_tool(
    command: Sequence[str | Path], *, cwd: Path, seconds: float = 120.0, env: Mapping[str, str] | None = None
) -> str:
    """Run a short tool to its end and return its output; ServerFailed with what it said when it fails.

    :param env: added to our environment.
    """
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode:
        raise ServerFailed(f"{' '.join(words[:3])} … ended with status {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
