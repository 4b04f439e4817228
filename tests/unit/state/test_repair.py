"""A damaged state file is refused with a command, and that command, run as it stands, mends it."""

import shlex
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.state import PAUSE, StoredBrakes, StoredCases, StoredOutbox, locked, open_state
from gerritbot_er.state.database import Damaged
from gerritbot_er.state.migrations import STATE
from gerritbot_er.state.repair import LOOK_BACK, main, mend
from gerritbot_er.triage.speaking import Say
from tests.unit.state.made import NOW, PAGE, Clock, damage, damage_root, fill

CASES = 600


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state file of some 300 pages."""
    with open_state(tmp_path) as opened:
        fill(opened, CASES)
    return tmp_path / "state.db"


def command(refused: Damaged) -> str:
    """What the person is told to type."""
    return str(refused).partition("; mend it with: ")[2]


def pages_of(path: Path, table: str) -> list[int]:
    """Where the leaves of a table begin, in bytes: those that hold the texts of cases."""
    content = path.read_bytes()
    mark = {"cases": b'"project":"openstack/nova"'}[table]
    starts = range(PAGE, len(content), PAGE)
    return [at for at in starts if content[at] == 0x0D and mark in content[at : at + PAGE]]


def test_f40_the_command_that_is_said_mends_the_file(state: Path) -> None:
    leaves = pages_of(state, "cases")
    damage(state, leaves[len(leaves) // 2], 2 * PAGE)
    with pytest.raises(Damaged) as refused:
        open_state(state.parent)
    damaged = state.read_bytes()

    done = subprocess.run(shlex.split(command(refused.value)), capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("mended, with ")
    assert done.stdout.endswith(f"; the damaged file is now {state}.damaged; start the daemon\n")
    assert Path(f"{state}.damaged").read_bytes() == damaged
    with open_state(state.parent) as opened:
        cases, outbox = StoredCases(opened, Clock()), StoredOutbox(opened, Clock())
        kept = len(cases.open_cases())
        assert CASES * 2 / 3 * 0.9 < kept < CASES * 2 / 3
        assert [row.post.body for row in outbox.at_work()] == [f"bug\ngerritbot-er case {CASES - 2:012x}"]
        assert cases.cursor() == int(NOW) - LOOK_BACK
        assert cases.newest(CASES) == (2, True)
        assert StoredBrakes(opened).all(NOW) == {PAUSE: None}
        with opened.reading() as db:
            assert db.execute("PRAGMA user_version").fetchone()[0] == len(STATE)
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert sorted(file.name for file in state.parent.iterdir()) == ["lock", "state.db", "state.db.damaged"]


def test_f40_many_damaged_places_leave_the_rest(state: Path) -> None:
    leaves = pages_of(state, "cases")
    for at in leaves[10:200:20]:
        damage(state, at, PAGE)
    rows = mend(state).rows
    assert CASES - 40 < rows["cases"] < CASES


def row_at(path: Path, number: int) -> tuple[int, int]:
    """The leaf that holds a case, and where its row's number stands, which takes two bytes as its length does."""
    content, coded = path.read_bytes(), bytes([0x80 | number >> 7, number & 0x7F])
    for leaf in pages_of(path, "cases"):
        for pointer in range(leaf + 8, leaf + 8 + 2 * content[leaf + 4], 2):
            at = leaf + int.from_bytes(content[pointer : pointer + 2], "big") + 2
            if content[at : at + 2] == coded:
                return leaf, at
    raise AssertionError(number)


@pytest.mark.parametrize("number", range(296, 300))
def test_f40_rows_out_of_order_before_what_cannot_be_read_end_too(state: Path, number: int) -> None:
    misnumbered = [row_at(state, number - back)[1] for back in (0, 1, 2)]
    unreadable, _ = row_at(state, number + 1)
    damage(state, unreadable, PAGE)
    for at in misnumbered:
        if not unreadable <= at < unreadable + PAGE:
            damage(state, at, 1, 0x80)
            damage(state, at + 1, 1, 1)
    assert CASES - 20 < mend(state).rows["cases"] < CASES


