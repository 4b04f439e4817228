"""Opening a state file: made whole, refused where it is damaged or newer, and converted with a copy kept."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.state import open_state
from gerritbot_er.state.database import Damaged, Database
from gerritbot_er.state.opening import open_database

ONE = "CREATE TABLE a (x); INSERT INTO a VALUES (1)"
TWO = "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1"
THREE = "CREATE TABLE b AS SELECT x + y AS z FROM a"


def made(path: Path, *migrations: str) -> Path:
    open_database(path, migrations).close()
    return path


def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    with database.reading() as db:
        return [tuple(row) for row in db.execute(query)]


def test_a_new_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with pytest.raises(Misconfigured, match="cannot be made"):
        open_database(path, (ONE, "CREATE TABLE a (x)"))
    assert not path.exists()
    with open_database(path, (ONE, TWO)) as database:
        assert rows(database, "SELECT x, y FROM a") == [(1, 2)]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x.db"]


def test_what_a_kill_left_of_a_new_file_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "x.db.new").write_bytes(b"half")
    with open_database(tmp_path / "x.db", (ONE,)) as database:
        assert rows(database, "SELECT x FROM a") == [(1,)]


def test_f43_steps_run_once_each_and_in_order(tmp_path: Path) -> None:
    path = made(tmp_path / "x.db", ONE)
    for _ in range(2):
        with open_database(path, (ONE, TWO, THREE)) as database:
            assert rows(database, "SELECT x, y FROM a") == [(1, 2)]
            assert rows(database, "SELECT z FROM b") == [(3,)]


def test_f43_a_copy_is_kept_as_the_file_was_before_its_first_step(tmp_path: Path) -> None:
    path = made(tmp_path / "x.db", ONE)
    made(path, ONE, TWO, THREE)
    copy = tmp_path / "x.db.step-1"
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("PRAGMA user_version").fetchall() == [(1,)]
        assert kept.execute("PRAGMA journal_mode").fetchall() == [("delete",)]
        assert kept.execute("SELECT * FROM a").fetchall() == [(1,)]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x.db", "x.db.step-1"]


def test_f43_the_copy_can_be_used_by_the_version_before(tmp_path: Path) -> None:
    path = made(tmp_path / "x.db", ONE)
    made(path, ONE, TWO)
    (tmp_path / "x.db.step-1").replace(path)
    with open_database(path, (ONE,)) as database:
        assert rows(database, "SELECT x FROM a") == [(1,)]


def test_f43_without_a_copy_nothing_is_converted(tmp_path: Path) -> None:
    path = made(tmp_path / "x.db", ONE)
    (tmp_path / "x.db.step-1").mkdir()
    with pytest.raises(Transient) as refused:
        open_database(path, (ONE, TWO))
    assert str(refused.value).startswith(f"{path}: no copy could be kept before the conversion to a newer step (")
    assert str(refused.value).endswith(f"); make room for {path.stat().st_size} bytes in {tmp_path}")
    with open_database(path, (ONE,)) as database:
        assert rows(database, "SELECT * FROM a") == [(1,)]


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("CREATE TABLE b (x); CREATE TABLE b (x)", "table b already exists"),
        ("CREATE TABLE c (x REFERENCES a (x)); INSERT INTO c VALUES (5)", "foreign key mismatch"),
        ("CREATE TABLE d (y PRIMARY KEY); CREATE TABLE c (x REFERENCES d); INSERT INTO c VALUES (5)", "1 rows refer"),
    ],
)
def test_f43_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path, step: str, why: str) -> None:
    path = made(tmp_path / "x.db", ONE)
    with pytest.raises(Misconfigured, match=f"step 2 failed .*{why}.*: install the version before again"):
        open_database(path, (ONE, step))
    with open_database(path, (ONE,)) as database:
        assert rows(database, "SELECT name FROM sqlite_master") == [("a",)]


def test_f43_a_newer_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = made(tmp_path / "x.db", ONE, TWO)
    with pytest.raises(Misconfigured) as refused:
        open_database(path, (ONE,))
    assert str(refused.value) == (
        f"{path}: written by a newer version (step 2, this version knows 1); install that version again, or begin with "
        f"the copy that it kept: {path}.step-1"
    )


def test_f43_a_command_beside_the_daemon_converts_nothing(tmp_path: Path) -> None:
    path = made(tmp_path / "x.db", ONE)
    with pytest.raises(Misconfigured) as refused:
        open_database(path, (ONE, TWO), create=False)
    assert str(refused.value) == (f"{path}: left by an older version (step 1); (re)start the daemon, which converts it")
    assert [file.name for file in tmp_path.iterdir()] == ["x.db"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no database at all, only text\n" * 200,
        b"SQLite format 3\x00" + b"\xff" * 5000,
        b"SQLite format 3\x00",
    ],
    ids=["empty", "text", "header", "cut"],
)
@pytest.mark.parametrize("create", [True, False], ids=["daemon", "command"])
def test_f40_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, content: bytes, *, create: bool) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(content)
    with pytest.raises(Damaged, match=rf"damaged \(.*\); mend it with: .* -m gerritbot_er.state.repair {path}$"):
        open_state(tmp_path, create=create)
    assert path.read_bytes() == content


def test_f40_a_file_without_tables_is_damage_and_no_new_file(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        connection.execute("PRAGMA user_version = 0")
        connection.execute("VACUUM")
    with pytest.raises(Damaged, match="holds no step's tables"):
        open_state(tmp_path)


@pytest.mark.parametrize("pages", [1, 2, 5, 12])
def test_f40_a_cut_off_file_is_refused(tmp_path: Path, pages: int) -> None:
    open_state(tmp_path).close()
    path = tmp_path / "state.db"
    whole = path.read_bytes()
    path.write_bytes(whole[: pages * 4096])
    with pytest.raises(Damaged):
        open_state(tmp_path)
    path.write_bytes(whole)
    open_state(tmp_path).close()


def test_f40_a_journal_without_its_file_is_not_played_into_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "state.db-wal").write_bytes(b"a journal")
    with pytest.raises(Misconfigured) as refused:
        open_state(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path}/state.db: the state file is missing, and its journal state.db-wal is there; put the file back "
        "beside it, or remove state.db-wal to begin anew"
    )


def test_f40_beginning_anew_beside_statistics_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "sightings.db").touch()
    open_state(tmp_path).close()
    said = (
        f"{tmp_path}: there is no state.db beside sightings.db: beginning anew; cases that were open are lost, and "
        "what Gerrit has of ours is looked for before anything is posted"
    )
    assert caplog.messages == [said]


def test_a_folder_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="create its folder and let our user write there"):
        open_state(tmp_path / "none")
    with pytest.raises(Misconfigured, match="start the daemon once"):
        open_state(tmp_path, create=False)
