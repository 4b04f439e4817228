"""The pool of worker processes of the local log store: started when needed, killed when late, replaced when lost.

A worker dies with the thread that started it (that is what PR_SET_PDEATHSIG means by "parent"), so one thread of the
pool's own starts them all.
"""

import contextlib
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gerritbot_er.errors import Transient
from gerritbot_er.model import Signature

from .task import Collected, Findings, Task, collect, request

_LONGEST_ANSWER = 1024 * 1024
_PACKAGES = str(Path(__file__).parents[2])
_ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
"""All that a worker sees of our environment, which may hold passwords: it reads what strangers wrote."""


@dataclass(slots=True, eq=False)
class _Worker:
    """A process, and the signatures that it holds, by their digest."""

    process: subprocess.Popen[bytes]
    digest: str = ""

    def end(self) -> None:
        """Kill it and wait for it."""
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                with contextlib.suppress(OSError):  # what was not sent yet can not be sent any more
                    stream.close()
        self.process.wait()


class WorkerPool:
    """At most ``count`` processes; ``ask`` may be called from several threads; to be closed.

    Builds of one log host hold at most all workers but one, so that a host that trickles does not stop the rest.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._share = max(count - 1, 1)
        self._idle: list[_Worker] = []
        self._busy: list[_Worker] = []
        self._starting = 0
        self._hosts: Counter[str] = Counter()
        self._closed = False
        self._changed = threading.Condition()
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="worker starter")

    @property
    def idle(self) -> bool:
        """Whether nothing is being read."""
        with self._changed:
            return not self._busy and not self._starting

    def close(self) -> None:
        """End all processes; those who wait for an answer get what was found so far."""
        with self._changed:
            self._closed = True
            workers = [*self._idle, *self._busy]
            self._changed.notify_all()
        for worker in workers:
            worker.process.kill()
        self._starter.shutdown()
        for worker in self._idle:
            worker.end()

    def ask(self, host: str, task: Task, digest: str, signatures: Sequence[Signature], patience: float) -> Collected:
        """Have one build read; ``host`` is where its logs lie, ``patience`` the seconds to wait for a free worker.

        ``Transient`` where the system starts no process.
        """
        worker = self._take(host, patience)
        if worker is None:
            note = f"other builds of {host or 'its log host'} are still being read: this one has to wait"
            return Collected(findings=Findings(partial=True, notes=(note,)))
        whole = False
        try:
            collected, whole = _talk(worker, task, digest, signatures)
        finally:
            self._give_back(worker, host, whole=whole)
        return collected

    def _take(self, host: str, patience: float) -> _Worker | None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._closed or self._free(host), patience) or self._closed:
                return None
            self._hosts[host] += 1
            while self._idle:
                worker = self._idle.pop()
                if worker.process.poll() is None:
                    self._busy.append(worker)
                    return worker
                worker.end()
            self._starting += 1
        return self._start(host)

    def _free(self, host: str) -> bool:
        return len(self._busy) + self._starting < self._count and self._hosts[host] < self._share

    def _start(self, host: str) -> _Worker | None:
        worker, refused = None, None
        try:
            with contextlib.suppress(RuntimeError):  # the pool was closed meanwhile
                worker = self._starter.submit(_started).result()
        except OSError as error:
            refused = error
        with self._changed:
            self._starting -= 1
            if worker is not None and not self._closed:
                self._busy.append(worker)
                return worker
            self._hosts[host] -= 1
            self._changed.notify_all()
        if worker is not None:
            worker.end()
        if refused is not None:
            raise Transient(
                f"no process can be started to read logs in ({refused}): see the limits on processes, files and memory"
            ) from refused
        return None

    def _give_back(self, worker: _Worker, host: str, *, whole: bool) -> None:
        if not whole:
            worker.end()
        with self._changed:
            self._busy.remove(worker)
            self._hosts[host] -= 1
            if whole and not self._closed:
                self._idle.append(worker)
            self._changed.notify_all()
        if whole and self._closed:
            worker.end()


def _started() -> _Worker:
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (_PACKAGES, environment.get("PYTHONPATH"))))
    command = [sys.executable, "-P", "-m", "gerritbot_er.logs.worker", str(os.getpid())]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, and no text of others
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )
    return _Worker(process)


def _talk(worker: _Worker, task: Task, digest: str, signatures: Sequence[Signature]) -> tuple[Collected, bool]:
    """What the worker says, and whether it can be used again."""
    collected = Collected()
    late = threading.Event()
    timer = threading.Timer(task.seconds, _kill, (worker, late))
    timer.daemon = True
    timer.start()
    try:
        _exchange(worker, request(task, None if worker.digest == digest else signatures), collected)
        worker.digest = digest
    except (OSError, ValueError, KeyError, TypeError):
        worker.process.kill()
    finally:
        timer.cancel()
    if collected.findings is not None:
        return collected, not late.is_set()
    if late.is_set():
        note = f"reading its logs took more than {task.seconds:.0f} seconds and was stopped"
    else:
        note = "the process that read its logs ended unexpectedly; see the daemon's log"
    collected.findings = Findings(partial=True, notes=(note,))
    return collected, False


def _kill(worker: _Worker, late: threading.Event) -> None:
    late.set()
    worker.process.kill()


def _exchange(worker: _Worker, line: bytes, collected: Collected) -> None:
    """Ask, and read until the findings or the end."""
    stdin, stdout = worker.process.stdin, worker.process.stdout
    if stdin is None or stdout is None:
        raise ValueError("a worker is started with pipes")
    stdin.write(line)
    stdin.flush()
    while collected.findings is None:
        answer = stdout.readline(_LONGEST_ANSWER)
        if not answer:
            return
        collect(answer, collected)
