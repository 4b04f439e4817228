"""Logs for the builds of a recorded year, made of real log lines: a log store that has them for whoever asks.

What broke a build is chosen by the build's identity, so that every run makes the same logs: a bug that a signature
knows, one that none knows, or only noise of the job's own.  Some days one cause is behind most failures.  Numbers and
ids in the lines are the build's own, as they would be.
"""

import gzip
import hashlib
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from gerritbot_er.logs.documents import Block, blocks, build_fields
from gerritbot_er.logs.fetch import matched, quoted
from gerritbot_er.logs.gathering import gathered
from gerritbot_er.logs.scan import Scanner
from gerritbot_er.model import Build, BuildAnswer, Evidence, LogsSeen, Signature
from gerritbot_er.signatures.library import Library

KNOWN, UNKNOWN, NOISE = 0.45, 0.8, 0.95
"""Shares of the builds, added up: of a known bug, of an unknown failure, with noise alone; the rest has no logs."""
DAY = 86_400
NOISY_LINES = 60
BAD_DAYS, ON_A_BAD_DAY = 0.15, 0.7
"""The share of days with one cause behind most failures, and its share of these."""
UUID_LENGTH = 32
"""Zuul v2 wrote the first 7 digits alone, and called its console otherwise."""
SHORT_NUMBER = 4
"""Digits of the longest numbers that say the same in every build, such as result codes and ports."""

_ID = re.compile(rb"[0-9a-f]{7,}|[0-9]+")


@dataclass(frozen=True, slots=True)
class Cause:
    """What breaks builds: the lines it leaves in a file."""

    name: str
    file: str
    lines: tuple[bytes, ...]


def causes_of(documents: Path, library: Library) -> Sequence[Cause]:
    """The causes in real log documents: those that one signature matches, by its name, and its examples."""
    found: dict[str, list[tuple[str, bytes]]] = {}
    for row in documents.read_bytes().splitlines():
        document = orjson.loads(row)
        names = [one.name for one in library.signatures if one.query and library.matches(one, document)]
        if len(names) == 1:
            place = (str(document["filename"]), str(document["message"]).encode())
            found.setdefault(names[0], []).append(place)
    for one in library.signatures:
        for example in one.examples.match:
            told = [(str(doc.get("filename") or "job-output.txt"), str(doc["message"]).encode()) for doc in example]
            found.setdefault(one.name, []).extend(told)
    return [
        Cause(name, places[0][0], tuple(line for file, line in places if file == places[0][0]))
        for name, places in sorted(found.items())
    ]


class MadeLogs:
    """``ports.LogStore`` over logs that are made when they are asked for."""

    def __init__(self, known: Sequence[Cause], unknown: Sequence[Cause], noise: Path) -> None:
        self._known = known
        self._unknown = unknown
        self._noise = gzip.decompress(noise.read_bytes()).splitlines()
        self._scanners: dict[tuple[str, ...], Scanner] = {}

    def readiness(self, builds: Sequence[Build]) -> Mapping[str, LogsSeen]:
        return {one.identity: LogsSeen(1, console=True, complete=True) for one in builds if self._files(one)}

    def match(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        return {one.identity: self._matched(signatures, one) for one in builds}

    def lines(self, builds: Sequence[Build]) -> Mapping[str, tuple[Evidence, ...]]:
        told = {one.identity: gathered(_read(self._files(one))) for one in builds}
        return {identity: tuple(quoted(line, lambda _: None) for line in lines) for identity, lines in told.items()}

    def _matched(self, signatures: Sequence[Signature], build: Build) -> BuildAnswer:
        names = tuple(one.name for one in signatures)
        scanner = self._scanners.get(names) or self._scanners.setdefault(names, Scanner(signatures))
        search = scanner.search(dict(build_fields(build)), 2014, float(build.reported_at))
        files = self._files(build)
        found = [hit for path, text in files.items() for hit in search.file(path, "", iter((text,)))]
        matches = tuple(matched(one, lambda _: None) for one in (*found, *search.end()))
        return BuildAnswer(matches, absent=not files)

    def _files(self, build: Build) -> Mapping[str, bytes]:
        """The build's files, by their paths."""
        chance = random.Random(hashlib.sha256(f"{build.ci} {build.identity}".encode()).digest())  # noqa: S311
        share = chance.random()
        if share > NOISE:
            return {}
        start = chance.randrange(len(self._noise) - NOISY_LINES)
        noise = [_renumbered(line, chance) for line in self._noise[start : start + NOISY_LINES]]
        cause = None
        if share < UNKNOWN:
            cause = _chosen(self._known if share < KNOWN else self._unknown, build, chance)
        console = "console.html" if build.uuid is None or len(build.uuid) < UUID_LENGTH else "job-output.txt"
        lines = [_renumbered(line, chance) for line in cause.lines[: 1 + chance.randrange(3)]] if cause else []
        place = cause.file if cause and cause.file not in {"console.html", "job-output.txt"} else console
        files = {console: [*noise, *(lines if place == console else []), b"Finished: FAILURE"]}
        if place != console:
            files[place] = [*noise[:10], *lines]
        return {path: b"\n".join(told) + b"\n" for path, told in files.items()}


def _read(files: Mapping[str, bytes]) -> Iterator[tuple[str, str, Iterable[Block]]]:
    for path, text in files.items():
        yield path, "", blocks([text])


def _chosen(causes: Sequence[Cause], build: Build, chance: random.Random) -> Cause:
    """Few causes are behind most failures, and on some days one is behind nearly all."""
    today = random.Random(build.reported_at // DAY)  # noqa: S311 - no secret
    if today.random() < BAD_DAYS and chance.random() < ON_A_BAD_DAY:
        return today.choice(causes)
    return causes[min(int(chance.expovariate(6 / len(causes))), len(causes) - 1)]


def _renumbered(line: bytes, chance: random.Random) -> bytes:
    """The line with other ids and numbers of the same length; short numbers, such as result codes, stay."""

    def other(found: re.Match[bytes]) -> bytes:
        text = found[0]
        if len(text) <= SHORT_NUMBER:
            return text
        digits = b"0123456789" if text.isdigit() else b"0123456789abcdef"
        return bytes(chance.choice(digits) for _ in text)

    return _ID.sub(other, line)
