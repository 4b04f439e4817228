"""What a log store answers: what there is of a build, which signatures hit in it, and the lines that prove it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """The log line that proves a match; ``url`` opens it (at the line, where ``number``, from 1, is known)."""

    line: str
    file: str
    number: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A signature that hit in a build; ``evidence`` is None where only the CI's report spoke.

    ``more`` are the further lines of a compound signature; ``captured`` holds names and values, in their order.
    """

    signature: str
    evidence: Evidence | None = None
    more: tuple[Evidence, ...] = ()
    captured: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LogsSeen:
    """What a log store holds of a build now.

    ``complete`` is true where the store knows that nothing more comes; a cluster does not, there the count of
    ``documents`` standing still between two polls tells, once the ``console`` is there.  ``partial``: something was
    not searched (a shard), so there may be more than was counted, and nothing seen does not mean that nothing came.
    """

    documents: int = 0
    console: bool = False
    complete: bool = False
    partial: bool = False


@dataclass(frozen=True, slots=True)
class BuildAnswer:
    """A log store's answer about one build: all matches found in it.

    ``partial``: something was not searched (a shard, a file), so a miss proves nothing and is asked again.
    ``absent``: there are no logs (yet).  ``changes``: the (change, patch set) pairs that the store's documents name,
    empty where it does not know.  ``notes`` say what was left out, for people.  ``failed_tests``: the ids of the tests
    that failed in it; None where that is not known.
    """

    matches: tuple[Match, ...] = ()
    partial: bool = False
    absent: bool = False
    changes: frozenset[tuple[int, int]] = frozenset()
    notes: tuple[str, ...] = ()
    failed_tests: frozenset[str] | None = None
