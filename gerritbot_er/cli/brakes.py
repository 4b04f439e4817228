"""The ``pause``, ``resume`` and ``mute`` commands: the operator's brakes, at once and without a restart."""

import difflib
import re
from pathlib import Path

import click

from gerritbot_er.clock import SystemClock
from gerritbot_er.config import state_folder
from gerritbot_er.signatures.files import read_folder
from gerritbot_er.state import MUTE, PAUSE, StoredBrakes, open_state
from gerritbot_er.time_words import span

from . import common

_GROUP = re.compile(r"group [0-9a-f]{12}")


@click.command(epilog="\b\nExample: gerritbot-er pause --for 2h")
@common.with_config
@click.option("--for", "seconds", type=common.Duration(), help="End it by itself after this time, such as 2h.")
def pause(config: Path, seconds: float | None) -> None:
    """Stop all comments and notices until resumed; nothing is lost."""
    _put_on(config, PAUSE, seconds)
    click.echo("paused" + _until(seconds), err=True)


@click.command(epilog="\b\nExample: gerritbot-er resume\n         gerritbot-er resume disk-full")
@common.with_config
@click.argument("signature", type=common.SignatureName(), required=False)
def resume(config: Path, signature: str | None) -> None:
    """End the pause, or the mute of a SIGNATURE."""
    name = PAUSE if signature is None else MUTE + signature
    with open_state(state_folder(config), create=False) as state:
        was_on = StoredBrakes(state).take_off(name)
    what = "the pause" if signature is None else f"the mute of {signature}"
    click.echo(f"{what} is off" if was_on else f"{what} was not on", err=True)


@click.command(epilog="\b\nExample: gerritbot-er mute disk-full --for 2h")
@common.with_config
@click.argument("signature", type=common.SignatureName())
@click.option("--for", "seconds", type=common.Duration(), help="End it by itself after this time, such as 2h.")
def mute(config: Path, signature: str, seconds: float | None) -> None:
    """Stop speaking of a SIGNATURE; its hits are still recorded.

    A group of failures without a known bug is muted by "group ID".
    """
    known, _ = read_folder(common.read_config(config).signatures.directories)
    if signature not in known and not _GROUP.fullmatch(signature):
        near = difflib.get_close_matches(signature, known, n=1)
        hint = f"did you mean {near[0]}?" if near else "its name is that of its file, without .yaml"
        raise click.UsageError(f"there is no signature {signature}; {hint}")
    _put_on(config, MUTE + signature, seconds)
    click.echo(f"{signature} is muted" + _until(seconds), err=True)


def _put_on(config: Path, name: str, seconds: float | None) -> None:
    until = SystemClock().now() + seconds if seconds else None
    with open_state(state_folder(config), create=False) as state:
        StoredBrakes(state).put_on(name, until)


def _until(seconds: float | None) -> str:
    return f" for {span(seconds)}" if seconds else " until it is resumed"
