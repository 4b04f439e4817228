"""The real daemon as a child process on top of sandbox peers: signals, files and the end are those of a real one."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import gerritbot_er
from tests.peers.daemon_running import PATIENCE, eventually

LISTENING = "listening to Gerrit's events"


class Child:
    """The daemon; ``config`` is its configuration file, its state lies in ``state`` beside it."""

    def __init__(self, config: Path, environ: dict[str, str] | None = None) -> None:
        self.config = config
        self._log = config.with_suffix(".log")
        root = str(Path(gerritbot_er.__file__).parents[1])
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gerritbot_er", "run", "-c", config],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": root, **(environ or {})},
            )

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def await_log(self, words: str, times: int = 1) -> None:
        """Returns when the log holds these words so often."""
        eventually(f"{words!r} in the log:\n{self.log()}", lambda: self.log().count(words) >= times, 2 * PATIENCE)

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self, seconds: float = 2 * PATIENCE) -> int:
        """Its exit status, once it has ended."""
        return self.process.wait(seconds)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What its state file holds."""
        with closing(sqlite3.connect(self.config.parent / "state" / "state.db", timeout=10)) as state:
            return state.execute(query).fetchall()

    def command(self, *words: str) -> str:
        """What another command says about it."""
        done = subprocess.run(
            [sys.executable, "-m", "gerritbot_er", *words, "-c", self.config],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            env={**os.environ, "PYTHONPATH": str(Path(gerritbot_er.__file__).parents[1])},
        )
        return done.stdout


@contextmanager
def child(config: Path, environ: dict[str, str] | None = None) -> Iterator[Child]:
    """A daemon that hears Gerrit's events, until the end of the block."""
    made = Child(config, environ)
    try:
        made.await_log(LISTENING)
        yield made
    except BaseException as error:
        error.add_note(made.log()[-6000:])
        raise
    finally:
        made.process.kill()
        made.process.wait(PATIENCE)
