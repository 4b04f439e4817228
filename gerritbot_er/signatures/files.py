"""Signature files: YAML text → Signature, or every error in it with its line.

elastic-recheck's files load unchanged: ``query``, ``suppress-graph``, ``suppress-notification``, ``allow-nonvoting``,
``test_ids``, and of the oldest ``resolved_at``; the file's name is the bug's number.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import Annotated, Self

import re2
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator
from pydantic.dataclasses import dataclass

from gerritbot_er.model import Category, Compound, Document, Example, Examples, Scope, Signature, Within
from gerritbot_er.typed_yaml import Problem, YamlDocument, YamlProblems, check, read_yaml

from .lucene import FieldPreset, Matcher, QueryError, compile_query, parse

MOST_BYTES = 256 * 1024


def _listed(value: object) -> object:
    """One name may stand without brackets."""
    return [value] if isinstance(value, str) else value


def _pattern(value: str) -> str:
    if len(value) > 1 and value.startswith("/") and value.endswith("/"):
        try:
            re.compile(value[1:-1])
        except re.error as error:
            raise ValueError(f"this is no regular expression: {error}") from None
    return value


def _bug_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"'`()\[\]]+", value):
        raise ValueError("write the bug's whole URL, such as https://bugs.example.org/42")
    return value


def _example(value: object) -> object:
    """A line alone is a document with that message, from the console; a list is of several that go together."""
    lines = value if isinstance(value, list) else [value]
    if not lines or not all(isinstance(line, str | dict) for line in lines):
        raise ValueError("write a log line as text, a document with its fields, or a list of these")
    return tuple(_console_line(line) if isinstance(line, str) else line for line in lines)


def _console_line(message: str) -> Document:
    return {"message": message, "filename": "job-output.txt", "tags": ["console", "console.html", "job-output.txt"]}


def _as_text(value: object) -> object:
    """YAML takes an unquoted date for one."""
    return str(value) if isinstance(value, date) else value


def _asks(value: str) -> str:
    if not value.strip():
        raise ValueError('write what the log line holds, such as message:"No space left on device"')
    return value


def _within(value: object) -> object:
    """``5s``, ``1.5m``, ``2h`` or ``20 lines``."""
    found = _WITHIN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("write how far apart the lines may be, as 5s, 2m, 1h or 20 lines")
    if found["lines"]:
        return Within(lines=int(found["lines"]))
    return Within(seconds=float(found["time"]) * _UNITS[found["unit"]])


def _capture(value: str) -> str:
    try:
        pattern = re2.compile(value, _re2_options())
    except re2.error as error:
        raise ValueError(f"this is no regular expression: {error}") from None
    if not pattern.groupindex:
        raise ValueError("name what is to be shown, as in image (?P<image>\\S+)")
    return value


def _re2_options() -> re2.Options:
    """What cannot be compiled is told by us, not by the library on stderr."""
    options = re2.Options()
    options.log_errors = False
    return options


_WITHIN = re.compile(r"(?P<time>[0-9]{1,6}(?:\.[0-9]{1,3})?)(?P<unit>[smh])|(?P<lines>[0-9]{1,6}) lines?")
_UNITS = {"s": 1, "m": 60, "h": 3600}
_SHARED = ("file", "host", "request_id")
"""What lines of one compound signature can have in common, besides what its ``capture`` names."""
_MOST_PARTS = 20

QueryText = Annotated[str, Field(max_length=65536), AfterValidator(_asks)]
Patterns = Annotated[
    tuple[Annotated[str, Field(min_length=1), AfterValidator(_pattern)], ...], BeforeValidator(_listed)
]
Queries = Annotated[tuple[QueryText, ...], Field(max_length=_MOST_PARTS), BeforeValidator(_listed)]
ExampleLines = Annotated[tuple[dict[str, object], ...], BeforeValidator(_example)]
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class ExamplesEntry:
    """The key ``examples`` of a signature file."""

    match: tuple[ExampleLines, ...] = ()
    no_match: Annotated[tuple[ExampleLines, ...], Field(alias="no-match")] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class SignatureFile:
    """A signature file as it is written.

    ``resolved_at`` is kept for its readers: elastic-recheck noted there when a bug went away, and searched on.
    """

    query: QueryText = ""
    all_of: Queries = ()
    any_of: Queries = ()
    none_of: Queries = ()
    within: Annotated[Within, BeforeValidator(_within)] | None = None
    same: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    ordered: bool = False
    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    bug: Annotated[str, AfterValidator(_bug_url)] | None = None
    jobs: Patterns = ()
    projects: Patterns = ()
    branches: Patterns = ()
    pipelines: Patterns = ()
    results: Patterns = ()
    advice: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    category: Category | None = None
    capture: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_capture)] | None = None
    examples: ExamplesEntry = field(default_factory=ExamplesEntry)
    test_ids: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    allow_nonvoting: Annotated[bool, Field(alias="allow-nonvoting")] = False
    suppress_graph: Annotated[bool, Field(alias="suppress-graph")] = False
    suppress_notification: Annotated[bool, Field(alias="suppress-notification")] = False
    resolved_at: Annotated[str, BeforeValidator(_as_text)] | None = None

    @property
    def compound(self) -> Compound | None:
        """The rule for several lines, where the file has one; ``query`` beside it is the first of ``all_of``."""
        if not (self.all_of or self.any_of or self.none_of):
            return None
        first = (self.query,) if self.query else ()
        return Compound((*first, *self.all_of), self.any_of, self.none_of, self.within, self.same, self.ordered)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not (self.query or self.all_of or self.any_of):
            raise ValueError('query is missing; write what the log line holds, such as message:"No space left"')
        parts = len(self.all_of) + len(self.any_of) + len(self.none_of) + bool(self.query)
        if (self.within or self.same or self.ordered) and parts == 1:
            raise ValueError("within, same and ordered compare lines; name them with all_of, any_of or none_of")
        named = re2.compile(self.capture).groupindex if self.capture else {}
        for name in self.same:
            if name not in _SHARED and name not in named:
                known = ", ".join(_SHARED)
                raise ValueError(f"same knows {known} and the named groups of capture, but not {name}")
        return self


SIGNATURE_FILE = TypeAdapter(SignatureFile)


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="ignore"))
class _QueryAlone:
    """The one key that every signature file has."""

    query: QueryText


_QUERY_ADAPTER = TypeAdapter(_QueryAlone)


def read_signature(text: str, file: str, bug_url: str | None = None) -> Signature:
    """The signature of a file's text; ``file`` is its path, whose last part without ".yaml" names it.

    ``bug_url`` with "{bug}" in it makes the bug's URL from a name that is a number.  Raises YamlProblems.
    """
    document = read_yaml(text, file)
    entry = check(document, SIGNATURE_FILE)
    if problems := list(_query_problems(document, entry)):
        raise YamlProblems(problems)
    return signature_of(entry, file, bug_url)


def signature_of(entry: SignatureFile, file: str, bug_url: str | None = None) -> Signature:
    """The signature that a file's content says; see ``read_signature``."""
    name = Path(file).name.removesuffix(".yaml")
    bug = entry.bug or (bug_url.replace("{bug}", name) if bug_url and name.isdigit() else None)
    return Signature(
        name=name,
        query=None if entry.compound else entry.query,
        compound=entry.compound,
        title=entry.title,
        bug=bug,
        scope=Scope(entry.jobs, entry.projects, entry.branches, entry.pipelines, entry.results),
        advice=entry.advice,
        category=entry.category,
        capture=entry.capture,
        examples=_examples(entry),
        test_ids=entry.test_ids,
        allow_nonvoting=entry.allow_nonvoting,
        suppress_graph=entry.suppress_graph,
        suppress_notification=entry.suppress_notification,
    )


