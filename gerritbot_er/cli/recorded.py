"""Recorded stream events, as commands are given them: files of one JSON object a line, plain or gzipped."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import click

from gerritbot_er.errors import Permanent
from gerritbot_er.gerrit.events import MAX_LINE, MalformedEvent, load_object, to_event
from gerritbot_er.model import Event

_GZIP = b"\x1f\x8b"
_STDIN = "-"
_SHOWN = 20

with_events = click.argument(
    "files",
    metavar="EVENTS...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True, path_type=Path),
)


@dataclass(slots=True)
class Skipped:
    """Counts the lines that hold no event, and tells of the first of them on stderr."""

    count: int = 0

    def tell(self, place: str, why: str) -> None:
        """One more."""
        self.count += 1
        if self.count <= _SHOWN:
            click.echo(f"{place}: {why}; skipped", err=True)

    def sum_up(self) -> None:
        """How many there were, if any."""
        if self.count:
            lines = "1 line that holds" if self.count == 1 else f"{self.count} lines that hold"
            click.echo(f"skipped {lines} no stream event", err=True)


def recorded_events(files: Sequence[Path], skipped: Skipped) -> Iterator[Event]:
    """The events that concern us, file after file, in the order of their lines; a wrapped one is unwrapped."""
    for file in files:
        for number, line in enumerate(_lines(file), start=1):
            place = f"{'stdin' if str(file) == _STDIN else file}:{number}"
            if len(line) > MAX_LINE:
                skipped.tell(place, f"a line of more than {MAX_LINE:,} bytes")
                continue
            if line.isspace():
                continue
            try:
                value = load_object(line)
                wrapped = value.get("event")
                event = to_event(wrapped if isinstance(wrapped, dict) else value)
            except MalformedEvent as error:
                skipped.tell(place, str(error))
                continue
            if event is not None:
                yield event


def _lines(file: Path) -> Iterator[bytes]:
    r"""The lines of a file, plain or gzipped, cut at ``\n`` alone; of a too long one only its begin."""
    with ExitStack() as stack:
        raw = sys.stdin.buffer if str(file) == _STDIN else stack.enter_context(file.open("rb"))
        source = io.BufferedReader(cast(io.RawIOBase, raw))
        if source.peek(len(_GZIP)).startswith(_GZIP):
            source = io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=source)))
        number = 0
        try:
            while line := source.readline(MAX_LINE + 1):
                number += 1
                part = line
                while len(part) > MAX_LINE and not part.endswith(b"\n"):
                    part = source.readline(MAX_LINE + 1)
                yield line
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Permanent(
                f"{file}: the gzip data is damaged or cut after line {number} ({error}); fetch the file again"
            ) from None
