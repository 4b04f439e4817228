"""``signature query`` goes on where it was killed."""

import os
import subprocess
import sys
from pathlib import Path

from .backtesting import DISK, DISK_FULL, FINE, build_of, library, retain


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    text = (FINE * 400_000) + DISK
    retained = retain(tmp_path / "retained", [(build_of(n), text) for n in range(12)])
    folder = library(tmp_path / "signatures", {"disk": DISK_FULL})
    words = [sys.executable, "-m", "gerritbot_er", "signature", "query", str(folder / "disk.yaml"), "--json"]
    words += ["--store", str(retained)]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}

    with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and journal(tmp_path).count(b"\n") < 3:
            os.sched_yield()
        process.kill()
    done = journal(tmp_path).count(b"\n")
    assert 3 <= done < 12, "it was killed too late to tell"
    path = next((tmp_path / "cache").rglob("*.jsonl"))
    path.write_bytes(journal(tmp_path) + b'{"build": "torn')
    again = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)

    assert f"{done} of them by an earlier run" in again.stderr
    assert '"failed": {"hit": 12, "of": 12}' in again.stdout
    assert b'{"build": "torn\n' in journal(tmp_path)


def journal(tmp_path: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*.jsonl"))
