"""Mends a damaged state file: ``python -m gerritbot_er.state.repair /var/lib/gerritbot-er/state.db``.

Debian's sqlite3 is built without what its ``.recover`` needs, and ``.dump`` loses the step; so every row that can still
be read goes into a new file here.  What was lost is found again: the cursor is set back, cases whose comment was lost
are judged again, and before anything is posted Gerrit is asked whether it stands there already.
"""

import contextlib
import logging
import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gerritbot_er.codec import from_json
from gerritbot_er.errors import GerritbotError, Misconfigured
from gerritbot_er.model import Case, Verdict

from . import locked
from .migrations import STATE
from .opening import put_in_place, remove, run_step

LOOK_BACK = 86400
"""Seconds by which the cursor is set back: what the damage took of the last day is read from Gerrit's history again."""
_NEAR, _FURTHEST = 2_000, 1 << 40
"""How far beyond the last row that could be read every row number is tried, and how far any."""
_UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
"""The second comes of SQLite's own words where they quote a damaged schema."""
_STEP_AT = 60
"""Where the file's header holds the step, in four bytes."""
_CURSOR = """
    INSERT INTO marks SELECT 'cursor', at FROM
        (SELECT max(at) AS at FROM (SELECT at FROM cases UNION ALL SELECT seen_at FROM changes))
    WHERE at IS NOT NULL ON CONFLICT (name) DO NOTHING
"""
"""Where it was lost: without one the daemon would begin now, as at its first start."""
_REOPEN = """
    UPDATE cases SET stage = 'open', outcome = NULL, said = NULL, held = 0, verdict = NULL
    WHERE at >= (SELECT at FROM marks WHERE name = 'cursor') AND said IN ('comment', 'again', 'addition')
    AND NOT EXISTS (
        SELECT 1 FROM outbox WHERE case_id = cases.id AND sink = 'gerrit' AND (part = 2 OR said != 'addition'))
"""
"""What such a case said may not have been posted.  It is not left to history, which may date a report otherwise: one
without builds would come with another id, and its comment twice."""


@dataclass(frozen=True, slots=True)
class Mended:
    """Rows kept by table, how many cases are judged again as their comment was lost, where the damaged file is now."""

    rows: Mapping[str, int]
    reopened: int
    aside: Path


def mend(path: Path) -> Mended:
    """Put a sound file in the place of a damaged one, which is set aside.

    ``Transient`` while a daemon works on it; ``Misconfigured`` where nothing can be read, and then nothing is changed.
    """
    if not path.is_file():
        raise Misconfigured(f"{path}: there is no such file; name the state file that was said to be damaged")
    with locked(path.parent):
        unfinished = path.with_name(f"{path.name}.mended")
        remove(unfinished)
        with closing(sqlite3.connect(unfinished, isolation_level=None)) as target:
            for step, script in enumerate(STATE[: _step(path)], start=1):
                run_step(target, step, script)
            with closing(sqlite3.connect(path, isolation_level=None)) as source:
                rows = _salvage(source, target)
            if not any(rows.values()):
                remove(unfinished)
                raise Misconfigured(
                    f"{path}: nothing in it can be read; put a copy of it back, or move it away to begin anew"
                )
            reopened = _prepare(target)
        _own_as(unfinished, path)
        aside = _set_aside(path)
        put_in_place(unfinished, path)
    return Mended(rows, reopened, aside)


def _step(path: Path) -> int:
    """The step that the header tells, where it can be one."""
    with path.open("rb") as file:
        step = int.from_bytes(file.read(_STEP_AT + 4)[_STEP_AT:], "big")
    return step if 0 < step <= len(STATE) else len(STATE)


