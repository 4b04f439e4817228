r"""Gerrit's stream: bytes into lines, a line into an event.  Pure.

Facts about the peer (measured on Gerrit 3.10.2 and 3.13.5, and seen in events captured from older ones): one JSON
object a line, ended by ``\n`` alone (U+0085 and DEL stand raw inside lines); ``type`` and ``eventCreatedOn`` close
the object, older servers and plugins open it with ``type``; numbers were strings once; any field may be missing; the
``change`` of every event says ``"private":true`` where it is private, and nothing where it is not; an account that may
not see private changes hears of none of them, not even that one becomes private.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NoReturn

import orjson

from gerritbot_er.cleaning import clean, clean_line, clean_name
from gerritbot_er.model import (
    REPLY_PREFIX,
    Change,
    ChangeClosed,
    CommentAdded,
    DroppedOutput,
    Event,
    MadePrivate,
    PatchsetCreated,
)

MAX_LINE = 4 * 1024 * 1024
"""Bytes of a line that is still read; Gerrit's own limit on one comment is far below."""

TYPES = ("comment-added", "patchset-created", "change-merged", "change-abandoned", "private-state-changed")
"""The types to subscribe to; ``dropped-output`` comes by itself."""

_WANTED = frozenset(kind.encode() for kind in (*TYPES, "dropped-output"))
_MAX_NUMBER = 2**63 - 1
_LAST_SECOND = 253_402_300_799
"""The end of the year 9999; what is later, such as milliseconds, is no date that anything here can show."""
_LINE_LIMIT = 1000

# Inside a JSON string every quote is escaped, so neither pattern can begin in the text of a comment; the brace at the
# end of a line closes the outermost object, the one at its begin opens it, so neither is a nested object's "type".
_TYPE_LAST = re.compile(rb'"type":"([a-z-]+)","eventCreatedOn":[0-9]+\}\Z')
_TYPE_FIRST = re.compile(rb'\{"type":"([a-z-]+)",')
_TYPE = b'"type":"'
_TAIL = 120

_PLAIN_NAME = re.compile(r"[A-Za-z0-9._@+-]+")
_PREFIX = REPLY_PREFIX.encode()
_BEYOND_NAMES = re.compile(
    rb"\\(?:n(?i:%b)|u00(?:0[Aa]|2[BDEbde]|3[0-9Aa]|4[0-9A-Fa-f]|5[0-9AFaf]|6[1-9A-Fa-f]|7[0-9Aa]))" % _PREFIX
)
"""A line of a comment that answers us, or how JSON may write the letters of one, or of a plain name, otherwise.

No server writes them so; what Gson escapes is < > & = '."""
_COMMENT = b'"comment":"'
_FIRST_LINE = re.compile(rb'"comment"\s*:\s*"(?i:%b)' % _PREFIX)
"""An answer in a comment's first line, where old servers write nothing before it."""

_CHANGES_KEPT = 512
"""A change comes in many events; most of the time for an event went into cleaning the same names again."""


class MalformedEvent(ValueError):
    """A line that is no event: no JSON, no object, or a field of a wrong type."""


class Lines:
    """Cuts a stream of bytes into lines; a line over ``limit`` bytes is skipped up to the next newline.

    ``skipped`` counts those: each is a gap that only history can fill.
    """

    def __init__(self, limit: int = MAX_LINE) -> None:
        self.skipped = 0
        self._limit = limit
        self._parts: list[bytes] = []
        self._held = 0
        self._skipping = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that this chunk completes, without their newlines and without empty ones."""
        head, newline, rest = chunk.partition(b"\n")
        if not newline:
            self._hold(chunk)
            return []
        self._hold(head)
        *middle, tail = rest.split(b"\n")
        lines = [] if self._skipping else [b"".join(self._parts)]
        self._parts, self._held, self._skipping = [], 0, False
        for line in middle:
            if len(line) > self._limit:
                self.skipped += 1
            else:
                lines.append(line)
        self._hold(tail)
        return [line for line in lines if line and line != b"\r"]

    def _hold(self, part: bytes) -> None:
        if self._skipping or not part:
            return
        self._held += len(part)
        if self._held > self._limit:
            self.skipped += 1
            self._skipping, self._parts = True, []
        else:
            self._parts.append(part)


def quoted(accounts: Iterable[str]) -> tuple[bytes, ...]:
    """The usernames as they stand in a line; empty, which leaves nothing out, if one is not plain letters."""
    names = tuple(accounts)
    return tuple(f'"{name}"'.encode() for name in names) if all(map(_PLAIN_NAME.fullmatch, names)) else ()


def parse_event(line: bytes, authors: Sequence[bytes] = ()) -> Event | None:
    """The event of a line; None for a type that concerns nobody here.

    With ``authors`` (see quoted) comments on which none of these accounts stands and that hold no answer to us, however
    JSON spells it, are left out as well, most of those of others thus.  ``at`` is 0 where a server does not say when.
    Lines that concern nobody are not looked into.  Raises MalformedEvent.
    """
    kind = _type_of(line)
    if kind is not None and kind not in _WANTED:
        return None
    if kind == b"comment-added" and authors and not _may_concern(line, authors):
        return None
    return to_event(load_object(line))


def _type_of(line: bytes) -> bytes | None:
    """The type, where it can be told without looking into the line."""
    at = line.rfind(_TYPE, max(0, len(line) - _TAIL))
    found = _TYPE_LAST.match(line, at) if at >= 0 else None
    found = found or _TYPE_FIRST.match(line)
    return found[1] if found else None


def _may_concern(line: bytes, authors: Sequence[bytes]) -> bool:
    """Whether one of these usernames, or an answer to us, may stand on the line."""
    for name in authors:
        if name in line:
            return True
    if _BEYOND_NAMES.search(line):
        return True
    at = line.find(_COMMENT)
    if at < 0:
        return _FIRST_LINE.search(line) is not None
    return _FIRST_LINE.match(line, at) is not None


def load_object(line: bytes) -> dict[str, object]:
    """The JSON object of a line, of an event or of a query's answer; MalformedEvent where there is none."""
    value = load_json(line)
    if not isinstance(value, dict):
        raise MalformedEvent("a line holds no JSON object")
    return value


