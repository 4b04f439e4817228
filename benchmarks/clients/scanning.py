"""Reads a folder of packed logs with a library of signatures, and prints as JSON what it took and what it found.

    scanning.py FOLDER LIBRARY first|bare|again|every|slow [ONE_IN]

``first`` is the local store's own search: a signature is done with its first match, and the lines that may tell why the
build failed are gathered meanwhile; ``bare`` is the same without these, ``again`` as well, of logs that are kept (they
are packed as such before).  ``every`` closes none: each line
that any signature matches is found, with all of them.  ``slow`` asks every signature about every line, or one line in
so many, without any sieve.
"""

import hashlib
import json
import resource
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import zstandard
from scanned import BUILD, YEAR

from gerritbot_er.http_client.decoding import decoded
from gerritbot_er.logs.documents import Reader, blocks, file_fields
from gerritbot_er.logs.gathering import Gathering
from gerritbot_er.logs.retained import KeptFile
from gerritbot_er.logs.retained_folders import PACKED, StoredFile
from gerritbot_er.logs.retained_writer import LEVEL
from gerritbot_er.logs.scan import Scanner
from gerritbot_er.logs.scan_sieve import Sieve
from gerritbot_er.model import Signature
from gerritbot_er.signatures.lucene import OPENDEV, AnalysedDocument, compile_query, parse

Pair = tuple[str, str, int]
"""A signature, a file and the number of its line."""
_READ = 256 * 1024


def main() -> None:
    """Read once; the time to get ready is told apart."""
    folder, library, way = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    one_in = int(sys.argv[4]) if sys.argv[4:] else 1
    signatures = [Signature(name, query) for name, query in json.loads(library.read_text()).items()]
    run = {"first": First, "bare": Bare, "again": Again, "every": Every, "slow": Slow}[way](signatures)
    ready = _cpu()
    if isinstance(run, Again):
        run.keep(folder)
    started, began = _cpu(), time.perf_counter()
    pairs = list(run.pairs(folder))
    wall, cpu = time.perf_counter() - began, _cpu() - started
    pairs = [pair for pair in pairs if pair[2] % one_in == 0]
    report = {
        "ready": ready,
        "cpu": cpu,
        "wall": wall,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "signatures": len({name for name, _, _ in pairs}),
        "lines": len({pair[1:] for pair in pairs}),
        "pairs": len(pairs),
        "digest": hashlib.sha256(json.dumps(sorted(pairs)).encode()).hexdigest(),
    }
    print(json.dumps(report))


class First:
    """As the local store does it; each folder is a build."""

    def __init__(self, signatures: list[Signature]) -> None:
        self._scanner = Scanner(signatures)

    def pairs(self, folder: Path) -> Iterator[Pair]:
        """What is found."""
        search = self._scanner.search(BUILD, YEAR)
        for build in sorted(folder.iterdir()):
            gathering = self._gathering()
            for path in _files(build):
                name = path.name.removesuffix(".gz")
                watch = gathering.begin(name, str(path)) if gathering else None
                for found in search.file(name, str(path), self._chunks(path), watch):
                    yield found.signature, str(path), found.line.number
            if gathering:
                gathering.lines()

    def _gathering(self) -> Gathering | None:
        return Gathering()

    def _chunks(self, path: Path) -> Iterator[bytes]:
        return _chunks(path)


class Bare(First):
    """The search alone."""

    def _gathering(self) -> None:
        return None


class Again(Bare):
    """The search alone, of what is kept on the disk; ``keep`` goes before it."""

    def keep(self, folder: Path) -> None:
        """Pack the files as kept logs are packed."""
        for path in _files(folder):
            packed = zstandard.ZstdCompressor(level=LEVEL).compress(b"".join(_chunks(path)))
            path.with_suffix(PACKED).write_bytes(packed)

    def _chunks(self, path: Path) -> Iterator[bytes]:
        plain = int.from_bytes(path.read_bytes()[-4:], "little")  # RFC 1952: the last four bytes of gzip are the size
        place = path.with_suffix(PACKED)
        return KeptFile(StoredFile("", "", place.name, plain, place.stat().st_size, whole=True), place).chunks()


class Every:
    """The same sieve and evaluation, with no signature ever closed."""

    def __init__(self, signatures: list[Signature]) -> None:
        self._matchers = {one.name: compile_query(parse(one.query or ""), OPENDEV) for one in signatures}
        self._sieve = Sieve(self._matchers)

    def pairs(self, folder: Path) -> Iterator[Pair]:
        """What is found."""
        for path in _files(folder):
            fields = file_fields(path.name, str(path), BUILD)
            reader = Reader(fields, year=YEAR)
            through = self._sieve.begin(self._matchers, fields)
            for block in blocks(_chunks(path)):
                number, counted = block.first, 0
                for start, end, candidates in through.lines(block.data, through.look(block.data)):
                    number += block.data.count(b"\n", counted, start)
                    counted = start
                    document = reader.document(block.data[start:end])
                    if document is not None:
                        analysed = through.analysed(document)
                        for name in candidates:
                            if self._matchers[name].matches(analysed):
                                yield name, str(path), number


class Slow:
    """Every signature asked about every line."""

    def __init__(self, signatures: list[Signature]) -> None:
        self._matchers = {one.name: compile_query(parse(one.query or ""), OPENDEV) for one in signatures}

    def pairs(self, folder: Path) -> Iterator[Pair]:
        """What is found."""
        one_in = int(sys.argv[4]) if sys.argv[4:] else 1
        for path in _files(folder):
            reader = Reader(file_fields(path.name, str(path), BUILD), year=YEAR)
            lines = (line for block in blocks(_chunks(path)) for line in block.data.split(b"\n")[:-1])
            for number, line in enumerate(lines, 1):
                document = reader.document(line) if number % one_in == 0 else None
                if document is not None:
                    analysed = AnalysedDocument(document)
                    for name, matcher in self._matchers.items():
                        if matcher.matches(analysed):
                            yield name, str(path), number


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.gz"))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from decoded(iter(partial(file.read, _READ), b""), "")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
