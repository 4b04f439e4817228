"""Builds kept on disk: what is written is read again, what is dropped is told, and sizes are kept to exactly."""

import json
import random
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gerritbot_er.errors import Misconfigured
from gerritbot_er.logs.retained import Damaged, Dropped, Held, RetainedLogs
from gerritbot_er.logs.retained_folders import BLOCK, Entry, RetainedBuild, entry_of
from gerritbot_er.logs.retained_writer import BuildWriter
from gerritbot_er.model import Build

DAY = 86400.0
NOW = 1_795_254_900.25
CONSOLE = b"2026-11-21 09:52:58.1 | node | cp: No space left on device\n" * 1000


def _build(identity: str = "f495c366", **more: object) -> Build:
    given: dict[str, object] = {
        "job": "unit",
        "result": "FAILURE",
        "ci": "zuul",
        "project": "example/app",
        "branch": "main",
    }
    given |= {"change": 7, "patchset": 2, "reported_at": 1_795_254_800}
    return Build(identity=identity, **(given | more))  # type: ignore[arg-type]


def _keep(
    logs: RetainedLogs,
    build: Build,
    files: Mapping[str, bytes] | None = None,
    *,
    at: float = NOW,
    failed: bool = True,
    whole: bool = True,
) -> None:
    with logs.writer(build, kept_at=at, failed=failed) as writer:
        writer.whole = whole
        for path, content in (files or {"job-output.txt": CONSOLE}).items():
            with writer.file(path, f"https://logs.example.org/{path}") as write:
                for start in range(0, len(content), 1000):
                    write(content[start : start + 1000])


def _torn(writer: BuildWriter) -> None:
    with writer.file("a.log", "a") as write:
        write(b"the beginning")
        raise EOFError


def _contents(logs: RetainedLogs, build: RetainedBuild) -> dict[str, bytes]:
    return {file.path: b"".join(file.chunks()) for file in logs.files(build)}


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    logs, build = RetainedLogs(tmp_path / "kept"), _build(log_urls=("https://logs.example.org/",), detail="näh\n")
    files = {"job-output.txt": CONSOLE, "controller/logs/sys log.txt": b"\xff\0\n", "empty.log": b""}
    _keep(logs, build, files)
    (kept,) = logs.builds()
    assert (kept.build, kept.kept_at, kept.failed, kept.whole, kept.notes) == (build, NOW, True, True, ())
    assert [(file.path, file.url, file.name, file.plain, file.whole) for file in kept.files] == [
        ("job-output.txt", "https://logs.example.org/job-output.txt", "0-job-output.txt.zst", len(CONSOLE), True),
        (
            "controller/logs/sys log.txt",
            "https://logs.example.org/controller/logs/sys log.txt",
            "1-sys_log.txt.zst",
            3,
            True,
        ),
        ("empty.log", "https://logs.example.org/empty.log", "2-empty.log.zst", 0, True),
    ]
    assert [(file.path, file.url) for file in logs.files(kept)] == [(file.path, file.url) for file in kept.files]
    assert _contents(logs, kept) == files
    assert logs.find("zuul", build.identity) == kept
    assert logs.find("jenkins", build.identity) is None


def test_nothing_is_there_before_the_first_writer(tmp_path: Path) -> None:
    logs = RetainedLogs(tmp_path / "kept")
    assert (list(logs.builds()), logs.held(), logs.prune(NOW, 0, 0), logs.clean()) == ([], Held(), Dropped(), 0)
    assert not logs.folder.exists()


def test_the_newest_come_first(tmp_path: Path) -> None:
    logs = RetainedLogs(tmp_path)
    for number in (3, 1, 2):
        _keep(logs, _build(str(number)), at=NOW + number)
    assert [kept.build.identity for kept in logs.builds()] == ["3", "2", "1"]


