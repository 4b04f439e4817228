"""Gerrit's own record of what was said, read with ``gerrit query`` over SSH to catch up and to prove a post.

Facts about the peer (Gerrit 3.10.2, 3.13.5): errors come with exit 0 as an object of type ``error``; the last line
is an object of type ``stats``; ``after:`` is inclusive, in whole seconds, and means a change's last update, which
every comment moves; the answer is newest first, so changes that are updated meanwhile shift the pages; comments have
no patch set but in their first line, and the same text as in the stream, unless a review held a comment on the patch
set (file ``/PATCHSET_LEVEL``): then the stream shows that one in the place of the message, and the query shows it
beside, without a date; of patch sets that were replaced it shows them with ``--patch-sets`` alone, which costs the
server a look at each of them; a private change is told of to those who may see it, to others it is not there.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from gerritbot_er.cleaning import clean, clean_line
from gerritbot_er.errors import Permanent, Transient
from gerritbot_er.model import Change, ChangeClosed, ChangeHistory, CommentAdded, Event, MadePrivate, PatchsetCreated

from .events import MalformedEvent, load_object, to_author, to_change, to_number, to_second, to_text
from .paged_changes import PAGE, Listed, PageTooLong, read_all
from .ssh import Connection, TooLong

REPLACED_AT_ONCE = 20
"""Changes that are asked for with the patch sets that were replaced, in one request."""

_QUERY = "gerrit query --format=JSON --comments --current-patch-set"
_PATCHSET = re.compile(r"(?:Uploaded patch set|Patch Set) ([0-9]{1,9})\b")
_COUNT = re.compile(r"\n\n\([0-9]+ comments?\)(?:\n|\Z)")
"""What Gerrit puts into a message whose review held comments on the patch set or on files."""
_ON_PATCHSET = "/PATCHSET_LEVEL"

log = logging.getLogger(__name__)

Row = Mapping[str, object]
Page = tuple[list[Row], bool]


class GerritHistory:
    """``ports.History`` over SSH."""

    def __init__(
        self, connection: Connection, *, username: str | None = None, timeout: float = 120.0, page: int = PAGE
    ) -> None:
        """``timeout`` seconds are for one request, of ``page`` changes at most.

        Where our own account ``username`` has spoken, people answer: also on a patch set that was replaced meanwhile.
        """
        self._connection = connection
        self._username = username
        self._timeout = timeout
        self._page = page

    def since(self, at: int) -> Iterable[Event]:
        """See the port; everything is read before the first event is given, so that a failure gives none.

        A patch set counts by when it was made, a closed change by its last update; of several patch sets that a
        change got meanwhile only the last is known.
        """

        def ask(start: int, size: int) -> tuple[list[Listed], bool]:
            rows, more = self._ask(f"--start {start} limit:{size} '{after(at)}'")
            return [to_listed(row, at) for row in self._with_replaced(rows, at)], more

        with readable():
            return read_all(ask, page=self._page)

    def change(self, number: int) -> ChangeHistory:
        with readable():
            for row in self._ask(f"limit:{self._page} change:{number:d}")[0]:
                if _number(row) == number:
                    return to_history(row)
        raise Permanent(f"change {number}: there is no such change, or our account can not see it")

    def _with_replaced(self, rows: Sequence[Row], at: int) -> Sequence[Row]:
        """The same changes, with all of their patch sets where somebody may have answered us on a replaced one."""
        numbers = [_number(row) for row in rows if has_answers_before(row, self._username, at)]
        whole: dict[int, Row] = {}
        for start in range(0, len(numbers), REPLACED_AT_ONCE):
            some = numbers[start : start + REPLACED_AT_ONCE]
            wanted = " OR ".join(f"change:{number:d}" for number in some)
            try:
                whole |= {_number(row): row for row in self._ask(f"--patch-sets limit:{len(some)} '({wanted})'")[0]}
            except PageTooLong as error:
                log.warning("answers on replaced patch sets of %d changes are not read: %s", len(some), error)
        return [whole.get(_number(row), row) for row in rows]

    def _ask(self, arguments: str) -> Page:
        try:
            answer = self._connection.run(f"{_QUERY} {arguments}", timeout=self._timeout)
        except TooLong as error:
            raise PageTooLong(str(error)) from error
        if answer.status != 0:
            raise Transient(f"Gerrit's query failed: {answer.complaint}")
        return read_page(answer.stdout)


def after(at: int) -> str:
    """The query for changes that were updated in this second or later."""
    return datetime.fromtimestamp(max(at, 0), UTC).strftime('after:"%Y-%m-%d %H:%M:%S +0000"')


@contextmanager
def readable() -> Iterator[None]:
    """Turns MalformedEvent into Transient."""
    try:
        yield
    except MalformedEvent as error:
        raise Transient(f"Gerrit's answer to the query can not be read: {error}") from error


def read_page(answer: bytes) -> Page:
    """The changes of a query's answer, and whether there are more.

    Raises Transient where the answer is an error of the server or was cut, MalformedEvent where it is no answer.
    """
    objects = [load_object(line) for line in answer.split(b"\n") if line.strip()]
    for found in objects:
        if found.get("type") == "error":
            raise Transient(f"Gerrit refuses the query: {clean_line(str(found.get('message')), 300)}")
    if not objects or objects[-1].get("type") != "stats" or objects[-1].get("rowCount") != len(objects) - 1:
        raise Transient("Gerrit's answer to the query was cut")
    return list(objects[:-1]), objects[-1].get("moreChanges") is True


def to_events(rows: Iterable[Row]) -> list[Event]:
    """What the changes tell, oldest first; within a second in the order of each change's own record."""
    events: list[Event] = []
    for row in rows:
        history = to_history(row)
        events.append(PatchsetCreated(history.change, history.patchset, _patchset_made(row)))
        events.extend(history.comments)
        if not history.change.open:
            events.append(ChangeClosed(history.change, to_second(row, "lastUpdated")))
        if history.change.private:
            events.append(MadePrivate(history.change, to_second(row, "lastUpdated")))
    return sorted(events, key=lambda event: event.at)


