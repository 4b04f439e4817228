"""The ``explain`` command: why a build failed, told step by step and without any daemon."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from click.core import ParameterSource
from rich.console import Console
from rich.text import Text

from gerritbot_er.cleaning import clean_line
from gerritbot_er.clock import SystemClock
from gerritbot_er.errors import Permanent, Transient
from gerritbot_er.model import Outcome, Signature
from gerritbot_er.ports import Clock
from gerritbot_er.settings import Settings, Signatures
from gerritbot_er.signatures.files import read_folder
from gerritbot_er.signatures.starter import starter_folder

from . import FINE, TRY_LATER, WRONG_CONFIGURATION, common
from .explain_search import Explained, Progress, explain_build, explain_files
from .explain_subject import Asked, of_change, of_page, of_uuid
from .explain_target import AskedBuild, AskedChange, LocalFiles, NoTarget, Page, read_target
from .explain_words import as_json as told_as_json
from .explain_words import words

_STATUS_LENGTH = 200
_EXAMPLE = """\b
Example:
  gerritbot-er explain https://zuul.example.org/t/main/build/0f1e2d3c4b5a69788796a5b4c3d2e1f0
  gerritbot-er explain ./downloaded-logs --signatures my-signatures
  gerritbot-er explain 65361,2 -c /etc/gerritbot-er/config.yaml
"""


@click.command(epilog=_EXAMPLE)
@click.argument("target")
@click.option(
    "--signatures",
    "folder",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, readable=True, path_type=Path),
    help="Signature files; else those of the configuration, where there is one, else the starter library.",
)
@common.with_config
@common.with_json
@click.pass_context
def explain(ctx: click.Context, target: str, folder: Path | None, config: Path, *, as_json: bool) -> None:
    """Explain why a build failed, and which known bug it is.

    Shows what its CI tells, which logs were searched, which signatures match and where, and which nearly do.

    TARGET is the URL of a build's page at Zuul, of a Jenkins build, or of a folder of logs; a folder of log files, or
    one file; CHANGE or CHANGE,PATCHSET; or the uuid of a Zuul build.  The last two need a configuration.  A URL's own
    host is asked, and the hosts where it says that the logs lie; private addresses only if that host is private.

    Exit status: 0 explained, or no known bug matches; 75 the logs are not there yet or cannot be reached.
    """
    named = ctx.get_parameter_source("config") is not ParameterSource.DEFAULT
    try:
        wanted = read_target(target)
    except NoTarget as error:
        raise click.UsageError(str(error)) from None
    needed = isinstance(wanted, AskedChange | AskedBuild)
    settings = common.read_config(config) if needed or named or (folder is None and config.exists()) else None
    signatures = _signatures(folder, settings)
    late = False
    with Console(stderr=True).status("") as status:

        def progress(what: str) -> None:
            status.update(Text(clean_line(what, _STATUS_LENGTH)))  # names are no markup
            status.start()

        for count, one in enumerate(_explained(wanted, signatures, settings, progress)):
            status.stop()  # or its line and ours would run together on the terminal
            if isinstance(one, str):
                click.echo(one, err=as_json)
                continue
            text = json.dumps(told_as_json(one, target)) if as_json else "\n".join(words(one))
            click.echo(text if as_json or not count else f"\n{text}")
            late = late or _late(one)
    sys.exit(TRY_LATER if late else FINE)


def _late(found: Explained) -> bool:
    """Whether trying again may tell more: the logs were not there, and the CI's own words explain nothing."""
    return not found.verdict.bugs and (found.verdict.outcome is Outcome.WAITING or bool(found.trouble))


def _explained(
    wanted: Page | LocalFiles | AskedChange | AskedBuild,
    signatures: Sequence[Signature],
    settings: Settings | None,
    progress: Progress,
) -> Iterator[Explained | str]:
    """The builds of a target, one after the other as they are explained; before them how they were found."""
    clock = SystemClock()
    if isinstance(wanted, LocalFiles):
        progress(f"searching {wanted.path}")
        yield explain_files(wanted.path, signatures)
        return
    asked = _look_up(wanted, settings, clock, progress)
    if asked.words:
        yield asked.words
    for subject in asked.subjects:
        yield explain_build(subject, signatures, clock, progress)


def _look_up(
    wanted: Page | AskedChange | AskedBuild, settings: Settings | None, clock: Clock, progress: Progress
) -> Asked:
    if settings is not None and isinstance(wanted, AskedChange):
        progress(f"asking {settings.gerrit.host} for change {wanted.number}")
        return of_change(wanted, settings, clock)
    if settings is not None and isinstance(wanted, AskedBuild):
        progress("asking the CI")
        return of_uuid(wanted.uuid, settings, clock)
    if isinstance(wanted, AskedChange | AskedBuild):
        raise click.UsageError("a change or a uuid needs a configuration: name it with -c FILE")
    progress(f"asking {wanted.host}")
    try:
        return of_page(wanted, clock)
    except Permanent as error:
        raise Transient(str(error)) from error  # a server that refuses us is one that cannot be reached


def _signatures(folder: Path | None, settings: Settings | None) -> Sequence[Signature]:
    """Those of the folder, else of the configuration, else the starter library; bad files are told of and left out."""
    chosen = settings.signatures if settings else Signatures(directories=(folder or starter_folder(),))
    folders = (folder,) if folder else chosen.directories
    found, problems = read_folder(folders, chosen.bug_url)
    for problem in problems:
        click.echo(f"signature left out: {problem}", err=True)
    if not found:
        names = ", ".join(map(str, folders))
        click.echo(f"there is no signature in {names}; name a folder with --signatures", err=True)
        sys.exit(WRONG_CONFIGURATION)
    return [found[name] for name in sorted(found)]
