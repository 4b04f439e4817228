"""What the commands that tell figures share: their filters, and what they read beside a daemon at work or at rest."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from gerritbot_er.cleaning import clean_line
from gerritbot_er.clock import SystemClock
from gerritbot_er.insight.figures import Where
from gerritbot_er.insight.steps import step_within
from gerritbot_er.signatures.files import read_folder
from gerritbot_er.state import StoredBugs, StoredStatistics, open_sightings
from gerritbot_er.time_words import DAY, date_and_time
from gerritbot_er.web.views import Knowledge

from . import common
from .sections import Section, drawn, markdown

_LONGEST_NAME = 120
with_markdown = click.option("--markdown", "as_markdown", is_flag=True, help="Tables for a mail or a wiki.")
_FILTERS = (
    click.option("--last", type=common.Duration(), default="7d", show_default=True, help="How far back from now."),
    click.option("--project", metavar="NAME", help="This project alone."),
    click.option("--branch", metavar="NAME", help="This branch alone."),
    click.option("--pipeline", metavar="NAME", help="This pipeline alone."),
    click.option("--job", metavar="NAME", help="This job alone."),
)


def with_filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that a page has as filters in its URL."""
    for option in reversed(_FILTERS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Read:
    """The statistics, what views need to know, and the UTC second that is now."""

    statistics: StoredStatistics
    known: Knowledge
    now: float

    def where(self, last: float, **names: str | None) -> Where:
        """What the filters mean; ``last`` in seconds.  It begins as on a page, so that both tell the same."""
        since = max(self.now - last, 0.0)
        return Where(since - since % step_within(last), self.now + DAY, **names)


@contextmanager
def reading(config: Path) -> Iterator[Read]:
    """The sightings of the configuration's daemon; ``Misconfigured`` where it has none yet."""
    settings = common.read_config(config)
    signatures, _ = read_folder(settings.signatures.directories, settings.signatures.bug_url)
    with open_sightings(settings.state, create=False) as sightings:
        known = Knowledge(settings, signatures, StoredBugs(sightings))
        yield Read(StoredStatistics(settings.state), known, SystemClock().now())


def remark_on_unheard(read: Read, names: Mapping[str, str | None]) -> None:
    """On stderr, which of the filters no failed build has: what follows is empty then, and nobody would know why."""
    for what, near in read.statistics.unheard({name: value for name, value in names.items() if value}).items():
        hint = f"; did you mean {clean_line(near, _LONGEST_NAME)}?" if near else ""
        click.echo(
            f"no failed build of the {what} {clean_line(names[what] or '', _LONGEST_NAME)} is recorded{hint}", err=True
        )


def refuse_both(*, as_markdown: bool, as_json: bool) -> None:
    """A usage error where two forms are asked for at once: whoever reads the one gets the other."""
    if as_markdown and as_json:
        raise click.UsageError("--json and --markdown exclude each other; give one of them")


def day(at: float) -> str:
    """The UTC day of a UTC second."""
    return date_and_time(at).partition(" ")[0]


def show(sections: Sequence[Section], *, as_markdown: bool) -> None:
    """The sections on stdout."""
    if as_markdown:
        click.echo(markdown(sections), nl=False)
        return
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    for part in drawn(sections):
        console.print(part)