def to_listed(row: Row, at: int) -> Listed:
    """A change with its events from this second on: what is older is not kept in memory."""
    events = tuple(event for event in to_events([row]) if event.at >= at)
    comments = row.get("comments")
    said = len(comments) if isinstance(comments, list) else 0
    stamp = (to_second(row, "lastUpdated"), to_number(_current(row), "number"), row.get("status") == "NEW", said)
    return Listed(_number(row), stamp, events)


def to_history(row: Row) -> ChangeHistory:
    """A change of a query's answer; MalformedEvent where a field is of a wrong type."""
    change = to_change(row)
    patchset = to_number(_current(row), "number")
    messages = tuple(_messages(row, change, patchset))
    held = [one for one in messages if has_remarks(one.text)]
    patchsets = {to_number(one, "number"): one for one in (*_objects(row, "patchSets"), _current(row))}
    remarks = [
        remark
        for number, one in patchsets.items()
        for remark in _remarks(one, [message for message in held if message.patchset == number])
    ]
    return ChangeHistory(change, patchset, tuple(sorted((*messages, *remarks), key=lambda one: one.at)))


def has_answers_before(row: Row, username: str | None, at: int) -> bool:
    """Whether a change on which this account spoke has comments of this second or later on a replaced patch set."""
    change, current = to_change(row), to_number(_current(row), "number")
    messages = list(_messages(row, change, current))
    spoken = any(message.author == username for message in messages)
    return spoken and any(m.at >= at and m.patchset < current and has_remarks(m.text) for m in messages)


def has_remarks(message: str) -> bool:
    """Whether the review of this message held comments on the patch set or on files."""
    return _COUNT.search(message) is not None


def as_streamed(message: str, remark: str) -> str:
    """A comment on the patch set as the stream shows it, in the place of the message of its review."""
    return "\n\n".join((message.partition("\n")[0], remark))


def _messages(row: Row, change: Change, current: int) -> Iterator[CommentAdded]:
    """The messages, each on its patch set: the one of REST, else of its first line, else the last uploaded before."""
    latest = None
    for comment in _objects(row, "comments"):
        text = clean(to_text(comment, "message"))
        found = _PATCHSET.match(text)
        number = to_number(comment, "patchset") if comment.get("patchset") else int(found[1]) if found else 0
        patchset = number if 0 < number <= current else None
        if patchset and text.startswith("Uploaded"):
            latest = patchset
        at = to_second(comment, "timestamp")
        yield CommentAdded(change, patchset or latest or current, to_author(comment.get("reviewer")), text, at)


def _remarks(patchset: Row, messages: Sequence[CommentAdded]) -> Iterator[CommentAdded]:
    """The comments on a patch set, which have no date, each with that of its message.

    An author with as many of them as of messages that had comments wrote one in each; where the numbers differ nobody
    can tell which is whose, and a wrong date could make one report two.
    """
    remarks = [one for one in _objects(patchset, "comments") if one.get("file") == _ON_PATCHSET]
    for author in dict.fromkeys(message.author for message in messages):
        theirs = [one for one in remarks if to_author(one.get("reviewer")) == author]
        own = [message for message in messages if message.author == author]
        if len(theirs) == len(own):
            for message, remark in zip(own, theirs, strict=True):
                yield replace(message, text=as_streamed(message.text, clean(to_text(remark, "message"))))


def _objects(owner: Row, key: str) -> Iterator[Row]:
    """The objects of a list that may be missing."""
    found = owner.get(key, [])
    if not isinstance(found, list):
        raise MalformedEvent(f"{key} is no list")
    for one in found:
        if not isinstance(one, dict):
            raise MalformedEvent(f"{key} holds what is no object")
        yield one


def _current(row: Row) -> Row:
    patchset = row.get("currentPatchSet")
    if not isinstance(patchset, dict):
        raise MalformedEvent("currentPatchSet is no object")
    return patchset


def _patchset_made(row: Row) -> int:
    return to_second(_current(row), "createdOn")


def _number(row: Row) -> int:
    return to_number(row, "number")
