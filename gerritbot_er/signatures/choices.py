"""The earliest choice of one line per entry that lie near each other, in order, and away from others; pure.

A window of the allowed width is moved over the lines, from one possible first line to the next.  What is inside is
found by bisection, and the way along a chain from a given moment is worked out once, so that a hundred thousand lines
take a fraction of a second.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line(Generic[T]):
    """A line at a position (a time, or its number); ``what`` it is the caller knows."""

    at: int
    file: str
    number: int
    what: T


def choice(
    entries: Sequence[Sequence[Line[T]]], chain: int, width: int | None, forbidden: Sequence[Line[T]]
) -> tuple[T, ...] | None:
    """One line for each entry, the first at most ``width`` before the last; None where there are none.

    The first ``chain`` entries follow each other; no ``forbidden`` line is within ``width`` of all of them.
    """
    if not all(entries):
        return None
    found = _Window([_Entry(lines) for lines in entries], chain, width, forbidden).first()
    return None if found is None else tuple(line.what for line in found)


class _Entry(Generic[T]):
    """The lines that may stand for one entry, by position."""

    def __init__(self, lines: Iterable[Line[T]]) -> None:
        self.lines = sorted(lines, key=lambda line: (line.at, line.file, line.number))
        self.positions = [line.at for line in self.lines]

    def first(self, at: int) -> Line[T] | None:
        """The first line at this position or later."""
        index = bisect_left(self.positions, at)
        return self.lines[index] if index < len(self.lines) else None

    def last(self, at: int) -> Line[T] | None:
        """The last line at this position or earlier."""
        index = bisect_right(self.positions, at)
        return self.lines[index - 1] if index else None

    def all_at(self, at: int) -> list[Line[T]]:
        """The lines at exactly this position."""
        return self.lines[bisect_left(self.positions, at) : bisect_right(self.positions, at)]


@dataclass(frozen=True, slots=True)
class _Step(Generic[T]):
    """The way along a chain from one moment: the lines of each entry that are reached there, and how it goes on.

    ``end`` is the position of the chain's last line at the earliest, None where the chain cannot be ended.
    """

    reached: Sequence[Sequence[Line[T]]]
    rest: "_Step[T] | None"
    end: int | None


class _Chain(Generic[T]):
    """Entries whose lines follow each other."""

    def __init__(self, entries: Sequence[_Entry[T]]) -> None:
        self.opening, self.ending = entries[0], entries[-1]
        self._entries = entries
        self._known: dict[tuple[int, int], _Step[T]] = {}

    def end(self, at: int) -> int | None:
        """Where a chain that begins exactly here ends at the earliest; None where it never does."""
        return self._step(0, at).end

    def lines(self, at: int, end: Line[T] | None) -> list[Line[T]]:
        """A chain that begins here and ends early, or with the given line, which is later than the earliest end."""
        step: _Step[T] | None = self._step(0, at)
        reached: list[Sequence[Line[T]]] = []
        while step is not None:
            reached += step.reached
            step = step.rest
        found = [end or reached[-1][0]]
        for lines in reversed(reached[:-1]):
            found.append(next(line for line in lines if _precedes(line, found[-1])))
        return found[::-1]

    def _step(self, entry: int, at: int) -> _Step[T]:
        known = self._known.get((entry, at))
        if known is None:
            known = self._known[entry, at] = self._make_step(entry, at)
        return known

    def _make_step(self, entry: int, at: int) -> _Step[T]:
        reached = [self._entries[entry].all_at(at)]
        for following in range(entry + 1, len(self._entries)):
            lines = _behind(reached[-1], self._entries[following].all_at(at))
            if not lines:
                later = self._entries[following].first(at + 1)
                rest = None if later is None else self._step(following, later.at)
                return _Step(reached, rest, None if rest is None else rest.end)
            reached.append(lines)
        return _Step(reached, None, at)


def _precedes(line: Line[T], other: Line[T]) -> bool:
    if line.at != other.at:
        return line.at < other.at
    return line.file != other.file or line.number < other.number


def _behind(lines: Sequence[Line[T]], others: Sequence[Line[T]]) -> list[Line[T]]:
    """Those of the others, at the same moment, that come after one of the lines."""
    files = {line.file for line in lines}
    if len(files) > 1:
        return list(others)
    lowest = min(line.number for line in lines)
    return [other for other in others if other.file not in files or other.number > lowest]


class _Window(Generic[T]):
    """A choice is sought for each position that its first line may have."""

    def __init__(
        self, entries: Sequence[_Entry[T]], chain: int, width: int | None, forbidden: Sequence[Line[T]]
    ) -> None:
        self._entries = entries
        self._chain = _Chain(entries[:chain]) if chain > 1 else None
        self._free = entries[chain:]
        lowest = min(entry.positions[0] for entry in entries)
        highest = max(entry.positions[-1] for entry in entries)
        self._width = highest - lowest if width is None else width
        self._forbidden = sorted(line.at for line in forbidden)

    def first(self) -> Sequence[Line[T]] | None:
        """The choice whose first line is the earliest."""
        starts = sorted({at for entry in self._entries for at in entry.positions})
        index = 0
        while index < len(starts):
            start = starts[index]
            reach = self._reach(start)
            if reach is None:
                return None
            if reach > start + self._width:
                index = bisect_left(starts, reach - self._width, index + 1)
                continue
            least = self._least_end(start)
            if least is not None:
                found = (
                    self._unordered(start, least) if self._chain is None else self._ordered(self._chain, start, least)
                )
                if found is not None:
                    return found
            index += 1
        return None

    def _reach(self, start: int) -> int | None:
        """How far a window from here reaches at least if it holds a line for each entry; None where none ever does."""
        farthest = start
        for entry in self._entries:
            line = entry.first(start)
            if line is None:
                return None
            farthest = max(farthest, line.at)
        return farthest

    def _least_end(self, start: int) -> int | None:
        """Where a choice that begins here has to end at least, so that no forbidden line is near all of it.

        A forbidden line is near all lines if it is at most a width behind the first and before the last.  None where
        no end is late enough.
        """
        index = bisect_right(self._forbidden, start + self._width)
        if not index:
            return start
        nearest = self._forbidden[index - 1]
        return None if nearest >= start else nearest + self._width + 1

    def _unordered(self, start: int, least: int) -> Sequence[Line[T]] | None:
        """A choice of which one line is exactly at the start, and one at ``least`` or later."""
        end = start + self._width
        lines = [entry.first(start) for entry in self._entries]
        opening = [number for number, line in enumerate(lines) if line is not None and line.at == start]
        chosen = [line for line in lines if line is not None]
        if max(line.at for line in chosen) >= least:
            return chosen
        for number, entry in enumerate(self._entries):
            last = entry.first(least)
            if last is not None and last.at <= end and any(other != number for other in opening):
                chosen[number] = last
                return chosen
        return None

    def _ordered(self, chain: _Chain[T], start: int, least: int) -> Sequence[Line[T]] | None:
        """The same, with a chain: either the chain begins at the start, or the entry beside it does."""
        opening = chain.opening.first(start)
        end = None if opening is None else chain.end(opening.at)
        if opening is None or end is None or end > start + self._width:
            return None
        beside = [line for entry in self._free if (line := entry.first(start)) is not None]
        if start not in (opening.at, *(line.at for line in beside)):
            return None
        if max((end, *(line.at for line in beside))) >= least:
            return [*chain.lines(opening.at, None), *beside]
        last = chain.ending.first(least)
        if last is not None and last.at <= start + self._width:
            return [*chain.lines(opening.at, last), *beside]
        if opening.at == start:
            late = [line for entry in self._free if (line := entry.first(least)) and line.at <= start + self._width]
            return [*chain.lines(start, None), *late] if late else None
        return None