def test_a_file_that_was_not_read_to_its_end_is_marked(tmp_path: Path) -> None:
    logs = RetainedLogs(tmp_path)
    with logs.writer(_build(), kept_at=NOW) as writer:
        with pytest.raises(EOFError):
            _torn(writer)
        with writer.file("b.log", "b") as write:
            write(b"all")
        writer.notes = ("a.log: only its beginning was read",)
    (kept,) = logs.builds()
    assert (kept.whole, [file.whole for file in kept.files]) == (False, [False, True])
    assert kept.notes == ("a.log: only its beginning was read",)
    assert _contents(logs, kept) == {"a.log": b"the beginning", "b.log": b"all"}


def test_after_an_error_nothing_is_kept(tmp_path: Path) -> None:
    logs = RetainedLogs(tmp_path)
    with pytest.raises(EOFError), logs.writer(_build(), kept_at=NOW) as writer:
        _torn(writer)
    assert list(logs.builds()) == []
    assert list((tmp_path / "writing").iterdir()) == []


def test_a_build_without_files_is_not_kept(tmp_path: Path) -> None:
    logs = RetainedLogs(tmp_path)
    with logs.writer(_build(), kept_at=NOW):
        assert len(list((tmp_path / "writing").iterdir())) == 1
    assert list(logs.builds()) == []
    assert list((tmp_path / "writing").iterdir()) == []


@pytest.mark.parametrize(
    ("first", "second", "stays"), [(True, True, 1), (True, False, 0), (False, True, 1), (False, False, 1)]
)
def test_a_build_that_is_kept_again_takes_the_place(tmp_path: Path, stays: int, *, first: bool, second: bool) -> None:
    logs = RetainedLogs(tmp_path)
    _keep(logs, _build(), {"a.log": b"0"}, whole=first)
    _keep(logs, _build(), {"a.log": b"1"}, whole=second)
    (kept,) = logs.builds()
    assert _contents(logs, kept) == {"a.log": b"%d" % stays}
    assert logs.held().failed == 1


def test_damage_is_told_and_nothing_else_is_lost(tmp_path: Path) -> None:
    logs = RetainedLogs(tmp_path)
    for number in range(4):
        _keep(logs, _build(str(number)), at=NOW + number)
    short, torn, bare, _ = logs.builds()
    places = [tmp_path / "builds" / one.name for one in (short, torn, bare)]
    (places[0] / "0-job-output.txt.zst").write_bytes(b"")
    (places[1] / "meta.json").write_text('{"build": ')
    (places[2] / "meta.json").unlink()
    told: list[str] = []
    assert [kept.build.identity for kept in logs.builds(told.append)] == ["0"]
    assert told == [
        f"{places[0]} is damaged and left out: 0-job-output.txt.zst is not {short.files[0].stored} bytes long",
        f"{places[1]} is damaged and left out: its meta.json is not what was written",
        f"{places[2]} is damaged and left out: [Errno 2] No such file or directory: '{places[2]}/meta.json'",
    ]
    with pytest.raises(Damaged):
        logs.find("zuul", "3")
    assert logs.held().failed == 4
    assert logs.prune(NOW, 0, 0).failed == 4


@pytest.mark.parametrize("name", ["../0-job-output.txt.zst", "/dev/null", "..", ""])
def test_no_kept_build_names_files_outside_of_its_folder(tmp_path: Path, name: str) -> None:
    logs = RetainedLogs(tmp_path)
    _keep(logs, _build())
    (kept,) = logs.builds()
    place = tmp_path / "builds" / kept.name
    meta = (place / "meta.json").read_text()
    (place / "meta.json").write_text(meta.replace(json.dumps("0-job-output.txt.zst"), json.dumps(name)))
    told: list[str] = []
    assert list(logs.builds(told.append)) == []
    assert told == [f"{place} is damaged and left out: its meta.json is not what was written"]


