"""Log files become documents like those of OpenStack's log sender."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.line_time import seconds
from gerritbot_er.logs.documents import (
    LONGEST_LINE,
    Reader,
    blocks,
    build_fields,
    documents,
    file_fields,
    message_of,
)
from gerritbot_er.model import Build
from gerritbot_er.signatures.file_tags import tags

LOGS = Path("../shared/data/logs")

BUILD = Build(
    identity="a" * 32,
    job="unit",
    result="FAILURE",
    ci="zuul",
    project="example/app",
    branch="main",
    change=1234,
    patchset=5,
    reported_at=1_795_254_900,
    pipeline="check",
    uuid="a" * 32,
)


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def _reader(path: str = "job-output.txt") -> Reader:
    return Reader(file_fields(path, f"https://logs.example.org/a/{path}", build_fields(BUILD)), year=2026)


def test_a_line_of_a_console() -> None:
    line = b"2026-11-21 09:52:57.603143 | ubuntu-noble | ERROR: the disk is full\n"
    assert list(documents([line], _reader())) == [
        (
            1,
            {
                "@timestamp": "2026-11-21T09:52:57.603143",
                "build_branch": "main",
                "build_change": 1234,
                "build_name": "unit",
                "build_patchset": "5",
                "build_queue": "check",
                "build_ref": "refs/changes/34/1234/5",
                "build_status": "FAILURE",
                "build_uuid": "a" * 32,
                "filename": "job-output.txt",
                "log_url": "https://logs.example.org/a/job-output.txt",
                "message": "ubuntu-noble | ERROR: the disk is full",
                "project": "example/app",
                "tags": ["console", "console.html", "job-output.txt"],
                "voting": 1,
            },
        )
    ]


def test_blank_and_debug_lines_are_left_out_and_times_inherited() -> None:
    text = (
        b"-- Logs begin at Sat 2026-11-21 09:00:00 UTC. --\n"
        b"Nov 21 09:00:01.5 host nova-compute[1]: DEBUG nova.compute [-] chatter {{(pid=1)}}\n"
        b"   continued without a time\n"
        b"\n"
        b"cmake -DCMAKE_BUILD_TYPE=DEBUG failed\r\n"
        b"2026-11-21 09:00:02,123 1 DEBUG nova.api [req-1] chatter\n"
        b"  File \xff\xfe\n"
    )
    assert [
        (number, d["@timestamp"], d["message"]) for number, d in documents([text], _reader("screen-n-cpu.txt"))
    ] == [
        (3, "2026-11-21T09:00:01.500000", "continued without a time"),
        (5, "2026-11-21T09:00:01.500000", "cmake -DCMAKE_BUILD_TYPE=DEBUG failed"),
        (7, "2026-11-21T09:00:02.123000", "File \ufffd\ufffd"),
    ]


def test_a_time_of_day_alone_is_of_the_day_on_which_the_build_ended() -> None:
    ended = seconds("2026-11-21T00:10:00")
    reader = Reader(file_fields("console.log", "", {}), year=2026, until=ended)
    lines = b"23:58:00 begin\nno time\n00:05:00 end\n[00:09:59.250] last\n"
    assert [d["@timestamp"] for _, d in documents([lines], reader)] == [
        "2026-11-20T23:58:00",
        "2026-11-20T23:58:00",
        "2026-11-21T00:05:00",
        "2026-11-21T00:09:59.250000",
    ]


def test_a_time_of_day_in_another_zone_runs_on() -> None:
    reader = Reader(file_fields("console.log", "", {}), year=2026, until=seconds("2026-11-21T12:00:00"))
    lines = b"12:30:00 begin\n13:30:00 end\n"
    assert [d["@timestamp"] for _, d in documents([lines], reader)] == ["2026-11-21T12:30:00", "2026-11-21T13:30:00"]


def test_the_lines_before_the_first_time_can_be_told_it() -> None:
    reader = _reader("x.log")
    assert reader.first_stamp(b"Traceback\n  File\n2026-11-21 09:00:01 x\n2026-11-21 09:00:02 y\n") == (
        "2026-11-21T09:00:01"
    )
    assert reader.first_stamp(b"nothing\n") == ""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"2026-11-21 09:52:57.603143 | text", "text"),
        (b"2026-11-21 09:52:57.603143 | ", ""),
        (b"2026-11-21 09:52:57.603143 | host | text", "host | text"),
        (b"SELECT a | b", "SELECT a | b"),
        (b"Nov 21 09:52:57 host app[1]: text", "Nov 21 09:52:57 host app[1]: text"),
    ],
)
def test_only_a_time_stamp_is_cut_off(line: bytes, message: str) -> None:
    assert message_of(line) == message


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("job-output.txt.gz", ["console", "console.html", "job-output.txt"]),
        ("console.html", ["console", "console.html"]),
        ("consoleText", ["console", "console.html", "consoleText"]),
        ("controller/logs/devstacklog.txt", ["console", "console.html", "devstack", "devstacklog.txt"]),
        ("controller/logs/screen-n-cpu.txt", ["screen", "oslofmt", "devstack", "nova", "screen-n-cpu.txt"]),
        ("controller/logs/screen-q-ovn-metadata-agent.txt.gz", None),
        ("controller/logs/screen-placement-api.txt", None),
        ("logs/screen-keystone.txt", ["screen", "oslofmt", "devstack", "keystone", "screen-keystone.txt"]),
        ("compute1/logs/screen-c-vol.txt", None),
        ("compute1/logs/syslog.txt", ["screen", "oslofmt", "devstack", "syslog", "multinode", "syslog.txt"]),
        ("controller/logs/syslog.txt", ["syslog", "syslog.txt"]),
        ("logs/undercloud/var/log/extra/errors.txt", ["console", "errors", "tripleo", "errors.txt"]),
        ("logs/errors.txt", ["errors.txt"]),
        ("logs/mysql/error.log", ["error.log"]),
    ],
)
def test_tags_by_the_name_of_the_file(path: str, expected: list[str] | None) -> None:
    others = {
        "screen-q-ovn-metadata-agent.txt": "neutron",
        "screen-placement-api.txt": "placement",
        "screen-c-vol.txt": "cinder",
    }
    if expected is None:
        name = path.rpartition("/")[2].removesuffix(".gz")
        expected = ["screen", "oslofmt", "devstack", others[name], *(["multinode"] if "compute" in path else []), name]
    assert tags(path) == expected


def test_a_line_that_is_too_long_is_cut_and_counted() -> None:
    data = b"first\n" + b"x" * (5 * LONGEST_LINE) + b"\nlast\n" + b"y" * (LONGEST_LINE + 1)
    for size in (1000, 300_000, len(data)):
        found = list(blocks(_cut(data, size)))
        lines = b"".join(block.data for block in found).split(b"\n")
        assert lines == [b"first", b"x" * LONGEST_LINE, b"last", b"y" * LONGEST_LINE, b""]
        assert sum(block.cut for block in found) == 2
        assert found[-1].first + found[-1].data.count(b"\n") == 5


@given(st.binary(max_size=2000), st.integers(1, 100))
def test_blocks_lose_nothing_and_number_lines_right(data: bytes, size: int) -> None:
    number = 1
    whole = b""
    for block in blocks(_cut(data, size)):
        assert block.first == number
        assert block.data.endswith(b"\n")
        number += block.data.count(b"\n")
        whole += block.data
    assert whole in (data, data + b"\n")


@given(st.binary(max_size=300))
def test_any_bytes_become_documents(data: bytes) -> None:
    numbers = [number for number, document in documents([data], _reader()) if str(document["message"]).encode()]
    assert numbers == sorted(set(numbers))


@pytest.mark.skipif(not LOGS.is_dir(), reason="needs ../shared/data (real gate logs)")
def test_real_logs_have_times_on_nearly_all_lines() -> None:
    paths = sorted(LOGS.glob("*.gz"))
    assert paths
    for path in paths:
        reader = Reader(file_fields(path.name, "", {}), year=2013)
        found = list(documents([gzip.decompress(path.read_bytes())], reader))
        stamped = sum(document["@timestamp"] != "" for _, document in found)
        assert found
        assert stamped / len(found) > 0.95, path.name
