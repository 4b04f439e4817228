"""A kill at any point of a conversion leaves the old file or the new one, whole, and never half a copy."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gerritbot_er.errors import Misconfigured
from gerritbot_er.state.database import Database
from gerritbot_er.state.opening import open_database

ROOT = Path(__file__).parents[3]
STEPS = (
    "CREATE TABLE a (x); INSERT INTO a VALUES (1), (2)",
    "CREATE TABLE b AS SELECT x + 1 AS y FROM a; DROP TABLE a",
    "CREATE TABLE c AS SELECT y + 1 AS z FROM b; DROP TABLE b",
)
WHOLE = {1: ("a", [1, 2]), 2: ("b", [2, 3]), 3: ("c", [3, 4])}
CHILD = '''
"""Opens the file again and again, each time killed one step later: a line of ours, or a statement of SQLite's."""
import os, signal, sys
from pathlib import Path
from gerritbot_er.state import opening

path, steps, before = Path(sys.argv[1]), eval(sys.argv[2]), int(sys.argv[3])
left, fresh = 0, []

def passed(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def watch(event, arguments):
    if event == "sqlite3.connect/handle":
        fresh.append(arguments[0])  # not yet ready to be traced

def lines(frame, event, _):
    if frame.f_code.co_filename != opening.__file__:
        return None
    if event == "line":
        while fresh:
            fresh.pop().set_trace_callback(passed)
        passed()
    return lines

sys.addaudithook(watch)
point, status = 0, signal.SIGKILL
while status == signal.SIGKILL:
    point += 1
    folder = path / str(point)
    folder.mkdir()
    if before:
        opening.open_database(folder / "x.db", steps[:before]).close()
        fresh.clear()
    child = os.fork()
    if child == 0:
        left = point
        sys.settrace(lines)
        opening.open_database(folder / "x.db", steps)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
print(point, status)
'''


def killed_everywhere(folder: Path, before: int) -> Iterator[Path]:
    """A folder for each point at which the conversion of a file of this step was killed; 0 is no file."""
    command = [sys.executable, "-c", CHILD, str(folder), repr(STEPS), str(before)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    points, status = map(int, done.stdout.split())
    assert status == 0, done.stderr
    for point in range(1, points):
        yield folder / str(point)


def content(database: Database, step: int) -> tuple[str, list[int]]:
    table = WHOLE[step][0]
    with database.reading() as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master")]
        assert tables == [table]
        return table, [row[0] for row in db.execute(f"SELECT * FROM {table}")]  # noqa: S608 - ours


def assert_old_or_new(path: Path, steps: range) -> int:
    """The file is whole, at one of these steps; which."""
    for step in steps:
        with suppress(Misconfigured), open_database(path, STEPS[:step], create=False) as opened:
            assert content(opened, step) == WHOLE[step]
            return step
    raise AssertionError(f"{path} is whole at no step of {steps}")


def test_f43_killed_anywhere_in_a_conversion(tmp_path: Path) -> None:
    seen = set()
    for folder in killed_everywhere(tmp_path, before=1):
        path = folder / "x.db"
        step = assert_old_or_new(path, range(1, 4))
        copy = folder / "x.db.step-1"
        assert copy.exists() or step == 1
        if copy.exists():
            assert_old_or_new(copy, range(1, 2))
        seen.add(step)
        with open_database(path, STEPS) as again:
            assert content(again, 3) == WHOLE[3]
        assert sorted(file.name for file in folder.iterdir() if "step-2" not in file.name) == ["x.db", "x.db.step-1"]
    assert seen == {1, 2, 3}


def test_f40_killed_anywhere_while_a_new_file_is_made(tmp_path: Path) -> None:
    there = set()
    for folder in killed_everywhere(tmp_path, before=0):
        path = folder / "x.db"
        there.add(path.exists())
        if path.exists():
            assert_old_or_new(path, range(3, 4))
        with open_database(path, STEPS) as again:
            assert content(again, 3) == WHOLE[3]
        assert [file.name for file in folder.iterdir()] == ["x.db"]
    assert there == {True, False}


@pytest.mark.parametrize("before", [2])
def test_f43_killed_anywhere_in_a_later_conversion(tmp_path: Path, before: int) -> None:
    seen = set()
    for folder in killed_everywhere(tmp_path, before):
        seen.add(assert_old_or_new(folder / "x.db", range(2, 4)))
        with open_database(folder / "x.db", STEPS) as again:
            assert content(again, 3) == WHOLE[3]
    assert seen == {2, 3}