def test_damage_within_a_file_is_told_while_it_is_read(tmp_path: Path) -> None:
    logs = RetainedLogs(tmp_path)
    _keep(logs, _build(), {"a.log": bytes(range(256)) * 40})
    (kept,) = logs.builds()
    place = tmp_path / "builds" / kept.name / kept.files[0].name
    packed = bytearray(place.read_bytes())
    packed[-6] ^= 1
    place.write_bytes(packed)
    with pytest.raises(Damaged, match=r"0-a\.log\.zst \(a\.log\) cannot be read: zstd"):
        _contents(logs, kept)
    place.write_bytes(b"")
    with pytest.raises(Damaged, match=r"0-a\.log\.zst \(a\.log\) is damaged: 0 bytes of 10240 are there$"):
        _contents(logs, kept)


def test_reading_goes_on_when_a_build_is_dropped_and_ends_with_a_word(tmp_path: Path) -> None:
    logs = RetainedLogs(tmp_path)
    _keep(logs, _build(), {"a.log": CONSOLE, "b.log": CONSOLE})
    (kept,) = logs.builds()
    first, second = logs.files(kept)
    chunks = first.chunks()
    begun = next(chunks)
    assert logs.prune(NOW, 0, 0) == Dropped(failed=1, bytes=16384, beyond=1)
    assert b"".join([begun, *chunks]) == CONSOLE
    with pytest.raises(Damaged, match=r"\(b\.log\) is there no more: it was dropped meanwhile$"):
        list(second.chunks())


def test_what_is_too_old_goes_then_the_oldest_beyond_the_size(tmp_path: Path) -> None:
    logs = RetainedLogs(tmp_path)
    for day in range(20):
        _keep(logs, _build(str(day)), at=NOW + day * DAY, failed=day % 4 != 0)
    each = 12288  # the folder, its meta file and a log of one block
    assert logs.held() == Held(failed=15, successes=5, bytes=20 * each, oldest=NOW)
    now = NOW + 19 * DAY
    assert logs.prune(now, 14 * DAY, 20 * each) == Dropped(failed=3, successes=2, bytes=5 * each, too_old=5)
    assert logs.prune(now, 14 * DAY, 20 * each) == Dropped()
    assert logs.prune(now + 1, 14 * DAY, 10 * each) == Dropped(
        failed=4, successes=1, bytes=5 * each, too_old=1, beyond=4
    )
    assert [kept.build.identity for kept in logs.builds()] == [str(day) for day in range(19, 9, -1)]
    assert not logs.prune(now, 14 * DAY, 10 * each)
    assert logs.prune(now, 14 * DAY, 10 * each - 1).beyond == 1
    assert list((tmp_path / "writing").iterdir()) == []


def test_no_more_are_dropped_at_once_than_wanted(tmp_path: Path) -> None:
    logs = RetainedLogs(tmp_path)
    for number in range(5):
        _keep(logs, _build(str(number)), at=NOW + number)
    assert logs.prune(NOW, DAY, 0, most=3) == Dropped(failed=3, bytes=3 * 12288, beyond=3, more=True)
    assert logs.prune(NOW, DAY, 0, most=3) == Dropped(failed=2, bytes=2 * 12288, beyond=2)


