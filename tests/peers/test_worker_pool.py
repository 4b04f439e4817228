"""The worker processes of the local log store: their end, and the limits they live in."""

import resource
import subprocess
import sys

import psutil

_PARENT = """
import sys
from gerritbot_er.logs.task import Task
from gerritbot_er.logs.workers import WorkerPool
import psutil

task = Task(fields={}, log_urls=(), viewer=None, hosts=(), private=(), ca_file=None, files=1, bytes_per_file=1,
            bytes_per_build=1, bytes_per_second=1, seconds=20, year=2026)
pool = WorkerPool(2)
pool.ask("host", task, "digest", {}, 20)
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
