"""The command line: which commands there are, and what their ends tell the shell."""

import io
import os
import sys
from typing import Any

import click

from gerritbot_er import __version__
from gerritbot_er.errors import GerritbotError, Misconfigured, Transient

from .lazy import LazyGroup

FINE, FINDINGS, WRONG_USAGE, TRY_LATER, WRONG_CONFIGURATION = 0, 1, 2, 75, 78
"""Exit statuses; 75 and 78 are sysexits.h's EX_TEMPFAIL and EX_CONFIG."""

_COMMANDS = {
    "run": "run:run",
    "demo": "demo:demo",
    "check-config": "check_config:check_config",
    "explain": "explain:explain",
    "reports": "reports:reports",
    "signature": "signature:signature",
    "status": "status:status",
    "report": "report:report",
    "unknowns": "unknowns:unknowns",
    "mcp": "mcp:mcp",
    "replay": "replay:replay",
    "pause": "brakes:pause",
    "resume": "brakes:resume",
    "mute": "brakes:mute",
}

_UNWRITABLE = "backslashreplace"
"""What becomes of half a character, as in a file's name that is no UTF-8: JSON has the same escape for it."""


class _Commands(LazyGroup):
    """Turns errors of ours into exit statuses."""

    def main(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - click's signature
        if sys.stdout is None:  # closed by whoever started us: nobody wants to read it
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open until the process ends
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors=_UNWRITABLE)
        try:
            try:
                return super().main(*arguments, **options)
            finally:
                sys.stdout.flush()  # here, where it can still be told, instead of at the interpreter's end
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer is lost already
            where = f"{error.filename}: " if error.filename else "the input cannot be read, or the output written: "
            click.echo(f"{where}{error.strerror or error}; mend that and try again", err=True)
            sys.exit(TRY_LATER)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        try:
            return super().invoke(ctx)
        except GerritbotError as error:
            click.echo(str(error), err=True)
            ctx.exit(exit_status(error))


def exit_status(error: GerritbotError) -> int:
    """What an error tells the shell: wrong configuration, try again later, or simply no."""
    if isinstance(error, Misconfigured):
        return WRONG_CONFIGURATION
    return TRY_LATER if isinstance(error, Transient) else FINDINGS


@click.command(
    epilog="\b\nExample: gerritbot-er demo",
    cls=_Commands,
    places=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="gerritbot-er")
def main() -> None:
    """Tell the author of a change which known bug broke their CI run."""
