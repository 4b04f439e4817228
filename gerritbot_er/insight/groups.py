"""Unexplained failures that are alike become a group, one after another as they arrive; pure.

A failure belongs to the group with which it has most of what it tells in common, weighed by how seldom other groups
have it.  Lines that only some members have fade from a group, those that all have remain.
"""

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol

from .likeness import ALIKE, Trait, alike
from .line_kinds import TELLING, Kind

SAME = 0.45
"""From here on a failure is of a group."""
_KEPT = 16
"""Lines that a group is known by."""
_FADED = 0.2
"""The share of its members from which on a line is one of a group's."""
_MOST_CANDIDATES = 20
_COMMON = 100
"""Failures of other groups with a mark from which on no group is looked for by it, unless there are no better ones."""
_FEW = 3
_EQUAL = 1e-9
_SHARE_OF_OTHERS = 0.5
"""How much of a failure's weight lines that tell little may have, where others tell more."""
_LEAST = 1.0
_SOME = 1.5
"""Doublings of other failures with a line until it tells a quarter."""


@dataclass(frozen=True, slots=True)
class Common:
    """A line that members of a group have: so many of them, ``count``."""

    shape: str
    kind: Kind
    weight: float
    marks: tuple[int, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """Failures that are alike: ``id`` has 12 hex digits and stays; ``lines`` are what most of its members say."""

    id: str
    members: int
    lines: tuple[Common, ...]


class Known(Protocol):
    """The groups that are known."""

    def spread(self, marks: Collection[int]) -> Mapping[int, int]:
        """How many failures have each mark outside the group that has it most; a mark that none has is missing."""

    def having(self, marks: Mapping[int, float], most: int) -> Sequence[Group]:
        """At most so many groups with these marks: those with the greatest sum of them first, then the oldest."""


def assign(found: Sequence[Trait], known: Known) -> Group | None:
    """The group that a failure with these traits belongs to; None where it is the first of its kind."""
    spread = known.spread({mark for trait in found for mark in trait.marks})
    marks: dict[int, float] = {}
    for trait in found:
        for mark in trait.marks:
            if mark in spread:
                marks[mark] = max(marks.get(mark, 0.0), trait.weight * _rarity(spread[mark]))
    rare = sorted(marks, key=lambda mark: (spread[mark], mark))
    marks = {mark: marks[mark] for at, mark in enumerate(rare) if at < _FEW or spread[mark] <= _COMMON}
    candidates = known.having(marks, _MOST_CANDIDATES)
    theirs = {line.marks[0] for group in candidates for line in group.lines}
    rarity = _Rarity({**spread, **known.spread(theirs - spread.keys())})
    ours = _Ours(found, rarity)
    best: tuple[float, Group] | None = None
    for group in candidates:
        score = ours.likeness(group, rarity, best[0] + _EQUAL if best else SAME)
        if score >= SAME and (best is None or score > best[0] + _EQUAL):
            best = (score, group)
    return best[1] if best else None


class _Rarity:
    """How rare marks are: 1 of what no other group has, near 0 of what many have."""

    def __init__(self, spread: Mapping[int, int]) -> None:
        self._of = {mark: _rarity(count) for mark, count in spread.items()}

    def __getitem__(self, mark: int) -> float:
        return self._of.get(mark, 1.0)


class _Ours:
    """A failure, made ready to be compared with many groups."""

    def __init__(self, found: Sequence[Trait], rarity: _Rarity) -> None:
        self._shapes = [one.shape for one in found]
        self._weights = _balanced([(one.kind, one.weight * rarity[one.marks[0]]) for one in found])
        self._places: dict[int, list[int]] = {}
        for place, one in enumerate(found):
            for mark in one.marks:
                self._places.setdefault(mark, []).append(place)

    def likeness(self, group: Group, rarity: _Rarity, least: float) -> float:
        """How much a failure and a group have in common of all that they tell, 0 to 1; 0 where it is below ``least``.

        Seldom can it be as much as that: the words of lines are compared only then.
        """
        weights = [(one.kind, one.weight * one.count / group.members * rarity[one.marks[0]]) for one in group.lines]
        theirs = _balanced(weights)
        whole = (sum(self._weights) + sum(theirs)) / 2
        near = self._near(group)
        most = sum((self._weights[place] + max(theirs[at] for at in lines)) / 2 for place, lines in near)
        if not whole or most / whole < least:
            return 0.0
        taken: set[int] = set()
        shared = 0.0
        for place, lines in near:
            shape = self._shapes[place]
            pairs = ((alike(shape, group.lines[at].shape), -at) for at in lines - taken)
            score, at = max(pairs, default=(0.0, 0))
            if score >= ALIKE:
                taken.add(-at)
                shared += score * (self._weights[place] + theirs[-at]) / 2
        return shared / whole

    def _near(self, group: Group) -> list[tuple[int, set[int]]]:
        """The places of our lines that share a mark with some of the group's, in their order, and those lines."""
        near: dict[int, set[int]] = {}
        for at, line in enumerate(group.lines):
            for mark in line.marks:
                for place in self._places.get(mark, ()):
                    near.setdefault(place, set()).add(at)
        return sorted(near.items())


def _balanced(weights: Sequence[tuple[Kind, float]]) -> Sequence[float]:
    """The weights, with little of it on lines that tell little where others tell more."""
    telling = sum([weight for kind, weight in weights if kind in TELLING])
    others = sum([weight for kind, weight in weights if kind not in TELLING])
    most = max(telling * _SHARE_OF_OTHERS, _LEAST)
    share = min(1.0, most / others) if others else 1.0
    return [weight if kind in TELLING else weight * share for kind, weight in weights]


@lru_cache(maxsize=1024)
def _rarity(count: int) -> float:
    """Of what so many failures outside one group have."""
    return (1 + math.log2(1 + count) / _SOME) ** -2


def begun(found: Sequence[Trait], name: str) -> Group:
    """A new group with this failure as its first; ``name`` tells that failure from all others."""
    text = "\n".join([name, *(trait.shape for trait in found)])
    number = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return Group(number, 1, tuple(Common(one.shape, one.kind, one.weight, one.marks, 1) for one in found))


def joined(group: Group, found: Sequence[Trait]) -> Group:
    """The group with one more member."""
    members = group.members + 1
    lines = {line.shape: line for line in group.lines}
    grown: set[str] = set()
    for trait in found:
        like = _like(trait, lines)
        if like is None:
            lines[trait.shape] = Common(trait.shape, trait.kind, trait.weight, trait.marks, 1)
        elif like.shape not in grown:
            weight = like.weight + (trait.weight - like.weight) / (like.count + 1)
            lines[like.shape] = replace(like, weight=weight, count=like.count + 1)
        grown.add(like.shape if like else trait.shape)
    kept = [line for line in lines.values() if line.count / members >= _FADED]
    kept.sort(key=lambda line: (-line.count * line.weight, line.shape))
    return Group(group.id, members, tuple(kept[:_KEPT]))


def _like(trait: Trait, lines: Mapping[str, Common]) -> Common | None:
    """The one of these lines that says the same."""
    if trait.shape in lines:
        return lines[trait.shape]
    marks = set(trait.marks)
    near = [(alike(trait.shape, line.shape), line) for line in lines.values() if not marks.isdisjoint(line.marks)]
    score, line = max(near, key=lambda pair: pair[0], default=(0.0, None))
    return line if score >= ALIKE else None


def marks_of(group: Group) -> Mapping[int, int]:
    """The marks of a group's lines, each with the number of members that have such a line."""
    found: dict[int, int] = {}
    for line in group.lines:
        for mark in line.marks:
            found[mark] = max(found.get(mark, 0), line.count)
    return found


@dataclass(slots=True)
class Groups:
    """Groups held in memory, with an index of their marks; see ``Known``."""

    _groups: dict[str, Group] = field(default_factory=dict)
    _index: dict[int, dict[str, int]] = field(default_factory=dict)

    def place(self, found: Sequence[Trait], name: str) -> Group:
        """Put a failure into its group, a new one where there is none, and return that."""
        known = assign(found, self)
        group = joined(known, found) if known else begun(found, name)
        for mark in marks_of(known or group).keys() - marks_of(group).keys():
            del self._index[mark][group.id]
        for mark, count in marks_of(group).items():
            self._index.setdefault(mark, {})[group.id] = count
        self._groups[group.id] = group
        return group

    def spread(self, marks: Collection[int]) -> Mapping[int, int]:
        counts = {mark: self._index[mark].values() for mark in marks if self._index.get(mark)}
        return {mark: sum(each) - max(each) for mark, each in counts.items()}

    def having(self, marks: Mapping[int, float], most: int) -> Sequence[Group]:
        shared: dict[str, float] = {}
        for mark, weight in marks.items():
            for group in self._index.get(mark, ()):
                shared[group] = shared.get(group, 0.0) + weight
        order = {name: at for at, name in enumerate(self._groups)}
        first = sorted(shared, key=lambda name: (-round(shared[name], 6), order[name]))
        return [self._groups[name] for name in first[:most]]

    def groups(self) -> Sequence[Group]:
        """All of them, the oldest first."""
        return tuple(self._groups.values())