def load_json(text: bytes) -> object:
    """The JSON value of a text; MalformedEvent where there is none.

    A text that holds half of a character (a lone surrogate, or bytes that are no UTF-8) is read all the same:
    cleaning it is the business of the field that needs it.
    """
    try:
        value: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = _load_leniently(text)
    return value


def _load_leniently(line: bytes) -> object:
    try:
        return json.loads(line.decode("utf-8", "replace"), parse_constant=_no_constant)
    except RecursionError:
        raise MalformedEvent("a line is nested too deeply") from None
    except ValueError as error:
        raise MalformedEvent(f"a line is no JSON: {clean_line(str(error), 200)}") from None


def _no_constant(name: str) -> NoReturn:
    raise MalformedEvent(f"{name} is no JSON")


def to_event(event: Mapping[str, object]) -> Event | None:
    """The event of a JSON object; None for a type that concerns nobody here.  Raises MalformedEvent."""
    kind = event.get("type")
    if not isinstance(kind, str):
        raise MalformedEvent("an event without a type")
    if kind == "comment-added":
        return CommentAdded(
            to_change(_object(event, "change")),
            to_number(_object(event, "patchSet"), "number"),
            to_author(event.get("author")),
            clean(to_text(event, "comment")),
            to_second(event, "eventCreatedOn"),
        )
    if kind == "patchset-created":
        return PatchsetCreated(
            to_change(_object(event, "change")),
            to_number(_object(event, "patchSet"), "number"),
            to_second(event, "eventCreatedOn"),
        )
    if kind in ("change-merged", "change-abandoned"):
        return ChangeClosed(to_change(_object(event, "change"), closed=True), to_second(event, "eventCreatedOn"))
    if kind == "private-state-changed":
        changed = to_change(_object(event, "change"))
        return MadePrivate(changed, to_second(event, "eventCreatedOn")) if changed.private else None
    if kind == "dropped-output":
        return DroppedOutput(to_second(event, "eventCreatedOn"))
    return None


def to_change(change: Mapping[str, object], *, closed: bool = False) -> Change:
    """The change of an event's ``change`` or of a query's row; ``closed`` where the event's type says so."""
    return _change(
        to_number(change, "number"),
        to_text(change, "project"),
        to_text(change, "branch"),
        to_text(change, "url"),
        to_text(change, "subject"),
        to_author(change.get("owner")),
        private=change.get("private") is True,
        closed=closed or change.get("status") in ("MERGED", "ABANDONED") or change.get("open") is False,
    )


@lru_cache(_CHANGES_KEPT)
def _change(  # noqa: PLR0917 - keywords cost a cache as much as the search
    number: int, project: str, branch: str, url: str, subject: str, owner: str, *, private: bool, closed: bool
) -> Change:
    return Change(
        number=number,
        project=clean_name(project),
        branch=clean_name(branch),
        url=clean_name(url),
        subject=clean_line(subject, _LINE_LIMIT),
        owner=owner,
        private=private,
        open=not closed,
    )


def to_author(account: object) -> str:
    """The username of an account; "" where it has none, or where there is no account."""
    if account is None:
        return ""
    if not isinstance(account, dict):
        raise MalformedEvent("an account is no object")
    return clean_name(to_text(account, "username"))


def to_text(owner: Mapping[str, object], key: str) -> str:
    """The text at a key, "" where it is missing; MalformedEvent where it is something else."""
    value = owner.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedEvent(f"{key} is no text")
    return value


def to_number(owner: Mapping[str, object], key: str) -> int:
    """The positive whole number at a key, which old servers wrote as text; MalformedEvent where it is none."""
    value = owner.get(key)
    if isinstance(value, str) and len(value) < 20 and value.isascii() and value.isdigit():  # noqa: PLR2004 - 2**63
        value = int(value)
    if type(value) is not int or not 0 < value <= _MAX_NUMBER:  # true is an int as well
        raise MalformedEvent(f"{key} is no number")
    return value


def to_second(owner: Mapping[str, object], key: str) -> int:
    """The UTC second at a key, 0 where it is missing; MalformedEvent where it is something else."""
    second = 0 if owner.get(key) in (None, 0) else to_number(owner, key)
    if second > _LAST_SECOND:
        raise MalformedEvent(f"{key} is no second of a date")
    return second


def _object(owner: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = owner.get(key)
    if not isinstance(value, dict):
        raise MalformedEvent(f"{key} is no object")
    return value
