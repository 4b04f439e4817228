"""What is old goes in small steps; what is open, at work or young stays."""

from pathlib import Path

import pytest

from gerritbot_er.ports.reading import KEEP_CASES, KEEP_SIGHTINGS
from gerritbot_er.state import open_sightings, open_state
from gerritbot_er.state.database import Database
from gerritbot_er.state.retention import LATER, ROWS, SOON, Retention

NOW = 2_000_000_000.0
DAY = 86400.0
OLD, YOUNG = NOW - KEEP_CASES - DAY, NOW - KEEP_CASES + DAY


ROWS_OF_SIGHTINGS = (
    """
    INSERT INTO reports (key, at, ci, project, branch, pipeline, change, patchset, failed, gate, private, hidden)
    VALUES (:at, :at, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0)
    """,
    "INSERT INTO builds VALUES (:at, :at, 1, :at, 0, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 'explained', 0, NULL, 0, NULL)",
    "INSERT INTO hits VALUES (:at, 0, :at, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0)",
    "INSERT INTO evidence VALUES (:at, 0, :at, '')",
    "INSERT INTO telling VALUES (:at, :at, '', '[]')",
    "INSERT INTO failure_groups VALUES (:at, :at, :at, :at, '')",
    "INSERT INTO successes VALUES (0, 0, 0, :at, '')",
    "INSERT INTO replies VALUES (1, 1, 0, '', :at, '', '', NULL, '', 0)",
    "INSERT INTO private_changes VALUES (:at, :at)",
    "INSERT INTO bugs (url, tried_at) VALUES (:at, :at)",
    "INSERT INTO trials (signature, store, digest, below, beyond, at) VALUES (:at, '', '', 0, 0, :at)",
    "INSERT INTO runs VALUES (:at / 86400, 0, 0, 0, 0, 0, 1, 1, 0) ON CONFLICT DO NOTHING",
)
"""One of each that was seen at this second."""


class Clock:
    def __init__(self) -> None:
        self.waited = 0.0

    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return self.waited


def case(state: Database, name: str, stage: str, at: float, *rows: tuple[str, float], change: int = 0) -> None:
    with state.transaction() as db:
        db.execute(
            "INSERT INTO cases (id, key, at, change, patchset, project, opened_at, document, stage)"
            " VALUES (?, '', 0, ?, 1, '', ?, '', ?)",
            (name, change, at, stage),
        )
        db.executemany(
            "INSERT INTO outbox"
            " (case_id, sink, part, change, patchset, bugs, body, token, stage, created_at, changed_at)"
            " VALUES (?, ?, 1, 0, 1, '', '', '', ?, ?, ?)",
            [(name, f"irc:#{number}", *row, row[-1]) for number, row in enumerate(rows)],
        )


def values(database: Database, query: str) -> list[object]:
    with database.reading() as db:
        return [row[0] for row in db.execute(query)]


def test_old_closed_cases_and_what_was_said_go(tmp_path: Path) -> None:
    with open_state(tmp_path) as state, open_sightings(tmp_path) as sightings:
        case(state, "old", "done", OLD, ("sent", OLD), ("failed", OLD), ("withheld", OLD))
        case(state, "old, silent", "done", OLD)
        case(state, "young", "done", YOUNG, ("sent", YOUNG))
        case(state, "open", "open", OLD, ("sent", OLD))
        case(state, "at work", "done", OLD, ("pending", OLD), ("sent", OLD))
        case(state, "being sent", "done", OLD, ("sending", OLD))
        case(state, "proved late", "done", OLD, ("sent", YOUNG))
        Retention(state, sightings, Clock()).step()
        assert values(state, "SELECT id FROM cases ORDER BY rowid") == [
            "young", "open", "at work", "being sent", "proved late",
        ]  # fmt: skip
        assert values(state, "SELECT case_id || ' ' || stage FROM outbox ORDER BY number") == [
            "young sent", "open sent", "at work pending", "being sent sending", "proved late sent",
        ]  # fmt: skip


