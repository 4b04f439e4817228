"""Chooses the lines of an unexplained build that are kept and shown, as they may tell why it failed; pure."""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace

from gerritbot_er.insight.shapes import normalised
from gerritbot_er.model import Evidence
from gerritbot_er.telling_lines import end_of_work, is_console, is_error, is_grave

from .masking import masked

MOST = 60
"""Lines of one build."""
_FAILED_BEHIND = "POST_FAILURE"
"""The result of a build that failed after its work was done."""
_LAST, _FIRST_ERRORS, _LAST_ERRORS, _OF_OTHERS = 15, 10, 20, 15
"""How many of which lines come first where there are too many."""
_LEAST_LETTERS = 3
"""A line with fewer says nothing: brackets, rules."""


def shapes_of(lines: Iterable[Evidence]) -> frozenset[str]:
    """What lines say, without what differs from build to build."""
    return frozenset(normalised(line.line) for line in lines)


def chosen(lines: Sequence[Evidence], result: str, said_by_good: Container[str]) -> tuple[Evidence, ...]:
    """At most 60 lines in the order in which they stand, without secrets; ``result`` is the build's.

    ``lines`` are those that a log store has gathered by ``telling_lines``.  What is ``said_by_good`` builds as well
    (see ``shapes_of``) is left out, and what was said before in other words of the same shape.
    """
    end = len(lines) if result == _FAILED_BEHIND else _end(lines)
    told: dict[str, int] = {}
    for index, line in enumerate(lines):
        shape = normalised(line.line)
        if shape not in said_by_good and sum(map(str.isalpha, shape)) >= _LEAST_LETTERS:
            told.setdefault(shape, index)
    wanted: dict[int, None] = {}
    for index in _by_weight(lines, list(told.values()), end):
        wanted[index] = None
        if len(wanted) == MOST:
            break
    return tuple(replace(lines[index], line=masked(lines[index].line)) for index in sorted(wanted))


def _end(lines: Sequence[Evidence]) -> int:
    """The index of the console's line from which on it tells of the cleaning up only."""
    console = [line.line for line in lines if is_console(line.file)]
    return end_of_work(console)


def _by_weight(lines: Sequence[Evidence], told: Sequence[int], end: int) -> Iterator[int]:
    """The indices, those of the lines that tell most first; some more than once."""
    consoles = [index for index in told if is_console(lines[index].file)]
    others = [index for index in told if not is_console(lines[index].file)]
    work = [index for index in consoles if index < end]
    errors = [index for index in work if is_error(lines[index].line)]
    yield from work[-_LAST:]
    yield from errors[-_LAST_ERRORS:]
    yield from errors[:_FIRST_ERRORS]
    yield from others[:_OF_OTHERS]
    yield from reversed(errors)
    yield from (index for index in others if is_grave(lines[index].line))
    yield from reversed(work)
    yield from (index for index in consoles if index >= end and is_error(lines[index].line))
