"""All signatures against the lines of log files in one streaming pass; pure.

Most lines are never looked at one by one: a signature that asks for words can only match a line that holds one of
them, so each block of lines is searched for all these words at once (RE2: linear time, whatever the words), and only
the lines that hold one become documents.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import re2

from gerritbot_er.model import Document
from gerritbot_er.signatures.lucene import OPENDEV, AnalysedDocument, Matcher, QueryError, compile_query, parse

from .documents import LONGEST_LINE, LOOK_BACK, Block, Reader, blocks, file_fields
from .scan_words import Needed, words_of

_SIEVE_MEMORY = 64 * 1024 * 1024
"""Bytes that RE2 may take for its automaton; with too few it falls back to a slower way."""


@dataclass(frozen=True, slots=True)
class Found:
    """The first line that a signature matched, in the order of reading; ``number`` is from 1."""

    signature: str
    message: str
    number: int


@dataclass(frozen=True, slots=True, eq=False)
class _Query:
    """A signature at work; ``needed`` is what a line must hold."""

    name: str
    matcher: Matcher
    needed: Needed

    def may_match(self, lowered: bytes) -> bool:
        """Whether a line, lower-cased, holds what is needed."""
        return all(any(word in lowered for word in words) for words in self.needed)


class Scanner:
    """The signatures, compiled once for many builds; one that can not be is left out and noted."""

    def __init__(self, queries: Mapping[str, str]) -> None:
        """``queries`` by the name of the signature."""
        self._queries: list[_Query] = []
        self._notes: list[str] = []
        for name, query in queries.items():
            try:
                parsed = parse(query)
                self._queries.append(_Query(name, compile_query(parsed, OPENDEV), words_of(parsed)))
            except QueryError as error:
                self._notes.append(f"signature {name} was not searched for: {error}")

    def search(self, fields: Mapping[str, object], year: int) -> "Search":
        """Begin with a build: ``fields`` are those of all its documents, ``year`` that of lines that say none."""
        return Search(self._queries, fields, year, tuple(self._notes))


class Search:
    """One pass over the files of a build, the most telling file first; a signature is done with its first match."""

    def __init__(
        self, queries: Iterable[_Query], fields: Mapping[str, object], year: int, notes: tuple[str, ...]
    ) -> None:
        self._notes = list(notes)
        self._open = dict.fromkeys(queries)
        self._fields = fields
        self._year = year
        self._sieve = _Sieve(self._open)

    @property
    def done(self) -> bool:
        """Whether every signature has matched: nothing more can be found."""
        return not self._open

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be searched for, or only in part, for people; asking again would change nothing."""
        return tuple(self._notes)

    def file(self, path: str, url: str, chunks: Iterable[bytes]) -> Iterator[Found]:
        """What is found in one file, line by line; raises whatever reading ``chunks`` raises."""
        reader = Reader(file_fields(path, url, self._fields), year=self._year)
        cut = 0
        try:
            for block in blocks(chunks):
                cut += block.cut
                yield from self._block(block, reader)
                if not self._open:
                    return
        finally:
            if cut:
                self._notes.append(f"{path}: lines longer than {LONGEST_LINE // 1024} KiB were cut there ({cut})")

    def _block(self, block: Block, reader: Reader) -> Iterator[Found]:
        data, number, counted = block.data, block.first, 0
        before = len(self._open)
        for start, end, queries in self._sieve.lines(data):
            number += data.count(b"\n", counted, start)
            reader.inherit(data[max(counted, start - LOOK_BACK) : start])
            counted = start
            document = reader.document(data[start:end])
            if document is None:
                continue
            for query in self._matching(queries, document):
                del self._open[query]
                yield Found(query.name, str(document["message"]), number)
        reader.inherit(data[max(counted, len(data) - LOOK_BACK) :])
        if len(self._open) < before:
            self._sieve = _Sieve(self._open)

    def _matching(self, queries: Iterable[_Query], document: Document) -> list[_Query]:
        analysed = AnalysedDocument(document)
        return [query for query in queries if query in self._open and query.matcher.matches(analysed)]


class _Sieve:
    """Finds the lines that may match, and the signatures that may match them."""

    def __init__(self, queries: Iterable[_Query]) -> None:
        self._any: list[_Query] = []
        self._by_word: dict[bytes, list[_Query]] = {}
        for query in queries:
            if not query.needed:
                self._any.append(query)
            for word in query.needed[0] if query.needed else ():
                self._by_word.setdefault(word, []).append(query)
        options = re2.Options()
        options.case_sensitive = False
        options.encoding = re2.Options.Encoding.LATIN1
        options.max_mem = _SIEVE_MEMORY
        words = b"|".join(map(re2.escape, self._by_word))
        self._words = re2.compile(words, options) if words else None

    def lines(self, data: bytes) -> Iterator[tuple[int, int, list[_Query]]]:
        """Start and end of each line that may match, in order, and who may match it."""
        position = 0
        while (hit := self._next(data, position)) is not None:
            start = data.rfind(b"\n", 0, hit) + 1
            end = data.index(b"\n", hit)
            position = end + 1
            candidates = self._candidates(data[start:end].lower())
            if candidates:
                yield start, end, candidates

    def _next(self, data: bytes, position: int) -> int | None:
        """Where the next line to look at is, as a place in it."""
        if self._any:
            return position if position < len(data) else None
        hit = self._words.search(data, position) if self._words else None
        return hit.start() if hit else None

    def _candidates(self, lowered: bytes) -> list[_Query]:
        found = {query for word, queries in self._by_word.items() if word in lowered for query in queries}
        return [*self._any, *(query for query in found if query.may_match(lowered))]
