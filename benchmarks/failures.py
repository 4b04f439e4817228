"""Failing builds with known causes for the benchmark of grouping: real lines, with what changes from build to build.

A cause is a piece of a real log: lines of the shared logs and documents that say what went wrong, or the words by which
people's signatures know a bug.  A build says its cause with other ids, numbers, times, paths and hosts, somewhere
between other lines of real logs, some of which speak of errors as well, and ends as builds end.
"""

import gzip
import json
import random
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from gerritbot_er.logs.documents import message_of
from gerritbot_er.model import Evidence
from gerritbot_er.signatures.lucene import OPENDEV, QueryError, compile_query, parse

_TROUBLE = re.compile(r"error|fail|warn|exception|timeout|timed out|refused", re.IGNORECASE)
_PHRASE = re.compile(r'message:\s*"((?:[^"\\]|\\.){20,})"')
_LOGS = (
    ("neutron did not start", "5913868_job-output.txt.excerpt.txt", "Neutron did not start", 1),
    ("plugin not found", "logs_screen-q-svc.txt.excerpt.txt", "Plugin 'ml2' not found", 1),
    ("cannot import name", "logs_screen-q-svc.txt.excerpt.txt", "Unrecoverable error: please check log", 40),
    ("glance status", "screen-n-api.txt.gz", "ERROR glanceclient.common.http", 1),
    ("state change timeout", "console.html.gz", "State change timeout exceeded!", 1),
    ("pecan syntax", "console.html.gz", "SyntaxError: ('invalid syntax'", 1),
    ("invalid credentials", "devstacklog.txt.gz", "nvalid OpenStack Nova credentials", 1),
    ("no token", "devstacklog.txt.gz", "Keystone fail to get token", 1),
)
"""Causes within the logs: name, file, what their first line holds, and how many lines they have."""
_ENDS = (
    ("Build step 'Execute shell' marked build as failure", "Finished: FAILURE"),
    ("ERROR: InvocationError for command '/home/zuul/src/{host}/.tox/py3/bin/stestr run' (exited with code 1)",
     "py3: FAIL code 1 ({n}.{n}=setup[{n}.{n}]+cmd[{n}.{n}] seconds)", "evaluation failed :( ({n}.{n} seconds)"),
    ("{stamp} | PLAY RECAP ***", "{stamp} | node | ok: {n} changed: {n} unreachable: 0 failed: 1 skipped: {n}",
     "{stamp} | RUN END RESULT_NORMAL: [untrusted : {host}/playbooks/run.yaml@master]"),
    ("{stamp} | node | ERROR", '{stamp} | node | {"changed": true, "rc": 1, "msg": "non-zero return code"}'),
    ("make: *** [Makefile:{n}: test] Error 1", "Finished: FAILURE"),
)  # fmt: skip
_VARYING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b(?=[a-f]*\d)[0-9a-f]{12,}\b"
    r"|(?<=\d:)[0-5]\d(?=[:.,])|(?<=\d\.)\d{1,3}(?=\.\d)|\b\d{5,}\b|/opt/stack/new/|/usr/lib/python2\.7/"
)
"""Ids, minutes and seconds, parts of addresses, numbers, paths."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failing build: what it is known to be, and what its lines say."""

    truth: str
    lines: tuple[Evidence, ...]


def causes(data: Path) -> Mapping[str, Sequence[str]]:
    """Each known cause with its lines, from all three sources."""
    return {**_from_logs(data / "logs"), **_from_documents(data / "documents"), **_from_signatures(data / "signatures")}


def held_out(name: str) -> bool:
    """Whether a cause is of the half at which nobody looks while the rules are made."""
    return zlib.crc32(name.encode()) % 2 == 1


def builds(
    known: Mapping[str, Sequence[str]], noise: Sequence[str], count: int, seed: int, taken_away: float = 0.0
) -> Iterator[Failure]:
    """So many failing builds; a few causes hit often, most of them seldom.

    ``taken_away`` is the share of the other lines that successful builds of the same job were seen to say as well.
    """
    chance = random.Random(seed)  # noqa: S311 - the same each time
    names = sorted(known)
    chance.shuffle(names)
    often = [1 / (1 + rank) ** 0.7 for rank in range(len(names))]
    left = [line for line in noise if chance.random() >= taken_away]
    troubles = [line for line in left if _TROUBLE.search(line)]
    share = 1 - taken_away
    for _ in range(count):
        name = chance.choices(names, often)[0]
        before = _some(left, 5 * share, chance) + _some(troubles, 4 * share, chance)
        after = _some(left, 10 * share, chance) + _some(troubles, 2 * share, chance)
        told = [*(_varied(line, chance) for line in [*before, *known[name], *after]), *_end(chance)]
        yield Failure(name, tuple(Evidence(message_of(line.encode()), "job-output.txt") for line in told))


def _some(lines: Sequence[str], most: float, chance: random.Random) -> list[str]:
    return chance.sample(lines, min(len(lines), round(chance.random() * most)))


