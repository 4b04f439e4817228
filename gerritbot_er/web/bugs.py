"""The page of bugs: every signature that hit, the one that costs most first.  Pure, but for the statistics it asks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gerritbot_er.insight.bugs import RESET_COSTS, cost
from gerritbot_er.insight.figures import Spread, Timeline, Where
from gerritbot_er.insight.steps import steps_of
from gerritbot_er.model import Signature
from gerritbot_er.triage.bug_words import as_told

from .asked import Asked
from .sources import Stored
from .views import Knowledge, https

MOST = 100


@dataclass(frozen=True, slots=True)
class Named:
    """What a bug is called: ``url`` is its tracker's page, where that may be linked, ``state`` what that says of it.

    ``mark`` is "open", "closed" or "fixed"; both are "" where the tracker tells nothing, or nothing of late.
    """

    signature: str
    title: str
    url: str | None
    state: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class BugLine:
    """A bug in the list; ``cost`` in seconds of CI, ``share`` of it from 0 to 1 of what the costliest has.

    ``later``: so many of its builds were explained by it after their verdict.
    """

    named: Named
    spread: Spread
    jobs: int
    cost: float
    share: float
    course: Timeline | None = None
    later: int = 0


@dataclass(frozen=True, slots=True)
class Bugs:
    """The bugs that hit and cost most; ``more`` hit as well.  ``reset_costs``: seconds that a gate reset counts for."""

    bugs: tuple[BugLine, ...]
    more: int
    reset_costs: float = RESET_COSTS


def bugs_page(sources: Stored, asked: Asked) -> Bugs:
    """The bugs that hit in the time that is asked for."""
    now = sources.clock.now()
    where = asked.where(now)
    lines = costliest(sources, where, MOST)
    courses: Mapping[str, Timeline] = sources.statistics.courses(where, steps_of(where, now)) if lines.bugs else {}
    later = sources.statistics.found_later(where)
    names = (one.named.signature for one in lines.bugs)
    drawn = (
        replace(one, course=courses.get(name), later=later.get(name, 0))
        for one, name in zip(lines.bugs, names, strict=True)
    )
    return replace(lines, bugs=tuple(drawn))


def costliest(sources: Stored, where: Where, most: int) -> Bugs:
    """At most so many bugs, the costliest first."""
    first, every = sources.statistics.costliest(where, most)
    top = cost(first[0].spread) if first else 0.0
    lines = [
        BugLine(named(sources, one.signature), one.spread, one.jobs, cost(one.spread), cost(one.spread) / (top or 1.0))
        for one in first
    ]
    return Bugs(tuple(lines), every - len(lines))


def named(sources: Stored, name: str) -> Named:
    """What is known now of the bug of a signature."""
    return called(sources.knowledge(), name, sources.clock.now())


def called(known: Knowledge, name: str, now: float) -> Named:
    """The same at this UTC second; the signature may be there no more."""
    signature = known.signatures.get(name) or Signature(name)
    facts = known.bugs.known(signature.bug) if signature.bug else None
    told = as_told(facts, now) if facts else None
    mark = "" if told is None else "fixed" if told.fixed else "closed" if told.closed else "open"
    state = told.state if told and told is facts else ""
    return Named(name, known.title(name), https(signature.bug), state, mark if state else "")
