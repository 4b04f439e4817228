"""The simulated Gerrit: changes, what is said on them and when that came, and the lines that tell of it.

Keys and texts are those of real servers (peer facts 1): seconds are the server's own, whose clock may be days wrong.
``moment`` is the month's true second.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gerritbot_er.sandbox import gson

from .timeline import START, Timeline

Json = Mapping[str, object]
BOT = "gerritbot-er"
WEB = "https://review.example.org"
_MURMURS = 1
_STATS = b'{"type":"stats","rowCount":%d,"runTimeMilliseconds":1,"moreChanges":%s}\n'


@dataclass(frozen=True, slots=True)
class Said:
    """One comment as it stands on a change."""

    change: int
    patchset: int
    author: str
    text: str
    at: int
    moment: float


@dataclass(slots=True)
class Change:
    """One change; ``outdated`` and ``closed`` tell since when what is posted there comes too late."""

    number: int
    project: str
    branch: str
    status: str = "NEW"
    patchset: int = 1
    uploaded: int = 0
    updated: int = 0
    outdated: dict[int, float] = field(default_factory=dict)
    closed: float | None = None
    said: list[Said] = field(default_factory=list)
    row: bytes | None = None

    def attribute(self) -> dict[str, object]:
        """What events and queries have in common."""
        return {
            "project": self.project,
            "branch": self.branch,
            "id": f"I{self.number:040x}",
            "number": self.number,
            "subject": f"Change {self.number}",
            "owner": {"name": "An author", "username": "author"},
            "url": f"{WEB}/c/{self.project}/+/{self.number}",
            "status": self.status,
        }

    def too_late(self, patchset: int) -> float | None:
        """Since when a comment on this patch set comes too late; None where it does not."""
        since = [moment for moment in (self.outdated.get(patchset), self.closed) if moment is not None]
        return min(since, default=None)


class Gerrit:
    """``publish`` is given each event's line, ``heard`` each comment; ``ahead`` is what its clock is ahead of time.

    ``reviews`` are the moments at which we sent one, whatever came of it.
    """

    def __init__(self, timeline: Timeline, *, ahead: float) -> None:
        self.ahead = ahead
        self.changes: dict[int, Change] = {}
        self.reviews: list[float] = []
        self.publish: Callable[[bytes], None] = lambda _: None
        self.heard: Callable[[Said], None] = lambda _: None
        self._timeline = timeline
        self._newest_first: list[Change] = []

    def second(self) -> int:
        """What its clock shows."""
        return int(START + self._timeline.now + self.ahead)

    def open(self, number: int, project: str, branch: str = "master", patchset: int = 1) -> Change:
        """A new change."""
        change = Change(number, project, branch, patchset=patchset - 1)
        self.changes[number] = change
        self._newest_first.insert(0, change)
        self.upload(change)
        return change

    def upload(self, change: Change) -> None:
        """The next patch set."""
        change.outdated.setdefault(change.patchset, self._timeline.now)
        change.patchset += 1
        change.uploaded = self.second()
        self._tell("patchset-created", change, patchSet=_patchset(change, change.patchset))

    def comment(self, change: Change, patchset: int, author: str, body: str) -> Said:
        """A comment; ``body`` is all of it with Gerrit's own first line, or what follows that."""
        text = body if body.startswith("Patch Set ") else f"Patch Set {patchset}:\n\n{body}"
        said = Said(change.number, patchset, author, text, self.second(), self._timeline.now)
        change.said.append(said)
        self.heard(said)
        self._tell(
            "comment-added",
            change,
            author={"name": author, "username": author},
            comment=text,
            patchSet=_patchset(change, patchset),
        )
        return said

    def murmur(self, author: str) -> None:
        """Something that concerns nobody, on a change that is deleted at once: history knows nothing of it.

        On a busy Gerrit the last word is seldom a report's; without this each quiet look into history would read the
        last report again, and half of the month's time go into that.
        """
        change = self.open(_MURMURS, "example/off")
        self.comment(change, 1, author, "Starting check jobs.")
        del self.changes[_MURMURS]
        self._newest_first.remove(change)

    def close(self, change: Change, status: str) -> None:
        """Merged or abandoned."""
        change.status, change.closed = status, self._timeline.now
        self._tell("change-merged" if status == "MERGED" else "change-abandoned", change)

    def restore(self, change: Change) -> None:
        """An abandoned change is open again."""
        change.status, change.closed = "NEW", None
        self._tell("change-restored", change)

    def changed_since(self, after: int, start: int, limit: int) -> bytes:
        """The answer to a query for the changes updated since this second, the newest first."""
        found = []
        for change in self._newest_first:
            if change.updated < after:
                break
            found.append(change)
        return _answer(found[start : start + limit], more=len(found) > start + limit)

    def one(self, number: int) -> bytes:
        """The answer to a query for one change."""
        return _answer([self.changes[number]] if number in self.changes else [], more=False)

    def _tell(self, kind: str, change: Change, **more: object) -> None:
        change.updated, change.row = self.second(), None
        self._newest_first.remove(change)
        self._newest_first.insert(0, change)
        event = {**more, "change": change.attribute(), "project": change.project}
        self.publish(gson.line(event | {"type": kind, "eventCreatedOn": self.second()}))


def _patchset(change: Change, number: int) -> Json:
    return {"number": number, "ref": f"refs/changes/{change.number % 100:02d}/{change.number}/{number}"}


def _answer(found: list[Change], *, more: bool) -> bytes:
    rows = b"".join(change.row or _row(change) for change in found)
    return rows + _STATS % (len(found), b"true" if more else b"false")


def _row(change: Change) -> bytes:
    shown = change.attribute()
    shown["lastUpdated"], shown["open"] = change.updated, change.status == "NEW"
    shown["comments"] = [
        {"timestamp": said.at, "reviewer": {"name": said.author, "username": said.author}, "message": said.text}
        for said in change.said
    ]
    shown["currentPatchSet"] = {"number": change.patchset, "createdOn": change.uploaded}
    change.row = gson.line(shown)
    return change.row
