"""Recorded stream events, as commands are given them: files of one JSON object a line, plain or gzipped."""

import gzip
import io
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import click

from gerritbot_er.errors import Permanent
from gerritbot_er.gerrit.events import MAX_LINE, MalformedEvent, load_object, to_author, to_event
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


class Authors:
    """Counts the comments of these accounts, and finds who is known by such a name.

    ``usernames`` holds, by account, those of the authors whose shown name, e-mail address or username in other letters
    it is: one who copies an account from a page of Gerrit's copies one of these.
    """

    def __init__(self, accounts: Iterable[str]) -> None:
        self._accounts = {account.casefold(): account for account in accounts}
        self.comments: Counter[str] = Counter()
        self.usernames: dict[str, set[str]] = {}

    def note(self, event: Mapping[str, object]) -> None:
        """One more event, as it was recorded."""
        author = event.get("author")
        if event.get("type") != "comment-added" or not isinstance(author, dict):
            return
        username = to_author(author)
        if username in self._accounts.values():
            self.comments[username] += 1
        for name in (username, author.get("name"), author.get("email")):
            account = self._accounts.get(name.casefold()) if isinstance(name, str) else None
            if account and username and account != username:
                self.usernames.setdefault(account, set()).add(username)


def recorded_events(files: Sequence[Path], skipped: Skipped, authors: Authors | None = None) -> Iterator[Event]:
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
                bare = wrapped if isinstance(wrapped, dict) else value
                event = to_event(bare)
                if authors:
                    authors.note(bare)
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
