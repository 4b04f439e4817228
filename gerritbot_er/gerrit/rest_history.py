"""Gerrit's own record of what was said, read over its REST API: the same events as over SSH and in the stream.

Facts about the peer (Gerrit 3.10.2, 3.13.5): ``/changes/?q=`` gives ``n`` changes from ``S`` on, newest first, the last
with ``_more_changes`` where there are more; dates are UTC with nine decimals; a message has the number of its patch set
(``_revision_number``); a comment on the patch set (``/PATCHSET_LEVEL``) stands in ``/changes/ID/comments`` alone, with
the id of its message.  Usernames need ``DETAILED_ACCOUNTS``.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from gerritbot_er.cleaning import clean
from gerritbot_er.errors import Misconfigured, Permanent, Transient
from gerritbot_er.http_client import Absent, TooLarge
from gerritbot_er.model import ChangeHistory, Event

from .events import MalformedEvent, to_author, to_number, to_text
from .history import Row, after, as_streamed, has_remarks, readable, to_history, to_listed
from .paged_changes import PAGE, Listed, PageTooLong, read_all
from .rest import GerritRest

MOST_REMARKS = 200
"""Changes of one catch-up whose comments on the patch set are asked after, one request for each."""

_OPTIONS = "o=MESSAGES&o=DETAILED_ACCOUNTS&o=CURRENT_REVISION"
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?")
_ON_PATCHSET = "/PATCHSET_LEVEL"

Remarks = Mapping[str, tuple[str, ...]]
"""The comments on the patch set, by the id of the message that they came with."""
_Asked = dict[tuple[int, str], Remarks]


class RestHistory:
    """``ports.History`` over REST."""

    def __init__(
        self,
        rest: GerritRest,
        *,
        authors: Collection[str] = (),
        username: str | None = None,
        page: int = PAGE,
        most_remarks: int = MOST_REMARKS,
    ) -> None:
        """``authors`` are the usernames whose comments on the patch set matter; ``page`` changes are asked at a time.

        Where our own account ``username`` has spoken, those of everybody matter, for people answer there.  They cost
        a request for each change where such a message had any; ``since`` raises Transient where more than
        ``most_remarks`` changes have them, for SSH tells them all at once.
        """
        self._rest = rest
        self._authors = frozenset(authors)
        self._username = username
        self._page = page
        self._most_remarks = most_remarks

    def since(self, at: int) -> Iterable[Event]:
        """See the port, and ``GerritHistory.since``."""
        asked: _Asked = {}

        def ask(start: int, size: int) -> tuple[list[Listed], bool]:
            infos, more = self._ask(after(at), start, size)
            return [to_listed(self._row(info, at, asked), at) for info in infos], more

        with readable():
            return read_all(ask, page=self._page)

    def change(self, number: int) -> ChangeHistory:
        """See the port; what refuses this request (a proxy on the way, say) is Transient, for SSH may answer."""
        try:
            with readable():
                for info in self._ask(f"change:{number:d}", 0, self._page)[0]:
                    if to_number(info, "_number") == number:
                        return to_history(self._row(info, 0, {}))
        except Permanent as error:
            raise Transient(str(error)) from error
        raise Permanent(f"change {number}: there is no such change, or our account can not see it")

    def _ask(self, query: str, start: int, size: int) -> tuple[list[Row], bool]:
        try:
            answer = self._rest.json(f"changes/?q={quote(query, safe='')}&n={size}&S={start}&{_OPTIONS}")
        except TooLarge as error:
            raise PageTooLong(f"an answer of Gerrit at {self._rest.web} is too long: {error}") from error
        except Absent:
            raise Misconfigured(
                f"there is no Gerrit at {self._rest.web}: see whether web of gerrit is the root of its pages"
            ) from None
        return read_infos(answer)

    def _row(self, info: Row, at: int, asked: _Asked) -> Row:
        messages = objects(info, "messages")
        authors = [to_author(message.get("author")) for message in messages]
        answers = self._username in authors
        telling = [
            message
            for author, message in zip(authors, messages, strict=True)
            if (answers or author in self._authors) and had_remarks(message, at)
        ]
        return as_row(info, self._rest.web, self._remarks(info, telling[-1], asked) if telling else {})

    def _remarks(self, info: Row, last: Row, asked: _Asked) -> Remarks:
        """The comments of a change, asked for once for each last message that had any."""
        key = (to_number(info, "_number"), to_text(last, "id"))
        if key not in asked:
            if len(asked) >= self._most_remarks:
                raise Transient(
                    f"more than {self._most_remarks} changes have comments on a patch set, which REST tells one change "
                    "at a time"
                )
            change = f"{quote(to_text(info, 'project'), safe='')}~{key[0]}"
            try:
                asked[key] = read_remarks(self._rest.json(f"changes/{change}/comments"))
            except Absent:  # deleted in between
                asked[key] = {}
        return asked[key]


def had_remarks(message: Row, at: int) -> bool:
    """Whether a message of this second or later came with comments on the patch set or on files."""
    return to_moment(message, "date") >= at and has_remarks(to_text(message, "message"))


def read_infos(answer: object) -> tuple[list[Row], bool]:
    """The changes of a query's answer, and whether there are more.  Raises MalformedEvent."""
    infos = objects({"changes": answer}, "changes")
    return infos, bool(infos) and infos[-1].get("_more_changes") is True


