"""Names of tests, compared as people and tools write them: with and without tags in brackets; pure.

One test has several names: tempest appends tags (``test_a[id-…,smoke]``), which subunit2sql and the log documents made
with it leave out; pytest says ``tests/unit/test_a.py::TestA::test_b`` where JUnit files say ``tests.unit.test_a.TestA``
and ``test_b``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_TAGGED = re.compile(r"(?P<name>[^\[]*)\[(?P<tags>.*)\](?P<scenario>\([^()]*\))?", re.DOTALL)
_IDENTITY = re.compile(r"(?:^|,)id-(?P<id>[0-9a-fA-F-]{36})(?:,|$)")
_LAST = re.compile(r"[^.:/()\s]+")


@dataclass(frozen=True, slots=True)
class TestName:
    """A test's name in parts: dotted, and what stood in its brackets (None: there were none)."""

    name: str
    tags: str | None = None

    def is_same(self, other: "TestName") -> bool:
        """Whether both may be one test: tags count where both have some, of tempest's only the id."""
        if self.name != other.name:
            return False
        return self.tags is None or other.tags is None or _identity(self.tags) == _identity(other.tags)


def test_name(written: str) -> TestName:
    """The parts of a name as any tool writes it."""
    text = written.strip()
    found = _TAGGED.fullmatch(text)
    if found is None:
        return TestName(_dotted(text))
    return TestName(_dotted(found["name"]) + (found["scenario"] or ""), found["tags"])


def any_failed(wanted: Iterable[str], failed: Iterable[str]) -> bool:
    """Whether one of the wanted tests is among those that failed."""
    by_name: dict[str, list[TestName]] = {}
    for one in map(test_name, failed):
        by_name.setdefault(one.name, []).append(one)
    return any(one.is_same(other) for one in map(test_name, wanted) for other in by_name.get(one.name, ()))


def last_word(written: str) -> str:
    """The test's own name without its module and class: all that every tool writes the same."""
    words = _LAST.findall(test_name(written).name)
    return words[-1] if words else written.strip()


def _identity(tags: str) -> str:
    found = _IDENTITY.search(tags)
    return found["id"].lower() if found else tags


def _dotted(name: str) -> str:
    """A path of pytest's as JUnit files have it."""
    path, separator, inside = name.partition("::")
    if not separator:
        return name
    return f"{path.removesuffix('.py').replace('/', '.')}.{inside.replace('::', '.')}"
