"""All signatures against the lines of log files in one streaming pass; pure.

Most lines are never looked at one by one: a signature that asks for words can only match a line that holds them, so
each block of lines goes through a sieve for all these words at once; only the lines that hold some become documents.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from gerritbot_er.model import Signature
from gerritbot_er.signatures.lucene import OPENDEV, Matcher, QueryError, compile_query, parse
from gerritbot_er.signatures.parts import parts_of

from .documents import LONGEST_LINE, LOOK_BACK, Block, Reader, blocks, file_fields
from .gathering import LOOKED_FOR, Console, Service, prepare
from .mark_finder import Looked, mark_finder
from .scan_compound import Gathering, Left, Line, Room, Rule
from .scan_sieve import Pass, Sieve


@dataclass(frozen=True, slots=True)
class Found:
    """The first line that a signature matched, in the order of reading; ``more`` are further ones of a compound."""

    signature: str
    line: Line
    more: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Query:
    """A signature at work, or one ``part`` of a compound one."""

    name: str
    matcher: Matcher
    rule: Rule | None = None
    part: int = 0


class Scanner:
    """The signatures, compiled once for many builds; one that can not be is left out and noted."""

    def __init__(self, signatures: Iterable[Signature]) -> None:
        self._queries: list[_Query] = []
        self._notes: list[str] = []
        for signature in signatures:
            try:
                self._queries += _queries_of(signature)
            except QueryError as error:
                self._notes.append(f"signature {signature.name} was not searched for: {error}")
        prepare()
        matchers = {query: query.matcher for query in self._queries}
        self._sieve = Sieve(matchers, partial(mark_finder, words=LOOKED_FOR))

    def search(self, fields: Mapping[str, object], year: int, until: float | None = None) -> "Search":
        """Begin with a build: ``fields`` are those of all its documents, ``year`` that of lines that say none.

        ``until``, UTC seconds, is when the build was over, for lines that say a time of day alone.
        """
        return Search(self._sieve, self._queries, _Build(fields, year, until), tuple(self._notes))


def _queries_of(signature: Signature) -> list[_Query]:
    compound = signature.compound
    rule = None if compound is None else Rule(signature.name, compound, signature)
    return [
        _Query(signature.name, compile_query(parse(part.query), OPENDEV), rule, part.number)
        for part in parts_of(signature)
    ]


@dataclass(frozen=True, slots=True)
class _Build:
    """What is known of all lines of a build."""

    fields: Mapping[str, object]
    year: int
    until: float | None


class Search:
    """One pass over the files of a build, the most telling file first; a signature is done with its first match.

    The files of one attempt are searched one after the other, then ``end`` tells what their lines are together.
    """

    def __init__(self, sieve: Sieve[_Query], queries: Iterable[_Query], build: _Build, notes: tuple[str, ...]) -> None:
        self._sieve = sieve
        self._notes = list(notes)
        self._open = dict.fromkeys(queries)
        self._asked = bool(self._open)
        self._build = build
        room = Room()
        rules = dict.fromkeys(query.rule for query in self._open if query.rule is not None)
        self._gathered = {rule: Gathering(rule, room) for rule in rules}
        self._undecided: dict[str, str] = {}
        self._late: list[Found] = []
        self._whole = True

    @property
    def done(self) -> bool:
        """Whether every signature has matched: nothing more can be found."""
        return not self._open

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be searched for, or only in part, for people; asking again would change nothing."""
        return tuple(self._notes)

    @property
    def undecided(self) -> tuple[str, ...]:
        """Which compound signatures may have matched although nothing shows it, and why, for people."""
        return tuple(self._undecided.values())

    def file(
        self, path: str, url: str, chunks: Iterable[bytes], watch: Console | Service | None = None
    ) -> Iterator[Found]:
        """What is found in one file, line by line; raises whatever reading ``chunks`` raises.

        ``watch`` is told of the same lines; for that alone a file is read where nothing is searched for.
        """
        fields = file_fields(path, url, self._build.fields)
        reader = Reader(fields, year=self._build.year, until=self._build.until)
        through = self._sieve.begin(self._needed(), fields)
        cut = 0
        whole = False
        try:
            for block in blocks(chunks):
                cut += block.cut
                looked = through.look(block.data)
                if watch is not None:
                    watch.block(block, looked.words)
                yield from self._block(block, reader, through, looked, (path, url))
                if not self._open and (self._asked or watch is None):
                    break
            whole = True
        finally:
            if cut:
                self._notes.append(f"{path}: lines longer than {LONGEST_LINE // 1024} KiB were cut there ({cut})")
            of_file = self._settled(of_one_file=True, whole=whole)
            if not whole:
                self._whole = False
                self._late += of_file
        yield from of_file

    def end(self, *, whole: bool = True) -> Iterator[Found]:
        """What the files of this attempt tell together; ``whole`` is whether all of them were searched."""
        yield from self._late
        yield from self._settled(of_one_file=False, whole=whole and self._whole)
        self._late, self._whole = [], True

    def _needed(self) -> Iterator[_Query]:
        for query in self._open:
            if query.rule is None or not self._gathered[query.rule].has(query.part):
                yield query

    def _block(
        self, block: Block, reader: Reader, through: Pass[_Query], looked: Looked, place: tuple[str, str]
    ) -> Iterator[Found]:
        data, number, counted = block.data, block.first, 0
        for start, end, candidates in through.lines(data, looked):
            number += data.count(b"\n", counted, start)
            reader.inherit(data[max(counted, start - LOOK_BACK) : start])
            counted = start
            document = reader.document(data[start:end])
            if document is None:
                continue
            line = Line(*place, str(document["message"]), number)
            analysed = through.analysed(document)
            for query in [query for query in candidates if query.matcher.matches(analysed)]:
                if query.rule is None:
                    del self._open[query]
                    through.close(query)
                    yield Found(query.name, line)
                    continue
                stamp = str(document["@timestamp"]) or reader.first_stamp(data[end : end + LOOK_BACK])
                if not self._gathered[query.rule].add(query.part, document, line, stamp):
                    through.close(query)
        reader.inherit(data[max(counted, len(data) - LOOK_BACK) :])

    def _settled(self, *, of_one_file: bool, whole: bool) -> list[Found]:
        """What the gathered lines tell now; who has matched is looked for no more."""
        found = []
        for rule in [rule for rule in self._gathered if rule.of_one_file is of_one_file]:
            lines = self._gathered[rule].decide(whole=whole)
            if isinstance(lines, Left):
                self._undecided[rule.name] = lines.why
            elif lines:
                found.append(Found(rule.name, lines[0], lines[1:]))
                self._undecided.pop(rule.name, None)
                del self._gathered[rule]
                self._open = dict.fromkeys(query for query in self._open if query.rule is not rule)
        return found