def read_remarks(answer: object) -> Remarks:
    """The comments on the patch set of an answer about a change's comments.  Raises MalformedEvent."""
    if not isinstance(answer, dict):
        raise MalformedEvent("comments are no object")
    found: dict[str, tuple[str, ...]] = {}
    for remark in objects(answer, _ON_PATCHSET):
        message = to_text(remark, "change_message_id")
        found[message] = (*found.get(message, ()), clean(to_text(remark, "message")))
    return found


def as_row(info: Row, web: str, remarks: Remarks) -> Row:
    """A change as REST shows it in the form in which ``gerrit query`` does.  Raises MalformedEvent.

    Its URL is the one that Gerrit gives to events where ``web`` is its canonical address.
    """
    project, number = to_text(info, "project"), to_number(info, "_number")
    current = _current(info)
    comments = [comment for message in objects(info, "messages") for comment in _comments(message, remarks)]
    return {
        **{key: info.get(key) for key in ("project", "branch", "subject", "status", "owner")},
        "number": number,
        "url": f"{web}/c/{project}/+/{number}",
        "private": info.get("is_private") is True,
        "lastUpdated": to_moment(info, "updated"),
        "comments": comments,
        "currentPatchSet": {"number": to_number(current, "_number"), "createdOn": to_moment(current, "created")},
    }


def _comments(message: Row, remarks: Remarks) -> Iterable[Row]:
    """A message, and each comment on the patch set that came with it as the stream shows that one."""
    said = {"timestamp": to_moment(message, "date"), "reviewer": message.get("author")}
    patchset = to_number(message, "_revision_number") if message.get("_revision_number") is not None else None
    yield {**said, "message": to_text(message, "message"), "patchset": patchset}
    for remark in remarks.get(to_text(message, "id"), ()):
        yield {**said, "message": as_streamed(to_text(message, "message"), remark), "patchset": patchset}


def _current(info: Row) -> Row:
    revisions, current = info.get("revisions"), to_text(info, "current_revision")
    revision = revisions.get(current) if isinstance(revisions, dict) else None
    if not isinstance(revision, dict):
        raise MalformedEvent("a change without its current patch set")
    return revision


def to_moment(owner: Row, key: str) -> int:
    """The second of a date of REST's, 0 where it is missing; MalformedEvent where it is something else."""
    text = to_text(owner, key)
    found = _DATE.fullmatch(text)
    if not text:
        return 0
    try:
        return int(datetime.fromisoformat(found[1]).replace(tzinfo=UTC).timestamp() if found else "")
    except ValueError:
        raise MalformedEvent(f"{key} is no date") from None


def objects(owner: Row, key: str) -> list[Row]:
    """The objects of a list that may be missing; MalformedEvent where it holds something else."""
    found = owner.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise MalformedEvent(f"{key} is no list of objects")
    return found
