"""Gerrit's own record of what was said, read with ``gerrit query`` over SSH to catch up and to prove a post.

Facts about the peer (Gerrit 3.10.2, 3.13.5): errors come with exit 0 as an object of type ``error``; the last line
is an object of type ``stats``; ``after:`` is inclusive, in whole seconds, and means a change's last update, which
every comment moves; the answer is newest first, so changes that are updated meanwhile shift the pages; comments have
no patch set but in their first line, and the same text as in the stream, unless a review held a comment on the patch
set besides its message (then the stream shows only the former, history only the latter).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from gerritbot_er.cleaning import clean, clean_line
from gerritbot_er.errors import Permanent, Transient
from gerritbot_er.model import Change, ChangeClosed, ChangeHistory, CommentAdded, Event, PatchsetCreated

from .events import MalformedEvent, load_object, to_author, to_change, to_number, to_second, to_text
from .ssh import Connection

PAGE = 100
_MAX_ROUNDS = 20
_QUERY = "gerrit query --format=JSON --comments --current-patch-set"
_PATCHSET = re.compile(r"(?:Uploaded patch set|Patch Set) ([0-9]{1,9})\b")

Row = Mapping[str, object]
Page = tuple[list[Row], bool]


class GerritHistory:
    """``ports.History`` over SSH."""

    def __init__(self, connection: Connection, *, timeout: float = 120.0, page: int = PAGE) -> None:
        """``timeout`` seconds are for one request, of ``page`` changes at most."""
        self._connection = connection
        self._timeout = timeout
        self._page = page

    def since(self, at: int) -> Iterable[Event]:
        """See the port; everything is read before the first event is given, so that a failure gives none.

        A patch set counts by when it was made, a closed change by its last update; of several patch sets that a
        change got meanwhile only the last is known.
        """
        after = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S +0000")
        with _readable():
            rows = self._changed(f"limit:{self._page} 'after:\"{after}\"'")
            return [event for event in to_events(rows) if event.at >= at]

    def change(self, number: int) -> ChangeHistory:
        with _readable():
            for row in self._ask(f"limit:{self._page} change:{number:d}")[0]:
                if _number(row) == number:
                    return to_history(row)
        raise Permanent(f"change {number}: there is no such change, or our account can not see it")

    def _changed(self, query: str) -> Iterable[Row]:
        """All changes of the query, each in its newest state.

        One page can not shift.  Of several, a change that moves to the front while later ones are read is missed, so
        the front is read again until one page of it shows a change that is known: behind it all is known.
        """
        seen: dict[int, Row] = {}
        end_was_read = False
        for _ in range(_MAX_ROUNDS):
            start = 0
            while True:
                rows, more = self._ask(f"--start {start} {query}")
                meets_known = end_was_read and any(seen.get(_number(row)) == row for row in rows)
                seen |= {_number(row): row for row in rows}
                if meets_known or not more or not rows:
                    break
                start += len(rows)
            if start == 0:
                return seen.values()
            end_was_read = True
        raise Transient("Gerrit's changes move faster than they can be read")

    def _ask(self, arguments: str) -> Page:
        answer = self._connection.run(f"{_QUERY} {arguments}", timeout=self._timeout)
        if answer.status != 0:
            raise Transient(f"Gerrit's query failed: {answer.complaint}")
        return read_page(answer.stdout)


@contextmanager
def _readable() -> Iterator[None]:
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
    return sorted(events, key=lambda event: event.at)


def to_history(row: Row) -> ChangeHistory:
    """A change of a query's answer; MalformedEvent where a field is of a wrong type."""
    change = to_change(row)
    patchset = to_number(_current(row), "number")
    return ChangeHistory(change, patchset, tuple(_comments(row, change, patchset)))


def _comments(row: Row, change: Change, current: int) -> Iterator[CommentAdded]:
    """The comments, each on the patch set of its first line, else on the last that was uploaded before it."""
    comments = row.get("comments", [])
    if not isinstance(comments, list):
        raise MalformedEvent("comments is no list")
    latest = None
    for comment in comments:
        if not isinstance(comment, dict):
            raise MalformedEvent("a comment is no object")
        text = clean(to_text(comment, "message"))
        found = _PATCHSET.match(text)
        patchset = int(found[1]) if found and 0 < int(found[1]) <= current else None
        if patchset and text.startswith("Uploaded"):
            latest = patchset
        at = to_second(comment, "timestamp")
        yield CommentAdded(change, patchset or latest or current, to_author(comment.get("reviewer")), text, at)


def _current(row: Row) -> Row:
    patchset = row.get("currentPatchSet")
    if not isinstance(patchset, dict):
        raise MalformedEvent("currentPatchSet is no object")
    return patchset


def _patchset_made(row: Row) -> int:
    return to_second(_current(row), "createdOn")


def _number(row: Row) -> int:
    return to_number(row, "number")
