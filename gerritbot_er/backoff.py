"""How long to wait before the next try: doubling after each failure up to a limit; minutes where a person must act."""

MISCONFIGURED_WAIT = (300.0, 900.0)
"""Seconds, least and most: a refused key tried again and again locks accounts."""

_DOUBLINGS = 16
"""More make no wait longer, and after a thousand, a night without Gerrit, a float overflows."""


def doubled(first: float, failures: int, *, most: float) -> float:
    """``first`` seconds, doubled for each of the failures, ``most`` at the most."""
    return min(most, first * 2.0 ** min(failures, _DOUBLINGS))
