"""What is said where nothing can be shown: what that may mean and where to go instead, for people and for programs.

Pure.  A page that is kept back says word for word the same as one that never was.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from gerritbot_er.ports.reading import KEEP_CASES, KEEP_SIGHTINGS
from gerritbot_er.time_words import DAY

from .asked import Asked

_CASES, _SIGHTINGS = f"{KEEP_CASES / DAY:.0f}", f"{KEEP_SIGHTINGS / DAY:.0f}"
SHORT = "7d"
_KEPT_BACK = "Private changes and projects that are not public are shown to nobody."


@dataclass(frozen=True, slots=True)
class Lead:
    """Where to go on: a path below the root, or only the filters of the same page, and what is there."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP status, what is the matter in a few words, what it may mean in sentences, and where to go on."""

    status: int
    title: str
    says: tuple[str, ...]
    leads: tuple[Lead, ...] = ()

    @property
    def code(self) -> str:
        """The status in the words of the standard."""
        return f"{self.status} {HTTPStatus(self.status).phrase}"

    def as_text(self) -> str:
        """For whoever reads neither HTML nor JSON."""
        return "\n".join((self.code, *self.says, ""))

    def as_json(self) -> str:
        """For programs."""
        return json.dumps({"status": self.status, "error": self.title, "says": self.says}, ensure_ascii=False) + "\n"


_ALL_BUGS = Lead("bugs", "Bugs that hit lately")
_ALL_GROUPS = Lead("unexplained", "Failures that nobody has explained yet")
_NOW = Lead("", "What fails now")
GONE: Mapping[str, Refusal] = {
    "bugs": Refusal(
        HTTPStatus.NOT_FOUND,
        "No bug is known by this name",
        (
            "No signature has this name, and none had it that hit a build which these pages may show.",
            f"Perhaps its signature was renamed or taken away: what it hit is dropped after {_SIGHTINGS} days.",
        ),
        (_ALL_BUGS, Lead("signatures", "Signatures in use")),
    ),
    "unexplained": Refusal(
        HTTPStatus.NOT_FOUND,
        "There is no such group of unexplained failures",
        (
            "Perhaps a signature explains all of its builds by now: then they are on the page of a bug.",
            f"A group is dropped {_SIGHTINGS} days after its last build.",
            _KEPT_BACK,
        ),
        (_ALL_GROUPS, _ALL_BUGS),
    ),
    "change": Refusal(
        HTTPStatus.NOT_FOUND,
        "Nothing is known of this change",
        (
            f"No CI report on it is recorded. Reports are dropped after {_SIGHTINGS} days.",
            "A report of a CI that is not configured here is never recorded.",
            _KEPT_BACK,
        ),
        (_NOW,),
    ),
    "build": Refusal(
        HTTPStatus.NOT_FOUND,
        "Nothing is known of this build",
        (
            f"Only failed builds have a page, and they are dropped after {_SIGHTINGS} days.",
            _KEPT_BACK,
        ),
        (_NOW,),
    ),
    "case": Refusal(
        HTTPStatus.NOT_FOUND,
        "This case is not known, or not any more",
        (
            f"A case is dropped {_CASES} days after its CI report.",
            f"Why builds failed is kept for {_SIGHTINGS} days: see the page of the change, /change/ and its number.",
            _KEPT_BACK,
        ),
        (_NOW, _ALL_BUGS),
    ),
}
"""By the first part of the path."""
NO_PAGE = Refusal(
    HTTPStatus.NOT_FOUND,
    "There is no such page",
    ("Perhaps the address is mistyped, or cut off where a line ends.",),
    (_NOW, _ALL_BUGS, _ALL_GROUPS),
)
UNREADABLE_STATE = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "This page cannot be made just now",
    ("What it is made of could not be read. Try again in a minute; the daemon's log says why.",),
)

BUSY = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Too many pages are being made just now",
    ("Others have asked for figures that take a while to count. Try again in a few seconds.",),
)


def took_too_long(asked: Asked, seconds: float) -> Refusal:
    """For figures that were not counted within so many seconds: what to ask for instead."""
    shorter = replace(asked, last=SHORT, since="", until="")
    narrow = (
        "Ask for a shorter time" if asked.project or asked.job else "Ask for a shorter time, or for one project or job"
    )
    return Refusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "This takes too long to count",
        (f"It was given up after {seconds:.0f} seconds, so that others get their pages.", f"{narrow}."),
        (Lead(shorter.query(), "The same of the last 7 days"),),
    )


def unreadable_filters(problems: Sequence[str], rest: str) -> Refusal:
    """For filters that cannot be read; ``rest`` is the query of the others."""
    lead = Lead(rest or "?", "Show the page without that")
    return Refusal(HTTPStatus.BAD_REQUEST, "This cannot be asked for", tuple(problems), (lead,))


def other(status: int) -> Refusal:
    """For whatever else is refused, in the words of the standard alone."""
    return Refusal(status, HTTPStatus(status).phrase, ())
