"""The ``unknowns`` command: the failures that no signature explains, those that are alike together."""

import dataclasses
import json
from pathlib import Path

import click

from gerritbot_er.cleaning import clean_line
from gerritbot_er.insight.unexplained import GroupFigures, Unexplained

from . import common
from .figures import day, reading, refuse_both, remark_on_unheard, show, with_filters, with_markdown
from .sections import Column, Section

LONGEST_LINE = 200
_LONGEST_NAME = 120


@click.command(epilog="\b\nExample: gerritbot-er unknowns --last 24h --project openstack/nova")
@common.with_config
@with_filters
@click.option("--most", metavar="N", type=click.IntRange(1, 1000), default=20, show_default=True, help="Groups listed.")
@with_markdown
@common.with_json
def unknowns(config: Path, last: float, most: int, *, as_markdown: bool, as_json: bool, **names: str | None) -> None:
    """List the failures that no signature explains, in groups.

    Failures whose logs say the same are a group.  Groups first seen in the last 24 hours come first, then those that
    hit most changes.  The page of each, where pages are configured, has a drafted signature.
    """
    refuse_both(as_markdown=as_markdown, as_json=as_json)
    with reading(config) as read:
        remark_on_unheard(read, names)
        found = read.statistics.unexplained(read.where(last, **names), read.now, most)
        if as_json:
            for group in found.groups:
                click.echo(json.dumps(group_object(group)))
        else:
            show((groups_section(found, "Failures that no signature explains"),), as_markdown=as_markdown)


def group_object(group: GroupFigures) -> dict[str, object]:
    """A group for JSON: its reach, and the line of its newest build that tells most."""
    told = group.line
    return {
        "id": group.id,
        **dataclasses.asdict(group.spread),
        "first_at": group.began_at,
        "job": group.job,
        "jobs": group.jobs,
        "line": told.line if told else None,
        "file": told.file if told else None,
        "url": told.url if told else None,
    }


def groups_section(found: Unexplained, title: str) -> Section:
    """The groups as a table."""
    in_none = f", {found.ungrouped} of them without lines that tell" if found.ungrouped else ""
    return Section(
        title,
        (
            Column("changes", number=True),
            Column("builds", number=True),
            Column("first seen"),
            Column("group"),
            Column("line", code=True, wide=True),
            Column("job", below=True),
        ),
        tuple(map(_row, found.groups)),
        lines=(f"{_builds(found.builds)} unexplained{in_none}.",) if found.builds else (),
        empty="There is no such failure.",
        more=f"and {found.more} more groups" if found.more else "",
    )


def _builds(count: int) -> str:
    return "1 build is" if count == 1 else f"{count} builds are"


def _row(group: GroupFigures) -> tuple[str, ...]:
    told = group.line
    others = f" and {group.jobs - 1} more" if group.jobs > 1 else ""
    return (
        str(group.spread.changes),
        str(group.spread.builds),
        day(group.began_at),
        group.id,
        clean_line(told.line, LONGEST_LINE) if told else "",
        (clean_line(group.job, _LONGEST_NAME) or "the CI run") + others,
    )
