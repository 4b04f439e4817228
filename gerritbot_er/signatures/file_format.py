"""The format of signature files: every key with its type, its limits and what it is for.

elastic-recheck's keys are ``query``, ``suppress-graph``, ``suppress-notification``, ``allow-nonvoting``, ``test_ids``,
and of its oldest files ``resolved_at``.  The JSON Schema that editors use is made of this (``schema``).
"""

import re
from dataclasses import field
from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator
from pydantic.dataclasses import dataclass

from gerritbot_er.model import Category, Compound, Document, Within
from gerritbot_er.patterns import linear, regex_of

from .capture import capturing
from .parts import MOST_PARTS
from .sameness import SHARED


def _listed(value: object) -> object:
    """One name may stand without brackets."""
    return [value] if isinstance(value, str) else value


def _pattern(value: str) -> str:
    regex = regex_of(value)
    if regex is not None:
        linear(regex)
    return value


_BUG_URL = r"""https?://[^\s<>"'`()\[\]]+"""


def _bug_url(value: str) -> str:
    if not re.fullmatch(_BUG_URL, value):
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
    capturing(value)
    return value


_WITHIN = re.compile(r"(?P<time>[0-9]{1,6}(?:\.[0-9]{1,3})?)(?P<unit>[smh])|(?P<lines>[0-9]{1,6}) lines?")
_DISTANCE = re.sub(r"\?P<\w+>", "", _WITHIN.pattern)
"""The same for a schema, whose dialect names no groups."""
_UNITS = {"s": 1, "m": 60, "h": 3600}
_LEAST_ORDERED = 2

QueryText = Annotated[str, Field(max_length=65536, json_schema_extra={"pattern": r"\S"}), AfterValidator(_asks)]
Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
Patterns = Annotated[
    tuple[Pattern, ...], BeforeValidator(_listed, json_schema_input_type=Pattern | tuple[Pattern, ...])
]
Queries = Annotated[
    tuple[QueryText, ...],
    Field(max_length=MOST_PARTS),
    BeforeValidator(
        _listed, json_schema_input_type=QueryText | Annotated[tuple[QueryText, ...], Field(max_length=MOST_PARTS)]
    ),
]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...])]
Distance = Annotated[
    Within,
    BeforeValidator(
        _within,
        json_schema_input_type=Annotated[str, Field(json_schema_extra={"pattern": f"^(?:{_DISTANCE})$"})],
    ),
]
ExampleLine = str | dict[str, object]
ExampleLines = Annotated[
    tuple[dict[str, object], ...],
    BeforeValidator(
        _example, json_schema_input_type=ExampleLine | Annotated[tuple[ExampleLine, ...], Field(min_length=1)]
    ),
]
_STRICT = ConfigDict(extra="forbid", use_attribute_docstrings=True)


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class ExamplesEntry:
    """Log lines that show what the signature is about; ``signature test`` and ``signature lint`` run them.

    A text is a line of the console; a document names its fields, such as {message: …, filename: …}; a list is of lines
    of one build, for a compound signature.
    """

    match: tuple[ExampleLines, ...] = ()
    """Lines that the signature has to match."""
    no_match: Annotated[tuple[ExampleLines, ...], Field(alias="no-match")] = ()
    """Lines that are like these and are not of this bug."""


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class SignatureFile:
    """What a known bug looks like in the logs of a build."""

    query: QueryText = ""
    """What one log line holds, as a Lucene query: message:"No space left on device" AND tags:"console"."""
    all_of: Queries = ()
    """Queries that each find a line of the same build (compound signatures)."""
    any_of: Queries = ()
    """Queries of which one at least finds a line of the same build."""
    none_of: Queries = ()
    """Queries that find no line there."""
    within: Distance | None = None
    """How far apart the lines may be, the first from the last: 5s, 2m, 1h or 20 lines."""
    same: Names = ()
    """What the lines have in common: file, host, request_id, or named groups of capture."""
    ordered: bool = False
    """Whether the lines of all_of stand in the order in which its queries are written."""
    title: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The bug in a few words, as the comment on the change says it."""
    bug: Annotated[str, Field(json_schema_extra={"pattern": f"^(?:{_BUG_URL})$"}), AfterValidator(_bug_url)] | None = (
        None
    )
    """The bug's whole URL; without it a file's name that is a number is the bug's, in the configured tracker."""
    jobs: Patterns = ()
    """The jobs it is looked for in: exact names, * globs, or regular expressions in slashes."""
    projects: Patterns = ()
    """The projects it is looked for in, as jobs."""
    branches: Patterns = ()
    """The branches it is looked for in, as jobs."""
    pipelines: Patterns = ()
    """The pipelines it is looked for in, as jobs."""
    results: Patterns = ()
    """The results of builds it is looked for in, such as FAILURE or TIMED_OUT, as jobs."""
    advice: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    """What the change's author should do: recheck, wait, fix, or a sentence."""
    category: Category | None = None
    """Whose business the bug is."""
    capture: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_capture)] | None = None
    """A regular expression whose named groups are shown from the line that proves the bug: image (?P<image>\\S+)."""
    examples: ExamplesEntry = field(default_factory=ExamplesEntry)
    """Log lines that it has to match, and such that it must not."""
    test_ids: Names = ()
    """It counts only in builds in which one of these tests failed."""
    allow_nonvoting: Annotated[bool, Field(alias="allow-nonvoting")] = False
    """Whether it is looked for in non-voting jobs as well."""
    suppress_graph: Annotated[bool, Field(alias="suppress-graph")] = False
    """Whether it is left out of statistics."""
    suppress_notification: Annotated[bool, Field(alias="suppress-notification")] = False
    """Whether nobody is told of it: neither in comments nor on IRC."""
    resolved_at: Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str)] | None = None
    """When the bug went away; kept for its readers, it is looked for none the less."""

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
        named = capturing(self.capture).groupindex if self.capture else {}
        for name in self.same:
            if name not in SHARED and name not in named:
                known = ", ".join(SHARED)
                raise ValueError(f"same knows {known} and the named groups of capture, but not {name}")
        return self

    @model_validator(mode="after")
    def _possible(self) -> Self:
        """What could never match, or would do nothing, is a slip of the pen."""
        required = [*([self.query] if self.query else []), *self.all_of]
        if self.ordered and len(required) < _LEAST_ORDERED:
            raise ValueError("ordered is about the lines of all_of: write two of them at least, or remove it")
        if twice := next((name for name in self.same if self.same.count(name) > 1), None):
            raise ValueError(f"same names {twice} twice; write it once")
        if both := next((query for query in required if query in self.none_of), None):
            raise ValueError(f"all_of asks for what none_of forbids, so that nothing would ever match: {both}")
        return self


SIGNATURE_FILE = TypeAdapter(SignatureFile)
