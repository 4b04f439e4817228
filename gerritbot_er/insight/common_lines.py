"""What failures that are alike have in common: of many lines those that tell why, each with a real one.  Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from gerritbot_er.model import Evidence

from .groups import Group, begun, joined
from .likeness import traits


@dataclass(frozen=True, slots=True)
class CommonLine:
    """What so many of the failures that were looked at say, ``count``: the shape of a line, and a real one of it.

    ``of`` is the place of the failure that says the real one, from 0.
    """

    shape: str
    count: int
    example: Evidence
    of: int


def in_common(failures: Iterable[tuple[Evidence, ...]]) -> tuple[CommonLine, ...]:
    """What most of these failures say, that which tells most first."""
    group: Group | None = None
    examples: dict[str, tuple[Evidence, int]] = {}
    for number, lines in enumerate(failures):
        found = traits(lines)
        if found:
            group = joined(group, found) if group else begun(found, "")
        for trait in found:
            examples.setdefault(trait.shape, (lines[trait.line], number))
    shared = group.lines if group else ()
    return tuple(CommonLine(line.shape, line.count, *examples[line.shape]) for line in shared)
