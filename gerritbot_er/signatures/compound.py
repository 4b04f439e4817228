"""Whether the lines that the parts of a compound signature found belong together as it says; pure.

What it means, exactly:

- A *choice* is one line for each entry of ``all_of``, and one for any entry of ``any_of`` where there are any.  The
  same line may stand for several entries.
- ``same``: the lines of a choice have a value in common of each thing that it names.  A line that holds several
  (request ids) belongs to several groups; one that holds none belongs to no group.
- ``within`` seconds: the last line of a choice is at most so much later than the first.  Within so many *lines*: all
  are in one file, and the numbers of the first and the last are at most so far apart.
- ``ordered``: each line of ``all_of`` comes after that of the entry before it: later in time, or at the same time in
  another file or further down in the same one.  So no line stands for two entries that follow each other, and an entry
  written twice asks for two lines.  The line of ``any_of`` has no place in that order.
- ``none_of``: no line of it is in the same group; with ``within`` only those count that are so near to *every* line of
  the choice.

Times are compared in microseconds.  Lines of a file without time stamps are never compared by time: without ``within``
they are ordered among those of their own file, by their numbers; with ``within`` seconds only one line that stands for
everything is a choice there.  Where a group has a line for every entry and nothing in it holds, but one of these lines
lacks its time, the signature is undecided; so it is where a choice holds, and a line of ``none_of`` in its group lacks
the time that would tell.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice, product

from gerritbot_er.model import Compound

from .choices import Line, choice

_MICROSECONDS = 1_000_000
_MOST_GROUPS = 64
"""Groups that one line may belong to: one with more request ids is a list of them, not the trace of a request."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that a part of a compound signature found.

    ``part`` is its number (see ``parts_of``), ``file`` the path within the build's logs, ``number`` the line's from 1,
    ``at`` its time in UTC seconds, None where its file tells none; ``same`` holds its values of each thing that the
    compound's ``same`` names, in that order.
    """

    part: int
    file: str
    number: int
    at: float | None
    message: str
    same: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """The lines that belong together: those of ``all_of`` in its order, then that of ``any_of``."""

    lines: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Missed:
    """Nothing belongs together."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """It cannot be told, since ``file`` has no time stamps."""

    file: str


Decision = Chosen | Missed | Undecided


def decide(compound: Compound, candidates: Iterable[Candidate]) -> Decision:
    """Whether lines found by the parts belong together, and which: the earliest of the first group where some do."""
    undecided: Undecided | None = None
    for group in _groups(compound, candidates):
        decision = _decide_group(compound, group)
        if isinstance(decision, Chosen):
            return decision
        if isinstance(decision, Undecided):
            undecided = undecided or decision
    return undecided or Missed()


def in_one_file(compound: Compound) -> bool:
    """Whether all lines of a choice, and those that would forbid it, lie in one file."""
    return "file" in compound.same or (compound.within is not None and compound.within.lines is not None)


def first_lines_do(compound: Compound) -> bool:
    """Whether a part's first line in each group tells as much as all of them."""
    return compound.within is None and not compound.ordered


def groups_of(compound: Compound, line: Candidate) -> Iterable[tuple[str, ...]]:
    """The groups that a line belongs to."""
    file = (line.file,) if in_one_file(compound) else ()
    if not line.same:
        return (file,)
    return ((*file, *values) for values in islice(product(*map(sorted, line.same)), _MOST_GROUPS))


# -- inside ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Group:
    """Lines that are the same in what has to be: of each entry (``any_of`` is one), and of ``none_of``."""

    entries: list[list[Candidate]]
    none: list[Candidate] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return all(self.entries)


def _groups(compound: Compound, candidates: Iterable[Candidate]) -> Iterable[_Group]:
    required = len(compound.all_of)
    forbidden = required + len(compound.any_of)
    entries = required + bool(compound.any_of)
    groups: dict[tuple[str, ...], _Group] = {}
    for line in candidates:
        for key in groups_of(compound, line):
            group = groups.get(key)
            if group is None:
                group = groups[key] = _Group([[] for _ in range(entries)])
            if line.part < forbidden:
                group.entries[min(line.part, required)].append(line)
            else:
                group.none.append(line)
    return groups.values()


def _decide_group(compound: Compound, group: _Group) -> Decision:
    within = compound.within
    if not group.whole or (within is None and group.none):
        return Missed()
    chain = len(compound.all_of) if compound.ordered else 0
    if within is None and not compound.ordered:
        return Chosen(tuple(entry[0] for entry in group.entries))
    if within is not None and within.lines is not None:
        found = choice([_by_number(entry) for entry in group.entries], chain, within.lines, _by_number(group.none))
        return Chosen(found) if found else Missed()
    if within is not None and within.seconds is not None:
        return _decide_by_seconds(group, chain, round(within.seconds * _MICROSECONDS))
    return _decide_order(group, chain)


def _decide_by_seconds(group: _Group, chain: int, width: int) -> Decision:
    timeless = next((line for line in group.none if line.at is None), None)
    found = choice([_by_time(entry) for entry in group.entries], chain, width, _by_time(group.none))
    if found:
        return Undecided(timeless.file) if timeless else Chosen(found)
    return _one_line_for_all(group, chain) or _undecided(group)


def _one_line_for_all(group: _Group, chain: int) -> Decision | None:
    """A line without time is no distance from itself; whether a line of ``none_of`` is near it nobody knows."""
    if chain > 1:
        return None
    places = [{(line.file, line.number): line for line in entry if line.at is None} for entry in group.entries]
    forbidden = {(line.file, line.number) for line in group.none}
    for place in places[0]:
        if place not in forbidden and all(place in others for others in places[1:]):
            return Undecided(place[0]) if group.none else Chosen(tuple(found[place] for found in places))
    return None


def _decide_order(group: _Group, chain: int) -> Decision:
    found = choice([_by_time(entry) for entry in group.entries], chain, None, [])
    if found:
        return Chosen(found)
    timeless = {line.file for entry in group.entries for line in entry if line.at is None}
    for file in sorted(timeless):
        entries = [[line for line in entry if line.file == file and line.at is None] for entry in group.entries]
        found = choice([_by_number(entry) for entry in entries], chain, None, [])
        if found:
            return Chosen(found)
    return _undecided(group)


def _undecided(group: _Group) -> Decision:
    timeless = next((line for entry in group.entries for line in entry if line.at is None), None)
    return Undecided(timeless.file) if timeless else Missed()


def _by_time(lines: Iterable[Candidate]) -> list[Line[Candidate]]:
    return [Line(round(line.at * _MICROSECONDS), line.file, line.number, line) for line in lines if line.at is not None]


def _by_number(lines: Iterable[Candidate]) -> list[Line[Candidate]]:
    return [Line(line.number, line.file, line.number, line) for line in lines]
