"""``signature new``: a draft of a signature from a log line."""

import gzip
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import click

from gerritbot_er.logs.documents import LONGEST_LINE, message_of
from gerritbot_er.signatures.draft import Source, draft
from gerritbot_er.signatures.file_tags import bare_name, tags
from gerritbot_er.signatures.lint.files import lint
from gerritbot_er.signatures.lucene import OPENDEV
from gerritbot_er.triage.masking import masked

from . import FINDINGS, FINE, common

_PLACE = re.compile(r"(?P<file>.+):(?P<line>[1-9][0-9]{0,8})")


@click.command(
    "new",
    context_settings={"ignore_unknown_options": True},  # a log line may begin with a dash
    epilog="\b\nExample: gerritbot-er signature new job-output.txt:1234 > signatures/my-bug.yaml",
)
@click.argument("line")
def new(line: str) -> None:
    """Draft a signature from a log line.

    LINE is the line itself, FILE:NUMBER where it stands, or "-" for the first line of stdin that says something.
    Times, ids, numbers, paths and addresses are left out of the query; secrets are masked.

    Exit status: 0 fine; 1 the line holds no word, or lint has something to say of the draft, which is told on stderr.
    """
    found, source = _find(line)
    text = draft(masked(message_of(found)), source)
    if text is None:
        click.echo("this line holds no word that can be looked for; choose another line of the failure", err=True)
        sys.exit(FINDINGS)
    click.echo(text, nl=False)
    said = [finding for finding in lint({"draft": text}, OPENDEV) if finding.counts]
    for finding in said:
        click.echo(f"line {finding.line}: {finding.message}", err=True)
    sys.exit(FINDINGS if said else FINE)


def _find(line: str) -> tuple[bytes, Source]:
    """The bytes of the line, and where it stands as far as that is known."""
    if line == "-":
        return next((one for one in _lines(sys.stdin.buffer) if one.strip()), b""), Source()
    place = _PLACE.fullmatch(line)
    if place is None or not common.is_file(place["file"]):
        if place and not any(character.isspace() for character in line):
            raise click.UsageError(f"there is no file {place['file']}; a line that looks so is read from stdin, with -")
        return line.encode("utf-8", "surrogateescape"), Source()
    path = Path(place["file"])
    return _line_of(path, int(place["line"])), Source(bare_name(path.name), tuple(tags(path.as_posix())))


def _line_of(path: Path, number: int) -> bytes:
    """A line of a file, which may be packed; UsageError where it is not there."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            found = next(islice(_lines(file), number - 1, None), None)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise click.UsageError(f"{path} cannot be unpacked up to line {number} ({error}); unpack it yourself") from None
    if found is None:
        raise click.UsageError(f"{path} has fewer than {number} lines")
    return found


def _lines(file: Iterable[bytes]) -> Iterator[bytes]:
    """Lines, each cut where a log store would cut it."""
    return (line[:LONGEST_LINE] for line in file)
