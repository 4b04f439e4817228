"""The answers for monitoring: whether the daemon moves, and whether all that is needed works.  Pure."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from gerritbot_er import dependencies
from gerritbot_er.dependencies import Condition, Count, Dependency
from gerritbot_er.settings import LocalStore, Settings


@dataclass(frozen=True, slots=True)
class Health:
    """The daemon as it is now: ``stuck`` are the workers that stand still, ``started_at`` is in UTC seconds.

    ``extras`` are the names of those dependencies without which comments still come about.
    """

    dependencies: tuple[Dependency, ...]
    stuck: tuple[str, ...]
    counts: tuple[Count, ...]
    extras: frozenset[str]
    started_at: float

    @property
    def well(self) -> bool:
        """Whether comments come about."""
        return not self.stuck and not dependencies.down(self.dependencies, self.extras)

    @property
    def headline(self) -> str:
        """The whole in one line."""
        return dependencies.headline(self.dependencies, self.stuck)


def extras(settings: Settings) -> frozenset[str]:
    """The dependencies without which comments still come about.

    A CI's own server is one where a cluster has the logs: it is then asked about a few reports only.
    """
    stores = settings.log_stores
    clustered = (ci.name for ci in settings.cis if not isinstance(stores.get(ci.log_store), LocalStore))
    gerrits = (dependencies.EVENTS_LOG, dependencies.GROUP, dependencies.REST)
    others = (*gerrits, dependencies.CONFIGURATION, dependencies.IRC, dependencies.SIGNATURES)
    named = (
        *map(dependencies.ci_server, clustered),
        *(name(store) for store in stores for name in (dependencies.kept_logs, dependencies.sent_to)),
    )
    return frozenset({*others, *named, dependencies.PAST_BUILDS, dependencies.TRACKERS})


def alive(health: Health) -> tuple[int, dict[str, object]]:
    """The HTTP status and the JSON object: whether every worker moves, whatever is wrong around the daemon."""
    status = 503 if health.stuck else 200
    return status, {"status": "standing still" if health.stuck else "alive", "standing_still": list(health.stuck)}


def readiness(health: Health, now: float) -> tuple[int, dict[str, object]]:
    """The HTTP status and the JSON object: whether comments come about, and why not; times in UTC seconds."""
    status = 200 if health.well else 503
    return status, {
        "status": health.headline.partition(":")[0],
        "summary": health.headline,
        "standing_still": list(health.stuck),
        "dependencies": [_dependency(one, health.extras) for one in health.dependencies],
        "counts": {one.name: {"count": one.count, "last_at": one.last_at} for one in health.counts},
        "started_at": health.started_at,
        "now": now,
    }


def _dependency(one: Dependency, extras: frozenset[str]) -> dict[str, object]:
    return {**dataclasses.asdict(one), "needed": one.name not in extras}


def lines(health: Health) -> Sequence[tuple[str, Dependency]]:
    """For the page: each dependency with its title, what does not work first."""
    order = (Condition.MISCONFIGURED, Condition.DEGRADED, Condition.CONNECTING, Condition.WORKING)
    ranked = sorted(health.dependencies, key=lambda one: (order.index(one.state), one.name))
    return [(dependencies.title(one.name), one) for one in ranked]
