"""What goes between the local log store and its worker processes: plain data, one JSON object a line."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from gerritbot_er.model import BuildAnswer, Evidence, Match


@dataclass(frozen=True, slots=True)
class Keeping:
    """That what is read is to be kept, in ``directory``; ``build`` is the whole of it as JSON, see ``codec``."""

    directory: str
    build: str
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One build to read: ``fields`` of its documents, ``log_urls`` with the last attempt first.

    ``viewer`` is the build's page at Zuul, where its lines can be linked; ``hosts`` are patterns, ``private`` networks;
    sizes are bytes after decompression, ``seconds`` the time for all of it, ``year`` that of lines that say none;
    ``asking`` are the names of the signatures that count only where certain tests failed.
    """

    fields: Mapping[str, object]
    log_urls: Sequence[str]
    viewer: str | None
    hosts: Sequence[str]
    private: Sequence[str]
    ca_file: str | None
    files: int
    bytes_per_file: int
    bytes_per_build: int
    bytes_per_second: int
    seconds: float
    year: int
    asking: Sequence[str] = ()
    keep: Keeping | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """What reading a build came to, beside its matches: ``partial``, ``absent`` and ``notes`` as in a BuildAnswer.

    ``lasting``: what was not searched is beyond a limit or can not be read, so that it would be the same again.
    ``unkept``: why it was not kept although it was to be, "" where nothing is wrong.
    ``failed_tests`` are None where nobody asked for them or nothing told.
    """

    partial: bool = False
    absent: bool = False
    notes: tuple[str, ...] = ()
    lasting: bool = False
    unkept: str = ""
    failed_tests: tuple[str, ...] | None = None


@dataclass(slots=True)
class Collected:
    """What a worker says about a build, as it comes in; what was found before a worker ended counts."""

    matches: list[Match] = field(default_factory=list)
    findings: Findings | None = None

    def answer(self) -> BuildAnswer:
        """As far as it came."""
        findings = self.findings or Findings(partial=True)
        tests = None if findings.failed_tests is None else frozenset(findings.failed_tests)
        return BuildAnswer(tuple(self.matches), findings.partial, findings.absent, frozenset(), findings.notes, tests)


def request(task: Task, queries: Mapping[str, str] | None) -> bytes:
    """The line for a worker; ``queries`` by signature name where it does not hold them yet."""
    return json.dumps({"task": asdict(task), "queries": None if queries is None else dict(queries)}).encode() + b"\n"


def read_request(line: bytes) -> tuple[Task, Mapping[str, str] | None]:
    """The other end of ``request``."""
    said = json.loads(line)
    keep = said["task"].pop("keep")
    return Task(**said["task"], keep=keep and Keeping(**keep)), said["queries"]


def match_line(match: Match) -> bytes:
    """A match, said as soon as it is found."""
    return json.dumps({"match": asdict(match)}).encode() + b"\n"


def findings_line(findings: Findings) -> bytes:
    """The last line of an answer."""
    return json.dumps({"findings": asdict(findings)}).encode() + b"\n"


def collect(line: bytes, into: Collected) -> None:
    """Add a line of a worker; ValueError, KeyError or TypeError where it is none."""
    said = json.loads(line)
    if "match" in said:
        evidence = said["match"]["evidence"]
        into.matches.append(Match(said["match"]["signature"], evidence and Evidence(**evidence)))
    else:
        findings = said["findings"]
        tests = findings["failed_tests"]
        lists = {"notes": tuple(findings["notes"]), "failed_tests": None if tests is None else tuple(tests)}
        into.findings = Findings(**{**findings, **lists})
