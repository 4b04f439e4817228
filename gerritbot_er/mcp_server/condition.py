"""How the bot is, as an answer: what its state file says, and the outages that last."""

from collections.abc import Mapping
from dataclasses import dataclass

from gerritbot_er.dependencies import NOT_RUNNING, Dependency, headline, title
from gerritbot_er.web.now import OVER, OutageView, outages
from gerritbot_er.web.sources import Stored
from gerritbot_er.web.words import iso

from . import answers, quoted


@dataclass(frozen=True, slots=True)
class Daemon:
    """What is known of the daemon: whether it ``runs`` now, and what it said last of what it depends on."""

    runs: bool
    dependencies: tuple[Dependency, ...]


def status(stored: Stored, daemon: Daemon) -> answers.Status:
    """How it stands now."""
    now = stored.clock.now()
    tally = stored.records.tally(now)
    return answers.Status(
        running=daemon.runs,
        summary=quoted.line(headline(daemon.dependencies) if daemon.runs else NOT_RUNNING),
        outages=tuple(map(_outage, outages(stored, now - OVER))),
        dependencies=tuple(map(_dependency, daemon.dependencies)) if daemon.runs else (),
        open_cases=tally.open_cases,
        oldest_open_case=iso(tally.oldest) if tally.oldest is not None else None,
        outbox=tally.outbox,
        brakes=_brakes(tally.brakes),
    )


def _dependency(one: Dependency) -> answers.Dependency:
    return answers.Dependency(title(one.name), one.state, iso(one.since), quoted.line(one.why))


def _outage(one: OutageView) -> answers.Outage:
    words = one.bug.title if one.bug else one.line
    ended = iso(one.ended_at) if one.ended_at is not None else None
    signature = one.bug.signature if one.bug else None
    return answers.Outage(signature, one.group, quoted.line(words), iso(one.since), one.changes, ended)


def _brakes(ends: Mapping[str, float | None]) -> tuple[str, ...]:
    """What the operator has stopped, each with its end."""
    return tuple(f"{name} until {iso(end) if end is not None else 'resumed'}" for name, end in ends.items())
