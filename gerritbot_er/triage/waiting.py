"""How long and how often the logs of a build are waited for: pure functions of seconds."""

import math

from gerritbot_er.model import LogsSeen
from gerritbot_er.settings import Waiting

LOGLESS = frozenset(
    {
        "",  # a report without jobs
        "NODE_FAILURE",
        "MERGE_CONFLICT",
        "MERGE_FAILURE",
        "MERGER_FAILURE",
        "CONFIG_ERROR",
        "LOST",
        "DISCONNECT",
        "EXCEPTION",
        "NO_HANDLE",
        "NOT_REGISTERED",
    }
)
"""Results of builds that never ran: nothing was uploaded.  Others may have logs however they ended."""


def next_poll(now: float, since: float, waiting: Waiting) -> float:
    """When logs are asked after again, for a build waiting ``since``; all monotonic seconds.

    Times lie on a grid that all builds share, so that they are asked after together.
    """
    step = waiting.poll if now - since < waiting.slow_after else waiting.slow_poll
    return (math.floor(now / step) + 1) * step


def deadline(now: float, since: float, give_up: float, waiting: Waiting) -> float:
    """When logs are given up that are waited for ``since``; all monotonic seconds.

    After a long standstill they are asked after all the same, as often as it takes to see that nothing more comes.
    """
    return max(since + give_up, now + min(give_up, 3 * waiting.slow_poll))


def logs_ready(before: LogsSeen | None, now: LogsSeen) -> bool:
    """Whether the logs are whole: the store says so, or the console is there and nothing came since the last poll."""
    if now.complete:
        return True
    whole = before is not None and not before.partial and not now.partial
    return before is not None and whole and now.console and now.documents == before.documents
