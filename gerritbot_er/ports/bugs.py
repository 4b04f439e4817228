"""The ports of what trackers say of bugs, and of where that is remembered."""

from dataclasses import dataclass
from typing import Protocol

from gerritbot_er.model import BugFacts


class Tracker(Protocol):
    """Where bugs are looked up by the URLs of their pages."""

    def host(self, url: str) -> str | None:
        """Who is asked about this bug; None where nobody is."""

    def look(self, url: str) -> BugFacts:
        """What is said of a bug now; it blocks.  ``Permanent`` where this one is not told of."""


@dataclass(frozen=True, slots=True)
class BugRecord:
    """What came of looking up a bug at ``tried_at`` (UTC seconds): facts, or None and why there are none."""

    tried_at: float
    facts: BugFacts | None = None
    why: str = ""


class Bugs(Protocol):
    """What is known of bugs; it asks nobody, waits for nobody, and may be used by any thread."""

    def known(self, url: str) -> BugFacts | None:
        """What was last said of the bug at this URL; None where nothing is known."""


class BugCache(Bugs, Protocol):
    """What is known of bugs, as it is kept; losing it costs asking again."""

    def record(self, url: str) -> BugRecord | None:
        """What came of looking up this bug the last time."""

    def keep(self, url: str, record: BugRecord) -> None:
        """Remember it in place of what was known."""


class _NoBugs:
    """Where no tracker is asked."""

    def known(self, url: str) -> BugFacts | None:
        del url
        return None


NO_BUGS: Bugs = _NoBugs()
