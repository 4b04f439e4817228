"""The time that a log line says, in the usual formats of logs; pure.

Known: ISO 8601 with its relatives (oslo.log, Zuul's and Jenkins' consoles, journald's short-iso and short-full, Go's
slashes), syslog and journald's short forms, Ansible, ctime and Apache's error log, Apache's access log (within the
line), klog, and seconds or milliseconds since 1970.  A time of day alone (Jenkins' timestamper) tells no date: see
``time_of_day``.  What says no zone is taken for UTC.
"""

import re
from datetime import UTC, datetime, timedelta

_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_TIME = rb"(?P<time>\d\d:\d\d:\d\d)(?:[.,](?P<part>\d{1,9}))?"
_DATE = rb"\[?(?:" + _DAY + rb" )?(?P<date>\d{4}(?P<dash>[-/])\d\d(?P=dash)\d\d)"
STAMP = _DATE + rb"[ T]" + _TIME + rb"(?P<zone> ?Z| ?[+-]\d\d:?\d\d)?"
"""The opening of a line that says an ISO time; the groups are ``_iso``'s."""

_ISO = re.compile(STAMP)
_SYSLOG = re.compile(rb"(?P<month>[A-Z][a-z]{2})  ?(?P<day>\d{1,2}) " + _TIME)
_ANSIBLE = re.compile(rb"[A-Z][a-z]+day (?P<day>\d\d) (?P<month>[A-Z][a-z]{2})[a-z]* (?P<year>\d{4})  ?" + _TIME)
_CTIME = re.compile(
    rb"\[?" + _DAY + rb" (?P<month>[A-Z][a-z]{2})  ?(?P<day>\d{1,2}) " + _TIME + rb"(?: [A-Z]{3,4})? (?P<year>\d{4})\b"
)
_ACCESS = re.compile(rb"\[(?P<day>\d\d)/(?P<month>[A-Z][a-z]{2})/(?P<year>\d{4}):" + _TIME + rb"(?P<zone> [+-]\d{4})\]")
_KLOG = re.compile(rb"[IWEF](?P<month>\d\d)(?P<day>\d\d) " + _TIME)
_EPOCH = re.compile(rb"\[?(?P<seconds>1\d{9})(?:(?P<milli>\d{3})|[.,](?P<part>\d{1,9}))?\]?(?=[\s:,])")
_OF_DAY = re.compile(rb"\[?" + _TIME + rb"\]?\s")
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_ACCESS_WITHIN = 400
"""Bytes at the beginning of a line in which an access log's time stands, behind host and user."""

_SLACK = timedelta(hours=1)
"""How far another clock may be ahead of ours."""


def timestamp(line: bytes, year: int) -> str | None:
    """The time of a line, in UTC where it says a zone: "2026-11-21T09:52:57.603143"; None where it says no date.

    ``year`` is that of lines that say none.
    """
    if found := _ISO.match(line):
        text = f"{found['date'].decode().replace('/', '-')}T{_clock(found)}"
        return _checked(text + (found["zone"] or b"").strip().decode())
    if found := _SYSLOG.match(line):
        return _named_month(found, year)
    if found := _CTIME.match(line) or _ANSIBLE.match(line):
        return _named_month(found, int(found["year"]))
    if found := _KLOG.match(line):
        return _checked(f"{year:04d}-{found['month'].decode()}-{found['day'].decode()}T{_clock(found)}")
    if found := _EPOCH.match(line):
        part = f".{found['milli'].decode()}000" if found["milli"] else _fraction(found["part"])
        return f"{datetime.fromtimestamp(int(found['seconds']), UTC):%Y-%m-%dT%H:%M:%S}{part}"
    if found := _ACCESS.search(line, 0, _ACCESS_WITHIN):
        return _named_month(found, int(found["year"]), found["zone"].strip().decode())
    return None


def time_of_day(line: bytes, until: float) -> str | None:
    """The time of a line that says no date, as ``timestamp`` has it: the last such time up to ``until``, UTC seconds.

    A job's zone is not known, so that this can be compared with other lines of the same file only.
    """
    found = _OF_DAY.match(line)
    if found is None:
        return None
    end = datetime.fromtimestamp(until, UTC).replace(tzinfo=None)
    text = _checked(f"{end:%Y-%m-%d}T{_clock(found)}")
    if text is None or datetime.fromisoformat(text) <= end + _SLACK:
        return text
    return (datetime.fromisoformat(text) - timedelta(days=1)).isoformat()


def seconds(stamp: str) -> float | None:
    """A time stamp, as ``timestamp`` or a document's ``@timestamp`` has it, in UTC seconds; None where it is none."""
    try:
        at = datetime.fromisoformat(stamp)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _named_month(found: re.Match[bytes], year: int, zone: str = "") -> str | None:
    if found["month"] not in _MONTHS:
        return None
    month = _MONTHS.index(found["month"]) + 1
    return _checked(f"{year:04d}-{month:02d}-{int(found['day']):02d}T{_clock(found)}{zone}")


def _clock(found: re.Match[bytes]) -> str:
    return found["time"].decode() + _fraction(found["part"])


def _fraction(digits: bytes | None) -> str:
    return f".{digits[:6].ljust(6, b'0').decode()}" if digits else ""


def _checked(text: str) -> str | None:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo:
            at = at.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
    return at.isoformat()