def test_f40_a_whole_file_stays_as_it_is_but_for_the_cursor(state: Path) -> None:
    rows = mend(state).rows
    assert (rows["cases"], rows["outbox"], rows["changes"], rows["brakes"]) == (CASES, CASES // 3, CASES, 1)


def test_f40_damage_inside_a_text_is_found_where_sqlite_sees_none(state: Path) -> None:
    with closing(sqlite3.connect(state)) as db:
        db.execute("UPDATE cases SET document = replace(document, 'openstack/nova', char(34)) WHERE rowid = 5")
        db.commit()
    assert mend(state).rows["cases"] == CASES - 1


def test_f40_a_cut_off_file_gives_what_is_left(state: Path) -> None:
    whole = state.read_bytes()
    state.write_bytes(whole[: len(whole) * 2 // 3 // PAGE * PAGE])
    with pytest.raises(Damaged):
        open_state(state.parent)
    assert mend(state).rows["cases"] > CASES / 3
    open_state(state.parent).close()


@pytest.mark.parametrize("content", [b"", b"only text " * 1000])
def test_f40_where_nothing_can_be_read_nothing_is_changed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(content)
    with pytest.raises(Misconfigured) as refused:
        mend(path)
    assert str(refused.value) == (
        f"{path}: nothing in it can be read; put a copy of it back, or move it away to begin anew"
    )
    assert path.read_bytes() == content
    assert sorted(file.name for file in tmp_path.iterdir()) == ["lock", "state.db"]


def test_f40_a_file_at_work_is_not_mended(state: Path) -> None:
    with locked(state.parent), pytest.raises(Transient):
        mend(state)


def test_f40_each_damaged_file_is_kept(state: Path) -> None:
    assert [mend(state).aside.name for _ in range(3)] == [
        "state.db.damaged",
        "state.db.damaged-2",
        "state.db.damaged-3",
    ]


def test_f40_a_cursor_that_was_lost_is_made_of_what_was_seen_last(state: Path) -> None:
    with closing(sqlite3.connect(state)) as db:
        db.execute("DELETE FROM marks")
        db.execute("UPDATE changes SET seen_at = seen_at + 7 WHERE number = 3")
        (newest,) = db.execute("SELECT max(max(seen_at), (SELECT max(at) FROM cases)) FROM changes").fetchone()
        db.commit()
    mend(state)
    with open_state(state.parent) as opened:
        assert StoredCases(opened, Clock()).cursor() == newest - LOOK_BACK


def said(path: Path) -> dict[str | None, int]:
    """How many cases that were commented on hold which words, by these."""
    with closing(sqlite3.connect(path)) as db:
        return dict(db.execute("SELECT said, count(*) FROM cases WHERE rowid % 3 = 1 GROUP BY said").fetchall())


def test_f40_cases_whose_comments_were_lost_are_judged_again_and_counted(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage_root(state, "outbox")
    assert main([str(state)]) == 0
    assert capsys.readouterr().out == (
        "mended, with 600 cases, 0 outbox, 600 changes, 1 marks, 1 brakes, 0 workers, 0 counters, 0 outages; "
        "cases judged again "
        f"as their comment was lost: 200; the damaged file is now {state}.damaged; start the daemon\n"
    )
    assert said(state) == {None: 200}
    with open_state(state.parent) as opened:
        assert len(StoredCases(opened, Clock()).open_cases()) == 600


def test_f40_cases_from_before_the_last_day_keep_what_they_said(state: Path) -> None:
    with closing(sqlite3.connect(state)) as db:
        db.execute("UPDATE cases SET at = at - ? WHERE rowid <= 300", (LOOK_BACK + 600,))
        db.commit()
    damage_root(state, "outbox")
    assert mend(state).reopened == 100
    assert said(state) == {None: 100, "comment": 100}


@pytest.mark.parametrize("word", [*Say, "in shadow: IRC alone", "no known bug"])
def test_f40_only_what_makes_a_comment_can_have_lost_one(state: Path, word: str) -> None:
    with closing(sqlite3.connect(state)) as db:
        db.execute("UPDATE cases SET said = ? WHERE rowid % 3 = 1", (str(word),))
        db.execute("DELETE FROM outbox")
        db.commit()
    assert mend(state).reopened == (200 if word in {Say.COMMENT, Say.AGAIN, Say.ADDITION} else 0)


def test_what_keeps_it_from_mending_is_said_without_a_traceback(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    obstacle = state.with_name("state.db.mended")
    obstacle.mkdir()
    assert main([str(state)]) == 75
    assert capsys.readouterr().err == (
        f"{state}: not mended ([Errno 21] Is a directory: '{obstacle}'); make room in {state.parent}, and try again as "
        "the file's owner or root\n"
    )


def test_the_command_says_how_it_is_used(tmp_path: Path) -> None:
    assert main([]) == 2
    assert main([str(tmp_path / "none.db")]) == 78


@example(places=[(0.0078125, 1, 0x80)])  # a byte of the schema that is no text
@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 5000), st.integers(0, 255)), min_size=1, max_size=5))
def test_f40_any_damage_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, places: list[tuple[float, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    with open_state(folder) as opened:
        fill(opened, 60)
    path = folder / "state.db"
    for at, length, byte in places:
        damage(path, int(at * path.stat().st_size), length, byte)
    try:
        assert cases_in(folder) <= 60
    except Misconfigured:
        try:
            mend(path)
        except Misconfigured:
            return
        assert cases_in(folder) <= 60


def cases_in(folder: Path) -> int:
    with open_state(folder) as opened, opened.reading() as db:
        count: int = db.execute("SELECT count(*) FROM cases").fetchone()[0]
    return count
