"""How well groups agree with the truth: homogeneity and completeness, as Rosenberg and Hirschberg defined them."""

import math
from collections import Counter
from collections.abc import Hashable, Sequence


def homogeneity(truth: Sequence[Hashable], groups: Sequence[Hashable]) -> float:
    """1 where each group holds one truth alone; 0 where the groups tell nothing of it."""
    of_truth = _entropy(Counter(truth), len(truth))
    if not of_truth:
        return 1.0
    sizes = Counter(groups)
    within = Counter(zip(truth, groups, strict=True))
    left = -sum(count / len(truth) * math.log(count / sizes[group]) for (_, group), count in within.items())
    return 1.0 - left / of_truth


def completeness(truth: Sequence[Hashable], groups: Sequence[Hashable]) -> float:
    """1 where all of one truth is in one group."""
    return homogeneity(groups, truth)


def _entropy(counts: Counter[Hashable], total: int) -> float:
    return -sum(count / total * math.log(count / total) for count in counts.values())
