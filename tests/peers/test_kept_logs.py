"""The local log store keeps what it reads, and the whole daemon what it hears of, good builds among it."""

import logging
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from gerritbot_er.dependencies import kept_logs
from gerritbot_er.logs.keeper import LogKeeper
from gerritbot_er.logs.local import LocalLogStore
from gerritbot_er.logs.retained import RetainedLogs
from gerritbot_er.logs.retained_folders import RetainedBuild
from gerritbot_er.model import Build, BuildAnswer, Signature
from gerritbot_er.sandbox import story
from gerritbot_er.sandbox.ci import Answer, Cut, Endless, SandboxCI
from gerritbot_er.settings import CI, Keep, LocalStore
from gerritbot_er.state import open_state, stored_dependencies

from .daemon_running import LOCAL_STORE, Site, eventually, running, site

DISK = Signature("disk", 'message:"No space left on device"')
CONSOLE = b"2026-11-21 09:52:58.1 | node | cp: No space left on device\n" + b"all is well\n" * 5000
FILES = {"job-output.txt": CONSOLE, "controller/logs/syslog.txt": b"Nov 21 09:00:00 host kernel: fine\n"}
MEBI = 1024 * 1024


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI() as sandbox:
        yield sandbox


def _store(ci: SandboxCI, keeper: LogKeeper, **more: object) -> LocalLogStore:
    given: dict[str, object] = {"kind": "local", "allow_private": ("127.0.0.0/8",), "time_per_build": 20.0}
    zuul = CI(name="zuul", kind="zuul", account="zuul", log_store="local", tenant=ci.tenant, web=ci.url)
    return LocalLogStore(LocalStore(**(given | more)), [zuul], keeper)  # type: ignore[arg-type]


def _keeper(folder: Path, **more: object) -> LogKeeper:
    return LogKeeper(Keep(directory=folder, **more))  # type: ignore[arg-type]


def _build(ci: SandboxCI, result: str = "FAILURE", files: Mapping[str, bytes] = FILES) -> Build:
    buildset = ci.add_buildset(7, 2, project="example/app")
    build = ci.add_build(buildset, "unit", result)
    url = ci.upload_logs(build.uuid, files)
    return Build(
        build.uuid, "unit", result, "zuul", "example/app", "main", 7, 2, 1_795_254_900, uuid=build.uuid, log_urls=(url,)
    )


def _ask(store: LocalLogStore, build: Build) -> BuildAnswer:
    return store.match([DISK], [build])[build.identity]


def _contents(folder: Path) -> dict[str, bytes]:
    """Of the one build that is kept."""
    logs = RetainedLogs(folder)
    (kept,) = logs.builds()
    return {file.path: b"".join(file.chunks()) for file in logs.files(kept)}


def test_what_is_searched_is_kept_with_one_fetch(ci: SandboxCI, tmp_path: Path) -> None:
    build = _build(ci)
    with _store(ci, _keeper(tmp_path)) as store:
        assert [match.signature for match in _ask(store, build).matches] == ["disk"]
    (kept,) = RetainedLogs(tmp_path).builds()
    assert (kept.build, kept.failed, kept.whole, kept.notes) == (build, True, True, ())
    assert _contents(tmp_path) == FILES, "also what the search had no use for, after its only signature had matched"
    assert len(ci.requests("*/job-output.txt")) == 1


def test_files_of_test_results_are_kept_beside_the_logs(ci: SandboxCI, tmp_path: Path) -> None:
    files = FILES | {"junit.xml": b"<testsuite><testcase name='a'/></testsuite>", "disk.qcow2": b"\0"}
    build = _build(ci, files=files)
    asking = Signature("asking", 'message:"space left"', test_ids=("a",))
    with _store(ci, _keeper(tmp_path)) as store:
        assert not store.match([DISK], [build])[build.identity].partial
        ci.misbehave("*/junit.xml", Answer(404))
        assert not store.match([DISK], [build])[build.identity].partial, "that they are missing changes no answer"
        ci.behave()
        assert store.match([asking], [build])[build.identity].failed_tests == frozenset()
    assert _contents(tmp_path) == {name: files[name] for name in (*FILES, "junit.xml")}
    assert len(ci.requests("*/junit.xml")) == 3


def test_what_was_read_in_part_is_kept_and_marked(ci: SandboxCI, tmp_path: Path) -> None:
    build = _build(ci)
    ci.misbehave("*/job-output.txt", Endless())
    ci.misbehave("*/syslog.txt", Cut(10))
    with _store(ci, _keeper(tmp_path), bytes_per_file=2 * MEBI) as store:
        answer = _ask(store, build)
    (kept,) = RetainedLogs(tmp_path).builds()
    assert answer.partial
    assert (kept.whole, kept.notes) == (False, answer.notes)
    assert {file.path: (file.plain, file.whole) for file in kept.files} == {
        "job-output.txt": (2 * MEBI, False),
        "controller/logs/syslog.txt": (10, False),
    }


def test_a_build_without_logs_is_not_kept(ci: SandboxCI, tmp_path: Path) -> None:
    build = replace(_build(ci), log_urls=(f"{ci.url}/logs/none/",))
    with _store(ci, _keeper(tmp_path)) as store:
        assert _ask(store, build) == BuildAnswer(absent=True)
    assert list(RetainedLogs(tmp_path).builds()) == []


