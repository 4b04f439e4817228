"""``signature match``: which documents the query of each signature file finds, without any server."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click
from rich.console import Console

from gerritbot_er.signatures.files import read_query, read_text
from gerritbot_er.signatures.lucene import OPENDEV, PRESETS, FieldPreset, Matcher, MatcherSet
from gerritbot_er.typed_yaml import YamlProblems

from . import FINDINGS, FINE
from .ndjson import name_of, read_lines

_SHOWN = 20
_PROGRESS_EVERY = 1000


@click.command(
    epilog="\b\nExample: gerritbot-er signature match signatures --documents documents.ndjson.gz --fields opendev"
)
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, readable=True, path_type=Path))
@click.option(
    "--documents",
    metavar="FILE",
    required=True,
    type=click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True, path_type=Path),
    help='Log documents, one JSON object a line, plain or gzipped; "-" is stdin.',
)
@click.option(
    "--fields",
    type=click.Choice(list(PRESETS)),
    default=OPENDEV.name,
    show_default=True,
    help="How the log store indexes the fields: opendev analyses every string, logstash-legacy only the message.",
)
@click.option("--json", expose_value=False, is_flag=True, help="One JSON object a line; the output always is.")
def match(folder: Path, documents: Path, fields: str) -> None:
    """Print which documents of a file signatures find.

    Each signature file in DIR is asked about each document, without any server, and only its query: voting, scope and
    test ids are left aside.  A document is named by its "_doc", else by the number of its line from 0.  Lines that hold
    no document are told of on stderr and skipped.

    Exit status: 0 fine, 1 if a query or a line could not be used.
    """
    asked = [_read_file(path, PRESETS[fields]) for path in sorted(folder.glob("*.yaml"))]
    if not asked:
        click.echo(f"there is no signature file (*.yaml) in {folder}", err=True)
    bad_lines = _match_all(asked, documents)
    for one in asked:
        click.echo(json.dumps(one.as_json()))
    refused = any(one.matcher is None for one in asked)
    sys.exit(FINDINGS if bad_lines or refused or not asked else FINE)


@dataclass(slots=True)
class _Asked:
    """One signature file: its query and the ids of what it found, or why it cannot be asked."""

    name: str
    matcher: Matcher | None
    error: str = ""
    found: list[int | str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        found: dict[str, object] = {"documents": self.found} if self.matcher else {"error": self.error}
        return {"signature": self.name, **found}


def _read_file(path: Path, fields: FieldPreset) -> _Asked:
    name = path.name.removesuffix(".yaml")
    try:
        return _Asked(name, read_query(read_text(path), str(path), fields))
    except YamlProblems as error:
        return _Asked(name, None, str(error))


def _match_all(asked: list[_Asked], documents: Path) -> int:
    """Ask all queries about every document; the number of lines that hold none."""
    together = MatcherSet({one.name: one.matcher for one in asked if one.matcher})
    found = {one.name: one.found for one in asked}
    skipped = _Skipped()
    with Console(stderr=True).status("reading documents") as status:
        for count, (number, document) in enumerate(_documents(documents, skipped)):
            for name in together.matching(document):
                found[name].append(number)
            if count % _PROGRESS_EVERY == 0:
                status.update(f"{count:,} documents read")
    skipped.tell()
    return skipped.count


@dataclass(slots=True)
class _Skipped:
    """Counts the lines that hold no document; the first of them are told of at the end, below the progress."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, place: str, why: str) -> None:
        self.count += 1
        if self.count <= _SHOWN:
            self.first.append(f"{place}: {why}; skipped")

    def tell(self) -> None:
        for line in self.first:
            click.echo(line, err=True)
        if self.count:
            lines = "1 line" if self.count == 1 else f"{self.count} lines"
            click.echo(f"{lines} skipped that hold no document", err=True)


def _documents(file: Path, skipped: _Skipped) -> Iterator[tuple[int | str, Mapping[str, object]]]:
    """The documents of a file with their ids."""
    for line in read_lines(file):
        if line.value is None:
            skipped.add(f"{name_of(file)}:{line.index + 1}", line.why)
            continue
        number = line.value.get("_doc", line.index)
        if isinstance(number, bool) or not isinstance(number, int | str):
            skipped.add(f"{name_of(file)}:{line.index + 1}", "_doc has to be a number or a text")
            continue
        yield number, line.value
