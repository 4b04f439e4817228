"""What we say, and what people answer to that."""

from dataclasses import dataclass
from enum import StrEnum

from .gerrit import Change


class Judgement(StrEnum):
    """What somebody said of a comment of ours."""

    CONFIRM = "confirm"  # the bug is the right one
    WRONG = "wrong bug"
    BUG = "bug"  # it is another one


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person answered to us on a change; ``at`` in the server's whole seconds.

    ``bug`` is the number, key or URL that was named, with ``Judgement.BUG`` alone; ``author`` is the account's
    username.  ``case_id`` and ``signatures`` are those of the comment of ours that stood there, where one did.
    """

    change: Change
    patchset: int
    author: str
    at: int
    judgement: Judgement
    bug: str | None = None
    case_id: str | None = None
    signatures: tuple[str, ...] = ()


REPLY_PREFIX = "er:"
"""Opens a line that answers us, in letters of either case."""


@dataclass(frozen=True, slots=True)
class Review:
    """A comment to post: ``token`` is its last line's proof, found again in the stream or in history."""

    change: int
    patchset: int
    message: str
    token: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for one IRC channel."""

    channel: str
    text: str