def test_changes_without_an_event_go_but_not_those_of_open_cases(tmp_path: Path) -> None:
    with open_state(tmp_path) as state, open_sightings(tmp_path) as sightings:
        case(state, "open", "open", OLD, change=3)
        with state.transaction() as db:
            db.executemany(
                "INSERT INTO changes (number, patchset, open, seen_at) VALUES (?, 1, 1, ?)",
                [(1, int(OLD)), (2, int(YOUNG)), (3, int(OLD))],
            )
        Retention(state, sightings, Clock()).step()
        assert values(state, "SELECT number FROM changes ORDER BY number") == [2, 3]


def test_statistics_are_kept_for_more_than_a_year(tmp_path: Path) -> None:
    edge = int(NOW - KEEP_SIGHTINGS)
    with open_state(tmp_path) as state, open_sightings(tmp_path) as sightings:
        with sightings.transaction() as db:
            for at in (edge - 1, edge + 1):
                for insertion in ROWS_OF_SIGHTINGS:
                    db.execute(insertion, {"at": at})
        Retention(state, sightings, Clock()).step()
        for table in ("reports", "builds", "hits", "evidence", "telling", "successes", "replies"):
            assert values(sightings, f"SELECT at FROM {table}") == [edge + 1], table  # noqa: S608 - ours
        times = {"failure_groups": "last_at", "private_changes": "at", "bugs": "tried_at", "trials": "at"}
        for table, time in times.items():
            assert values(sightings, f"SELECT {time} FROM {table}") == [edge + 1], table  # noqa: S608 - ours
        assert values(sightings, "SELECT day FROM runs") == [(edge + 1) // 86400], "and its day's counts with it"


def test_a_step_is_bounded_and_the_next_follows_soon_while_there_is_more(tmp_path: Path) -> None:
    clock = Clock()
    with open_state(tmp_path) as state, open_sightings(tmp_path) as sightings:
        retention = Retention(state, sightings, clock)
        with state.transaction() as db:
            db.executemany(
                "INSERT INTO changes (number, patchset, open, seen_at) VALUES (?, 1, 1, 0)",
                [(n,) for n in range(2 * ROWS + 1)],
            )
        left = []
        for waited in (0.0, SOON / 2, SOON, 2 * SOON, 3 * SOON):
            clock.waited = waited
            retention.step()
            left += values(state, "SELECT count(*) FROM changes")
        assert left == [ROWS + 1, ROWS + 1, 1, 0, 0]
        with state.transaction() as db:
            db.execute("INSERT INTO changes (number, patchset, open, seen_at) VALUES (1, 1, 1, 0)")
        for waited, there in ((LATER, 1), (3 * SOON + LATER, 0)):
            clock.waited = waited
            retention.step()
            assert values(state, "SELECT count(*) FROM changes") == [there]


def test_a_full_disk_leaves_old_rows_where_they_are(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_state(tmp_path) as state, open_sightings(tmp_path) as sightings:
        case(state, "old", "done", OLD)
        (tmp_path / "state.db").rename(tmp_path / "elsewhere.db")
        Retention(state, sightings, Clock()).step()
    assert [message.partition(": ")[0] for message in caplog.messages] == ["old rows stay for now"]


def test_trouble_with_one_file_slows_the_other_by_nothing(tmp_path: Path) -> None:
    clock = Clock()
    with open_state(tmp_path) as state, open_sightings(tmp_path) as sightings:
        (tmp_path / "sightings.db").rename(tmp_path / "elsewhere.db")
        with state.transaction() as db:
            db.executemany(
                "INSERT INTO changes (number, patchset, open, seen_at) VALUES (?, 1, 1, 0)",
                [(n,) for n in range(ROWS + 1)],
            )
        retention = Retention(state, sightings, clock)
        retention.step()
        clock.waited = SOON
        retention.step()
        assert values(state, "SELECT count(*) FROM changes") == [0]