def _salvage(source: sqlite3.Connection, target: sqlite3.Connection) -> dict[str, int]:
    """Copy what can be read; returns the rows kept by table."""
    # Without it SQLite reads nothing of a file that is shorter than its header says (lockBtree() in its btree.c).
    source.execute("PRAGMA writable_schema=ON")
    kept: dict[str, int] = {}
    tables = [row[0] for row in target.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")]
    target.execute("BEGIN")
    for table in tables:
        columns = [row[1] for row in target.execute(f"PRAGMA table_info({table})")]
        marks = ", ".join("?" for _ in columns)
        insert = f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our schema's
        for row in _rows(source, table, columns):
            if table != "cases" or _sound(dict(zip(columns, row, strict=True))):
                target.execute(insert, row)
        kept[table] = target.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our schema's
    target.execute("COMMIT")
    return kept


def _rows(source: sqlite3.Connection, table: str, columns: Sequence[str]) -> Iterator[Sequence[object]]:
    """Every row that can be read, around what cannot; some twice where the row numbers are damaged.

    These rise, but for damage: so as to end, it goes on after the last one, or after the largest if it was here before.
    """
    query = f"SELECT rowid, {', '.join(columns)} FROM {table} NOT INDEXED WHERE rowid > ? ORDER BY rowid"  # noqa: S608
    at: int | None = 0
    while at is not None:
        last = largest = at
        try:
            for number, *row in source.execute(query, (at,)):
                yield row
                last, largest = number, max(number, largest)
        except _UNREADABLE:
            at = _beyond(source, query, last if last > at else largest)
        else:
            return


def _beyond(source: sqlite3.Connection, query: str, at: int) -> int | None:
    """The smallest row number after which a row can be read again; None where there is none.

    Tried one by one, since good and bad pages may alternate; far away in growing steps, for numbers may be sparse.
    """

    def found(after: int) -> bool | None:
        """None: nothing comes after it."""
        try:
            return source.execute(query, (after,)).fetchone() is not None or None
        except _UNREADABLE:
            return False

    step, near = 1, found(at + 1)
    while near is False and step < _FURTHEST:
        step += 1 if step < _NEAR else step // 100
        near = found(at + step)
    return at + step if near else None


def _sound(row: Mapping[str, object]) -> bool:
    """Whether a case means something; damage inside a text passes all of SQLite's checks."""
    try:
        if row["verdict"] is not None:
            from_json(Verdict, str(row["verdict"]))
        return from_json(Case, str(row["document"])).id == row["id"]
    except ValueError:
        return False


def _prepare(target: sqlite3.Connection) -> int:
    """Rows of lost cases go, so that both are found again; the cursor is set back, or made of what was seen last.

    Returns how many cases since then are judged again.
    """
    for table in ("outbox", "outages"):
        target.execute(f"DELETE FROM {table} WHERE case_id NOT IN (SELECT id FROM cases)")  # noqa: S608 - ours
    target.execute(_CURSOR)
    target.execute("UPDATE marks SET at = at - ? WHERE name = 'cursor'", (LOOK_BACK,))
    return target.execute(_REOPEN).rowcount


def _own_as(file: Path, model: Path) -> None:
    """The same owner and mode: root mends what is the daemon's."""
    like = model.stat()
    with contextlib.suppress(PermissionError):
        os.chown(file, like.st_uid, like.st_gid)
    file.chmod(like.st_mode & 0o777)


def _set_aside(path: Path) -> Path:
    """The damaged file gets a second name and its journal another one; the first is taken by the mended file."""
    aside, number = path.with_name(f"{path.name}.damaged"), 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{number}")
    aside.hardlink_to(path)
    for ending in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{ending}").replace(f"{aside}{ending}")
    return aside


def main(arguments: Sequence[str]) -> int:
    """The command; 0 mended, 2 wrong usage, 75 not now, 78 nothing to be done."""
    logging.basicConfig(format="%(message)s")
    if len(arguments) != 1:
        print("usage: python -m gerritbot_er.state.repair STATE-FILE", file=sys.stderr)  # noqa: T201 - a command
        return 2
    try:
        mended = mend(Path(arguments[0]))
    except GerritbotError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 78 if isinstance(error, Misconfigured) else 75
    except (OSError, sqlite3.Error) as error:
        place = Path(arguments[0])
        print(  # noqa: T201
            f"{place}: not mended ({error}); make room in {place.parent}, and try again as the file's owner or root",
            file=sys.stderr,
        )
        return 75
    counts = ", ".join(f"{count} {table}" for table, count in mended.rows.items())
    again = f"cases judged again as their comment was lost: {mended.reopened}; " if mended.reopened else ""
    print(f"mended, with {counts}; {again}the damaged file is now {mended.aside}; start the daemon")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
