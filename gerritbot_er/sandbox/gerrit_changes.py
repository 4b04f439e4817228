"""The changes of the sandbox Gerrit: what stands on them, who may vote, and the events that tell of it.

Keys, their order and the texts are those captured from real Gerrit 3.10.2 and 3.13.5.
"""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Json = dict[str, object]
Status = Literal["NEW", "MERGED", "ABANDONED"]

LABELS: Mapping[str, range] = {"Verified": range(-2, 3), "Code-Review": range(-2, 3)}
COMMENT_LIMIT = 16_384
"""UTF-16 code units of one message (change.commentSizeLimit's default)."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the sandbox Gerrit and what it is allowed to do."""

    username: str
    name: str
    email: str
    stream_events: bool = False
    votes: frozenset[str] = frozenset()

    def attribute(self) -> Json:
        """The account as events and query answers show it."""
        return {"name": self.name, "email": self.email, "username": self.username}


@dataclass(frozen=True, slots=True)
class Message:
    """One message on a change; ``text`` with Gerrit's prefix, ``timestamp`` in seconds, ``tag`` as it was posted."""

    timestamp: int
    author: Account
    patchset: int
    text: str
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """A reviewer's value on one label of one patch set."""

    by: Account
    label: str
    value: int
    granted: int


@dataclass(slots=True)
class PatchSet:
    """One patch set of a change."""

    number: int
    revision: str
    uploader: Account
    created: int
    votes: dict[tuple[str, str], Vote] = field(default_factory=dict)


@dataclass(slots=True)
class Change:
    """One change; ``updated`` moves with every message, which is what ``after:`` asks for."""

    number: int
    change_id: str
    project: str
    branch: str
    subject: str
    owner: Account
    created: int
    updated: int
    private: bool
    status: Status = "NEW"
    patchsets: list[PatchSet] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)


class Refused(Exception):
    """A request that Gerrit answers with this text and exit status 1."""


