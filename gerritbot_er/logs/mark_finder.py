"""Where in a block of log lines the marks of a library stand: all of them at once, in time linear in the block; pure.

Hyperscan finds them at the speed of unpacking; it has wheels for some platforms only, elsewhere RE2 answers alone.
A mark is what of a clue is looked for (see ``scan_words.mark_of``).  Both find each mark that a line holds, and perhaps
one that it does not.
"""

from collections.abc import Container, Sequence
from typing import Protocol

import re2

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

_SEPARATOR = r"[^A-Za-z0-9\n]"


class MarkFinder(Protocol):
    """The marks of a library, made ready to be found."""

    def hits(self, data: bytes, wanted: Container[int]) -> list[Hit]:
        """Each wanted mark in each line of ``data``, in their order; one may be told more than once."""


def mark_finder(marks: Sequence[Clue]) -> MarkFinder:
    """The fastest finder on this machine; a mark's number is its index."""
    if hyperscan is not None and marks:
        try:
            return HyperscanFinder(marks)
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

    def hits(self, data: bytes, wanted: Container[int]) -> list[Hit]:
        found: list[Hit] = []
        place = 0
        while (hit := self._any.search(data, place)) is not None:
            start = data.rfind(b"\n", 0, hit.start()) + 1
            place = data.index(b"\n", hit.start()) + 1
            found += ((start, number) for number in self.line_hits(data[start:place]) if number in wanted)
        return found

    def line_hits(self, line: bytes) -> Sequence[int]:
        """The marks of one line alone."""
        low = lowered(line)
        if self._any.search(low) is None:
            return ()
        return self._each.Match(low) or self._marks  # it finds none where its memory is too small to tell them apart


class HyperscanFinder:
    """Looks for all marks in one pass, but for lines where a gap between words is too wide; these are left to RE2."""

    def __init__(self, marks: Sequence[Clue]) -> None:
        """Raises hyperscan.error where this machine can not run it."""
        self._odd = len(marks)
        self._odd_lines = Re2Finder(marks)
        gap = f"{_SEPARATOR}{{1,{_GAP}}}".encode()
        patterns = [gap.join(map(_escaped, mark)) for mark in marks]
        too_wide = f"{_SEPARATOR}{{{_GAP + 1}}}[A-Za-z0-9]".encode()
        patterns += [b"|".join(map(_escaped, FOLDED)), too_wide]
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=patterns,
            ids=[*range(self._odd + 1), self._odd],
            elements=len(patterns),
            flags=hyperscan.HS_FLAG_CASELESS,
        )

    def hits(self, data: bytes, wanted: Container[int]) -> list[Hit]:
        found: list[Hit] = []
        odd: list[int] = []

        def add(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if number in wanted:
                found.append((end - 1, number))
            elif number == self._odd:
                odd.append(end - 1)

        self._database.scan(data, match_event_handler=add)
        for place in odd:
            line = data[data.rfind(b"\n", 0, place) + 1 : data.index(b"\n", place)]
            found += ((place, number) for number in self._odd_lines.line_hits(line) if number in wanted)
        found.sort()
        return found


def lowered(line: bytes) -> bytes:
    """A line in lower case, as far as it is or becomes ASCII."""
    low = line.lower()
    if not low.isascii():
        for character, letter in FOLDED.items():
            low = low.replace(character, letter)
    return low


def _escaped(text: bytes) -> bytes:
    return b"".join(bytes([byte]) if bytes([byte]).isalnum() else b"\\x%02x" % byte for byte in text)
