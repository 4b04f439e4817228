"""The times that log lines say, format by format."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.line_time import seconds, time_of_day, timestamp


@pytest.mark.parametrize(
    ("line", "time"),
    [
        # oslo.log, journald's short-iso, Zuul's console, Jenkins' pipelines
        (b"2022-03-25T17:40:37.220547Z x", "2022-03-25T17:40:37.220547"),
        (b"2022-02-28 09:44:58.839036 | x", "2022-02-28T09:44:58.839036"),
        (b"2022-02-28 09:44:58,839 x", "2022-02-28T09:44:58.839000"),
        (b"2022-03-23T11:46:49+0200 x", "2022-03-23T09:46:49"),
        (b"2022-03-23T11:46:49-03:30 x", "2022-03-23T15:16:49"),
        (b"2022-03-23 11:46:49 +0200 x", "2022-03-23T09:46:49"),
        (b"[2022-03-23T11:46:49.123Z] x", "2022-03-23T11:46:49.123000"),
        (b"Wed 2022-03-23 11:46:49 UTC host x", "2022-03-23T11:46:49"),
        (b"2022/03/23 11:46:49 [error] 7#7: x", "2022-03-23T11:46:49"),
        (b"2022/03-23 11:46:49 x", None),
        # syslog, journald's short and short-precise
        (b"Mar 31 04:50:23.795709 host x", "2026-03-31T04:50:23.795709"),
        (b"Mar  1 04:50:23 host x", "2026-03-01T04:50:23"),
        (b"Foo 30 04:50:23 x", None),
        (b"Feb 30 04:50:23 x", None),
        # Ansible, ctime, Apache
        (b"Friday 25 February 2022  09:27:51 +0000", "2022-02-25T09:27:51"),
        (b"Sat Nov 21 10:00:00 2026 x", "2026-11-21T10:00:00"),
        (b"Sat Nov  7 10:00:00 UTC 2026 x", "2026-11-07T10:00:00"),
        (b"[Sat Oct 10 13:55:36.123456 2026] [core:error] [pid 7] x", "2026-10-10T13:55:36.123456"),
        (b'192.0.2.1 - kim [10/Oct/2026:13:55:36 +0200] "GET / HTTP/1.1" 500', "2026-10-10T11:55:36"),
        # klog, epoch
        (b"I1121 10:00:00.123456   42 server.go:7] x", "2026-11-21T10:00:00.123456"),
        (b"E1321 10:00:00.123456   42 server.go:7] x", None),
        (b"1763719200.123 x", "2025-11-21T10:00:00.123000"),
        (b"[1763719200] x", "2025-11-21T10:00:00"),
        (b"1763719200123 x", "2025-11-21T10:00:00.123000"),
        (b"17637192001 x", None),
        # nothing of the kind
        (b"2022-13-45 09:44:58 x", None),
        (b"10:00:00 x", None),
        (b"no time at all", None),
        (b"", None),
    ],
)
def test_times(line: bytes, time: str | None) -> None:
    assert timestamp(line, 2026) == time


@pytest.mark.parametrize(
    ("line", "time"),
    [
        (b"07:12:31 Started by upstream", "2026-11-21T07:12:31"),
        (b"[07:12:31.500] x", "2026-11-21T07:12:31.500000"),
        (b"23:12:31 x", "2026-11-20T23:12:31"),
        (b"08:30:00 x", "2026-11-21T08:30:00"),
        (b"25:00:00 x", None),
        (b"x 07:12:31", None),
    ],
)
def test_a_time_of_day_is_the_last_one_before_the_end(line: bytes, time: str | None) -> None:
    ended = seconds("2026-11-21T08:00:00")
    assert ended is not None
    assert time_of_day(line, ended) == time


@given(st.datetimes(datetime(1971, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001 - naive, as the lines are
def test_what_was_written_is_read_in_every_format(at: datetime) -> None:
    whole = at.replace(microsecond=0)
    milli = at.replace(microsecond=at.microsecond // 1000 * 1000)
    aware = at.replace(tzinfo=UTC)
    for text, expected in (
        (f"{at:%Y-%m-%d %H:%M:%S.%f}", at),
        (f"{at:%Y-%m-%dT%H:%M:%S.%f}Z", at),
        (f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03d} 7 INFO x", milli),
        (f"{at:%b} {at.day:2d} {at:%H:%M:%S.%f} host x", at),
        (f"[{at:%a %b %d %H:%M:%S.%f %Y}] [core:error] x", at),
        (f"::1 - - [{at:%d/%b/%Y:%H:%M:%S} +0000] x", whole),
        (f"W{at:%m%d %H:%M:%S.%f} 7 x", at),
    ):
        found = timestamp(text.encode(), at.year)
        assert found == expected.isoformat(), text
        assert seconds(found) == expected.replace(tzinfo=UTC).timestamp()
    if aware.timestamp() >= 1_000_000_000:
        assert timestamp(f"{int(aware.timestamp())} x".encode(), 1) == whole.isoformat()


@given(st.binary(max_size=80) | st.from_regex(rb"[\[(]?[0-9A-Z]{1,13}[-/ :T.,0-9]{0,40}", fullmatch=True))
def test_any_bytes_have_a_time_or_none(line: bytes) -> None:
    for found in (timestamp(line, 2026), time_of_day(line, 1.8e9)):
        assert found is None or seconds(found) is not None