class Changes:
    """The store of all changes. Every method may be called from any thread.

    ``publish`` gets each event, in order, while the store is locked: history and stream never disagree on the order.
    """

    def __init__(self, web_url: str, now: Callable[[], float], publish: Callable[[Json], None]) -> None:
        self.web_url = web_url
        self._now = now
        self._publish = publish
        self._changes: dict[int, Change] = {}
        self.updated = threading.Condition(threading.RLock())

    def create(
        self,
        project: str,
        branch: str,
        subject: str,
        owner: Account,
        *,
        private: bool = False,
        number: int | None = None,
    ) -> int:
        """A new change with its first patch set; the change's number."""
        with self.updated:
            number = number if number is not None else max(self._changes, default=0) + 1
            if number in self._changes:
                raise ValueError(f"there is a change {number} already")
            now = self._seconds()
            change_id = "I" + hashlib.sha1(f"{project}~{number}".encode(), usedforsecurity=False).hexdigest()
            change = Change(number, change_id, project, branch, subject, owner, now, now, private)
            self._changes[number] = change
            self._upload(change, owner)
            return number

    def new_patchset(self, number: int, uploader: Account | None = None) -> int:
        """The next patch set of a change; its number."""
        with self.updated:
            change = self.change(number)
            return self._upload(change, uploader or change.owner)

    def merge(self, number: int, submitter: Account) -> None:
        """The change is merged with its current patch set."""
        with self.updated:
            change = self.change(number)
            change.status = "MERGED"
            self._say(
                change,
                Message(self._seconds(), submitter, len(change.patchsets), "Change has been successfully merged"),
            )
            revision = change.patchsets[-1].revision
            self._tell("change-merged", change, change.patchsets[-1], submitter=submitter.attribute(), newRev=revision)

    def abandon(self, number: int, abandoner: Account, reason: str = "") -> None:
        """The change is abandoned."""
        with self.updated:
            change = self.change(number)
            change.status = "ABANDONED"
            text = f"Abandoned\n\n{reason}" if reason else "Abandoned"
            self._say(change, Message(self._seconds(), abandoner, len(change.patchsets), text))
            told: Json = {"abandoner": abandoner.attribute()} | ({"reason": reason} if reason else {})
            self._tell("change-abandoned", change, change.patchsets[-1], **told)

    def set_private(self, number: int, changer: Account, *, private: bool) -> None:
        """The change is seen by few from now on, or by everybody again."""
        with self.updated:
            change = self.change(number)
            change.private = private
            tag = "autogenerated:gerrit:setPrivate" if private else "autogenerated:gerrit:unsetPrivate"
            text = "Set private" if private else "Unset private"
            self._say(change, Message(self._seconds(), changer, len(change.patchsets), text, tag))
            self._tell("private-state-changed", change, change.patchsets[-1], changer=changer.attribute())

    def delete(self, number: int) -> None:
        """The change is gone, as after an administrator's ``gerrit delete``."""
        with self.updated:
            del self._changes[number]

    def review(
        self,
        author: Account,
        number: int,
        patchset: int,
        *,
        message: str,
        votes: Mapping[str, int],
        tag: str | None = None,
    ) -> None:
        """A message and votes on a patch set; a blank message without a changed vote posts nothing.

        Votes on unknown labels and out of a label's range are ignored in silence, as Gerrit does.
        """
        with self.updated:
            change = self.change(number)
            on = self.patchset(number, patchset)
            # A lone surrogate becomes a question mark, as in Java.
            body = message.strip().encode("utf-8", "replace").decode()
            units = len(body.encode("utf-16-le")) // 2
            if units > COMMENT_LIMIT:
                rejected = f"Comment size exceeds limit ({units} > {COMMENT_LIMIT})"
                raise Refused(f"One or more comments were rejected in validation: {rejected}")
            known = {label: value for label, value in votes.items() if value in LABELS.get(label, ())}
            for label, value in known.items():
                if label not in author.votes and value != 0:
                    raise Refused(f'Applying label "{label}": {value} is restricted')
            if known and change.status != "NEW":
                raise Refused("change is closed")
            approvals, voted = self._vote(on, author, known)
            if not body and not voted:
                return
            text = f"Patch Set {patchset}:{voted}" + (f"\n\n{body}" if body else "")
            self._say(change, Message(self._seconds(), author, patchset, text, tag))
            told: Json = {"author": author.attribute()}
            if change.status == "NEW":
                told["approvals"] = approvals
            self._tell("comment-added", change, on, **told, comment=text)

    def change(self, number: int) -> Change:
        """The change of this number, or Refused."""
        with self.updated:
            if number not in self._changes:
                raise Refused(f'"{number}" no such change')
            return self._changes[number]

    def patchset(self, number: int, patchset: int) -> PatchSet:
        """The patch set of this number, or Refused."""
        with self.updated:
            found = self.change(number).patchsets
            if not 1 <= patchset <= len(found):
                raise Refused(f'"{number},{patchset}" no such patch set')
            return found[patchset - 1]

    def newest_first(self) -> list[Change]:
        """All changes, the last updated first."""
        with self.updated:
            return sorted(self._changes.values(), key=lambda change: (change.updated, change.number), reverse=True)

    def attribute(self, change: Change) -> Json:
        """What events and queries have in common of a change."""
        shown: Json = {
            "project": change.project,
            "branch": change.branch,
            "id": change.change_id,
            "number": change.number,
            "subject": change.subject,
            "owner": change.owner.attribute(),
            "url": f"{self.web_url}/c/{change.project}/+/{change.number}",
        }
        return shown

    def patchset_attribute(self, change: Change, patchset: PatchSet) -> Json:
        """A patch set as events and queries show it, without its votes."""
        return {
            "number": patchset.number,
            "revision": patchset.revision,
            "parents": [_revision(change.project, change.branch)],
            "ref": f"refs/changes/{change.number % 100:02d}/{change.number}/{patchset.number}",
            "uploader": patchset.uploader.attribute(),
            "createdOn": patchset.created,
            "author": patchset.uploader.attribute(),
            "kind": "REWORK",
            "sizeInsertions": 10,
            "sizeDeletions": 0,
        }

    def _upload(self, change: Change, uploader: Account) -> int:
        number = len(change.patchsets) + 1
        now = self._seconds()
        patchset = PatchSet(number, _revision(change.change_id, str(number)), uploader, now)
        change.patchsets.append(patchset)
        self._say(
            change, Message(now, uploader, number, f"Uploaded patch set {number}.", "autogenerated:gerrit:newPatchSet")
        )
        self._tell("patchset-created", change, patchset, uploader=uploader.attribute())
        return number

    def _vote(self, on: PatchSet, author: Account, votes: Mapping[str, int]) -> tuple[list[Json], str]:
        """Every label with this reviewer's value, and the words for the changed ones in the message's prefix."""
        approvals: list[Json] = []
        words = ""
        for label in LABELS:
            old = on.votes.get((author.username, label))
            before = old.value if old else 0
            value = votes.get(label, before)
            shown: Json = {"type": label, "description": label, "value": str(value)}
            if value != before:
                shown["oldValue"] = str(before)
                words += f" {label}{value:+d}" if value else f" -{label}"
                on.votes[author.username, label] = Vote(author, label, value, self._seconds())
            approvals.append(shown)
        return approvals, words

    def _say(self, change: Change, message: Message) -> None:
        change.messages.append(message)
        change.updated = message.timestamp
        self.updated.notify_all()

    def _tell(self, event_type: str, change: Change, patchset: PatchSet, **told: object) -> None:
        shown = self.attribute(change)
        shown["commitMessage"] = f"{change.subject}\n\nChange-Id: {change.change_id}\n"
        shown["createdOn"] = change.created
        shown["status"] = change.status
        if change.private:
            shown["private"] = True
        self._publish(
            {
                **told,
                "patchSet": self.patchset_attribute(change, patchset),
                "change": shown,
                "project": change.project,
                "refName": f"refs/heads/{change.branch}",
                "changeKey": {"id": change.change_id},
                "type": event_type,
                "eventCreatedOn": self._seconds(),
            }
        )

    def _seconds(self) -> int:
        return int(self._now())


def _revision(*parts: str) -> str:
    return hashlib.sha1("~".join(parts).encode(), usedforsecurity=False).hexdigest()
