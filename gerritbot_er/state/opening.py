"""Opening a state file: made whole or not at all, checked, and brought to the newest step with a copy kept.

A file is made under another name and renamed, so that an empty or cut-off one is always damage.  Measured on 1 GiB: the
check takes 0.5 s while the file is in memory, as after a crash of the process, and 27 s from a cold disk, as after a
power cut; so it is given ``CHECK_WITHIN``, and what it did not reach is noticed when it is read.
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from gerritbot_er.errors import Misconfigured, Transient

from .database import AS_WHOM, Damaged, Database, as_ours, is_damage

CHECK_WITHIN = 10.0
"""Seconds for looking through the file at the daemon's start; systemd waits 90 for all of it."""
BUSY = 10.0
"""Seconds to wait for another process that is writing."""

log = logging.getLogger(__name__)


def open_database(path: Path, migrations: Sequence[str], *, create: bool = True, patience: float = BUSY) -> Database:
    """Open the file; ``migrations[i]`` leads from step i to i + 1.

    Once it is open, to write waits for another process that is writing for ``patience`` seconds.

    With ``create``, as the daemon: made where it is missing, checked, and brought to the newest step.  Without, as a
    command beside the daemon: taken as the daemon left it.  ``Damaged`` with the command that mends it;
    ``Misconfigured`` where the folder is missing or the file was written by a newer version.
    """
    if not _is_there(path):
        if not create:
            raise Misconfigured(
                f"{path}: there is no state file; start the daemon once, or name its configuration with -c"
            )
        _make(path, migrations)
    if path.stat().st_size == 0:  # SQLite would take it for a new one, and throw its journal away
        raise Damaged(path, "it is empty")
    connection = None
    try:
        connection = _connect(path)
        _fit(path, connection, migrations, change=create)
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={patience * 1000:.0f}")
        return Database(path, connection)
    except sqlite3.Error as error:
        _close(connection)
        raise as_ours(path, error, "cannot be opened") from error
    except UnicodeDecodeError as error:  # of SQLite's own words, which quote the damaged schema
        _close(connection)
        raise Damaged(path, "its schema is no text") from error
    except BaseException:
        _close(connection)
        raise


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError as error:
        raise Misconfigured(f"{path}: {error.strerror}; {AS_WHOM}") from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except (sqlite3.Error, UnicodeDecodeError):
        connection.close()
        raise
    return connection


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        connection.close()


def _make(path: Path, migrations: Sequence[str]) -> None:
    """A new file with all steps, under its name only when it is whole."""
    journal = Path(f"{path}-wal")
    if journal.exists():
        raise Misconfigured(
            f"{path}: the state file is missing, and its journal {journal.name} is there; put the file back beside it,"
            f" or remove {journal.name} to begin anew"
        )
    unfinished = path.with_name(f"{path.name}.new")
    try:
        remove(unfinished)
        with closing(sqlite3.connect(unfinished, isolation_level=None)) as connection:
            for step, script in enumerate(migrations, start=1):
                run_step(connection, step, script)
        put_in_place(unfinished, path)
    except (sqlite3.Error, OSError) as error:
        raise Misconfigured(
            f"{path}: cannot be made ({error}); create its folder and let our user write there"
        ) from error


def remove(unfinished: Path) -> None:
    """What a kill left of a file that was being made, its journal included."""
    for ending in ("", "-journal"):
        Path(f"{unfinished}{ending}").unlink(missing_ok=True)


def put_in_place(finished: Path, path: Path) -> None:
    """Give a finished file its name, so that even a power cut leaves the old one or the new one."""
    _sync(finished)
    finished.replace(path)
    _sync(path.parent)


def _sync(place: Path) -> None:
    opened = os.open(place, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def step_of(connection: sqlite3.Connection) -> int:
    """The step that a file is at."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _fit(path: Path, connection: sqlite3.Connection, migrations: Sequence[str], *, change: bool) -> None:
    """Bring the file to the newest step, or say why it cannot be used."""
    step, newest = step_of(connection), len(migrations)
    if step > newest:
        raise Misconfigured(
            f"{path}: written by a newer version (step {step}, this version knows {newest}); install that version "
            f"again, or begin with the copy that it kept: {path}.step-{newest}"
        )
    if step == 0:
        raise Damaged(path, "it holds no step's tables")
    if change:
        check(path, connection)
    if step == newest:
        return
    if not change:
        raise Misconfigured(f"{path}: left by an older version (step {step}); (re)start the daemon, which converts it")
    _keep_copy(path, connection, step)
    for number, script in enumerate(migrations[step:], start=step + 1):
        try:
            run_step(connection, number, script)
        except sqlite3.Error as error:
            if is_damage(error):
                raise
            raise Misconfigured(
                f"{path}: step {number} failed ({error}); nothing is changed: install the version before again, and "
                "report it"
            ) from error
        log.info("%s: brought to step %d; as it was before: %s.step-%d", path, number, path.name, step)


def check(path: Path, connection: sqlite3.Connection) -> None:
    """Raises ``Damaged`` where the file's structure is not whole, as far as ``CHECK_WITHIN`` reaches."""
    timer = threading.Timer(CHECK_WITHIN, connection.interrupt)
    timer.start()
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        log.info("%s: large; what could not be checked in %.0f s is when it is read", path, CHECK_WITHIN)
        return
    finally:
        timer.cancel()
        timer.join()
    if found != "ok":
        raise Damaged(path, " ".join(found.replace("*** in database main ***", "").split()))


def _keep_copy(path: Path, connection: sqlite3.Connection, step: int) -> None:
    """The file as it is, as ``<name>.step-N`` beside it: whole, or not under that name."""
    copy = path.with_name(f"{path.name}.step-{step}")
    unfinished = path.with_name(f"{copy.name}.new")
    try:
        remove(unfinished)
        with closing(sqlite3.connect(unfinished, isolation_level=None)) as target:
            connection.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")  # one file, without a journal beside it
        put_in_place(unfinished, copy)
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, sqlite3.Error) and is_damage(error):
            raise
        remove(unfinished)
        raise Transient(
            f"{path}: no copy could be kept before the conversion to a newer step ({error}); make room for "
            f"{path.stat().st_size} bytes in {path.parent}"
        ) from error


def run_step(connection: sqlite3.Connection, step: int, script: str) -> None:
    """One step in one transaction."""
    try:
        connection.executescript(f"BEGIN IMMEDIATE;\n{script};\nPRAGMA user_version={step}")
        _check_references(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _check_references(connection: sqlite3.Connection) -> None:
    loose = connection.execute("PRAGMA foreign_key_check").fetchall()
    if loose:
        raise sqlite3.IntegrityError(f"{len(loose)} rows refer to rows that are not there")
