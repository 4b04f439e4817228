"""``signature import``: elastic-recheck's signature files for logs of one document per line, and what was changed."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from gerritbot_er.cleaning import clean
from gerritbot_er.errors import GerritbotError
from gerritbot_er.signatures.files import read_text
from gerritbot_er.signatures.migrate.files import Migrated, Outcome, migrate, unreadable
from gerritbot_er.signatures.migrate.notes import Rule
from gerritbot_er.typed_yaml import YamlProblems

from . import FINDINGS, FINE
from .common import with_json

_COLOURS = {Outcome.UNCHANGED: "green", Outcome.MENDED: "yellow", Outcome.REFUSED: "red"}
_WORDS: Mapping[Rule, str] = {
    Rule.FOLDED: "messages of one folded event: a query for each, of lines near each other",
    Rule.NOT_OF_LINE: "NOT of a message: rules out single lines, no whole events; finds more",
    Rule.FOLDED_TAG: "the tag multiline, which no line has: left out",
    Rule.BARE_NAME: "paths in filename and tags: the bare name",
    Rule.CONSOLE: "console.html by name: by its tag, whatever it is called",
    Rule.RENAMED_FILE: "files that have another name today: each name",
    Rule.RENAMED_FIELD: "fields under another name: their names of today",
    Rule.HEADER: "loglevel, module, syslog_program: words of the message",
    Rule.QUOTED: "values without quotes: quoted",
    Rule.WHOLE_VALUE: "patterns, and values within NOT: the field's whole value (.keyword)",
    Rule.SLASH: "slashes in values without quotes: quoted",
    Rule.SHORT_UUID: "build_short_uuid: how build_uuid begins",
    Rule.STATUS: "build_status FAILURE: anything but SUCCESS",
    Rule.VOTING: "voting: left out, the CI's report tells",
    Rule.IDLE: "clauses that count for nothing: left out",
    Rule.WHOLE_FILES: "an AND that seems to be missing: whole files are matched, as before",
    Rule.UNREADABLE: "the file cannot be read",
    Rule.NO_QUERY: "Lucene refuses the query, or it finds nothing",
    Rule.NO_FIELD: "a field that no document has",
    Rule.NOT_TODAY: "a clause that cannot be said today",
    Rule.NOTHING_LEFT: "what is left would match whole files",
    Rule.TOO_MANY: "too many lines of one event",
}


@click.command("import", epilog="\b\nExample: gerritbot-er signature import elastic-recheck/queries --to signatures")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, readable=True, path_type=Path))
@click.option(
    "--to",
    "target",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the files are written; it is made where it is missing.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would become of each file.")
@click.option("--overwrite", is_flag=True, help="Replace files that are there already and differ.")
@with_json
def import_files(folder: Path, target: Path | None, *, dry_run: bool, overwrite: bool, as_json: bool) -> None:
    """Bring elastic-recheck's files over to logs of today.

    These have a document for each line.  Each file in DIR is carried over as it is, mended, or refused, and every
    change is told with its line and column.  What is mended may find more than the old query did, never less.

    Exit status: 0 fine, 1 if a file was refused.
    """
    if target is None and not dry_run:
        raise click.UsageError("say where to write the files, with --to DIR, or only look, with --dry-run")
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise click.UsageError(f"there is no signature file (*.yaml) in {folder}")
    migrated = {file.name: _migrate(file) for file in files}
    if target is not None and not dry_run:
        _write(migrated, target, overwrite=overwrite)
    for line in _json_lines(migrated) if as_json else _told(migrated):
        click.echo(line)
    if not as_json:
        click.echo()
        _tables(list(migrated.values()))
        if target is not None and not dry_run:
            click.echo(f"Next: gerritbot-er signature lint {target}", err=True)
    sys.exit(FINDINGS if any(one.outcome is Outcome.REFUSED for one in migrated.values()) else FINE)


def _migrate(file: Path) -> Migrated:
    try:
        return migrate(read_text(file), file.name)
    except YamlProblems as error:
        return unreadable(error)


def _write(migrated: Mapping[str, Migrated], target: Path, *, overwrite: bool) -> None:
    """All files or, where one is in the way, none of them."""
    wanted = {target / name: one.text for name, one in migrated.items() if one.outcome is not Outcome.REFUSED}
    missing = {path: text for path, text in wanted.items() if not _holds(path, text)}
    in_the_way = [path for path in missing if path.exists()]
    if in_the_way and not overwrite:
        one = len(in_the_way) == 1
        what = f"{in_the_way[0]} is" if one else f"{in_the_way[0]} and {len(in_the_way) - 1} more are"
        remedy = f"nothing was written; --overwrite replaces {'it' if one else 'them'}"
        raise GerritbotError(f"{what} there already and would change; {remedy}")
    target.mkdir(parents=True, exist_ok=True)
    for path, text in missing.items():
        beside = path.with_name(f".{path.name}.new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode()
    except OSError:
        return False


def _json_lines(migrated: Mapping[str, Migrated]) -> Iterator[str]:
    for name, one in migrated.items():
        remarks = [
            {"line": remark.line, "column": remark.column, "rule": remark.rule.value, "message": remark.message}
            for remark in one.remarks
        ]
        yield json.dumps({"file": name, "outcome": one.outcome.value, "remarks": remarks}, ensure_ascii=False)


def _told(migrated: Mapping[str, Migrated]) -> Iterator[str]:
    for name, one in migrated.items():
        yield f"{clean(name)}: {click.style(one.outcome.value, fg=_COLOURS[one.outcome])}"
        for remark in one.remarks:
            yield f"  {remark.line}:{remark.column}: {clean(remark.message)}"


def _tables(migrated: Sequence[Migrated]) -> None:
    console = Console()
    for outcome, title in (
        (Outcome.UNCHANGED, "carried over as they are"),
        (Outcome.MENDED, "mended"),
        (Outcome.REFUSED, "refused"),
    ):
        these = [one for one in migrated if one.outcome is outcome]
        console.print(_table(f"{title}: {len(these):,} of {len(migrated):,}", these))


def _table(title: str, migrated: Iterable[Migrated]) -> Table:
    """How many files each change, or reason, is told of."""
    counts = Counter(rule for one in migrated for rule in {remark.rule for remark in one.remarks})
    table = Table(title=title, title_justify="left", show_header=False, box=None, title_style="bold")
    table.add_column(justify="right")
    table.add_column()
    for rule, count in counts.most_common():
        table.add_row(f"{count:,}", _WORDS[rule])
    return table
