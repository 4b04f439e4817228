"""``signature query``: what a signature, or a query alone, finds in past builds."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from gerritbot_er.backtest.figures import report
from gerritbot_er.backtest.judging import Judge, Trial
from gerritbot_er.backtest.plain import hits_object
from gerritbot_er.backtest.tables import counts, heading, hits
from gerritbot_er.clock import SystemClock
from gerritbot_er.model import Signature
from gerritbot_er.signatures.files import read_signature, read_text
from gerritbot_er.signatures.lucene import QueryError, parse
from gerritbot_er.typed_yaml import YamlProblems

from . import common
from .signature_past import Place, with_place
from .signature_progress import Shown
from .signature_search import searched

_EXAMPLE = """\b
Example:
  gerritbot-er signature query registry.yaml --from https://zuul.example.org/t/main --job unit --last 50
  gerritbot-er signature query 'message:"No space left" AND tags:"console"' --store https://logs.example.org --since 7d
"""
QUERY_NAME = "query"
"""What a query on the command line is called."""


@click.command(epilog=_EXAMPLE)
@click.argument("wanted", metavar="FILE|QUERY")
@with_place
@click.option("--lines", metavar="N", type=click.IntRange(0, 1000), default=5, show_default=True, help="Lines shown.")
@common.with_json
def query(wanted: str, lines: int, *, as_json: bool, **place: Any) -> None:  # noqa: ANN401 - the options of a place
    """Show what a FILE, or a QUERY, finds in past builds.

    Hits over time, by job, by branch and by result, and the lines.  Builds are counted, and of each the line that
    proves the hit is shown.  The scope of a signature FILE counts; a QUERY is asked of all builds.  Passwords and keys
    come from environment variables, never from the command line.

    Exit status: 0 fine, 75 the place of the builds does not answer.
    """
    signature = read_wanted(wanted)
    trial = Trial((signature,))
    with ExitStack() as closing:
        shown = closing.enter_context(Shown())
        found = searched(trial, Place(**place), shown, SystemClock(), closing)
    told = report(trial, found.seen, Judge(trial), lines)
    [figures] = told.figures
    if as_json:
        click.echo(json.dumps(hits_object(figures)))
        return
    console = Console()
    console.print(heading(signature), counts(figures), sep="\\n")
    for part in hits(figures, console.width):
        console.print(part, soft_wrap=True)


def read_wanted(text: str) -> Signature:
    """A signature file, else a query that is asked of all builds; UsageError where it is neither."""
    if common.is_file(text):
        try:
            return read_signature(read_text(Path(text)), text)
        except YamlProblems as bad:
            raise click.UsageError(str(bad)) from None
    if common.meant_as_file(text):
        raise click.UsageError(f"there is no file {text}")
    if common.is_folder(text):
        raise click.UsageError(f"{text} is a folder: name one of its files, or ask for the word with message:{text}")
    if not text.strip():
        raise click.UsageError('the query is empty: write what the line holds, such as message:"No space left"')
    try:
        parse(text)
    except QueryError as error:
        around = text[max(error.offset - 20, 0) : error.offset + 20]
        raise click.UsageError(f"this is no query: {error}, near {around!r}") from None
    return Signature(QUERY_NAME, text, title=text, allow_nonvoting=True)