def queries_of(entry: SignatureFile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each query of a file with its path in it, in the order in which ``parts_of`` numbers them."""
    if entry.query:
        yield ("query",), entry.query
    for key in ("all_of", "any_of", "none_of"):
        written = getattr(entry, key)
        for number, query in enumerate(written):
            yield (key, number), query


def _query_problems(document: YamlDocument, entry: SignatureFile) -> Iterator[Problem]:
    for path, query in queries_of(entry):
        try:
            parse(query)
        except QueryError as error:
            yield _query_problem(document, path, error)


def read_query(text: str, file: str, fields: FieldPreset) -> Matcher:
    """The query of a file's text, ready for such documents, whatever its other keys hold.  Raises YamlProblems."""
    document = read_yaml(text, file)
    query = check(document, _QUERY_ADAPTER).query
    try:
        return compile_query(parse(query), fields)
    except QueryError as error:
        raise YamlProblems([_query_problem(document, ("query",), error)]) from None


def _examples(entry: SignatureFile) -> Examples:
    """A text of several lines is one folded event to a plain signature, and several documents to a compound one."""
    match: tuple[Example, ...] = entry.examples.match
    no_match: tuple[Example, ...] = entry.examples.no_match
    if entry.compound is None:
        return Examples(match, no_match)
    return Examples(tuple(map(_unfolded, match)), tuple(map(_unfolded, no_match)))


def _unfolded(example: Example) -> Example:
    return tuple(
        {**document, "message": line}
        for document in example
        for line in str(document.get("message", "")).splitlines() or [""]
    )


def _query_problem(document: YamlDocument, path: tuple[str | int, ...], error: QueryError) -> Problem:
    """The problem at its place inside the query."""
    line, column = document.within(path, error.offset)
    return Problem(document.file, line, column, f"{path[0]}: {error.message}")


def read_folder(
    folders: Iterable[Path], bug_url: str | None = None
) -> tuple[Mapping[str, Signature], tuple[Problem, ...]]:
    """Every ``*.yaml`` in these folders, by name, and what is wrong with those that cannot be used.

    A bad file keeps only itself out.  A name that stands in two folders counts from the first.
    """
    signatures: dict[str, Signature] = {}
    problems: list[Problem] = []
    for folder in folders:
        try:
            paths = sorted(folder.glob("*.yaml"))
        except OSError as error:
            problems.append(Problem(str(folder), 1, 1, f"cannot be listed: {error.strerror}"))
            continue
        for path in paths:
            try:
                signature = read_signature(read_text(path), str(path), bug_url)
            except YamlProblems as bad:
                problems += bad.problems
            else:
                signatures.setdefault(signature.name, signature)
    return signatures, tuple(problems)


def _not_waiting(path: str, flags: int) -> int:
    """A pipe among the files would hold the start until somebody wrote into it."""
    return os.open(path, flags | os.O_NONBLOCK)


def read_text(path: Path) -> str:
    """The text of a signature file.  Raises YamlProblems where it cannot be read, is too long or no UTF-8."""
    try:
        with open(path, "rb", opener=_not_waiting) as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise YamlProblems([Problem(str(path), 1, 1, f"the file is over {MOST_BYTES} bytes; split it")])
        return data.decode()
    except OSError as error:
        raise YamlProblems([Problem(str(path), 1, 1, f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise YamlProblems([Problem(str(path), line, 1, "is no UTF-8; save it as UTF-8")]) from None
