"""Log files as documents: one per line, with the fields that OpenStack's log sender gives them; pure.

Source: ci-log-processing's ``logsender`` and its list of files (peer facts: "Log documents").  Kept of it: the fields,
the tags by file name, a console's time stamp cut off the message, blank lines and the journal's opening left out, lines
without a time inherit the last one.  Two things differ on purpose, as they only lose text there: the message is cut at
a ``|`` only behind a time stamp (not at the first one anywhere), and DEBUG lines are left out where DEBUG is the
level of an oslo.log line (not wherever the word stands).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gerritbot_er.line_time import STAMP, time_of_day, timestamp
from gerritbot_er.model import Build, Document
from gerritbot_er.signatures.file_tags import bare_name, tags

LONGEST_LINE = 64 * 1024
"""Bytes of a line that are looked at; the rest is left out and counted."""

LOOK_BACK = 16 * 1024
"""Bytes in which a line's time is looked for, if it has none itself."""

_DAY = timedelta(days=1)

_CONSOLE = re.compile(STAMP + rb"\]?\s*\|\s*")
_OSLO_DEBUG = re.compile(rb"(?:^|[\s:])DEBUG \S+ \[")
_JOURNAL_OPENING = (b"-- Logs begin at ", b"-- Journal begins at ")


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines in a row, each ended by a newline; ``first`` is the number of the first one, from 1.

    ``cut`` counts those that were longer than LONGEST_LINE.
    """

    data: bytes
    first: int
    cut: int = 0


def blocks(chunks: Iterable[bytes]) -> Iterator[Block]:
    """The chunks of a file, cut at line borders; a line that is too long is cut, the last one is ended."""
    number = 1
    carried = b""
    too_long = False  # the line being carried has its LONGEST_LINE bytes, what comes up to the newline is dropped
    for chunk in chunks:
        data = chunk
        if too_long:
            end = data.find(b"\n")
            if end < 0:
                continue
            data, too_long = data[end:], False
        data = carried + data
        end = data.rfind(b"\n") + 1
        carried = data[end:]
        if end:
            block = _shortened(data[:end], number)
            yield block
            number += block.data.count(b"\n")
        if len(carried) > LONGEST_LINE:
            carried, too_long = carried[: LONGEST_LINE + 1], True
    if carried:
        yield _shortened(carried + b"\n", number)


def _shortened(data: bytes, first: int) -> Block:
    """A block without lines that are too long."""
    if not _has_long_line(data):
        return Block(data, first)
    lines = data.split(b"\n")
    cut = sum(len(line) > LONGEST_LINE for line in lines)
    return Block(b"\n".join(line[:LONGEST_LINE] for line in lines), first, cut)


def _has_long_line(data: bytes) -> bool:
    """Steps from border to border in the longest strides, so that ordinary lines are not looked at one by one."""
    start = 0
    while len(data) - start > LONGEST_LINE:
        end = data.rfind(b"\n", start, start + LONGEST_LINE + 1)
        if end < 0:
            return True
        start = end + 1
    return False


def build_fields(build: Build) -> dict[str, object]:
    """What every document of a build says of it."""
    change = build.change
    return {
        "build_uuid": build.uuid or "",
        "build_name": build.job,
        "build_status": build.result,
        "build_queue": build.pipeline or "",
        "build_branch": build.branch,
        "build_change": change,
        "build_patchset": str(build.patchset),
        "build_ref": f"refs/changes/{change % 100:02d}/{change}/{build.patchset}",
        "project": build.project,
        "voting": int(build.voting),
    }


def file_fields(path: str, url: str, build: Mapping[str, object]) -> dict[str, object]:
    """What every document of a file says: its build's fields, ``filename``, ``tags`` and ``log_url``."""
    return {**build, "filename": bare_name(path), "tags": tags(path), "log_url": url}


class Reader:
    """Turns the lines of one file into documents; remembers the last time stamp for lines that have none.

    ``fields`` are those of the file; ``year`` is that of lines that say none (syslog); ``until``, UTC seconds, is when
    the build was over, for lines that say a time of day alone.
    """

    def __init__(self, fields: Mapping[str, object], *, year: int, until: float | None = None) -> None:
        self._fields = fields
        self._year = year
        self._until = until
        self._last = ""

    def document(self, line: bytes) -> Document | None:
        """The document of a line; None for one that the sender leaves out."""
        if (b"DEBUG " in line and _OSLO_DEBUG.search(line)) or line.startswith(_JOURNAL_OPENING):
            return None
        message = message_of(line)
        if not message:
            return None
        return {**self._fields, "message": message, "@timestamp": self.stamp(line)}

    def stamp(self, line: bytes) -> str:
        """The time of a line or of the last one that had any, as the sender writes it; "" before the first."""
        self._last = self._time(line) or self._last
        return self._last

    def inherit(self, before: bytes) -> None:
        """Take the time from the last line of ``before`` that has one."""
        end = len(before)
        while end >= 0:
            start = before.rfind(b"\n", 0, end) + 1
            if found := self._time(before[start:end]):
                self._last = found
                return
            end = start - 1

    def first_stamp(self, behind: bytes) -> str:
        """The time of the first line of ``behind`` that has one, "" where none has: for lines before a file's first."""
        return next((found for line in behind.split(b"\n") if (found := self._time(line))), "")

    def _time(self, line: bytes) -> str | None:
        found = timestamp(line, self._year)
        if found is not None or self._until is None:
            return found
        found = time_of_day(line, self._until)
        if found is None or not self._last:
            return found
        at = datetime.fromisoformat(found)
        return (at + _DAY).isoformat() if datetime.fromisoformat(self._last) - at > _DAY / 2 else found


def documents(chunks: Iterable[bytes], reader: Reader) -> Iterator[tuple[int, Document]]:
    """All documents of a file, with the number of their line from 1."""
    for block in blocks(chunks):
        for number, line in enumerate(block.data.split(b"\n")[:-1], block.first):
            document = reader.document(line)
            if document is None:
                reader.stamp(line)
            else:
                yield number, document


def message_of(line: bytes) -> str:
    """The text of a line without a console's time stamp; bytes that are not UTF-8 become U+FFFD."""
    prefix = _CONSOLE.match(line)
    return (line[prefix.end() :] if prefix else line).decode("utf-8", "replace").strip()
