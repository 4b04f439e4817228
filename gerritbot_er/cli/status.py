"""The ``status`` command: what the daemon is doing now, from its state file."""

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path

import click

from gerritbot_er.cleaning import clean_line
from gerritbot_er.clock import SystemClock
from gerritbot_er.config import state_folder
from gerritbot_er.dependencies import NOT_RUNNING, RECENT_EVENTS, Count, headline, recent_rate, sentence
from gerritbot_er.model import Outage
from gerritbot_er.state import (
    PAUSE,
    StoredBrakes,
    is_locked,
    open_state,
    stored_counts,
    stored_dependencies,
    stored_start,
)
from gerritbot_er.state.overview import Overview, overview
from gerritbot_er.time_words import DAY, span

from . import common

_LONGEST_LINE = 120


@click.command(epilog="\b\nExample: gerritbot-er status")
@common.with_config
@common.with_json
def status(config: Path, *, as_json: bool) -> None:
    """Show how the daemon is and what it is doing now.

    Brakes that are on, outages that last, the condition of everything that it depends on, its cases and its outbox.
    """
    clock = SystemClock()
    now = clock.now()
    folder = state_folder(config)
    with open_state(folder, create=False) as state:
        said, counts = stored_dependencies(state), stored_counts(state)
        brakes, started = StoredBrakes(state).all(now), stored_start(state)
        seen = overview(state, now - DAY)
    runs = is_locked(folder)
    if as_json:
        fields = {
            "running": runs,
            "started_at": started,
            "summary": headline(said) if runs else NOT_RUNNING,
            "dependencies": [dataclasses.asdict(one) for one in said],
            "counts": {one.name: {"count": one.count, "last_at": one.last_at} for one in counts},
            "brakes": brakes,
        }
        click.echo(json.dumps({**fields, **dataclasses.asdict(seen)}))
        return
    lines = [_brake(name, until, now) for name, until in brakes.items()]
    lines += [_outage(one, now) for one in seen.outages]
    if runs:
        lines += [*(sentence(one, now) for one in said), *count_lines(counts, started, now)]
    lines += describe(seen, now)
    click.echo("\n".join(lines if runs else [NOT_RUNNING, *lines]))


def count_lines(counts: Iterable[Count], started: float | None, now: float) -> list[str]:
    """What was counted since the start, in lines; recent events with how many a second.  Times in UTC seconds."""
    shown = []
    for one in counts:
        rate = ""
        if one.name == RECENT_EVENTS and started is not None:
            rate = f" ({recent_rate(one.count, now - started)})"
        last = f", the last {span(now - one.last_at)} ago" if one.last_at is not None else ""
        shown.append(f"{one.name}: {one.count}{rate}{last}")
    return shown


def describe(seen: Overview, now: float) -> list[str]:
    """Cases and outbox in lines; ``now`` in UTC seconds."""
    waiting = f", the oldest for {span(now - seen.oldest)}" if seen.oldest else ""
    lines = [f"cases: {seen.open_cases} open{waiting}; {seen.done_cases} done"]
    lines.append("outbox: " + (", ".join(f"{count} {stage}" for stage, count in seen.outbox.items()) or "empty"))
    lines += [f"held back in the last day: {count} ({why})" for why, count in seen.held_back.items()]
    for case in seen.last:
        unsent = f" ({case.unsent})" if case.unsent else ""
        judged = f"{case.outcome or 'waiting'}; {case.said or 'nothing said yet'}"
        lines.append(f"case {case.case}: {case.project} {case.change},{case.patchset}, {judged}{unsent}")
    return lines


def _outage(one: Outage, now: float) -> str:
    what = f"of {one.failure.name}" if one.failure.known else f"that nobody has explained ({one.failure.key})"
    line = f": {clean_line(one.line, _LONGEST_LINE)}" if one.line else ""
    reach = f"{one.changes} changes, the last {span(now - one.last)} ago"
    return f"OUTAGE {what} for {span(now - one.since)}, on {reach}{line}"


def _brake(name: str, until: float | None, now: float) -> str:
    end = "until it is resumed" if until is None else f"for {span(until - now)} more"
    return f"PAUSED {end}: nothing is posted or said" if name == PAUSE else f"{name.replace('mute', 'MUTED', 1)} {end}"
