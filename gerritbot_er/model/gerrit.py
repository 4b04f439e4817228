"""What Gerrit says: changes, what happens to them, and what was said on them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """A Gerrit change as an event or a query shows it; text is cleaned of control characters."""

    number: int
    project: str
    branch: str
    url: str = ""
    subject: str = ""
    owner: str = ""
    private: bool = False
    open: bool = True


@dataclass(frozen=True, slots=True)
class CommentAdded:
    """A comment on a patch set, from the stream or from history; ``at`` is in the server's whole seconds.

    ``author`` is the account's username ("" where it has none), ``text`` the whole comment with Gerrit's own
    "Patch Set N:" line on top.
    """

    change: Change
    patchset: int
    author: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class PatchsetCreated:
    """A new patch set: what is known about earlier ones is outdated."""

    change: Change
    patchset: int
    at: int


@dataclass(frozen=True, slots=True)
class ChangeClosed:
    """A change was merged or abandoned."""

    change: Change
    at: int


@dataclass(frozen=True, slots=True)
class MadePrivate:
    """A change is private at this second: not everybody sees it, nor what was said on it before."""

    change: Change
    at: int


@dataclass(frozen=True, slots=True)
class DroppedOutput:
    """Gerrit dropped events: the gap lies after the 128 events that still follow this one."""

    at: int


Event = CommentAdded | PatchsetCreated | ChangeClosed | MadePrivate | DroppedOutput


@dataclass(frozen=True, slots=True)
class ChangeHistory:
    """A change as a query shows it now: its current patch set and all of its comments, oldest first."""

    change: Change
    patchset: int
    comments: tuple[CommentAdded, ...]