def test_what_the_accounts_say_is_what_the_disk_gave(tmp_path: Path) -> None:
    logs = RetainedLogs(tmp_path)
    _keep(logs, _build(), {"a.log": bytes(range(256)) * 500, "b.log": b"", "c.log": b"x"})
    (kept,) = logs.builds()
    place = tmp_path / "builds" / kept.name
    blocks = sum(-(-file.stat().st_size // 4096) * 4096 for file in place.iterdir())
    assert logs.held().bytes == blocks + 4096


def test_a_folder_that_cannot_be_written_is_a_person_s_to_mend(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("")
    with pytest.raises(Misconfigured) as refused:
        _keep(RetainedLogs(tmp_path / "kept"), _build())
    assert str(refused.value) == (
        f"{tmp_path / 'kept'}: no logs can be kept (Not a directory); make it a folder that our user can write"
    )


def test_foreign_folders_are_left_alone(tmp_path: Path) -> None:
    logs = RetainedLogs(tmp_path)
    _keep(logs, _build())
    (tmp_path / "builds" / "lost+found").mkdir()
    assert logs.prune(NOW, 0, 0).failed == 1
    assert [place.name for place in (tmp_path / "builds").iterdir()] == ["lost+found"]


@given(st.integers(0, 10**16), st.text("0123456789abcdef", min_size=16, max_size=16), st.booleans(), st.integers(0))
def test_a_folder_s_name_says_all_of_its_entry(at: int, key: str, failed: bool, size: int) -> None:  # noqa: FBT001 - hypothesis passes it by name
    entry = Entry(at, key, failed, size)
    assert entry_of(entry.name) == entry


@given(st.text(max_size=40))
def test_no_other_name_is_taken_for_a_build(name: str) -> None:
    entry = entry_of(name)
    assert entry is None or int(name.partition("-")[0]) == entry.milliseconds


AGES = st.lists(st.tuples(st.integers(0, 20), st.booleans(), st.integers(0, 9)), max_size=12)
QUICK = settings(max_examples=25, deadline=None)


@given(AGES, st.integers(0, 20), st.integers(0, 12 * 5 * BLOCK))
@QUICK
def test_the_oldest_go_until_the_rest_fits_and_no_more(
    builds: list[tuple[int, bool, int]], days: int, size: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        logs = RetainedLogs(Path(folder))
        for number, (age, failed, blocks) in enumerate(builds):
            content = random.Random(number).randbytes(blocks * BLOCK // 2)  # noqa: S311 - what does not shrink
            _keep(logs, _build(str(number)), {"a.log": content}, at=NOW - age * DAY - number / 1000, failed=failed)
        before = [entry_of(kept.name) for kept in logs.builds()]
        dropped = logs.prune(NOW, days * DAY + 0.5, size)
        after = [entry_of(kept.name) for kept in logs.builds()]
        assert after == before[: len(after)], "the newest stay"
        gone = [entry for entry in before[len(after) :] if entry]
        left = [entry for entry in after if entry]
        assert sum(entry.size for entry in left) == logs.held().bytes <= size or not left
        assert all(entry.kept_at >= NOW - days * DAY - 0.5 for entry in left)
        too_old = [entry for entry in gone if entry.kept_at < NOW - days * DAY - 0.5]
        if len(gone) > len(too_old):
            assert sum(entry.size for entry in (*left, gone[0])) > size, "none of these had to go"
        assert dropped == Dropped(
            failed=sum(entry.failed for entry in gone),
            successes=sum(not entry.failed for entry in gone),
            bytes=sum(entry.size for entry in gone),
            too_old=len(too_old),
            beyond=len(gone) - len(too_old),
        )


@given(st.lists(st.tuples(st.text(max_size=30), st.lists(st.binary(max_size=50), max_size=5)), min_size=1, max_size=5))
@QUICK
def test_any_bytes_under_any_names_come_back(files: list[tuple[str, list[bytes]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        logs = RetainedLogs(Path(folder))
        with logs.writer(_build(), kept_at=NOW) as writer:
            for path, chunks in files:
                with writer.file(path, path) as write:
                    for chunk in chunks:
                        write(chunk)
        (kept,) = logs.builds()
        read = [(file.path, b"".join(file.chunks())) for file in logs.files(kept)]
        assert read == [(path, b"".join(chunks)) for path, chunks in files]
        assert all(place.parent == Path(folder, "builds", kept.name) for place in Path(folder).rglob("*.zst"))


def test_a_name_that_is_no_text_does_no_harm(tmp_path: Path) -> None:
    logs = RetainedLogs(tmp_path)
    _keep(logs, _build(), {"a\udcff/b\ud800.log": b"x"})
    (kept,) = logs.builds()
    assert _contents(logs, kept) == {"a?/b?.log": b"x"}


@given(st.binary(max_size=200))
@QUICK
def test_whatever_a_meta_file_holds_is_told_as_damage(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        logs = RetainedLogs(Path(folder))
        _keep(logs, _build())
        (kept,) = logs.builds()
        Path(folder, "builds", kept.name, "meta.json").write_bytes(content)
        told: list[str] = []
        assert list(logs.builds(told.append)) == []
        assert len(told) == 1
