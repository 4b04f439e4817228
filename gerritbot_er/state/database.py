"""An SQLite file with numbered migrations, opened so that a commit survives a kill and several threads may use it."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from gerritbot_er.errors import Misconfigured, Transient


class Database:
    """One connection behind one lock; ``transaction`` is the only way in, so nothing is half written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit at the end of the block, roll back on any error; ``Transient`` while the disk is full or busy."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise Transient(
                    f"the state file cannot be written: {error}; free disk space or check its folder"
                ) from error
            except BaseException:
                self._roll_back()
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Queries alone."""
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise Transient(f"the state file cannot be read: {error}; check its folder and disk") from error

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file; the object is of no use afterwards."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_database(path: Path, migrations: Sequence[str], *, create: bool = True) -> Database:
    """Open or create the file and bring it to the newest step; ``migrations[i]`` leads from step i to i + 1.

    ``Misconfigured`` where the folder is missing, the file is damaged or was written by a newer version.
    """
    if not create and not path.exists():
        raise Misconfigured(f"{path}: there is no state file; start the daemon once, or name its configuration with -c")
    try:
        connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise Misconfigured(
            f"{path}: cannot be opened ({error}); create its folder and let our user write there"
        ) from error
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        step = _migrate(path, connection, migrations)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise Misconfigured(
            f"{path}: not a usable state file ({error}); put a copy aside and run: sqlite3 {path} .recover"
        ) from error
    except Misconfigured:
        connection.close()
        raise
    if step > len(migrations):
        connection.close()
        raise Misconfigured(f"{path}: written by a newer version (step {step}); install that version again")
    return Database(connection)


def _migrate(path: Path, connection: sqlite3.Connection, migrations: Sequence[str]) -> int:
    """Run the missing steps, each in a transaction of its own; returns the step the file was found or left at."""
    step = int(connection.execute("PRAGMA user_version").fetchone()[0])
    check = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if check != "ok":
        raise Misconfigured(f"{path}: damaged ({check}); put a copy aside and run: sqlite3 {path} .recover")
    for number, script in enumerate(migrations[step:], start=step + 1):
        connection.executescript(f"BEGIN IMMEDIATE;\n{script};\nPRAGMA user_version={number};\nCOMMIT;")
        step = number
    return step
