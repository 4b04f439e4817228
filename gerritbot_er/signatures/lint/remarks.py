"""What lint has to say: a remark on a part of a query or of a file, and the finding with its place that comes of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

Path = tuple[str | int, ...]


class Level(StrEnum):
    """How bad it is: an error never does what was meant, a warning seldom does, a hint is advice."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule says of a query, from ``start`` to ``end`` in its text.

    ``mended`` is what to write there instead, or, with ``whole``, instead of the whole query; with ``key`` as a key of
    the file.
    """

    level: Level
    rule: str
    message: str
    start: int
    end: int
    mended: str | None = None
    whole: bool = False
    key: bool = False


@dataclass(frozen=True, slots=True)
class KeyRemark:
    """What a rule says of a key or an item of a file."""

    level: Level
    rule: str
    message: str
    path: Path
    mended: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that lint found; ``line`` and ``column`` count from 1, ``width`` characters of the line are meant."""

    file: str
    line: int
    column: int
    level: Level
    rule: str
    message: str
    mended: str | None = None
    width: int = 1

    @property
    def counts(self) -> bool:
        """Whether somebody has to do something about it."""
        return self.level is not Level.HINT


def listed(texts: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *others, last = texts
    return f"{', '.join(others)} and {last}" if others else last


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """By file and place."""
    return sorted(findings, key=lambda one: (one.file, one.line, one.column, one.rule))
