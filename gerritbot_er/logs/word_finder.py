"""The lines of a block of a log that hold one of a few words: Hyperscan where it has a wheel, else RE2; pure."""

from collections.abc import Iterator, Sequence

import re2

try:
    import hyperscan
except ImportError:  # no wheel for this platform
    hyperscan = None  # type: ignore[assignment]  # tells that it is absent


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

    def lines(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Start and end of each such line, in their order; ``data`` holds whole lines, each ended by a newline."""
        if self._fast is None:
            place = 0
            while (hit := self._plain.search(data, place)) is not None:
                place = data.index(b"\n", hit.start()) + 1
                yield data.rfind(b"\n", 0, hit.start()) + 1, place - 1
            return
        places: list[int] = []
        self._fast.scan(data, match_event_handler=lambda _id, _start, end, _flags, _context: places.append(end))
        last = -1
        for place in places:  # Hyperscan tells them by where they end
            if place > last:
                last = data.index(b"\n", place - 1)
                yield data.rfind(b"\n", 0, place - 1) + 1, last


def _database(texts: Sequence[bytes]) -> "hyperscan.Database | None":
    patterns = [b"".join(b"\\x%02x" % byte for byte in text) for text in texts]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=patterns,
            ids=list(range(len(patterns))),
            elements=len(patterns),
            flags=hyperscan.HS_FLAG_CASELESS,
        )
    except hyperscan.error:  # this processor lacks what it needs
        return None
    return database
