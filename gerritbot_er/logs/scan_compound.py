"""Gathers the lines that the parts of a compound signature find, within limits, until it can be decided; pure.

A signature whose lines must all lie in one file is decided at that file's end, any other at the end of all files.
"""

from dataclasses import dataclass

from gerritbot_er.line_time import seconds
from gerritbot_er.model import Compound, Document, Signature
from gerritbot_er.signatures.compound import (
    Candidate,
    Chosen,
    Undecided,
    decide,
    first_lines_do,
    groups_of,
    in_one_file,
)
from gerritbot_er.signatures.sameness import same_of

MOST_LINES = 50_000
"""Lines that are gathered for one signature; with more of them it is not decided."""

_MOST_BYTES = 64 * 1024 * 1024
"""Of memory for the lines of all signatures of a build, roughly."""
_BYTES_PER_GROUP = 600
"""What a line costs beside its text in each group that it belongs to: a list of request ids belongs to many."""
_LONGEST_MESSAGE = 2000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: ``path`` within the build's logs, ``url`` of the file, ``number`` from 1."""

    path: str
    url: str
    message: str
    number: int


@dataclass(slots=True)
class Room:
    """The memory that is left for lines of one build."""

    left: int = _MOST_BYTES

    def take(self, size: int) -> bool:
        """Whether there was room for so many bytes more."""
        fits = size <= self.left
        self.left -= size * fits
        return fits

    def free(self, size: int) -> None:
        """Give back what was taken."""
        self.left += size


@dataclass(frozen=True, slots=True)
class Left:
    """A signature that could not be decided: ``why``, for people."""

    why: str


class Rule:
    """A compound signature, made ready once for many builds."""

    def __init__(self, name: str, compound: Compound, signature: Signature) -> None:
        self.name = name
        self.compound = compound
        self.of_one_file = in_one_file(compound)
        self.same = same_of(signature)
        self.first_lines_do = first_lines_do(compound)
        self.closes = self.first_lines_do and not compound.same
        """Whether one line of a part is all that is needed, wherever it lies."""
        self.closes_in_file = self.first_lines_do and set(compound.same) <= {"file"}
        """The same, in each file."""


class Gathering:
    """The lines of one signature, of one file or of all files of a build."""

    def __init__(self, rule: Rule, room: Room) -> None:
        self.rule = rule
        self._room = room
        self._lines: list[Candidate] = []
        self._urls: dict[str, str] = {}
        self._groups: set[tuple[int, tuple[str, ...]]] = set()
        self._taken = 0
        self._full = False

    def add(self, part: int, document: Document, line: Line, stamp: str) -> bool:
        """Take a line; False where this part needs no more lines of this file."""
        message = line.message[:_LONGEST_MESSAGE]
        same = self.rule.same(document, line.path)
        candidate = Candidate(part, line.path, line.number, seconds(stamp) if stamp else None, message, same)
        groups = {(part, group) for group in groups_of(self.rule.compound, candidate)}
        if groups and not (self.rule.first_lines_do and groups <= self._groups):
            size = len(message) + _BYTES_PER_GROUP * len(groups)
            if len(self._lines) >= MOST_LINES or not self._room.take(size):
                self._full = True
                return False
            self._taken += size
            if self.rule.first_lines_do:
                self._groups |= groups
            self._lines.append(candidate)
            self._urls[line.path] = line.url
        return not self.rule.closes_in_file

    def has(self, part: int) -> bool:
        """Whether this part needs no line of any further file."""
        return self._full or (self.rule.closes and any(line.part == part for line in self._lines))

    def decide(self, *, whole: bool) -> tuple[Line, ...] | Left | None:
        """The lines that belong together, None where none do; then it is empty again.

        ``whole`` is whether all was read in which such lines can be.
        """
        lines, full = self._lines, self._full
        decision = decide(self.rule.compound, lines)
        self._room.free(self._taken)
        self._lines, self._taken, self._full = [], 0, False
        self._groups.clear()
        if isinstance(decision, Chosen):
            if self.rule.compound.none_of and not (whole and not full):
                return self._left("lines of it are there, but not all was read: what must not be there may be there")
            chosen = {(line.file, line.number): line for line in decision.lines}
            return tuple(Line(line.file, self._urls[line.file], line.message, line.number) for line in chosen.values())
        if full:
            return self._left("too many lines fit its parts to be compared")
        if isinstance(decision, Undecided):
            return self._left(f"the lines of {decision.file} have no time stamps to compare")
        return None

    def _left(self, why: str) -> Left:
        return Left(f"signature {self.rule.name} is undecided: {why}")
