"""Which tests failed in a build, from whatever tells it: subunit and JUnit files, a console, documents in a cluster.

The parsers are pure: each takes the bytes of one file in chunks, keeps nothing of them but the names of tests that
failed, and never raises for what stands in them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gerritbot_er.cleaning import clean_line

MOST_TESTS = 10_000
LONGEST_ID = 1000


@dataclass(frozen=True, slots=True)
class Results:
    """The tests that failed, by their ids.

    ``told``: the source tells of tests at all; without that, no failed test means nothing.  ``notes`` say, for people,
    what of it could not be read: then more tests may have failed.
    """

    failed: frozenset[str] = frozenset()
    told: bool = False
    notes: tuple[str, ...] = ()

    @property
    def known(self) -> frozenset[str] | None:
        """The failed tests, None where nobody knows."""
        return self.failed if self.told else None


def together(results: Iterable[Results]) -> Results:
    """What several sources tell of one build."""
    every = tuple(results)
    failed = frozenset[str]().union(*(one.failed for one in every))
    notes = tuple(dict.fromkeys(note for one in every for note in one.notes))
    return Results(failed, any(one.told for one in every), notes)


class Failures:
    """Collects the ids of failed tests, up to a limit."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._beyond = 0

    def add(self, test: str) -> None:
        """One more test that failed."""
        name = clean_line(test, LONGEST_ID)
        if not name or name in self._ids:
            return
        if len(self._ids) < MOST_TESTS:
            self._ids.add(name)
        else:
            self._beyond += 1

    def results(self, *, told: bool, notes: Iterable[str] = ()) -> Results:
        """All of them."""
        beyond = (f"{self._beyond} failed tests beyond {MOST_TESTS} were not looked at",) if self._beyond else ()
        return Results(frozenset(self._ids), told or bool(self._ids), (*notes, *beyond))
