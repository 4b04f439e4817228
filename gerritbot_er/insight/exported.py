"""A failed build as the document that a cluster gets of it, for dashboards beside our pages.  Pure.

No line of a log is in it: a cluster's dashboards are read by more people than the logs are, no rule's ``quote`` reaches
them, and where the logs lie in a cluster they are there already, one click from the build.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gerritbot_er.cleaning import clean_line
from gerritbot_er.model import BugFacts, Signature

from .failures import FailedBuild

LONGEST = 1000
"""Characters of a text that are sent: an index refuses the document whose term is longer than 32,766 bytes."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A failed build to be sent, or, where it is ``hidden``, to be taken away.

    ``gate``: it voted, and failed where the changes behind it then begin anew; ``decided_after`` are the seconds from
    its report's receipt to its verdict; ``report`` is that report's key, where it is known.
    """

    build: FailedBuild
    gate: bool
    decided_after: float | None
    report: str | None
    hidden: bool


@dataclass(frozen=True, slots=True)
class Document:
    """What a cluster gets under this id; None where it is to have nothing there."""

    id: str
    fields: Mapping[str, object] | None


class Fate(StrEnum):
    """What became of a document."""

    TAKEN = "taken"
    REFUSED = "refused"  # it is never taken as it is
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a cluster says of a document, and why where it did not take it."""

    fate: Fate
    why: str = ""


def document(
    exported: Exported,
    signature: Callable[[str], Signature | None],
    bug: Callable[[str], BugFacts | None],
    page_of: Callable[[str], str | None],
) -> Document:
    """The document of a build: the same build has the same id, so that to send it again changes nothing.

    ``signature`` gives those in use by their names, ``bug`` what is known of one, ``page_of`` the URL of a build's page
    by its identity.
    """
    build = exported.build
    name = _id(build.ci, build.identity)
    if exported.hidden:
        return Document(name, None)
    known = [signature(match.signature) for match in build.matches]
    bugs = sorted({one.bug for one in known if one is not None and one.bug})
    fields: dict[str, object] = {
        "@timestamp": dt.datetime.fromtimestamp(build.at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "build": build.identity,
        "ci": build.ci,
        "job": build.job,
        "project": build.project,
        "branch": build.branch,
        "pipeline": build.pipeline or None,
        "change": build.change,
        "patchset": build.patchset,
        "result": build.result,
        "voting": build.voting,
        "seconds": build.seconds,
        "gate": exported.gate,
        "report": _id(build.ci, f"{exported.report or build.identity} {build.at:.0f}"),
        "outcome": build.outcome,
        "later": build.later,
        "signatures": [match.signature for match in build.matches],
        "titles": [_title(match.signature, found, bug) for match, found in zip(build.matches, known, strict=True)],
        "bugs": bugs,
        "group": build.group,
        "decided_after": exported.decided_after,
        "page": page_of(build.identity),
    }
    return Document(name, {key: _short(value) for key, value in fields.items() if value is not None})


def _id(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _title(name: str, signature: Signature | None, bug: Callable[[str], BugFacts | None]) -> str:
    """The signature's own, else that of its bug; its name where neither is known."""
    if signature is None:
        return name
    facts = bug(signature.bug) if signature.bug else None
    return signature.title or (facts.title if facts else name)


def _short(value: object) -> object:
    if isinstance(value, str):
        return clean_line(value, LONGEST)
    return [_short(one) for one in value] if isinstance(value, list) else value
