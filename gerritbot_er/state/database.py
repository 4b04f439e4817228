"""An open SQLite file: transactions that survive a kill, used by several threads, and never without the file."""

import shlex
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

from gerritbot_er.errors import GerritbotError, Misconfigured, TookTooLong, Transient

_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_NOT_TEXT = "Could not decode to UTF-8"
"""So begins the error of Python's own sqlite3 module, without a code, for damage inside a text; the text follows."""
_PRIMARY = 0xFF
"""SQLite's extended result codes hold the primary one in their lowest byte."""
AS_WHOM = "run it as root or as the daemon's user"
"""What helps where a file is another user's."""
_REMEDIES = {
    sqlite3.SQLITE_FULL: "free disk space",
    sqlite3.SQLITE_READONLY: f"{AS_WHOM}, and see that its disk is not mounted read-only",
    sqlite3.SQLITE_PERM: AS_WHOM,
    sqlite3.SQLITE_CANTOPEN: f"{AS_WHOM}, and see that its folder can be written",
    sqlite3.SQLITE_BUSY: "another process is writing it: try again",
}
_ANY_REMEDY = "free disk space or check its folder and disk"
_PATIENCE = 2.0
"""Seconds that a reader waits for a locked file; in WAL mode readers wait for no writer."""

Identity = tuple[int, int]
"""Device and inode of a file."""


class Damaged(Misconfigured):
    """The file holds what SQLite or we did not write; the text has the command that mends it."""

    def __init__(self, path: Path, why: object) -> None:
        command = shlex.join([sys.executable, "-m", "gerritbot_er.state.repair", str(path)])
        super().__init__(f"{path}: damaged ({why}); mend it with: {command}")


class Database:
    """One connection behind one lock; ``transaction`` is the only way to write, so nothing is half written.

    ``Damaged`` and ``Misconfigured`` where the file is of no use any more, ``Transient`` where it may be later.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._lock = threading.RLock()
        self._places = (path, Path(f"{path}-wal"))
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # makes the second of them
        self._opened = self._identities()

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._path

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit at the end of the block, roll back on any error."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._check_place()
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise as_ours(self._path, error, "cannot be written") from error
            except BaseException:
                self._roll_back()
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Queries alone."""
        with self._lock:
            self._check_place()
            with asked_of(self._path):
                yield self._connection

    def _identities(self) -> tuple[Identity | None, ...]:
        return tuple(_identity(place) for place in self._places)

    def _check_place(self) -> None:
        """A file that was deleted takes all that is written and keeps none of it."""
        if self._identities() != self._opened:
            raise Misconfigured(
                f"{self._path}: the state file was removed or replaced under the running daemon, so nothing is posted "
                "any more; put the file back, or start again to begin anew"
            )

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


@contextmanager
def read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of its own that can write nothing, for the time of the block; it errs as ``Database`` does."""
    with asked_of(path), closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_PATIENCE)) as db:
        db.row_factory = sqlite3.Row
        yield db


@contextmanager
def asked_of(path: Path) -> Iterator[None]:
    """SQLite's errors in the block become ours, of a file that is read."""
    try:
        yield
    except sqlite3.Error as error:
        raise as_ours(path, error, "cannot be read") from error


def as_ours(path: Path, error: sqlite3.Error, trouble: str) -> GerritbotError:
    """SQLite's error as ours: damage, ``TookTooLong`` where it was interrupted, or ``Transient``.

    Of the last, the text has the file, this trouble, and what to do.
    """
    if str(error).startswith(_NOT_TEXT):
        return Damaged(path, "a text in it is none")
    if is_damage(error):
        return Damaged(path, error)
    if _code(error) == sqlite3.SQLITE_INTERRUPT:
        return TookTooLong(f"{path}: what was asked of it took too long; ask for less")
    return Transient(f"{path}: {trouble}: {error}; {_REMEDIES.get(_code(error), _ANY_REMEDY)}")


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file's content is wrong, and not only its surroundings."""
    return _code(error) in _DAMAGE


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 of the module's own errors, which have none."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY


def _identity(path: Path) -> Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
