"""The page of rates: how much is explained, by job and over time, how long that takes, and what is waiting now."""

from dataclasses import dataclass

from gerritbot_er.insight.rates import Quantiles, Rates
from gerritbot_er.insight.steps import steps_of

from .asked import Asked
from .sources import Sources, Workload

MOST_JOBS = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is waiting now; ``oldest`` is the UTC second since when the oldest open case is."""

    open_cases: int
    oldest: float | None
    workload: Workload
    unsent: int


@dataclass(frozen=True, slots=True)
class RatesContent:
    """The content of the page of rates.

    ``commenting`` is the time from a report's receipt to our comment, whatever the filters; None: no comment.
    """

    rates: Rates
    commenting: Quantiles | None
    waiting: Waiting


def rates_page(sources: Sources, asked: Asked) -> RatesContent:
    """The rates of the time that is asked for."""
    now = sources.clock.now()
    where = asked.where(now)
    tally = sources.records.tally(now)
    unsent = sum(tally.outbox.get(stage, 0) for stage in ("pending", "sending"))
    return RatesContent(
        sources.statistics.rates(where, steps_of(where, now), MOST_JOBS),
        sources.records.commenting(where.since, where.until),
        Waiting(tally.open_cases, tally.oldest, sources.workload(), unsent),
    )