def noise_of(data: Path, seed: int) -> Sequence[str]:
    """Lines of the real logs that are no cause: a sample, with most of those that speak of trouble."""
    chance = random.Random(seed)  # noqa: S311 - the same each time
    found: dict[str, None] = {}
    for path in sorted((data / "logs").glob("*.gz")):
        lines = [line for line in _lines(path) if " DEBUG " not in line and line.strip()]
        lines = [line for line in lines if not any(start in line for _, file, start, _ in _LOGS if file == path.name)]
        found |= dict.fromkeys(chance.sample(lines, min(len(lines), 400)))
        troubles = [line for line in lines if _TROUBLE.search(line)]
        found |= dict.fromkeys(chance.sample(troubles, min(len(troubles), 40)))
    return list(found)


def documents(data: Path) -> Sequence[Mapping[str, object]]:
    """The shared documents, in their order."""
    with (data / "documents" / "elastic-recheck-hits.ndjson").open("rb") as file:
        return [json.loads(line) for line in file]


def document_lines(document: Mapping[str, object]) -> tuple[Evidence, ...]:
    """The lines of a document as they stood in their file: events of several lines were folded into one."""
    return tuple(Evidence(line, str(document["filename"])) for line in str(document["message"]).split("\n"))


def bugs_of(found: Sequence[Mapping[str, object]], signatures: Path) -> Mapping[int, frozenset[str]]:
    """The bugs of each document by the signatures that match it *for what it says*.

    Some old signatures lack an AND, so that any line of a console satisfies them: a signature that matches the same
    document without its message says nothing about it.
    """
    answers = dict(_answers(signatures / "lucene87_matches_modern.tsv"))
    known: dict[int, set[str]] = {}
    for name, query in _queries(signatures):
        for number in answers.get(name, ()):
            if not compile_query(parse(query), OPENDEV).matches({**found[number], "message": ""}):
                known.setdefault(number, set()).add(name.partition("__")[0])
    return {number: frozenset(bugs) for number, bugs in known.items()}


def _answers(path: Path) -> Iterator[tuple[str, Sequence[int]]]:
    for line in path.read_text("utf-8").splitlines():
        name, verdict, numbers = line.split("\t")
        if verdict == "OK":
            yield name, json.loads(numbers)


def _queries(signatures: Path) -> Iterator[tuple[str, str]]:
    with tarfile.open(signatures / "elastic-recheck-history.tar.gz") as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            file = archive.extractfile(member)
            if file is not None:
                yield Path(member.name).name, yaml.safe_load(file.read())["query"]


def _from_logs(logs: Path) -> Mapping[str, Sequence[str]]:
    found = {}
    for name, file, start, count in _LOGS:
        path = next(logs.rglob(file))
        lines = list(_lines(path))
        at = next(number for number, line in enumerate(lines) if start in line)
        found[name] = lines[at : at + count]
    return found


def _from_documents(folder: Path) -> Mapping[str, Sequence[str]]:
    """The first document of each recorded answer."""
    found: dict[str, Sequence[str]] = {}
    for document in documents(folder.parent):
        found.setdefault(str(document["_src"]).partition("__")[0], str(document["message"]).split("\n"))
    return found


def _from_signatures(folder: Path) -> Mapping[str, Sequence[str]]:
    """What bugs' signatures look for, where it says something, and where no other bug's begins alike."""
    found: dict[str, str] = {}
    for name, query in _queries(folder):
        try:
            parse(query)
        except QueryError:
            continue
        phrases = [re.sub(r"\\(.)", r"\1", phrase) for phrase in _PHRASE.findall(query)]
        if phrases:
            found.setdefault(f"signature {name.partition('__')[0]}", max(phrases, key=len))
    openings: dict[str, list[str]] = {}
    for name, phrase in found.items():
        openings.setdefault(re.sub(r"[^a-z]", "", phrase.lower())[:12], []).append(name)
    return {
        names[0]: [f"2013-10-08 06:43:15.921 | {found[names[0]]}"] for names in openings.values() if len(names) == 1
    }


def _lines(path: Path) -> Iterator[str]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    yield from data.decode("utf-8", "replace").split("\n")


def _varied(line: str, chance: random.Random) -> str:
    """The line as another build says it."""
    return _VARYING.sub(lambda found: _other(found[0], chance), line)


def _other(text: str, chance: random.Random) -> str:
    if text.isdigit() and len(text) == 2:  # noqa: PLR2004 - minutes or seconds
        return str(chance.randint(10, 59))
    if text.startswith("/"):
        return chance.choice(["/opt/stack/new/", "/home/zuul/src/opendev.org/openstack/", "/opt/stack/data/venv/lib/"])
    return "".join(
        chance.choice("123456789") if each.isdigit() and text.isdigit()
        else chance.choice("0123456789abcdef") if each.isalnum()
        else each
        for each in text
    )  # fmt: skip


def _end(chance: random.Random) -> list[str]:
    day, hour, minute = chance.randint(10, 28), chance.randint(10, 23), chance.randint(10, 59)
    stamp = f"2026-11-{day} {hour}:{minute}:11.123456"
    told = []
    for line in chance.choice(_ENDS):
        line = line.replace("{stamp}", stamp).replace("{host}", f"review.example.org/p{chance.randint(1, 99)}")  # noqa: PLW2901
        told.append(re.sub(r"\{n\}", lambda _: str(chance.randint(1, 999)), line))
    return told
