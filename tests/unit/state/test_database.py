"""The state file: what survives, what is refused, and what its reader is told."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.state import StoredCases, StoredRecords, is_locked, locked, open_sightings, open_state
from gerritbot_er.state.database import Damaged, Database
from gerritbot_er.state.opening import open_database
from tests.unit.state.made import Clock, fill

NOBODY = 65534
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"


def test_a_new_file_has_every_table(tmp_path: Path) -> None:
    with open_state(tmp_path) as state, state.reading() as db:
        names = [row["name"] for row in db.execute(TABLES)]
    assert names == ["brakes", "cases", "changes", "counters", "marks", "outages", "outbox", "workers"]
    with open_sightings(tmp_path) as sightings, sightings.reading() as db:
        assert " ".join(row["name"] for row in db.execute(TABLES)) == (
            "bugs builds day_members evidence failed_hours failure_groups group_marks group_totals group_weeks "
            "hit_days hit_totals hit_weeks hits job_totals job_weeks mark_totals marks names pair_days private_changes "
            "replies reports run_weeks runs sqlite_sequence successes telling trials unsent wait_weeks"
        )


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
        with pytest.raises(Transient) as refused:
            insert(database, 1, *("x" * 4000 for _ in range(100)))
        assert str(refused.value) == (f"{tmp_path}/x.db: cannot be written: database or disk is full; free disk space")
        with database.reading() as db:
            assert db.execute("SELECT count(*) FROM a").fetchone()[0] == 0


def test_a_file_that_may_not_be_written_is_named_with_who_may(tmp_path: Path) -> None:
    with open_database(tmp_path / "x.db", ("CREATE TABLE a (x)",)) as database:
        with database.reading() as db:
            db.execute("PRAGMA query_only = ON")
        with pytest.raises(Transient) as refused:
            insert(database, 1)
    assert str(refused.value) == (
        f"{tmp_path}/x.db: cannot be written: attempt to write a readonly database; run it as root or as the daemon's "
        "user, and see that its disk is not mounted read-only"
    )


def test_a_file_that_another_process_writes_is_named(tmp_path: Path) -> None:
    with open_database(tmp_path / "x.db", ("CREATE TABLE a (x)",)) as database:
        with database.reading() as db:
            db.execute("PRAGMA busy_timeout = 0")
        with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Transient) as refused:
                insert(database, 1)
    told = f"{tmp_path}/x.db: cannot be written: database is locked; another process is writing it: try again"
    assert str(refused.value) == told


@contextmanager
def another_user(folder: Path) -> Iterator[None]:
    """As somebody who may not even look into the folder."""
    folder.chmod(0)
    ours = os.geteuid()
    if ours == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(ours)
        folder.chmod(0o700)


def test_a_folder_of_another_user_is_named_with_who_may(tmp_path: Path) -> None:
    open_state(tmp_path).close()
    with another_user(tmp_path):
        with pytest.raises(Misconfigured) as locking:
            is_locked(tmp_path)
        with pytest.raises(Misconfigured) as opening:
            open_state(tmp_path, create=False)
    words = "Permission denied; run it as root or as the daemon's user"
    assert str(locking.value) == f"{tmp_path}/lock: {words}"
    assert str(opening.value) == f"{tmp_path}/state.db: {words}"


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


GONE = (
    "{}: the state file was removed or replaced under the running daemon, so nothing is posted any more; put the file "
    "back, or start again to begin anew"
)


@pytest.mark.parametrize("how", ["folder", "file", "journal", "replaced"])
def test_f40_a_state_file_that_is_taken_away_takes_nothing_more(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    path = folder / "x.db"
    with open_database(path, ("CREATE TABLE a (x)",)) as database:
        insert(database, 1)
        if how == "folder":
            folder.rename(tmp_path / "elsewhere")
        elif how == "journal":
            Path(f"{path}-wal").unlink()
        else:
            content = path.read_bytes()
            path.unlink()
            if how == "replaced":
                path.write_bytes(content)
        with pytest.raises(Misconfigured) as writing:
            insert(database, 2)
        with pytest.raises(Misconfigured) as reading, database.reading():
            pass
    assert str(writing.value) == str(reading.value) == GONE.format(path)


def test_f40_damage_that_is_met_later_is_named_with_what_mends_it(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with open_database(path, ("CREATE TABLE a (x)",)) as database:
        insert(database, *("x" * 1000 for _ in range(100)))
    with path.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xa5" * 8192)
    with (
        open_database(path, ("CREATE TABLE a (x)",), create=False) as database,
        pytest.raises(Damaged, match=r"malformed.*repair "),
        database.reading() as db,
    ):
        db.execute("SELECT * FROM a").fetchall()


@pytest.mark.parametrize(
    ("damaged", "why"),
    [
        ("replace(document, 'openstack/nova', char(34))", "case 000000000002 cannot be read"),
        ("CAST(x'a5' || document AS TEXT)", "a text in it is none"),
    ],
)
def test_f40_damage_inside_the_text_of_a_case_is_named_with_what_mends_it(
    tmp_path: Path, damaged: str, why: str
) -> None:
    with open_state(tmp_path) as state:
        fill(state, 2)
        with state.transaction() as db:
            db.execute(f"UPDATE cases SET document = {damaged} WHERE rowid = 2")  # noqa: S608 - ours
        with pytest.raises(Damaged) as at_the_start:
            StoredCases(state, Clock()).open_cases()
        with pytest.raises(Damaged) as on_a_page:
            list(StoredRecords(tmp_path).last(20))
    path = tmp_path / "state.db"
    assert str(at_the_start.value) == str(on_a_page.value) == str(Damaged(path, why))
