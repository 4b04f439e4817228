"""Kept logs while processes are killed, write at the same time, and find the disk full: nothing half is ever seen."""

import json
import subprocess
import sys
import threading
from pathlib import Path

from gerritbot_er.logs.retained import RetainedLogs
from gerritbot_er.logs.retained_folders import Folders

from .kept_child import NOW, found, many

ROOT = Path(__file__).parents[2]


def _child(*words: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.peers.kept_child", *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _said(*words: object) -> list[dict[str, object]]:
    with _child(*words) as child:
        lines, _ = child.communicate(timeout=120)
    assert child.returncode == 0
    return [json.loads(line) for line in lines.splitlines()]


def test_a_writer_killed_anywhere_leaves_nothing_half(tmp_path: Path) -> None:
    points = _said("crash", tmp_path)
    assert len(points) > 20
    whole = [["other", True], ["same", True]]
    assert [point for point in points if point["listed"] != whole or not point["again"] or point["after"]] == []
    assert any(point["left"] for point in points), "none died in the middle"
    assert points[-1]["left"] == 0


def test_what_is_being_written_is_left_alone_by_a_start(tmp_path: Path) -> None:
    logs = RetainedLogs(tmp_path)
    place, meta = Folders(tmp_path).begin()
    (tmp_path / "writing" / "abandoned").mkdir()
    assert logs.clean() == 1
    assert list((tmp_path / "writing").iterdir()) == [place]
    meta.close()
    assert logs.clean() == 1


def test_processes_and_threads_write_at_once_while_builds_are_dropped(tmp_path: Path) -> None:
    logs, over = RetainedLogs(tmp_path), threading.Event()
    children = [_child("many", tmp_path, name, 15) for name in "ab"]
    threads = [threading.Thread(target=many, args=(tmp_path, name, 15)) for name in "cd"]
    seen: list[bool] = []

    def drop() -> None:
        while not over.is_set():
            logs.prune(NOW, 3600, 20 * 20_480)
            seen.extend(whole for _, whole in found(logs))

    dropper = threading.Thread(target=drop)
    for thread in (*threads, dropper):
        thread.start()
    for child in children:
        assert child.wait(60) == 0
        child.communicate()
    for thread in threads:
        thread.join()
    over.set()
    dropper.join()
    assert seen
    assert all(seen)
    logs.prune(NOW, 3600, 20 * 20_480)
    assert logs.held().bytes <= 20 * 20_480
    kept = dict(found(logs))
    assert all(kept.values())
    assert len(kept) == logs.held().failed, "none is there twice"
    logs.prepare()
    assert list((tmp_path / "writing").iterdir()) == []


def test_a_build_kept_anew_under_its_name_while_it_is_read_is_not_damaged(tmp_path: Path) -> None:
    (said,) = _said("swapped", tmp_path)
    assert said == {"found": [["same", True]], "swapped": [True]}


def test_on_a_full_disk_reading_goes_on_and_the_remedy_is_told(tmp_path: Path) -> None:
    (said,) = _said("full", tmp_path, 8192)
    assert said == {
        "through": True,
        "keeps": False,
        "trouble": (f"{tmp_path}: no logs can be kept (File too large); free disk space, or lower the size in keep"),
        "kept": 0,
        "left": 0,
    }
