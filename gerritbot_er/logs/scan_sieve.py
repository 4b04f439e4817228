"""Finds the few lines of a log that may match a query, among all lines, for all queries at once; pure.

A Sieve is made once for a library of queries.  For each file it opens a Pass, which a caller feeds with blocks of
whole lines; a query that needs no more looking for is closed there at no cost.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

import re2

from gerritbot_er.signatures.lucene import Matcher

from .scan_words import words_of

Q = TypeVar("Q")
"""What a caller knows a query by: anything hashable."""

_MEMORY = 64 * 1024 * 1024
"""Bytes that RE2 may take for its automaton; with too few it falls back to a slower way."""


class Sieve(Generic[Q]):
    """The queries, made ready to be looked for in any number of files."""

    def __init__(self, queries: Mapping[Q, Matcher]) -> None:
        self._needed = {name: words_of(matcher.query) for name, matcher in queries.items()}
        self._any = [name for name, needed in self._needed.items() if not needed]
        self._by_word: dict[bytes, list[Q]] = {}
        for name, needed in self._needed.items():
            for word in needed[0] if needed else ():
                self._by_word.setdefault(word, []).append(name)
        options = re2.Options()
        options.case_sensitive = False
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = _MEMORY
        words = b"|".join(map(re2.escape, self._by_word))
        self._words = re2.compile(words, options) if words else None

    def begin(self, queries: Iterable[Q], fields: Mapping[str, object]) -> "Pass[Q]":
        """Look for some of the queries in one file; ``fields`` are those that all its documents share."""
        return Pass(self, queries, fields)

    def next(self, data: bytes, position: int) -> int | None:
        """Where the next line to look at is, as a place in it."""
        if self._any:
            return position if position < len(data) else None
        hit = self._words.search(data, position) if self._words else None
        return hit.start() if hit else None

    def candidates(self, lowered: bytes) -> Iterator[Q]:
        """Who may match a line, given in lower case."""
        yield from self._any
        found = {name for word, names in self._by_word.items() if word in lowered for name in names}
        yield from (name for name in found if self._may_match(name, lowered))

    def _may_match(self, name: Q, lowered: bytes) -> bool:
        return all(any(word in lowered for word in words) for words in self._needed[name])


class Pass(Generic[Q]):
    """One file on its way through a sieve."""

    def __init__(self, sieve: Sieve[Q], queries: Iterable[Q], fields: Mapping[str, object]) -> None:
        self._sieve = sieve
        self._open = set(queries)
        self._fields = fields

    def close(self, query: Q) -> None:
        """Look for this query no more in this file."""
        self._open.discard(query)

    def lines(self, data: bytes) -> Iterator[tuple[int, int, list[Q]]]:
        """Start and end of each line that may match, in order, and the open queries that may match it.

        ``data`` holds whole lines, each ended by a newline.
        """
        position = 0
        while self._open and (hit := self._sieve.next(data, position)) is not None:
            start = data.rfind(b"\n", 0, hit) + 1
            end = data.index(b"\n", hit)
            position = end + 1
            candidates = [name for name in self._sieve.candidates(data[start:end].lower()) if name in self._open]
            if candidates:
                yield start, end, candidates
