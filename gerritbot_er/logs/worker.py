"""A worker process of the local log store: reads builds one after the other, in a cage of memory.

``python -m gerritbot_er.logs.worker PARENT_PID``: requests come as lines on stdin, answers go as lines to stdout (see
``task``).  It ends when stdin does, and with its parent; the parent kills it when a build takes too long.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from gerritbot_er.clock import SystemClock
from gerritbot_er.errors import GerritbotError
from gerritbot_er.model import Evidence, Match

from .fetch import Fetcher
from .kept_scan import search_kept
from .retained import Damaged, RetainedLogs
from .retained_tee import Tee
from .scan import Scanner
from .task import Findings, Kept, Task, findings_line, match_line, read_request, telling_line

MEMORY = 512 * 1024 * 1024
"""Bytes of data that a worker may have; reading in blocks needs a tenth of it."""

_PR_SET_PDEATHSIG = 1  # prctl(2)
_LEAST_URGENT = 19
"""The nice value of a worker that reads for comparison only, see nice(1)."""


def main(parent: int, requests: BinaryIO, answers: BinaryIO) -> None:
    """Serve until ``requests`` ends."""
    cage(parent)
    scanner = Scanner(())
    for line in requests:
        task, signatures = read_request(line)
        if signatures is not None:
            scanner = Scanner(signatures)
        answers.write(findings_line(_serve(task, scanner, answers)))
        answers.flush()


def _serve(task: Task, scanner: Scanner, answers: BinaryIO) -> Findings:
    def say(match: Match) -> None:
        answers.write(match_line(match))
        answers.flush()

    def tell(lines: Sequence[Evidence]) -> None:
        answers.writelines(map(telling_line, lines))

    if task.kept is not None or (task.keep is not None and not task.keep.failed):
        with contextlib.suppress(OSError):  # a cage around the service may forbid it
            os.setpriority(os.PRIO_PROCESS, 0, _LEAST_URGENT)
    if task.kept is not None:
        return _again(task.kept, task.asking, scanner, say)
    tee = Tee(task.keep, SystemClock().now)
    try:
        findings = Fetcher(task, scanner, say, tee, tell=tell, clock=time.monotonic, sleep=time.sleep).run()
    except GerritbotError as error:
        findings = Findings(partial=True, notes=(str(error),))
    except MemoryError:
        findings = Findings(
            partial=True, notes=(f"reading its logs takes more than {MEMORY // 1024**2} MiB of memory",)
        )
    return replace(findings, unkept=tee.end(whole=not findings.partial, notes=findings.notes))


def _again(kept: Kept, asking: Sequence[str], scanner: Scanner, say: Callable[[Match], None]) -> Findings:
    """Search the logs of a build that are kept; what is wrong with them will be so the next time."""
    logs = RetainedLogs(Path(kept.directory))
    try:
        build = logs.find(kept.ci, kept.identity)
        if build is None:
            return Findings(absent=True)
        answer = search_kept(scanner, asking, logs, build)
    except Damaged as error:
        return Findings(absent=True, notes=(str(error),))
    except (GerritbotError, MemoryError) as error:
        return Findings(partial=True, notes=(str(error),), lasting=True)
    for match in answer.matches:
        say(match)
    tests = None if answer.failed_tests is None else tuple(sorted(answer.failed_tests))
    return Findings(answer.partial, notes=answer.notes, lasting=True, failed_tests=tests)


def cage(parent: int) -> None:
    """Limits of the kernel: memory, no core files, and the end of the parent is ours."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent ends us in its own time
    with contextlib.suppress(OSError, AttributeError):  # where the C library has no prctl, the end of stdin has to do
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent ended before its worker began")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
