"""The ``report`` command: which bugs cost most, how much is explained, and what is new, for a terminal or a mail."""

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from gerritbot_er.insight.bugs import RESET_COSTS, cost
from gerritbot_er.insight.figures import BugFigures, Where
from gerritbot_er.insight.rates import Rates
from gerritbot_er.insight.steps import steps_of
from gerritbot_er.insight.unexplained import Unexplained
from gerritbot_er.time_words import date_and_time, span
from gerritbot_er.web.bugs import called
from gerritbot_er.web.words import hours, percent

from . import common
from .figures import Read, day, reading, refuse_both, remark_on_unheard, show, with_filters, with_markdown
from .sections import Column, Section
from .unknowns import group_object, groups_section

MOST_BUGS = 20
MOST_JOBS = 10
MOST_GROUPS = 10
COSTS = (
    f"A bug costs the hours that its failed builds ran, and {RESET_COSTS / 3600:g} more for each gate reset, because "
    "every change behind the one that failed begins anew."
)
NO_COSTS = "No report says how long its builds ran, so the bugs with most builds stand first."


@click.command(epilog="\b\nExample: gerritbot-er report --last 7d --markdown")
@common.with_config
@with_filters
@with_markdown
@common.with_json
def report(config: Path, last: float, *, as_markdown: bool, as_json: bool, **names: str | None) -> None:
    """Report what breaks, what it costs, and what is unexplained.

    All of it from what the daemon has recorded; nobody is asked.
    """
    refuse_both(as_markdown=as_markdown, as_json=as_json)
    with reading(config) as read:
        remark_on_unheard(read, names)
        where = read.where(last, **names)
        bugs = read.statistics.bugs(where)
        rates = read.statistics.rates(where, steps_of(where, read.now), MOST_JOBS)
        groups = read.statistics.unexplained(where, read.now, MOST_GROUPS)
        if as_json:
            for one in objects(read, bugs, rates, groups):
                click.echo(json.dumps(one))
        else:
            show(tuple(sections(read, where, bugs, rates, groups)), as_markdown=as_markdown)


def objects(read: Read, bugs: Sequence[BugFigures], rates: Rates, groups: Unexplained) -> Iterator[dict[str, object]]:
    """The rates, then each bug, and each job and group that is listed; ``kind`` says what it is."""
    outcomes = dataclasses.asdict(rates.failures.outcomes)
    deciding = dataclasses.asdict(rates.deciding) if rates.deciding else None
    yield {"kind": "rates", **outcomes, "found_later": rates.failures.later, "seconds_to_verdict": deciding}
    for one in bugs:
        yield {"kind": "bug", **bug_object(read, one)}
    for job in rates.failures.jobs:
        counts = dataclasses.asdict(job.outcomes)
        yield {"kind": "job", "job": job.job, "runs": job.runs, "runs_failed": job.failed, **counts}
    for group in groups.groups:
        yield {"kind": "group", **group_object(group)}


def bug_object(read: Read, one: BugFigures) -> dict[str, object]:
    """A bug for JSON: what it is called, what its tracker says of it, its reach, and its cost in seconds."""
    bug = called(read.known, one.signature, read.now)
    facts = {"signature": one.signature, "title": bug.title, "url": bug.url, "state": bug.state or None}
    return {**facts, **dataclasses.asdict(one.spread), "jobs": one.jobs, "cost": cost(one.spread)}


def sections(
    read: Read, where: Where, bugs: Sequence[BugFigures], rates: Rates, groups: Unexplained
) -> Iterator[Section]:
    """The whole report."""
    yield _rates(where, read.now, rates)
    yield _bugs(read, bugs)
    yield _jobs(rates)
    yield groups_section(groups, "What no signature explains")


def _rates(where: Where, now: float, rates: Rates) -> Section:
    found = rates.failures.outcomes
    lines = [f"Failed builds: {found.all}, judged: {found.decided}."]
    if found.decided:
        lines.append(
            f"Explained by a known bug: {found.explained} ({percent(found.explained, found.decided)}), by none:"
            f" {found.unexplained}; without logs: {found.no_logs}; could not be decided: {found.undecided}."
        )
    if rates.failures.later:
        lines.append(f"Explained later, by a signature that was not there yet: {rates.failures.later}.")
    if rates.deciding:
        half, most = span(rates.deciding.half), span(rates.deciding.nine_in_ten)
        lines.append(f"Half of the verdicts came within {half} of the report, nine in ten within {most}.")
    return Section(f"CI failures from {date_and_time(where.since)} to {date_and_time(now)}", lines=tuple(lines))


def _bugs(read: Read, bugs: Sequence[BugFigures]) -> Section:
    shown = bugs[:MOST_BUGS]
    costs = any(cost(one.spread) for one in shown)
    columns = (*(("cost in hours",) if costs else ()), "builds", "changes", "gate resets")
    return Section(
        "Known bugs, the costliest first",
        (*(Column(name, number=True) for name in columns), Column("last seen"), Column("bug", wide=True)),
        tuple(
            (
                *((hours(cost(one.spread)),) if costs else ()),
                str(one.spread.builds),
                str(one.spread.changes),
                str(one.spread.resets),
                day(one.spread.last_at),
                _title(read, one.signature),
            )
            for one in shown
        ),
        lines=(COSTS if costs else NO_COSTS,) if shown else (),
        empty="None hit.",
        more=f"and {len(bugs) - MOST_BUGS} more" if len(bugs) > MOST_BUGS else "",
    )


def _title(read: Read, signature: str) -> str:
    bug = called(read.known, signature, read.now)
    return f"{bug.title} ({bug.state})" if bug.state else bug.title


def _jobs(rates: Rates) -> Section:
    columns = ("runs", "failed", "explained", "unexplained")
    counts = ((one.runs, one.failed, one.outcomes.explained, one.outcomes.unexplained) for one in rates.failures.jobs)
    names = (one.job or "the CI run" for one in rates.failures.jobs)
    return Section(
        "Jobs, those that failed most first",
        (*(Column(name, number=True) for name in columns), Column("job", wide=True)),
        tuple((*map(str, of), name) for of, name in zip(counts, names, strict=True)),
        empty="None failed.",
        more=f"and {rates.failures.more_jobs} more" if rates.failures.more_jobs else "",
    )
