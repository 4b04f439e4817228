"""A file of each step that was released, brought to the newest: nothing of it is lost."""

import sqlite3
from contextlib import closing
from pathlib import Path

from gerritbot_er.state import PAUSE, StoredBrakes, StoredCases, StoredOutages, StoredOutbox, open_state
from gerritbot_er.state.migrations import STATE
from gerritbot_er.state.overview import overview
from tests.unit.state.made import NOW, Clock

HERE = Path(__file__).parent
SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"


def test_f43_every_released_step_has_its_file() -> None:
    """The newest step needs none while it is not released; step 1 has one already."""
    there = {int(file.stem.removeprefix("step_")) for file in HERE.glob("step_*.sql")}
    assert there >= set(range(1, len(STATE))) | {1}


def test_f43_a_file_of_step_1_keeps_everything(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db")) as file:
        file.executescript((HERE / "step_1.sql").read_text())
    with open_state(tmp_path) as state:
        cases, outbox = StoredCases(state, Clock()), StoredOutbox(state, Clock())
        assert [case.id for case in cases.open_cases()] == ["000000000002", "000000000003"]
        assert cases.cursor() == int(NOW)
        assert [cases.newest(number) for number in (1, 5)] == [(2, True), None]
        assert [spoken.bugs for spoken in cases.spoken(1, 2)] == [("disk-full",)]
        (waiting,) = outbox.at_work()
        assert (waiting.post.case_id, waiting.stage, waiting.attempts) == ("000000000004", "pending", 0)
        assert StoredBrakes(state).all(NOW) == {PAUSE: None}
        seen = overview(state, 0.0)
        assert (seen.open_cases, seen.done_cases, seen.outbox) == (2, 2, {"pending": 1, "sent": 1})


def test_f43_a_file_of_step_2_keeps_its_outage_and_learns_which_changes_were_private(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db")) as file:
        file.executescript((HERE / "step_2.sql").read_text())
    with open_state(tmp_path) as state:
        (outage,) = StoredOutages(state, Clock()).current()
        assert (outage.failure.name, outage.changes, outage.channels) == ("disk-full", 3, ("#gate",))
        cases = StoredCases(state, Clock())
        assert cases.every_private() == [(3, int(NOW) + 3)]
        assert [cases.newest(number) for number in (1, 3, 5)] == [(2, True), (2, True), None]


def test_f43_a_step_that_was_released_is_never_changed(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "fixture.db")) as file:
        file.executescript((HERE / "step_1.sql").read_text())
        released = file.execute(SCHEMA).fetchall()
    with closing(sqlite3.connect(":memory:")) as file:
        file.executescript(STATE[0])
        made = file.execute(SCHEMA).fetchall()
    assert made == released, "add a step instead"
