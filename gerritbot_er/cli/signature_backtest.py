"""``signature backtest``: how good signatures are, told by past builds; the gate before a signatures repository."""

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from gerritbot_er.backtest.changed import Changed, read_changed, read_range
from gerritbot_er.backtest.figures import Report, report
from gerritbot_er.backtest.git import GitFailed, NoRange
from gerritbot_er.backtest.judging import Judge, Trial
from gerritbot_er.backtest.plain import explained_object, markdown, verdict_object
from gerritbot_er.backtest.tables import conclusion, explained, heading, hits, summary, verdict
from gerritbot_er.cleaning import clean_name
from gerritbot_er.clock import SystemClock
from gerritbot_er.signatures.files import read_folder, read_signature, read_text
from gerritbot_er.typed_yaml import YamlProblems

from . import FINDINGS, FINE, WRONG_CONFIGURATION, common
from .signature_past import Place, with_place
from .signature_progress import Shown
from .signature_search import searched

_EXAMPLE = """\b
Example:
  gerritbot-er signature backtest queries/registry.yaml --from https://zuul.example.org/t/main --job unit --last 50
  gerritbot-er signature backtest origin/main...HEAD --store https://logs.example.org --since 7d
"""
_LIMIT = 10.0


class Percent(click.ParamType[float]):
    """``10%`` or ``10`` as a part of 1."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        try:
            part = float(str(value).removesuffix("%")) / 100
        except ValueError:
            part = -1.0
        if not 0 <= part <= 1:
            self.fail(f"{value!r} is no share; write 10%", param, ctx)
        return part


@click.command(epilog=_EXAMPLE)
@click.argument("wanted", metavar="FILE|GIT-RANGE")
@with_place
@click.option(
    "--limit",
    type=Percent(),
    default=f"{_LIMIT:g}%",
    show_default=True,
    help="The most hits on successful builds: of a signature's hits, and of the successful builds in its scope.",
)
@click.option("--lines", metavar="N", type=click.IntRange(0, 1000), default=3, show_default=True, help="Lines shown.")
@click.option("--markdown", "as_markdown", is_flag=True, help="A short table for a review comment.")
@common.with_json
def backtest(
    wanted: str,
    limit: float,
    lines: int,
    *,
    as_markdown: bool,
    as_json: bool,
    **place: Any,  # noqa: ANN401 - the options of a place
) -> None:
    """Measure how good signatures are, by past builds.

    Of a signature FILE, or of each that a GIT-RANGE adds or changes, are counted its hits on failed and on successful
    builds, the builds that only it explains (newly explained), and those that another signature of its folder explains
    as well (stolen).  A GIT-RANGE is A..B, A...B or one commit of the repository in the current folder.  A run that
    was ended goes on where it was.

    Exit status: 0 fine, 1 if hits on successful builds are over the limit or a file is no good, 75 if the place of the
    builds does not answer, 78 if there are no such builds.
    """
    changed = read_trial(wanted)
    for problem in changed.problems:
        click.echo(str(problem), err=True)
    for other in changed.others:
        click.echo(f"{clean_name(other)} is no signature file and is left out", err=True)
    if not changed.trial.tested:
        click.echo(f"{wanted} changes no signature: there is nothing to try", err=True)
        sys.exit(FINDINGS if changed.problems else FINE)
    options = Place(**place)
    with ExitStack() as closing:
        shown = closing.enter_context(Shown())
        found = searched(changed.trial, options, shown, SystemClock(), closing)
    told = report(changed.trial, found.seen, Judge(changed.trial), lines)
    if as_json:
        for one in told.figures:
            click.echo(json.dumps(verdict_object(one, limit)))
        click.echo(json.dumps(explained_object(told)))
    elif as_markdown:
        click.echo(markdown(told, limit, found.where))
    else:
        _print(told, limit)
    bad = changed.problems or any(one.over(limit) for one in told.figures)
    # A gate that looked at no build has not been passed.
    sys.exit(FINDINGS if bad else FINE if found.seen else WRONG_CONFIGURATION)


def _print(told: Report, limit: float) -> None:
    console = Console()
    for figures in told.figures:
        console.print(heading(figures.signature))
        console.print(verdict(figures, limit))
        for part in hits(figures, console.width):
            console.print(part, soft_wrap=True)
        console.print()
        for note in figures.notes:
            console.print(f"Note: {note}.", markup=False, highlight=False)
        console.print(conclusion(figures, limit))
        console.print()
    if len(told.figures) > 1:
        console.print(summary(told, limit))
        console.print()
    console.print(explained(told), markup=False, highlight=False)


def read_trial(wanted: str) -> Changed:
    """A signature file with those beside it, or what a range of commits changes; UsageError where it is neither."""
    if common.is_file(wanted):
        return _of_file(Path(wanted))
    if common.meant_as_file(wanted):
        raise click.UsageError(f"there is no file {wanted}")
    try:
        return read_changed(read_range(wanted), Path.cwd())
    except (NoRange, GitFailed) as error:
        if common.is_folder(wanted):
            what = f"{wanted} is a folder: name one of its files, or a range of commits such as main..HEAD"
            raise click.UsageError(what) from None
        if isinstance(error, GitFailed):
            raise
        raise click.UsageError(str(error)) from None


def _of_file(path: Path) -> Changed:
    """The others of its folder are the known ones; what is wrong with them is not its own fault."""
    try:
        tested = read_signature(read_text(path), str(path))
    except YamlProblems as bad:
        return Changed(Trial(()), tuple(bad.problems), ())
    beside, _ = read_folder([path.parent])
    return Changed(Trial((tested,), tuple(one for name, one in beside.items() if name != tested.name)), (), ())
