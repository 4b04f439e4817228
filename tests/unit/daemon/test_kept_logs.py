"""What is said of the kept logs: how many, what was dropped, and what is in the way."""

import logging
import shutil
from pathlib import Path

import pytest

from gerritbot_er.daemon.kept_logs import EVERY, KeptLogsWatch, dropped_words, held_words
from gerritbot_er.logs.keeper import LogKeeper
from gerritbot_er.logs.retained import Dropped, Held, RetainedLogs
from gerritbot_er.logs.task import Collected, Findings
from gerritbot_er.model import Build
from gerritbot_er.settings import Keep
from tests.unit.triage.world import START, KeptBoard, SimulatedClock

DAY = 86_400.0


class Kept:
    """The kept logs of one store, on simulated time."""

    def __init__(self, folder: Path, size: int = 100_000) -> None:
        self.clock, self.board = SimulatedClock(), KeptBoard()
        self.keeper = LogKeeper(Keep(directory=folder, time=14 * DAY, size=size))
        self.logs = RetainedLogs(folder)
        self.states = KeptLogsWatch({"local": self.keeper}, self.board, self.clock)

    def keep(self, identity: str, *, failed: bool = True) -> None:
        build = Build(identity, "unit", "FAILURE", "zuul", "example/app", "main", 7, 2, 0)
        with self.logs.writer(build, kept_at=self.clock.now(), failed=failed) as writer, writer.file("a", "b") as write:
            write(b"a line\n")
        self.keeper.note(Collected(findings=Findings()))

    def said(self, seconds: float = 0.0) -> str:
        self.clock.seconds += seconds
        self.states.step()
        return self.board.last["kept logs of local"]


def test_what_is_held_is_told(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept")
    assert kept.said() == "working: no builds, 0 bytes of 100.0 kB"
    assert (tmp_path / "kept").is_dir(), "whether it can be used is known at once"
    kept.keep("1")
    kept.keep("2", failed=False)
    assert kept.said() == (
        "working: 1 failed and 1 successful builds, 24.6 kB of 100.0 kB, the oldest since 2027-01-15 08:00 UTC"
    )
    assert kept.states.held() == {"local": (Held(1, 1, 24_576, START), kept.keeper.limits)}


def test_what_is_too_old_or_too_much_is_dropped_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    kept = Kept(tmp_path, size=50_000)
    for number in range(6):
        kept.keep(str(number), failed=number % 2 == 0)
    assert kept.said() == (
        "working: 2 failed and 2 successful builds, 49.2 kB of 50.0 kB, the oldest since 2027-01-15 08:00 UTC; "
        "at 2027-01-15 08:00 UTC dropped 1 failed and 1 successful builds (24.6 kB): 2 beyond 50.0 kB"
    )
    assert kept.said(14 * DAY + 1) == (
        "working: no builds, 0 bytes of 50.0 kB; "
        "at 2027-01-29 08:00 UTC dropped 2 failed and 2 successful builds (49.2 kB): 4 after 14.0 d"
    )
    assert caplog.messages == [
        "kept logs of local: dropped 1 failed and 1 successful builds (24.6 kB): 2 beyond 50.0 kB",
        "kept logs of local: dropped 2 failed and 2 successful builds (49.2 kB): 4 after 14.0 d",
    ]


def test_nothing_is_looked_at_without_need(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.keep("1")
    before = kept.said()
    shutil.rmtree(tmp_path / "builds")
    assert kept.said(EVERY - 1) == before
    assert kept.said(2) != before


def test_trouble_is_told_once_and_its_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    kept = Kept(tmp_path)
    for free in (900, 899):
        kept.keeper.note(Collected(findings=Findings(unkept=f"no logs are kept: {free} MiB are free")))
        assert kept.said() == (f"degraded: no logs are kept: {free} MiB are free; no builds, 0 bytes of 100.0 kB")
    kept.keeper.note(Collected(findings=Findings()))
    assert kept.said().startswith("working: ")
    assert caplog.messages == [
        "logs of local are searched and not kept: no logs are kept: 900 MiB are free",
        "logs of local are kept again",
    ]


def test_a_folder_that_cannot_be_used_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("")
    kept = Kept(tmp_path / "kept")
    assert kept.said() == (
        f"misconfigured: {tmp_path}/kept: no logs can be kept (Not a directory); "
        "make it a folder that our user can write"
    )
    (tmp_path / "kept").unlink()
    assert kept.said(EVERY + 1).startswith("working: ")


def test_what_a_crash_left_is_removed_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "writing" / "1").mkdir(parents=True)
    Kept(tmp_path).said()
    assert list((tmp_path / "writing").iterdir()) == []


def test_words() -> None:
    keep = Keep(directory=Path("kept"), size=20_000_000_000)
    assert held_words(Held(412, 37, 3_140_000_000, START), keep) == (
        "412 failed and 37 successful builds, 3.1 GB of 20.0 GB, the oldest since 2027-01-15 08:00 UTC"
    )
    assert dropped_words(Dropped(12, 3, 1_200_000_000, 10, 5), keep) == (
        "dropped 12 failed and 3 successful builds (1.2 GB): 10 after 14.0 d, 5 beyond 20.0 GB"
    )
