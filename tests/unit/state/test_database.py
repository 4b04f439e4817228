"""The state file: what survives, what is refused, and what its reader is told."""

import sqlite3
from pathlib import Path

import pytest

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.state import locked, open_sightings, open_state
from gerritbot_er.state.database import Database, open_database

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"


def test_a_new_file_has_every_table(tmp_path: Path) -> None:
    with open_state(tmp_path) as state, state.reading() as db:
        names = [row["name"] for row in db.execute(TABLES)]
    assert names == ["brakes", "cases", "changes", "counters", "marks", "outbox", "workers"]
    with open_sightings(tmp_path) as sightings, sightings.reading() as db:
        assert [row["name"] for row in db.execute(TABLES)] == ["matches", "reports"]


def test_steps_run_once_each_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    one, two = "CREATE TABLE a (x); INSERT INTO a VALUES (1)", "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1"
    with open_database(path, (one,)):
        pass
    for _ in range(2):
        with open_database(path, (one, two)) as database, database.reading() as db:
            assert [tuple(row) for row in db.execute("SELECT x, y FROM a")] == [(1, 2)]


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with open_database(path, ("CREATE TABLE a (x)",)):
        pass
    with pytest.raises(Misconfigured, match="not a usable state file"):
        open_database(path, ("CREATE TABLE a (x)", "CREATE TABLE b (x); CREATE TABLE b (x)"))
    with open_database(path, ("CREATE TABLE a (x)",)) as database, database.reading() as db:
        assert [row["name"] for row in db.execute(TABLES)] == ["a"]


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with open_database(path, ("CREATE TABLE a (x)", "CREATE TABLE b (x)")):
        pass
    with pytest.raises(Misconfigured) as refused:
        open_database(path, ("CREATE TABLE a (x)",))
    assert str(refused.value) == f"{path}: written by a newer version (step 2); install that version again"


@pytest.mark.parametrize("content", [b"no database at all, only text\n" * 200, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(content)
    with pytest.raises(Misconfigured, match=r"put a copy aside and run: sqlite3 .*state\.db \.recover"):
        open_state(tmp_path)
    assert path.read_bytes() == content


def test_a_missing_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="create its folder and let our user write there"):
        open_state(tmp_path / "none")
    with pytest.raises(Misconfigured, match="start the daemon once"):
        open_state(tmp_path, create=False)


def insert(database: Database, *values: object) -> None:
    with database.transaction() as db:
        for value in values:
            db.execute("INSERT INTO a VALUES (?)", (value,))


def test_an_error_inside_a_transaction_undoes_all_of_it(tmp_path: Path) -> None:
    with open_database(tmp_path / "x.db", ("CREATE TABLE a (x UNIQUE)",)) as database:
        with pytest.raises(Transient):
            insert(database, 1, 1)
        with database.reading() as db:
            assert db.execute("SELECT count(*) FROM a").fetchone()[0] == 0


def test_f40_a_full_disk_is_an_error_and_nothing_is_half_written(tmp_path: Path) -> None:
    with open_database(tmp_path / "x.db", ("CREATE TABLE a (x)",)) as database:
        with database.reading() as db:
            db.execute("PRAGMA max_page_count = 10")
        with pytest.raises(Transient, match="free disk space"):
            insert(database, 1, *("x" * 4000 for _ in range(100)))
        with database.reading() as db:
            assert db.execute("SELECT count(*) FROM a").fetchone()[0] == 0


def test_a_commit_is_seen_by_another_process_s_connection(tmp_path: Path) -> None:
    with open_database(tmp_path / "x.db", ("CREATE TABLE a (x)",)) as database:
        with database.transaction() as db:
            db.execute("INSERT INTO a VALUES (7)")
        other = sqlite3.connect(tmp_path / "x.db")
        assert other.execute("SELECT x FROM a").fetchall() == [(7,)]
        other.close()


def test_f40_damaged_statistics_are_set_aside_and_begin_anew(tmp_path: Path) -> None:
    (tmp_path / "sightings.db").write_bytes(b"no database " * 500)
    with open_sightings(tmp_path) as sightings, sightings.reading() as db:
        assert db.execute("SELECT count(*) FROM reports").fetchone()[0] == 0
    assert (tmp_path / "sightings.damaged").read_bytes() == b"no database " * 500


def test_f45_one_daemon_works_on_a_state_folder(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(Transient) as refused, locked(tmp_path):
        pass
    told = f"{tmp_path}: another daemon works on this state; stop it first, or name another folder as state"
    assert str(refused.value) == told
    with locked(tmp_path):
        pass
