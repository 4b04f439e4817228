"""Prometheus' own checker, from Debian's package ``prometheus``."""

import subprocess
from pathlib import Path

from .fetch import program

_SECONDS = 60.0


def promtool(*words: str | Path, says: str = "") -> tuple[int, str]:
    """What ``promtool`` says to these words, with ``says`` on its standard input: its exit code and all its lines.

    ``Unavailable`` where it cannot be had.
    """
    done = subprocess.run(
        [program("promtool", "prometheus"), *words],
        input=says,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout
