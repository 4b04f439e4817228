"""The same failure elsewhere: what it is called, how far it reaches, and when it is an outage."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed builds have in common: a known bug by its signature's name, or a group of unknown ones by its id."""

    name: str
    known: bool = True

    @property
    def key(self) -> str:
        """What it is called where names of signatures stand as well: a signature's file has no such name."""
        return self.name if self.known else f"group {self.name}"


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a failure of a verdict reaches; ``builds`` are the identities of the verdict's builds that have it.

    ``others``: how many other changes it hit in the last 24 hours; None where that cannot be told, as only changes
    that not everybody may hear of were among them.  ``alone``: no other change was ever hit.  ``hits`` are (server's
    second, change) of all hits around the report's, and ``newest`` the second of the report that was received last,
    both of what everybody may hear of.
    """

    failure: Failure
    builds: frozenset[str]
    others: int | None
    alone: bool
    hits: tuple[tuple[int, int], ...] = ()
    newest: int = 0


@dataclass(frozen=True, slots=True)
class Outage:
    """A failure that hit many changes within a short time; it lasts until it has hit none for some while.

    ``since`` and ``last`` are the server's seconds of its first and last hit, ``changes`` those that it hit meanwhile;
    ``line`` is one that tells of an unexplained one; ``channels`` have heard of it; ``case_id`` is the case
    of its last hit; ``ended_at`` in UTC seconds, None while it lasts.
    """

    number: int
    failure: Failure
    since: int
    last: int
    changes: int
    line: str
    channels: tuple[str, ...]
    case_id: str
    ended_at: float | None = None
