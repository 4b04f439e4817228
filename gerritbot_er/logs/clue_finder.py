"""Where in a block of log lines the clues of a library stand: all of them at once, in time linear in the block; pure.

Hyperscan finds them at the speed of unpacking; it has wheels for some platforms only, elsewhere RE2 answers alone.
Both find a line for each clue that the line holds, and perhaps one that it does not.
"""

from collections.abc import Sequence
from typing import Protocol

import re2

from .scan_words import FOLDED, Clue, sharpest

try:
    import hyperscan
except ImportError:  # no wheel for this platform
    hyperscan = None  # type: ignore[assignment]  # tells that it is absent

Hit = tuple[int, int]
"""A place in a line, and the number of a clue in it."""

_RE2_MEMORY = 64 * 1024 * 1024
"""Bytes that RE2 may take for its automaton; with too few it falls back to a slower way."""

_WORDS = 2
"""How many words of a clue are looked for: more make larger automata, and hardly fewer lines."""

_GAP = 32
"""Separators between two words up to which Hyperscan counts; endless ones would make it three times slower."""

_SEPARATOR = r"[^A-Za-z0-9\n]"


class ClueFinder(Protocol):
    """The clues of a library, made ready to be found."""

    def hits(self, data: bytes) -> list[Hit]:
        """Each clue in each line of ``data``, from the first line to the last; a clue may be told more than once."""


def clue_finder(clues: Sequence[Clue]) -> ClueFinder:
    """The fastest finder on this machine; a clue's number is its index."""
    if hyperscan is not None and clues:
        try:
            return HyperscanFinder(clues)
        except hyperscan.error:  # this processor lacks what it needs, or a clue is too large for it
            pass
    return Re2Finder(clues)


class Re2Finder:
    """Looks for any clue, line by line; which ones these are is then read from the line alone."""

    def __init__(self, clues: Sequence[Clue]) -> None:
        options = re2.Options()
        options.case_sensitive = False
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = _RE2_MEMORY
        options.never_capture = True
        gap = f"{_SEPARATOR}+".encode()
        rows = [gap.join(map(re2.escape, sharpest(clue, _WORDS))) for clue in clues]
        self._any = re2.compile(b"|".join(sorted({*rows, *FOLDED})), options)
        self._each = re2.Set.SearchSet(options)
        for row in rows:
            self._each.Add(row)
        self._each.Compile()
        self._clues = range(len(rows))

    def hits(self, data: bytes) -> list[Hit]:
        found: list[Hit] = []
        place = 0
        while (hit := self._any.search(data, place)) is not None:
            start = data.rfind(b"\n", 0, hit.start()) + 1
            place = data.index(b"\n", hit.start()) + 1
            found += ((start, number) for number in self.line_hits(data[start:place]))
        return found

    def line_hits(self, line: bytes) -> Sequence[int]:
        """The clues of one line alone."""
        low = lowered(line)
        if self._any.search(low) is None:
            return ()
        return self._each.Match(low) or self._clues  # it finds none where its memory is too small to tell them apart


class HyperscanFinder:
    """Looks for all clues in one pass, but for lines where a gap between words is too wide; these are left to RE2."""

    def __init__(self, clues: Sequence[Clue]) -> None:
        """Raises hyperscan.error where this machine can not run it."""
        self._odd = len(clues)
        self._odd_lines = Re2Finder(clues)
        gap = f"{_SEPARATOR}{{1,{_GAP}}}".encode()
        patterns = [gap.join(map(_escaped, sharpest(clue, _WORDS))) for clue in clues]
        too_wide = f"{_SEPARATOR}{{{_GAP + 1}}}[A-Za-z0-9]".encode()
        patterns += [b"|".join(map(_escaped, FOLDED)), too_wide]
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=patterns,
            ids=[*range(self._odd + 1), self._odd],
            elements=len(patterns),
            flags=hyperscan.HS_FLAG_CASELESS,
        )

    def hits(self, data: bytes) -> list[Hit]:
        found: list[Hit] = []
        odd: list[int] = []

        def add(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if number == self._odd:
                odd.append(end - 1)
            else:
                found.append((end - 1, number))

        self._database.scan(data, match_event_handler=add)
        for place in odd:
            line = data[data.rfind(b"\n", 0, place) + 1 : data.index(b"\n", place)]
            found += ((place, number) for number in self._odd_lines.line_hits(line))
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
