"""A subunit stream (version 2), as stestr and testr write it: the tests that failed in it; pure.

python-subunit parses the packets.  Measured with 1.4.6: it reads what is no packet byte by byte, lets ``struct.error``
out of a packet that is too short for its own header, and reads the whole rest of a stream for a packet whose length is
less than its header; the source that it is given here keeps all three short.
"""

import struct
from collections.abc import Iterable, Iterator

from subunit.v2 import ByteStreamToStreamResult

from . import Failures, Results

_SIGNATURE = b"\xb3"
"""The first byte of every packet, and of no ASCII text."""
_FAILED = frozenset({"fail", "uxsuccess"})
_ENDED = frozenset({"success", "skip", "xfail"})
_MOST_AT_WORK = 10_000
_PARSER = "subunit.parser"
"""The test that the library reports for a packet that it cannot read."""


def failed_in_subunit(chunks: Iterable[bytes]) -> Results:
    """What a subunit stream tells; a test that began and never ended counts as failed."""
    source, tests = _Packets(chunks), _Tests()
    parser = ByteStreamToStreamResult(source)
    while not source.ended:
        try:
            parser.run(tests)
        except struct.error:
            tests.damaged += 1
    for test in tests.at_work:
        tests.failures.add(test)
    notes = [f"damaged packets: {tests.damaged}"] if tests.damaged else []
    if source.skipped:
        notes.append(f"bytes that are no subunit stream of version 2: {source.skipped}")
    return tests.failures.results(told=tests.any, notes=notes)


class _Tests:
    """Hears of every packet, as a StreamResult does."""

    def __init__(self) -> None:
        self.failures = Failures()
        self.at_work: dict[str, None] = {}
        self.any = False
        self.damaged = 0

    def status(self, test_id: str | None = None, test_status: str | None = None, **_: object) -> None:
        if test_id is None:
            return
        if test_id == _PARSER:
            self.damaged += test_status is not None
            return
        self.any = True
        if test_status == "inprogress" and len(self.at_work) < _MOST_AT_WORK:
            self.at_work[test_id] = None
        elif test_status in _FAILED:
            self.at_work.pop(test_id, None)
            self.failures.add(test_id)
        elif test_status in _ENDED:
            self.at_work.pop(test_id, None)


class _Packets:
    """The stream as the library reads it: one byte where a packet begins, then as many as that packet has."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self._data = b""
        self._at = 0
        self.skipped = 0
        self.ended = False

    def read(self, size: int) -> bytes:
        """As many bytes, fewer at the end; where one is asked for, the next that can begin a packet."""
        if size == 1:
            return self._first()
        found = []
        while size > 0 and self._more():
            piece = self._data[self._at : self._at + size]
            self._at += len(piece)
            size -= len(piece)
            found.append(piece)
        return b"".join(found)

    def _first(self) -> bytes:
        while self._more():
            at = self._data.find(_SIGNATURE, self._at)
            end = len(self._data) if at < 0 else at
            self.skipped += end - self._at
            self._at = end
            if at >= 0:
                self._at += 1
                return _SIGNATURE
        return b""

    def _more(self) -> bool:
        """Whether there is at least one byte."""
        while self._at >= len(self._data) and not self.ended:
            chunk = next(self._chunks, None)
            if chunk is None:
                self.ended = True
            else:
                self._data, self._at = chunk, 0
        return self._at < len(self._data)
