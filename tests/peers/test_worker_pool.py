"""The worker processes of the local log store: their end, and the limits they live in."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from gerritbot_er.errors import Transient
from gerritbot_er.logs.task import Task
from gerritbot_er.logs.workers import WorkerPool

_PARENT = """
import sys
from gerritbot_er.logs.task import Task
from gerritbot_er.logs.workers import WorkerPool
import psutil

task = Task(fields={}, log_urls=(), viewer=None, hosts=(), private=(), ca_file=None, files=1, bytes_per_file=1,
            bytes_per_build=1, bytes_per_second=1, seconds=20, year=2026)
pool = WorkerPool(2)
pool.ask("host", task, "digest", (), 20)
print(psutil.Process().children()[0].pid, flush=True)
sys.stdin.read()
"""


def test_a_worker_ends_with_its_parent_and_lives_in_its_limits() -> None:
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        worker = psutil.Process(int(parent.stdout.readline()))
        assert worker.rlimit(resource.RLIMIT_DATA) == (512 * 1024 * 1024, 512 * 1024 * 1024)
        assert worker.rlimit(resource.RLIMIT_CORE) == (0, 0)
        assert worker.memory_info().rss < 60 * 1024 * 1024
        parent.kill()
    gone, _ = psutil.wait_procs([worker], timeout=10)
    assert gone == [worker]


@contextmanager
def no_more_files() -> Iterator[None]:
    """The process may open none, and so starts no other."""
    lowest = os.dup(0)
    os.close(lowest)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_process_that_cannot_be_started_takes_no_place_in_the_pool() -> None:
    task = Task(
        fields={},
        log_urls=(),
        viewer=None,
        hosts=(),
        private=(),
        ca_file=None,
        files=1,
        bytes_per_file=1,
        bytes_per_build=1,
        bytes_per_second=1,
        seconds=20,
        year=2026,
    )
    pool = WorkerPool(1)
    try:
        with no_more_files(), pytest.raises(Transient, match="no process can be started to read logs in"):
            pool.ask("host", task, "digest", (), 0.1)
        said = pool.ask("host", task, "digest", (), 0.1)
    finally:
        pool.close()
    assert said.findings is not None
    assert "has to wait" not in str(said.findings.notes)
