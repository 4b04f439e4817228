"""Logs and signatures for the scanner's benchmark: real ones, repeated and varied until there are enough.

A line *hits* when it is true for at least one signature of its file: all words, the file's name and tags.  Hits are
made by adding the words of a signature to a line; the share of lines so changed is the caller's.
"""

import gzip
import random
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import yaml

from gerritbot_er.logs.documents import Reader, documents, file_fields
from gerritbot_er.logs.scan_words import words_of
from gerritbot_er.model import Document, Signature
from gerritbot_er.signatures.lucene import OPENDEV, Matcher, QueryError, compile_query, parse

BUILD: Mapping[str, object] = {"build_name": "gate-tempest-dsvm-full", "build_queue": "gate", "build_status": "FAILURE"}
"""What the documents of the build say."""

YEAR = 2014
_READ = 256 * 1024
_PHRASE = re.compile(r'(?<=message:)"([^"\\*]{12,})"')
_STAMP = 24
"""Bytes of a line that stay when its numbers change, so that its time stays one."""


def library(signatures: Path, count: int) -> list[Signature]:
    """So many signatures: real queries first, then real ones with the words of two phrases crossed.

    Left out are those without a word that a line must hold: they match a file's first line, or look at each.
    """
    found: dict[str, Matcher] = {}
    with tarfile.open(signatures / "elastic-recheck-history.tar.gz") as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            file = archive.extractfile(member)
            if file is not None:
                _add(found, yaml.safe_load(file.read())["query"])
    real = list(found)
    chance = random.Random(1)  # noqa: S311 - the same each time
    while len(found) < count:
        _add(found, _crossed(chance.choice(real), chance.choice(real)))
    return [Signature(f"{number:04d}", query) for number, query in enumerate(list(found)[:count])]


def _add(found: dict[str, Matcher], query: str) -> None:
    try:
        matcher = compile_query(parse(query), OPENDEV)
    except QueryError:
        return
    if words_of(matcher.query):
        found[query] = matcher


def _crossed(query: str, other: str) -> str:
    """The query with each of its phrases ending as one of the other does."""
    ends = [words[len(words) // 2 :] for words in map(str.split, _PHRASE.findall(other))]
    if not ends:
        return query

    def crossed(found: re.Match[str]) -> str:
        words = found[1].split()
        return f'"{" ".join([*words[: len(words) // 2], *ends[0]])}"'

    return _PHRASE.sub(crossed, query)


def phrases(signatures: Sequence[Signature]) -> list[str]:
    """What a person would grep for: the words of each signature that say most, as one text."""
    clues = {
        clue for one in signatures if one.query for needed in words_of(parse(one.query))[:1] for clue in needed if clue
    }
    return sorted(b" ".join(clue).decode() for clue in clues)


def write_logs(logs: Path, target: Path, size: int, signatures: Sequence[Signature], share: float) -> int:
    """Write gzip files of so many bytes in all into a folder; returns how many lines they hold."""
    chance = random.Random(2)  # noqa: S311 - the same each time
    names = sorted(logs.glob("*.gz"))
    said = {path.name: _true_words(path.name, signatures) for path in names}
    texts = {path.name: gzip.decompress(path.read_bytes()).split(b"\n")[:-1] for path in names}
    left, lines, turn = size, 0, 0
    while left > 0:
        for name, text in texts.items():
            folder = target / f"{turn:03d}"
            folder.mkdir(exist_ok=True)
            with gzip.open(folder / name, "wb", 6) as file:
                for line in _varied(text, turn):
                    if left <= 0:
                        break
                    whole = line + b" " + chance.choice(said[name]) if said[name] and chance.random() < share else line
                    file.write(whole + b"\n")
                    left -= len(whole) + 1
                    lines += 1
        turn += 1
    return lines


def _varied(lines: Sequence[bytes], turn: int) -> Iterator[bytes]:
    digits = bytes((digit + turn) % 10 + 0x30 for digit in range(10))
    table = bytes.maketrans(b"0123456789", digits)
    return (line[:_STAMP] + line[_STAMP:].translate(table) for line in lines)


def _true_words(name: str, signatures: Sequence[Signature]) -> list[bytes]:
    """For each signature that fits the file, words that make a line true for it."""
    reader = Reader(file_fields(name, "", BUILD), year=YEAR)
    found = []
    for one in signatures:
        matcher = compile_query(parse(one.query or ""), OPENDEV)
        words = b" , ".join(b" ".join(min(clues)) for clues in words_of(matcher.query))
        document = reader.document(words)
        if document is not None and matcher.matches(document):
            found.append(words)
    return found


def documents_of(folder: Path) -> Iterator[Document]:
    """All lines as documents; those before a file's first time without one, as a server takes no empty one."""
    for path in sorted(folder.rglob("*.gz")):
        reader = Reader(file_fields(path.name, str(path), BUILD), year=YEAR)
        with gzip.open(path) as file:
            for _, document in documents(iter(partial(file.read, _READ), b""), reader):
                yield {field: value for field, value in document.items() if value != ""}
