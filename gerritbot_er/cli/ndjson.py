"""Files of one JSON object a line, plain or gzipped: each object with its line's number, or what is wrong there."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from gerritbot_er.errors import GerritbotError
from gerritbot_er.http_client.decoding import decoded

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of a line that is still read."""

_READ = 256 * 1024
_STDIN = "-"


@dataclass(frozen=True, slots=True)
class Line:
    """A line with an object, or with ``why`` it holds none; ``index`` counts from 0, blank lines too."""

    index: int
    value: Mapping[str, object] | None
    why: str = ""


def name_of(file: Path) -> str:
    """What the file is called in messages."""
    return "stdin" if str(file) == _STDIN else str(file)


def read_lines(file: Path) -> Iterator[Line]:
    """The lines of a file ("-" is stdin) that are not blank; where it breaks off, the last one says why.

    Raises OSError where it cannot be opened.
    """
    index = -1
    try:
        for index, line in enumerate(_split(decoded(_chunks(file), ""))):
            if not line.isspace() and line:
                yield _read(index, line)
    except GerritbotError as error:
        yield Line(index + 1, None, f"nothing more could be read: {error}")


def _read(index: int, line: bytes) -> Line:
    if len(line) > LONGEST_LINE:
        return Line(index, None, f"the line is longer than {LONGEST_LINE // 1024**2} MiB")
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return Line(index, None, "this is no JSON")
    return Line(index, value) if isinstance(value, dict) else Line(index, None, "this is no JSON object")


def _split(chunks: Iterator[bytes]) -> Iterator[bytes]:
    r"""The lines, cut at ``\n`` alone; of one that is too long only its beginning."""
    carried = b""
    for chunk in chunks:
        *lines, carried = (carried + chunk if len(carried) <= LONGEST_LINE else _ended(carried, chunk)).split(b"\n")
        yield from lines
    if carried:
        yield carried


def _ended(carried: bytes, chunk: bytes) -> bytes:
    """A line that is too long stays as it is; what the chunk adds to it is dropped."""
    _, newline, rest = chunk.partition(b"\n")
    return carried + newline + rest


def _chunks(file: Path) -> Iterator[bytes]:
    if str(file) == _STDIN:
        while chunk := sys.stdin.buffer.read(_READ):
            yield chunk
        return
    with file.open("rb") as source:
        while chunk := source.read(_READ):
            yield chunk
