"""The names that filters suggest, asked for anew every few minutes."""

from collections.abc import Mapping, Sequence

from .sources import Sources

HOLDS = 300.0
"""Seconds for which they are not counted anew."""


class Suggestions:
    """The names that filters suggest, counted anew now and then; any thread may ask."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._known: tuple[float, int, Mapping[str, Sequence[str]]] | None = None

    def names(self, hidden: int) -> Mapping[str, Sequence[str]]:
        """By the filters: those that failed most in the last days; ``hidden`` as the statistics tell it now."""
        known, now = self._known, self._sources.clock.monotonic()
        if known is None or known[0] + HOLDS < now or known[1] != hidden:
            known = self._known = now, hidden, self._sources.statistics.suggestions(self._sources.clock.now())
        return known[2]
