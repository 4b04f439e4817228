"""Whether the hits of a failure are a burst: many changes within a short time.  Pure."""

from collections import Counter
from collections.abc import Sequence

from gerritbot_er.settings import OutageRules

Hit = tuple[int, int]
"""(The server's second of a report, the change it is on.)"""


def burst(hits: Sequence[Hit], at: int, rules: OutageRules) -> int | None:
    """The second of the first hit of the burst that the hit at second ``at`` belongs to; None: it belongs to none.

    A change counts once, however often it is hit, and the order in which hits are told does not matter.
    """
    ordered = sorted(hit for hit in hits if abs(hit[0] - at) <= rules.window)
    within: Counter[int] = Counter()
    end = 0
    for first, change in ordered:
        while end < len(ordered) and ordered[end][0] <= first + rules.window:
            within[ordered[end][1]] += 1
            end += 1
        if len(within) >= rules.changes and first <= at <= ordered[end - 1][0]:
            return first
        within[change] -= 1
        if not within[change]:
            del within[change]
    return None
