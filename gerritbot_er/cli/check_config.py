"""The command check-config: every error of the configuration at once, and with --online a try of every peer."""

import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import click

from gerritbot_er.cleaning import clean
from gerritbot_er.config import DEFAULT_PATH, Problem, Reading, read
from gerritbot_er.signatures.files import read_folder

from . import FINDINGS, FINE, WRONG_CONFIGURATION
from .common import set_up_log, with_json
from .online import Grade, Tried, try_peers


@click.command(
    "check-config",
    epilog="Example: gerritbot-er check-config /etc/gerritbot-er/config.yaml --online",
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("-c", "--config", type=click.Path(path_type=Path), help=f"The same as FILE. [default: {DEFAULT_PATH}]")
@click.option(
    "--online", is_flag=True, help="Try each peer as well: Gerrit, log stores, CIs, IRC, trackers. Nothing is posted."
)
@with_json
def check_config(file: Path | None, config: Path | None, *, online: bool, as_json: bool) -> None:
    """Show every error in a configuration, each with its line.

    Exit status: 0 fine, 1 only warnings, 75 a peer does not answer now, 78 something is wrong.
    """
    if file and config and file != config:
        raise click.UsageError("name the configuration once, as FILE or with -c")
    path = file or config or DEFAULT_PATH
    reading = _with_signatures(read(path))
    tell = _tell_json if as_json else _tell
    for problem in reading.problems:
        tell("error", problem)
    for warning in reading.warnings:
        tell("warning", warning)
    status = WRONG_CONFIGURATION if reading.settings is None else FINDINGS if reading.warnings else FINE
    tried: list[Tried] = []
    if online and reading.settings is not None:
        set_up_log("ERROR")  # what went wrong is told below, once
        tried = list(_shown(try_peers(reading.settings), as_json=as_json))
        status = max([status, *(one.grade.value for one in tried)])
    if not as_json:
        click.echo(_summary(path, reading) + _silent(tried), err=reading.settings is None)
    sys.exit(status)


def _with_signatures(reading: Reading) -> Reading:
    """With what is wrong in signature files: each of them is left out alone, and those who use them say so."""
    if reading.settings is None:
        return reading
    _, problems = read_folder(reading.settings.signatures.directories)
    left_out = (Problem(one.file, one.line, f"signature left out: {one.message}") for one in problems)
    return replace(reading, warnings=(*reading.warnings, *left_out))


def _shown(tries: Iterable[Tried], *, as_json: bool) -> Iterable[Tried]:
    """Each try as it ends; on a terminal, that the next is under way."""
    for one in tries:
        if as_json:
            click.echo(
                json.dumps({"kind": "peer", "peer": one.peer, "grade": one.grade.name.lower(), "says": one.says})
            )
        else:
            mark = {Grade.OK: "ok   ", Grade.FINDING: "warn ", Grade.LATER: "later", Grade.WRONG: "WRONG"}[one.grade]
            click.echo(f"{mark}  {one.peer}: {one.says}")
        yield one


def _tell(kind: str, problem: Problem) -> None:
    click.echo(clean(f"{problem}" if kind == "error" else f"{problem} (warning)"))


def _tell_json(kind: str, problem: Problem) -> None:
    fields = {"file": problem.file, "line": problem.line or None, "message": problem.message, "remedy": problem.remedy}
    click.echo(json.dumps({"kind": kind, **fields}))


def _summary(path: Path, reading: Reading) -> str:
    if reading.settings is None:
        return f"{path}: {_counted(len(reading.problems), 'error')}"
    settings = reading.settings
    parts = [_counted(len(settings.cis), "CI"), _counted(len(settings.log_stores), "log store")]
    parts += [_counted(len(settings.rules), "rule")] if settings.rules else ["no rules: every project is in shadow"]
    parts += [_counted(len(settings.irc.channels), "IRC channel")] if settings.irc else []
    parts += [_counted(len(reading.warnings), "warning")] if reading.warnings else []
    return f"{path}: no errors; {', '.join(parts)}"


def _silent(tried: Iterable[Tried]) -> str:
    """What the file alone does not tell."""
    tried = list(tried)
    bad = sum(one.grade in (Grade.LATER, Grade.WRONG) for one in tried)
    if not bad:
        return "; but see the warning above" if any(one.grade is Grade.FINDING for one in tried) else ""
    return f"; but {_counted(bad, 'peer')} did not answer as needed: see above, mend it, and try again"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
