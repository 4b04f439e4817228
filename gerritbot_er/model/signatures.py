"""What a known bug looks like in logs, and what its tracker says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Document = Mapping[str, object]
"""One log line with its fields, as the log stores hold it (peer facts: ``message``, ``filename``, ``tags`` …)."""

Example = tuple[Document, ...]
"""Log lines of one build, each file's in the order in which they stand there."""


class Advice(StrEnum):
    """What the author of the change should do about a bug."""

    RECHECK = "recheck"
    WAIT = "wait"
    FIX = "fix"


class Category(StrEnum):
    """Whose business a bug is."""

    INFRA = "infra"
    PRODUCT = "product"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a signature applies; an empty tuple is everywhere.  Patterns are exact, ``*`` globs, or ``/regex/``."""

    jobs: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    results: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examples:
    """Log lines or documents that a signature must and must not match, checked offline.

    Each example is a build's logs in small: a plain signature looks for one of its documents, a compound one for
    several that belong together.
    """

    match: tuple[Example, ...] = ()
    no_match: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Within:
    """How far apart the lines of a compound signature may be, the first from the last: one of the two is set."""

    seconds: float | None = None
    lines: int | None = None


@dataclass(frozen=True, slots=True)
class Compound:
    """What several lines of one build look like together, each found by a query of its own.

    A line for each of ``all_of`` and for one of ``any_of``, where there are any, all within ``within``, the same in
    what ``same`` names, ``ordered`` as written; and there no line for any of ``none_of``.
    """

    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    within: Within | None = None
    same: tuple[str, ...] = ()
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """What a known bug looks like in logs: one YAML file.

    ``name`` is the file's name without ".yaml"; either ``query``, a Lucene query_string, or ``compound`` is set;
    ``bug`` is the bug's URL; ``advice`` one of Advice or a sentence; ``capture`` a regular expression whose named
    groups are shown from the proving lines; ``test_ids`` make it count only if one of them failed in the build.
    """

    name: str
    query: str | None = None
    compound: Compound | None = None
    title: str | None = None
    bug: str | None = None
    scope: Scope = field(default_factory=Scope)
    advice: str | None = None
    category: Category | None = None
    capture: str | None = None
    examples: Examples = field(default_factory=Examples)
    test_ids: tuple[str, ...] = ()
    allow_nonvoting: bool = False
    suppress_graph: bool = False
    suppress_notification: bool = False


@dataclass(frozen=True, slots=True)
class BugFacts:
    """What a tracker says of the bug at ``url``; ``seen_at`` is the UTC second of its answer.

    ``title`` and ``state`` are the tracker's own words, cleaned, each a short line.  ``closed``: nobody works on it any
    more; ``fixed``: because it is mended.
    """

    url: str
    title: str
    state: str
    closed: bool
    fixed: bool
    seen_at: float
