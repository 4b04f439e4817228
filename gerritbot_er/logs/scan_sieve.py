"""Finds the few lines of a log that may match a query, among all lines, for all queries at once; pure.

A Sieve is made once for a library of queries.  For each file it begins a Pass, which a caller feeds with blocks of
whole lines; a query that needs no more looking for is closed there at no cost.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from gerritbot_er.model import Document
from gerritbot_er.signatures.lucene import AnalysedDocument, Matcher
from gerritbot_er.signatures.lucene.relaxed import relaxed

from .clue_finder import ClueFinder, clue_finder, lowered
from .scan_words import Clue, words_of

Q = TypeVar("Q")
"""What a caller knows a query by: anything hashable."""

_OF_A_LINE = ("message", "@timestamp")
"""The fields that differ between the documents of a file."""


class Sieve(Generic[Q]):
    """The queries, made ready to be looked for in any number of files, one after the other."""

    def __init__(
        self, queries: Mapping[Q, Matcher], find: Callable[[Sequence[Clue]], ClueFinder] = clue_finder
    ) -> None:
        self._needed = {query: words_of(matcher.query) for query, matcher in queries.items()}
        self._of_file = {query: relaxed(matcher, _OF_A_LINE) for query, matcher in queries.items()}
        asking: dict[Clue, list[Q]] = {}
        for query, needed in self._needed.items():
            for clue in needed[0] if needed else ():
                asking.setdefault(clue, []).append(query)
        self.asking = list(asking.values())
        """Who asks for a clue, by its number."""
        self.finder = find(list(asking))

    def begin(self, queries: Iterable[Q], fields: Mapping[str, object]) -> "Pass[Q]":
        """Look for some of the queries in one file; ``fields`` are those that all its documents share."""
        file = AnalysedDocument(fields)
        possible = [query for query in queries if self._of_file[query].matches(file)]
        return Pass(self, file, possible, [query for query in possible if not self._needed[query]])

    def holds(self, query: Q, low: bytes) -> bool:
        """Whether a line, given in lower case, holds all words that a query needs."""
        return all(any(all(word in low for word in clue) for clue in clues) for clues in self._needed[query])


class Pass(Generic[Q]):
    """One file on its way through a sieve."""

    def __init__(self, sieve: Sieve[Q], file: AnalysedDocument, queries: Iterable[Q], anywhere: Iterable[Q]) -> None:
        """``file`` is what all its documents share; ``anywhere`` are those of the queries that may match any line."""
        self._sieve = sieve
        self._file = file
        self._open = set(queries)
        self._anywhere = dict.fromkeys(anywhere)

    def close(self, query: Q) -> None:
        """Look for this query no more in this file."""
        self._open.discard(query)
        self._anywhere.pop(query, None)

    def analysed(self, document: Document) -> AnalysedDocument:
        """A line's document for matchers; what the documents of the file share is analysed once for all of them."""
        return self._file.alike(document, _OF_A_LINE)

    def lines(self, data: bytes) -> Iterator[tuple[int, int, list[Q]]]:
        """Start and end of each line that may match, in order, and the open queries that may match it.

        ``data`` holds whole lines, each ended by a newline.
        """
        for start, end, clues in self._marked(data):
            candidates = self._candidates(data[start:end], clues)
            if candidates:
                yield start, end, candidates

    def _marked(self, data: bytes) -> Iterator[tuple[int, int, list[int]]]:
        """Each line with clues, or each line at all where one may match anywhere, and the numbers of its clues."""
        hits = self._sieve.finder.hits(data) if len(self._open) > len(self._anywhere) else []
        at = position = 0
        while self._open:
            if at < len(hits) and not self._anywhere:
                position = data.rfind(b"\n", 0, hits[at][0]) + 1
            elif not self._anywhere or position == len(data):
                return
            end = data.index(b"\n", position)
            first = at
            while at < len(hits) and hits[at][0] <= end:
                at += 1
            yield position, end, [number for _, number in hits[first:at]]
            position = end + 1

    def _candidates(self, line: bytes, clues: Iterable[int]) -> list[Q]:
        asking = (query for clue in dict.fromkeys(clues) for query in self._sieve.asking[clue] if query in self._open)
        found = list(dict.fromkeys(asking))
        if found:
            low = lowered(line)
            found = [query for query in found if self._sieve.holds(query, low)]
        return [*self._anywhere, *found]
