"""The lines of a block of a log that hold one of a few words: Hyperscan where it has a wheel, else RE2; pure."""

from collections.abc import Iterator, Sequence

import re2

from .literals import escaped, padding

try:
    import hyperscan
except ImportError:  # no wheel for this platform
    hyperscan = None  # type: ignore[assignment]  # tells that it is absent

_WORD, _NO_WORD = 0, 1


class WordFinder:
    """Words of ASCII, in capitals or not, also within longer ones."""

    def __init__(self, words: Sequence[str]) -> None:
        options = re2.Options()
        options.case_sensitive = False
        options.encoding = re2.Options.Encoding.LATIN1
        options.never_capture = True
        texts = [word.encode("ascii") for word in words]
        self._plain = re2.compile(b"|".join(map(re2.escape, texts)), options)
        self._fast = _database(texts) if hyperscan is not None else None

    def lines(self, data: bytes, begin: int = 0) -> Iterator[tuple[int, int]]:
        """Start and end of each such line, in their order; ``data`` holds whole lines, each ended by a newline.

        Those before the line that begins at ``begin`` are left out.
        """
        if self._fast is None:
            place = begin
            while (hit := self._plain.search(data, place)) is not None:
                place = data.index(b"\n", hit.start()) + 1
                yield data.rfind(b"\n", 0, hit.start()) + 1, place - 1
            return
        ends: list[int] = []

        def add(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if number == _WORD:
                ends.append(end)

        self._fast.scan(data[begin:], match_event_handler=add)
        last = -1
        for end in ends:  # Hyperscan tells them by where they end
            place = begin + end
            if place > last:
                last = data.index(b"\n", place - 1)
                yield data.rfind(b"\n", 0, place - 1) + 1, last


def _database(texts: Sequence[bytes]) -> "hyperscan.Database | None":
    patterns = [*map(escaped, texts), *padding(len(texts))]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=patterns,
            ids=[_WORD] * len(texts) + [_NO_WORD] * (len(patterns) - len(texts)),
            elements=len(patterns),
            flags=hyperscan.HS_FLAG_CASELESS,
        )
    except hyperscan.error:  # this processor lacks what it needs
        return None
    return database