def test_what_may_not_be_kept_is_searched_alone(ci: SandboxCI, tmp_path: Path) -> None:
    keeper = LogKeeper(Keep(directory=tmp_path / "kept"), lambda build: build.project != "example/app")
    with _store(ci, keeper) as store:
        build = _build(ci)
        assert [match.signature for match in _ask(store, build).matches] == ["disk"]
        assert store.keep(build)
    assert not (tmp_path / "kept").exists()


def test_where_nothing_can_be_kept_searching_goes_on(ci: SandboxCI, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("")
    keeper = _keeper(tmp_path / "kept")
    with _store(ci, keeper) as store:
        assert _ask(store, _build(ci)).matches
        assert keeper.trouble == (
            f"{tmp_path}/kept: no logs can be kept (Not a directory); make it a folder that our user can write"
        )
        (tmp_path / "kept").unlink()
        assert _ask(store, _build(ci)).matches
        assert keeper.trouble == ""
    assert _contents(tmp_path / "kept") == FILES


def test_the_disk_is_not_filled(ci: SandboxCI, tmp_path: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can make a small disk")
    try:
        keeper = _keeper(tmp_path)
        with _store(ci, keeper) as store:
            assert _ask(store, _build(ci)).matches
        assert keeper.trouble == (
            f"{tmp_path}: no logs are kept while less than 1024 MiB of its disk are free (8 MiB now); "
            "free disk space, or lower the size in keep"
        )
        assert list(RetainedLogs(tmp_path).builds()) == []
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)  # noqa: S607 - as mount is found


def test_a_good_build_is_kept_once_and_told_apart(ci: SandboxCI, tmp_path: Path) -> None:
    build = _build(ci, "SUCCESS")
    with _store(ci, _keeper(tmp_path)) as store:
        ci.misbehave("*", Answer(503))
        assert not store.keep(build), "its logs are asked for again"
        ci.behave()
        assert store.keep(build)
        asked = len(ci.requests())
        assert store.keep(build)
        assert len(ci.requests()) == asked
    (kept,) = RetainedLogs(tmp_path).builds()
    assert (kept.failed, kept.whole) == (False, True)
    assert _contents(tmp_path) == FILES


# -- through the whole daemon


def _with_keep(**keep: object) -> dict[str, object]:
    return {"local": LOCAL_STORE | {"keep": {"directory": "kept", "successes": "100%", **keep}}}


def _succeed(at: Site, project: str = story.PROJECT) -> str:
    """A change whose job succeeds; the id of the build."""
    change = at.gerrit.create_change(project, story.SUBJECT, owner=story.AUTHOR)
    buildset = at.ci.add_buildset(change, 1, project=project, ref_url=f"{at.gerrit.web_url}/c/{project}/+/{change}")
    build = at.ci.add_build(buildset, story.JOB, "SUCCESS", duration=9.0)
    at.ci.upload_logs(build.uuid, {"job-output.txt": b"all is well\n"})
    at.gerrit.comment(story.CI_ACCOUNT, change, at.ci.comment(buildset))
    return build.uuid


def _kept(folder: Path, *, failed: bool) -> list[RetainedBuild]:
    return [kept for kept in RetainedLogs(folder).builds() if kept.failed is failed]


def test_the_daemon_keeps_failed_builds_and_a_sample_of_good_ones(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "gerritbot_er")
    with site() as at:
        folder = at.folder / "kept"
        with running(at.settings(log_stores=_with_keep())):
            change = at.fail()
            at.await_comment(change)
            (failed,) = eventually("the failed build is kept", lambda: _kept(folder, failed=True))
            assert (failed.build.change, failed.whole) == (change, True)
            good = _succeed(at)
            (success,) = eventually("the good build is kept", lambda: _kept(folder, failed=False))
            assert (success.build.identity, success.build.result) == (good, "SUCCESS")
            held = eventually("what is held is told", lambda: _said(at, "1 failed and 1 successful builds"))
            assert held.startswith("1 failed and 1 successful builds, 24.6 kB of 20.0 GB, the oldest since 2")
        with running(at.settings(log_stores=_with_keep(size="13kB"))):
            held = eventually("what was dropped is told", lambda: _said(at, "dropped"))
    assert held.startswith("1 successful build, 12.3 kB of 13.0 kB, the oldest since 2")
    assert held.endswith(" dropped 1 failed build (12.3 kB): 1 beyond 13.0 kB")
    assert "kept logs of local: dropped 1 failed build (12.3 kB): 1 beyond 13.0 kB" in caplog.messages


def test_of_a_project_whose_lines_are_not_shown_nothing_is_kept() -> None:
    with site() as at:
        rules = [{"mode": "on", "projects": [story.PROJECT], "quote": False}, {"mode": "on"}]
        with running(at.settings(log_stores=_with_keep(), rules=rules)):
            at.await_comment(at.fail())
            _succeed(at)
            good = _succeed(at, "acme/open")
            eventually("the other project's is kept", lambda: _kept(at.folder / "kept", failed=False))
        (kept,) = RetainedLogs(at.folder / "kept").builds()
        assert kept.build.identity == good


def _said(at: Site, words: str) -> str:
    """What the board says of the kept logs, once it holds these words; "" until then."""
    with open_state(at.folder / "state", create=False) as state:
        why = next((one.why for one in stored_dependencies(state) if one.name == kept_logs("local")), "")
    return why if words in why else ""
