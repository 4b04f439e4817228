"""``signature stale``: signatures in use that have not hit for long, or hit though their bug is closed."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from gerritbot_er.insight.quality import Quality, SignatureFigures, judged
from gerritbot_er.time_words import date_and_time

from . import FINDINGS, FINE, common
from .figures import Read, reading


@click.command("stale", epilog="\b\nExample: gerritbot-er signature stale --after 180d")
@common.with_config
@click.option("--after", type=common.Duration(), default="90d", show_default=True, help="Without a hit for so long.")
@common.with_json
def stale(config: Path, after: float, *, as_json: bool) -> None:
    """List signatures that can go, or whose bug may be open again.

    Those that have not hit for long, and those that hit although their bug is closed.  None counts as stale before
    failures have been recorded for that long.

    Exit status: 0 there is none, 1 there are some.
    """
    with reading(config) as read:
        where = read.where(after)
        figures = read.statistics.signatures(where, tuple(read.known.signatures))
        signatures = read.known.signatures.values()
        every = judged(signatures, figures, lambda one: read.known.bug(one, read.now), now=read.now, stale_after=after)
        found = sorted((one for one in every if one.stale or one.reopened), key=lambda one: one.signature)
        for one in found:
            click.echo(json.dumps(stale_object(read, one)) if as_json else sentence(read, one))
        for remark in _remarks(read, figures, after):
            click.echo(remark, err=True)
    sys.exit(FINDINGS if found else FINE)


def sentence(read: Read, one: Quality) -> str:
    """What is wrong with a signature, in a line."""
    if one.reopened:
        hits = "1 build" if one.hits.builds == 1 else f"{one.hits.builds} builds"
        return f"{one.signature}: {_state(read, one)}, but it hit {hits}"
    if one.hits.last_at is None:
        return f"{one.signature}: no hit is recorded"
    return f"{one.signature}: last hit {date_and_time(one.hits.last_at)}"


def stale_object(read: Read, one: Quality) -> dict[str, object]:
    """The same for JSON."""
    what = "closed" if one.reopened else "stale"
    hits = {"builds": one.hits.builds, "last_at": one.hits.last_at}
    return {"signature": one.signature, "finding": what, **hits, "title": read.known.title(one.signature)}


def _state(read: Read, one: Quality) -> str:
    facts = read.known.bug(read.known.signatures[one.signature], read.now)
    return f"its bug is marked {facts.state}" if facts else "its bug is closed"


def _remarks(read: Read, figures: SignatureFigures, after: float) -> Iterator[str]:
    if figures.recorded_since is None:
        yield "no failure is recorded yet, so that none can be called stale"
    elif figures.recorded_since > read.now - after:
        begin = date_and_time(figures.recorded_since)
        yield f"failures are recorded since {begin} only, so that none can be called stale"
