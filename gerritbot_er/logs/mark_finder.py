"""Where in a block of log lines the marks of a library stand: all of them at once, in time linear in the block; pure.

Hyperscan finds them at the speed of unpacking; it has wheels for some platforms only, elsewhere RE2 answers alone.
A mark is what of a clue is looked for (see ``scan_words.mark_of``).  Both find each mark that a line holds, and perhaps
one that it does not.  In the same pass Hyperscan tells which of a few further words stand in a block.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import re2

from .literals import escaped, padding
from .scan_words import FOLDED, Clue

try:
    import hyperscan
except ImportError:  # no wheel for this platform
    hyperscan = None  # type: ignore[assignment]  # tells that it is absent

Hit = tuple[int, int]
"""A place in a line, and the number of a mark in it."""

_RE2_MEMORY = 64 * 1024 * 1024
"""Bytes that RE2 may take for its automaton; with too few it falls back to a slower way."""

_GAP = 32
"""Separators between two words up to which Hyperscan counts; endless ones would make it three times slower."""

_MOST_GAPS = 128
"""Marks with a gap up to which each has a pattern of its own that tells of a wider one.  One for all of them is slower
(by 0.5 ms for each MB), but with hundreds it is faster."""

_SEPARATOR = r"[^A-Za-z0-9\n]"


@dataclass(frozen=True, slots=True)
class Looked:
    """What stands in a block: ``hits`` are in their order, one may be told more than once.

    ``words`` has of each word that stands in it where its first one ends (the index of its last byte); None where words
    were not looked for.
    """

    hits: Sequence[Hit] = ()
    words: Mapping[str, int] | None = None


class MarkFinder(Protocol):
    """The marks of a library, made ready to be found."""

    def look(self, data: bytes, wanted: Container[int]) -> Looked:
        """Each wanted mark in each line of ``data``, and the words that stand in it."""


def mark_finder(marks: Sequence[Clue], words: Sequence[str] = ()) -> MarkFinder:
    """The fastest finder on this machine; a mark's number is its index.

    ``words`` are of ASCII, and found in capitals or not, also within longer ones.
    """
    if hyperscan is not None and (marks or words):
        try:
            return HyperscanFinder(marks, words)
        except hyperscan.error:  # this processor lacks what it needs, or a mark is too large for it
            pass
    return Re2Finder(marks)


class Re2Finder:
    """Looks for any mark, line by line; which ones these are is then read from the line alone."""

    def __init__(self, marks: Sequence[Clue]) -> None:
        options = re2.Options()
        options.case_sensitive = False
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = _RE2_MEMORY
        options.never_capture = True
        gap = f"{_SEPARATOR}+".encode()
        rows = [gap.join(map(re2.escape, mark)) for mark in marks]
        self._any = re2.compile(b"|".join(sorted({*rows, *FOLDED})), options)
        self._each = re2.Set.SearchSet(options)
        for row in rows:
            self._each.Add(row)
        self._each.Compile()
        self._marks = range(len(rows))

    def look(self, data: bytes, wanted: Container[int]) -> Looked:
        found: list[Hit] = []
        place = 0
        while (hit := self._any.search(data, place)) is not None:
            start = data.rfind(b"\n", 0, hit.start()) + 1
            place = data.index(b"\n", hit.start()) + 1
            found += ((start, number) for number in self.line_hits(data[start:place]) if number in wanted)
        return Looked(found)

    def line_hits(self, line: bytes) -> Sequence[int]:
        """The marks of one line alone."""
        low = lowered(line)
        if self._any.search(low) is None:
            return ()
        return self._each.Match(low) or self._marks  # it finds none where its memory is too small to tell them apart


class HyperscanFinder:
    """Looks for all marks in one pass, but for lines where a gap between words is too wide; these are left to RE2."""

    def __init__(self, marks: Sequence[Clue], words: Sequence[str] = ()) -> None:
        """Raises hyperscan.error where this machine can not run it."""
        self._odd = len(marks)
        self._odd_lines = Re2Finder(marks)
        self._words = dict(enumerate(words, self._odd + 2))
        gap = f"{_SEPARATOR}{{1,{_GAP}}}".encode()
        rows = [gap.join(map(escaped, mark)) for mark in marks]
        odd = [*map(escaped, FOLDED), *_too_wide(marks)]
        once = [escaped(word.encode()) for word in words]
        unused = padding(len(rows) + len(odd) + len(once))
        numbers = [*range(self._odd), *(self._odd for _ in odd), *(self._odd + 1 for _ in unused), *self._words]
        every = hyperscan.HS_FLAG_CASELESS
        first = every | hyperscan.HS_FLAG_SINGLEMATCH  # a block of nothing but such words is told of once
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=[*rows, *odd, *unused, *once],
            ids=numbers,
            elements=len(numbers),
            flags=[every] * len((*rows, *odd)) + [first] * len((*unused, *once)),
        )

    def look(self, data: bytes, wanted: Container[int]) -> Looked:
        found: list[Hit] = []
        odd: list[int] = []
        words: dict[str, int] = {}

        def add(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if number in wanted:
                found.append((end - 1, number))
            elif number == self._odd:
                odd.append(end - 1)
            elif number in self._words:
                words[self._words[number]] = end - 1

        self._database.scan(data, match_event_handler=add)
        for place in odd:
            line = data[data.rfind(b"\n", 0, place) + 1 : data.index(b"\n", place)]
            found += ((place, number) for number in self._odd_lines.line_hits(line) if number in wanted)
        found.sort()
        return Looked(found, words if self._words else None)


def _too_wide(marks: Sequence[Clue]) -> Sequence[bytes]:
    """What stands in each line that may hold a mark with a gap wider than what is counted."""
    before_gaps = {word for mark in marks for word in mark[:-1]}
    if len(before_gaps) > _MOST_GAPS:
        return [f"{_SEPARATOR}{{{_GAP + 1}}}[A-Za-z0-9]".encode()]
    return [escaped(word) + f"{_SEPARATOR}{{{_GAP + 1}}}".encode() for word in sorted(before_gaps)]


def lowered(line: bytes) -> bytes:
    """A line in lower case, as far as it is or becomes ASCII."""
    low = line.lower()
    if not low.isascii():
        for character, letter in FOLDED.items():
            low = low.replace(character, letter)
    return low
