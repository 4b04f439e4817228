"""The lines of unexplained builds out of the local log store: from the pass that searches, from kept logs, or anew."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gerritbot_er.logs.keeper import LogKeeper
from gerritbot_er.logs.local import LocalLogStore, lines_in_folder
from gerritbot_er.model import Build, Evidence, Signature
from gerritbot_er.sandbox.ci import SandboxCI
from gerritbot_er.settings import CI, Keep, LocalStore

DISK = Signature("disk", 'message:"No space left on device" AND tags:"console"')
CONSOLE = b"".join(
    b"2026-11-21 09:52:57.603143 | " + line + b"\n"
    for line in (
        b"PLAY [all]",
        b"node | ERROR: the widget does not fit",
        b"POST-RUN START: [trusted : a/b@main]",
        b"node | copied",
    )
)
SERVICE = b"2026-11-21 09:52:57 INFO nova [-] fine\n2026-11-21 09:52:58 ERROR nova [-] it broke\n"
FILES = {"job-output.txt": CONSOLE, "controller/logs/screen-n-cpu.txt": SERVICE}


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI() as sandbox:
        yield sandbox


def store(ci: SandboxCI, keep: Path | None = None) -> LocalLogStore:
    settings = LocalStore(kind="local", allow_private=("127.0.0.0/8",), time_per_build=20.0)
    zuul = CI(name="zuul", kind="zuul", account="zuul", log_store="local", tenant=ci.tenant, web=ci.url)
    return LocalLogStore(settings, [zuul], LogKeeper(Keep(directory=keep)) if keep else None)


def build_of(ci: SandboxCI, result: str = "FAILURE", files: dict[str, bytes] | None = None) -> Build:
    run = ci.add_build(ci.add_buildset(7, 2, project="example/app"), "unit", result)
    page = f"{ci.url}/t/{ci.tenant}/build/{run.uuid}"
    url = ci.upload_logs(run.uuid, FILES if files is None else files)
    made = Build(run.uuid, "unit", result, "zuul", "example/app", "main", 7, 2, 1_795_254_900, uuid=run.uuid)
    return replace(made, web_url=page, log_urls=(url,))


def lines_of(build: Build) -> tuple[Evidence, ...]:
    def at(path: str, number: int, text: str) -> Evidence:
        return Evidence(text, path, number, f"{build.web_url}/log/{path}#{number}")

    return (
        at("job-output.txt", 1, "PLAY [all]"),
        at("job-output.txt", 2, "node | ERROR: the widget does not fit"),
        at("job-output.txt", 3, "POST-RUN START: [trusted : a/b@main]"),
        at("job-output.txt", 4, "node | copied"),
        at("controller/logs/screen-n-cpu.txt", 2, "2026-11-21 09:52:58 ERROR nova [-] it broke"),
    )


def test_they_come_from_the_pass_that_searched_without_a_second_download(ci: SandboxCI) -> None:
    build = build_of(ci)
    with store(ci) as local:
        local.match([DISK], [build])
        before = len(ci.requests("*"))
        assert local.lines([build]) == {build.identity: lines_of(build)}
        assert len(ci.requests("*")) == before
        assert local.lines([build]) == {build.identity: lines_of(build)}, "who asks again has them read anew"
        assert len(ci.requests("*")) > before


def test_they_come_from_the_kept_logs_of_a_build_that_is_there_no_more(ci: SandboxCI, tmp_path: Path) -> None:
    build = build_of(ci)
    with store(ci, tmp_path) as local:
        local.match([DISK], [build])
    with store(ci, tmp_path) as local:
        assert local.lines([replace(build, log_urls=())]) == {build.identity: lines_of(build)}


def test_a_good_build_is_read_for_comparison(ci: SandboxCI) -> None:
    good = build_of(ci, "SUCCESS")
    with store(ci) as local:
        assert local.lines([good]) == {good.identity: lines_of(good)}


def test_those_of_an_earlier_attempt_do_where_the_last_one_left_none(ci: SandboxCI) -> None:
    first, last = build_of(ci), build_of(ci, files={"job-output.txt": b""})
    build = replace(last, log_urls=(*last.log_urls, *first.log_urls), web_url=None)
    with store(ci) as local:
        local.match([DISK], [build])
        (lines,) = local.lines([build]).values()
    assert [line.line for line in lines] == [line.line for line in lines_of(first)]


def test_without_logs_there_are_none(ci: SandboxCI) -> None:
    build = build_of(ci)
    with store(ci) as local:
        assert local.lines([replace(build, log_urls=())]) == {}
        assert local.lines([replace(build, log_urls=("ftp://logs.example.org/",))]) == {}


def test_a_folder_on_this_machine_has_them_as_well(tmp_path: Path) -> None:
    for path, data in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    assert [(line.file, line.number) for line in lines_in_folder(tmp_path)] == [
        *(("job-output.txt", number) for number in (1, 2, 3, 4)),
        ("controller/logs/screen-n-cpu.txt", 2),
    ]
