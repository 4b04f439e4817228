"""The first page: what fails now, outages first, and how it stands with the daemon and all that it depends on."""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gerritbot_er.cleaning import clean_line
from gerritbot_er.dependencies import Count, Dependency
from gerritbot_er.insight.figures import Spread, Where
from gerritbot_er.insight.rates import Failures
from gerritbot_er.insight.steps import steps_of
from gerritbot_er.model import Outage
from gerritbot_er.ports.reading import Record

from .asked import Asked
from .bugs import Bugs, Named, costliest, named
from .case import may_be_shown
from .health import lines
from .sources import Sources, Stored
from .unexplained import Unexplained, groups_of
from .views import LONGEST_LINE, CaseView, case_view

MOST_LINES = 8
"""Bugs, groups and jobs that are shown of each."""
MOST_CASES = 10
LOOKED_AT = 200
"""The last cases among which those are sought that may be shown."""
OVER = 6 * 3600.0
"""Seconds for which an outage that has ended is still told of."""


@dataclass(frozen=True, slots=True)
class OutageView:
    """An outage of a known bug, or of a group of unexplained failures, whose ``line`` tells of it; UTC seconds."""

    bug: Named | None
    group: str | None
    line: str
    since: float
    last: float
    changes: int
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class DaemonState:
    """How it stands with the daemon; ``stuck`` are workers that stand still, times in UTC seconds.

    ``dependencies`` have their titles, those that do not work come first; ``oldest`` is that of the open cases; the
    ``brakes`` that are on have their ends.
    """

    well: bool
    headline: str
    stuck: tuple[str, ...]
    brakes: Mapping[str, float | None]
    dependencies: tuple[tuple[str, Dependency], ...]
    counts: tuple[Count, ...]
    open_cases: int
    done_cases: int
    oldest: float | None
    outbox: Mapping[str, int]
    started_at: float


@dataclass(frozen=True, slots=True)
class Now:
    """``reach`` is None where nothing failed in the time that was asked for; ``at`` is the UTC second of all this.

    ``cases`` are the last that fit what was asked for, however long ago they are, unless days were named.
    """

    at: float
    outages: tuple[OutageView, ...]
    reach: Spread | None
    failures: Failures
    bugs: Bugs
    unexplained: Unexplained
    cases: tuple[CaseView, ...]
    daemon: DaemonState


def now_page(sources: Sources, asked: Asked) -> Now:
    """What is known at this moment."""
    now = sources.clock.now()
    where, statistics = asked.where(now), sources.statistics
    return Now(
        now,
        outages(sources, now - OVER),
        statistics.spread(where),
        statistics.failures(where, steps_of(where, now), MOST_LINES),
        costliest(sources, where, MOST_LINES),
        groups_of(sources, asked, MOST_LINES),
        tuple(itertools.islice(_cases(sources, asked, where), MOST_CASES)),
        _daemon(sources, now),
    )


def outages(sources: Stored, since: float) -> tuple[OutageView, ...]:
    """Those that last, or have ended since then; without those of groups of which nothing may be told any more."""
    views = (_outage_view(sources, one) for one in sources.records.outages(since))
    return tuple(view for view in views if view is not None)


def _outage_view(sources: Stored, one: Outage) -> OutageView | None:
    """An outage, with what its bug is called, or what its newest build says that may be told of."""
    bug = group = None
    line = one.line
    if one.failure.known:
        bug = named(sources, one.failure.name)
    else:
        group = one.failure.name
        found = sources.statistics.group(group, Where(one.since, one.last + 1.0), 1)
        if found is None or not found.members:
            return None
        line = found.members[0].lines[0].line if found.members[0].lines else ""
    return OutageView(bug, group, clean_line(line, LONGEST_LINE), one.since, one.last, one.changes, one.ended_at)


def _cases(sources: Sources, asked: Asked, where: Where) -> Iterator[CaseView]:
    known = sources.knowledge()
    since = where.since if asked.since else -math.inf
    # Gerrit's clock may be ahead of ours, and where no day is named the time ends at ours.
    until = where.until if asked.until else math.inf
    for one in sources.records.last(LOOKED_AT):
        if since <= one.case.report.at < until and _is_asked_for(one, asked) and may_be_shown(sources, one):
            yield case_view(one, known)


def _is_asked_for(record: Record, asked: Asked) -> bool:
    report = record.case.report
    jobs = {build.job for build in report.builds}
    pairs = (
        (asked.project, {report.change.project}),
        (asked.branch, {report.change.branch}),
        (asked.pipeline, {report.pipeline}),
        (asked.job, jobs),
    )
    return all(not wanted or wanted in there for wanted, there in pairs)


def _daemon(sources: Sources, now: float) -> DaemonState:
    health, tally = sources.health(), sources.records.tally(now)
    return DaemonState(
        health.well,
        health.headline,
        health.stuck,
        tally.brakes,
        tuple(lines(health)),
        health.counts,
        tally.open_cases,
        tally.done_cases,
        tally.oldest,
        tally.outbox,
        health.started_at,
    )
