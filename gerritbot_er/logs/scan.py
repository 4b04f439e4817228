"""All signatures against the lines of log files in one streaming pass; pure.

Most lines are never looked at one by one: a signature that asks for words can only match a line that holds one of
them, so each block of lines is searched for all these words at once (RE2: linear time, whatever the words), and only
the lines that hold one become documents.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gerritbot_er.model import Document
from gerritbot_er.signatures.lucene import OPENDEV, AnalysedDocument, Matcher, QueryError, compile_query, parse

from .documents import LONGEST_LINE, LOOK_BACK, Block, Reader, blocks, file_fields
from .scan_sieve import Pass, Sieve


@dataclass(frozen=True, slots=True)
class Found:
    """The first line that a signature matched, in the order of reading; ``number`` is from 1."""

    signature: str
    message: str
    number: int


@dataclass(frozen=True, slots=True, eq=False)
class _Query:
    """A signature at work."""

    name: str
    matcher: Matcher


class Scanner:
    """The signatures, compiled once for many builds; one that can not be is left out and noted."""

    def __init__(self, queries: Mapping[str, str]) -> None:
        """``queries`` by the name of the signature."""
        self._queries: list[_Query] = []
        self._notes: list[str] = []
        for name, query in queries.items():
            try:
                self._queries.append(_Query(name, compile_query(parse(query), OPENDEV)))
            except QueryError as error:
                self._notes.append(f"signature {name} was not searched for: {error}")
        self._sieve = Sieve({query: query.matcher for query in self._queries})

    def search(self, fields: Mapping[str, object], year: int) -> "Search":
        """Begin with a build: ``fields`` are those of all its documents, ``year`` that of lines that say none."""
        return Search(self._sieve, self._queries, fields, year, tuple(self._notes))


class Search:
    """One pass over the files of a build, the most telling file first; a signature is done with its first match."""

    def __init__(
        self,
        sieve: Sieve[_Query],
        queries: Iterable[_Query],
        fields: Mapping[str, object],
        year: int,
        notes: tuple[str, ...],
    ) -> None:
        self._sieve = sieve
        self._notes = list(notes)
        self._open = dict.fromkeys(queries)
        self._fields = fields
        self._year = year

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
        fields = file_fields(path, url, self._fields)
        reader = Reader(fields, year=self._year)
        through = self._sieve.begin(self._open, fields)
        cut = 0
        try:
            for block in blocks(chunks):
                cut += block.cut
                yield from self._block(block, reader, through)
                if not self._open:
                    return
        finally:
            if cut:
                self._notes.append(f"{path}: lines longer than {LONGEST_LINE // 1024} KiB were cut there ({cut})")

    def _block(self, block: Block, reader: Reader, through: Pass[_Query]) -> Iterator[Found]:
        data, number, counted = block.data, block.first, 0
        for start, end, candidates in through.lines(data):
            number += data.count(b"\n", counted, start)
            reader.inherit(data[max(counted, start - LOOK_BACK) : start])
            counted = start
            document = reader.document(data[start:end])
            if document is None:
                continue
            for query in _matching(candidates, document):
                del self._open[query]
                through.close(query)
                yield Found(query.name, str(document["message"]), number)
        reader.inherit(data[max(counted, len(data) - LOOK_BACK) :])


def _matching(queries: Iterable[_Query], document: Document) -> list[_Query]:
    analysed = AnalysedDocument(document)
    return [query for query in queries if query.matcher.matches(analysed)]
