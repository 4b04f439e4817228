"""The ``status`` command: what the daemon is doing now, from its state file."""

import dataclasses
import json
from pathlib import Path

import click

from gerritbot_er.clock import SystemClock
from gerritbot_er.state import PAUSE, StoredBrakes, WorkerState, WorkerStates, is_locked, open_state
from gerritbot_er.state.overview import Overview, overview

from . import common

DAY = 86400.0
NOT_RUNNING = "the daemon is not running; this is what its state file says"


@click.command(epilog="\b\nExample: gerritbot-er status")
@common.with_config
@common.with_json
def status(config: Path, *, as_json: bool) -> None:
    """Say what the daemon is doing now: peers, cases, outbox, brakes."""
    clock = SystemClock()
    now = clock.now()
    folder = common.read_config(config).state
    with open_state(folder, create=False) as state:
        workers, brakes = WorkerStates(state, clock).all(), StoredBrakes(state).all(now)
        seen = overview(state, now - DAY)
    runs = is_locked(folder)
    if as_json:
        fields = {"running": runs, "workers": [dataclasses.asdict(worker) for worker in workers], "brakes": brakes}
        click.echo(json.dumps({**fields, **dataclasses.asdict(seen)}))
    else:
        lines = describe(workers if runs else [], brakes, seen, now)
        click.echo("\n".join(lines if runs else [NOT_RUNNING, *lines]))


def describe(workers: list[WorkerState], brakes: dict[str, float | None], seen: Overview, now: float) -> list[str]:
    """The lines of the text form; ``now`` in UTC seconds."""
    lines = [_brake(name, until, now) for name, until in brakes.items()]
    lines += [f"{w.name}: {w.state} for {_span(now - w.since)}" + (f" ({w.why})" if w.why else "") for w in workers]
    waiting = f", the oldest for {_span(now - seen.oldest)}" if seen.oldest else ""
    lines.append(f"cases: {seen.open_cases} open{waiting}; {seen.done_cases} done")
    lines.append("outbox: " + (", ".join(f"{count} {stage}" for stage, count in seen.outbox.items()) or "empty"))
    lines += [f"held back in the last day: {count} ({why})" for why, count in seen.held_back.items()]
    for case in seen.last:
        judged = f"{case.outcome or 'waiting'}; {case.said or 'nothing said yet'}"
        lines.append(f"case {case.case}: {case.project} {case.change},{case.patchset}, {judged}")
    return lines


def _brake(name: str, until: float | None, now: float) -> str:
    end = "until it is resumed" if until is None else f"for {_span(until - now)} more"
    return f"PAUSED {end}: nothing is posted or said" if name == PAUSE else f"{name.replace('mute', 'MUTED', 1)} {end}"


def _span(seconds: float) -> str:
    for size, unit in ((DAY, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
