"""Finds the few lines of a log that may match a query, among all lines, for all queries at once; pure.

A Sieve is made once for a library of queries.  For each file it begins a Pass, which a caller feeds with blocks of
whole lines; a query that needs no more looking for is closed there at no cost.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from gerritbot_er.model import Document
from gerritbot_er.signatures.lucene import AnalysedDocument, Matcher
from gerritbot_er.signatures.lucene.relaxed import relaxed

from .mark_finder import Hit, Looked, MarkFinder, lowered, mark_finder
from .scan_words import Clue, mark_of, words_of

Q = TypeVar("Q")
"""What a caller knows a query by: anything hashable."""

_OF_A_LINE = ("message", "@timestamp")
"""The fields that differ between the documents of a file."""


class Sieve(Generic[Q]):
    """The queries, made ready to be looked for in any number of files, one after the other."""

    def __init__(
        self, queries: Mapping[Q, Matcher], find: Callable[[Sequence[Clue]], MarkFinder] = mark_finder
    ) -> None:
        self._needed = {query: words_of(matcher.query) for query, matcher in queries.items()}
        self._of_file = {query: relaxed(matcher, _OF_A_LINE) for query, matcher in queries.items()}
        numbers: dict[Clue, int] = {}
        self.marks = {
            query: {numbers.setdefault(mark_of(clue), len(numbers)) for clue in (needed[0] if needed else ())}
            for query, needed in self._needed.items()
        }
        """The numbers of the marks that bring a line to a query; none where any line may match."""
        self.finder = find(list(numbers))

    def begin(self, queries: Iterable[Q], fields: Mapping[str, object]) -> "Pass[Q]":
        """Look for some of the queries in one file; ``fields`` are those that all its documents share."""
        file = AnalysedDocument(fields)
        return Pass(self, file, [query for query in queries if self._of_file[query].matches(file)])

    def anywhere(self, query: Q) -> bool:
        """Whether any line may match a query."""
        return not self._needed[query]

    def holds(self, query: Q, low: bytes) -> bool:
        """Whether a line, given in lower case, holds all words that a query needs."""
        return all(_holds_one(clues, low) for clues in self._needed[query])


def _holds_one(clues: Iterable[Clue], low: bytes) -> bool:
    for clue in clues:
        for word in clue:
            if word not in low:
                break
        else:
            return True
    return False


class Pass(Generic[Q]):
    """One file on its way through a sieve."""

    def __init__(self, sieve: Sieve[Q], file: AnalysedDocument, queries: Iterable[Q]) -> None:
        """``file`` is what all its documents share."""
        self._sieve = sieve
        self._file = file
        self._anywhere: dict[Q, None] = {}
        self._asking: dict[int, dict[Q, None]] = {}
        for query in queries:
            if sieve.anywhere(query):
                self._anywhere[query] = None
            for mark in sieve.marks[query]:
                self._asking.setdefault(mark, {})[query] = None

    def close(self, query: Q) -> None:
        """Look for this query no more in this file."""
        self._anywhere.pop(query, None)
        for mark in self._sieve.marks[query]:
            asking = self._asking.get(mark, {})
            asking.pop(query, None)
            if not asking:
                self._asking.pop(mark, None)

    def analysed(self, document: Document) -> AnalysedDocument:
        """A line's document for matchers; what the documents of the file share is analysed once for all of them."""
        return self._file.alike(document, _OF_A_LINE)

    def look(self, data: bytes) -> Looked:
        """The open queries' marks in ``data``: whole lines, each ended by a newline.

        Where no query asks for any, nothing is looked for, words neither.
        """
        return self._sieve.finder.look(data, self._asking) if self._asking else Looked()

    def lines(self, data: bytes, looked: Looked) -> Iterator[tuple[int, int, list[Q]]]:
        """Start and end of each line that may match, in order, and the open queries that may match it.

        ``looked`` is what ``look`` tells of the same ``data``.
        """
        for start, end, marks in self._marked(data, looked.hits):
            candidates = self._candidates(data[start:end], marks)
            if candidates:
                yield start, end, candidates

    def _marked(self, data: bytes, hits: Sequence[Hit]) -> Iterator[tuple[int, int, list[int]]]:
        """Each line with marks, or each line at all where one may match anywhere, and the numbers of its marks."""
        at = position = 0
        while True:
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

    def _candidates(self, line: bytes, marks: Iterable[int]) -> list[Q]:
        asking = dict.fromkeys(query for mark in marks for query in self._asking.get(mark, ()))
        if not asking:
            return list(self._anywhere)
        low = lowered(line)
        return [*self._anywhere, *(query for query in asking if self._sieve.holds(query, low))]
