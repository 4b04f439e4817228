"""What goes between the local log store and its worker processes: plain data, one JSON object a line."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from gerritbot_er.model import BuildAnswer, Compound, Evidence, Match, Signature, Within


@dataclass(frozen=True, slots=True)
class Keeping:
    """That what is read is to be kept, in ``directory``; ``build`` is the whole of it as JSON, see ``codec``."""

    directory: str
    build: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """That the logs of a CI's build are to be read where they are kept, in ``directory``."""

    directory: str
    ci: str
    identity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One build to read: ``fields`` of its documents, ``log_urls`` with the last attempt first.

    ``viewer`` is the build's page at Zuul, where its lines can be linked; ``hosts`` are patterns, ``private`` networks;
    sizes are bytes after decompression, ``seconds`` the time for all of it, ``year`` that of lines that say none;
    ``asking`` are the names of the signatures that count only where certain tests failed; ``until`` is when the build
    was over, in UTC seconds, for lines that say a time of day alone; ``only`` are the bare names of the files to read,
    None for all that are logs; ``telling``: the lines that may tell why it failed are gathered as well.  With ``kept``
    nothing is fetched: of all this only ``asking`` and ``seconds`` count then.
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
    until: float | None = None
    only: Sequence[str] | None = None
    keep: Keeping | None = None
    telling: bool = False
    kept: Kept | None = None


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
    lines: list[Evidence] = field(default_factory=list)
    findings: Findings | None = None

    def answer(self) -> BuildAnswer:
        """As far as it came."""
        findings = self.findings or Findings(partial=True)
        tests = None if findings.failed_tests is None else frozenset(findings.failed_tests)
        return BuildAnswer(tuple(self.matches), findings.partial, findings.absent, frozenset(), findings.notes, tests)


def request(task: Task, signatures: Sequence[Signature] | None) -> bytes:
    """The line for a worker, with the signatures where it does not hold them yet."""
    asked = None if signatures is None else [_asked(one) for one in signatures]
    return json.dumps({"task": asdict(task), "signatures": asked}).encode() + b"\n"


def read_request(line: bytes) -> tuple[Task, Sequence[Signature] | None]:
    """The other end of ``request``; of a signature all that searching takes is there."""
    said = json.loads(line)
    keep, kept = said["task"].pop("keep"), said["task"].pop("kept")
    asked = said["signatures"]
    signatures = None if asked is None else tuple(map(_read_asked, asked))
    return Task(**said["task"], keep=keep and Keeping(**keep), kept=kept and Kept(**kept)), signatures


def digest(signatures: Iterable[Signature]) -> str:
    """The same for signatures that ask the same of log lines."""
    asked = json.dumps([_asked(one) for one in signatures])
    return hashlib.sha256(asked.encode()).hexdigest()


def _asked(signature: Signature) -> Mapping[str, object]:
    compound = signature.compound
    rule = None if compound is None else asdict(compound)
    return {"name": signature.name, "query": signature.query, "compound": rule, "capture": signature.capture}


def _read_asked(said: Mapping[str, Any]) -> Signature:
    rule = said["compound"]
    if rule is None:
        return Signature(**said)
    lists = {name: tuple(rule[name]) for name in ("all_of", "any_of", "none_of", "same")}
    within = rule["within"] and Within(**rule["within"])
    return Signature(**{**said, "compound": Compound(**{**rule, **lists, "within": within})})


def match_line(match: Match) -> bytes:
    """A match, said as soon as it is found."""
    return json.dumps({"match": asdict(match)}).encode() + b"\n"


def telling_line(evidence: Evidence) -> bytes:
    """A line that may tell why the build failed."""
    return json.dumps({"line": asdict(evidence)}).encode() + b"\n"


def findings_line(findings: Findings) -> bytes:
    """The last line of an answer."""
    return json.dumps({"findings": asdict(findings)}).encode() + b"\n"


def collect(line: bytes, into: Collected) -> None:
    """Add a line of a worker; ValueError, KeyError or TypeError where it is none."""
    said = json.loads(line)
    if "match" in said:
        match = said["match"]
        more = tuple(Evidence(**one) for one in match["more"])
        into.matches.append(Match(match["signature"], match["evidence"] and Evidence(**match["evidence"]), more))
    elif "line" in said:
        into.lines.append(Evidence(**said["line"]))
    else:
        findings = said["findings"]
        tests = findings["failed_tests"]
        lists = {"notes": tuple(findings["notes"]), "failed_tests": None if tests is None else tuple(tests)}
        into.findings = Findings(**{**findings, **lists})
