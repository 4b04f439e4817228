"""The query language of the sandbox Gerrit: the operators that a daemon needs, with Gerrit's own error texts."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from gerritbot_er.sandbox.gerrit_changes import Change, Changes, Json

DEFAULT_LIMIT = 500
"""Changes in one answer unless ``limit:`` says fewer (Gerrit's queryLimit for everybody)."""

_TOKEN = re.compile(r'\s*(?:([()])|(-?)(?:([A-Za-z_]+):)?(?:"([^"]*)"|\{([^}]*)\}|([^\s()"{}]+)))')
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d(?::\d\d)?)(?:\.\d+)?)?(?: ([+-]\d{4}))?")
_SPAN = re.compile(r"(\d+) ?(s|sec|m|min|h|hr|hours?|d|days?|w|weeks?)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}

Matcher = Callable[[Change], bool]
Part = Literal["comments", "current-patch-set", "patch-sets"]


class QueryError(Exception):
    """A query that Gerrit answers with ``{"type":"error"}`` and exit status 0."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: which changes, and how many of them at most."""

    matches: Matcher
    limit: int


def parse(text: str, now: float) -> Query:
    """The query as a predicate over changes; ``now`` in epoch seconds is what ``age:`` counts from."""
    parser = _Parser(text, now)
    matches = parser.expression()
    parser.end()
    return Query(matches, parser.limit)


def answer(changes: Changes, query: Query, *, parts: frozenset[Part], start: int = 0) -> list[Json]:
    """The lines of the answer: changes, newest first, and the ``stats`` line."""
    with changes.updated:
        found = [change for change in changes.newest_first() if query.matches(change)]
        page = found[start : start + query.limit]
        lines = [_line(changes, change, parts) for change in page]
    more = len(found) > start + query.limit
    return [*lines, {"type": "stats", "rowCount": len(page), "runTimeMilliseconds": 1, "moreChanges": more}]


def _line(changes: Changes, change: Change, parts: frozenset[Part]) -> Json:
    line = changes.attribute(change)
    line |= {
        "hashtags": [],
        "createdOn": change.created,
        "lastUpdated": change.updated,
        "open": change.status == "NEW",
        "status": change.status,
    }
    if change.private:
        line["private"] = True
    if "comments" in parts:
        line["comments"] = [
            {"timestamp": message.timestamp, "reviewer": message.author.attribute(), "message": message.text}
            for message in change.messages
        ]
    if "current-patch-set" in parts:
        line["currentPatchSet"] = _current(changes, change)
    if "patch-sets" in parts:
        line["patchSets"] = [changes.patchset_attribute(change, patchset) for patchset in change.patchsets]
    return line


def _current(changes: Changes, change: Change) -> Json:
    patchset = change.patchsets[-1]
    shown = changes.patchset_attribute(change, patchset)
    votes: list[Json] = [
        {
            "type": vote.label,
            "description": vote.label,
            "value": str(vote.value),
            "grantedOn": vote.granted,
            "by": vote.by.attribute(),
        }
        for vote in patchset.votes.values()
        if vote.value
    ]
    sizes = {key: shown.pop(key) for key in ("sizeInsertions", "sizeDeletions")}
    return shown | ({"approvals": votes} if votes else {}) | sizes


class _Parser:
    """Recursive descent over ``OR``, then ``AND`` by juxtaposition, then ``NOT`` or ``-``."""

    def __init__(self, text: str, now: float) -> None:
        self.limit = DEFAULT_LIMIT
        self._now = now
        self._tokens = _tokens(text)
        self._at = 0
        self._length = len(text)

    def expression(self) -> Matcher:
        options = [self._conjunction()]
        while self._peek() == ("word", "", "OR"):
            self._at += 1
            options.append(self._conjunction())
        return options[0] if len(options) == 1 else lambda change: any(option(change) for option in options)

    def end(self) -> None:
        if self._peek() is not None:
            raise QueryError(f"line 1:{self._length} extraneous input ')' expecting <EOF>")

    def _peek(self) -> tuple[str, str, str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _conjunction(self) -> Matcher:
        terms = [self._term()]
        while (token := self._peek()) is not None and token not in (("word", "", "OR"), ("sign", "", ")")):
            if token == ("word", "", "AND"):
                self._at += 1
            terms.append(self._term())
        return terms[0] if len(terms) == 1 else lambda change: all(term(change) for term in terms)

    def _term(self) -> Matcher:
        token = self._peek()
        if token is None:
            raise QueryError(f"line 1:{self._length} no viable alternative at input '<EOF>'")
        self._at += 1
        if token in (("word", "", "NOT"), ("sign", "", "-")):
            negated = self._term()
            return lambda change: not negated(change)
        if token == ("sign", "", "("):
            inner = self.expression()
            if self._peek() != ("sign", "", ")"):
                raise QueryError(f"line 1:{self._length} mismatched input '<EOF>' expecting ')'")
            self._at += 1
            return inner
        return self._operator(token[1], token[2])

    def _operator(self, field: str, value: str) -> Matcher:
        if field == "limit":
            self.limit = _limit(value)
            return lambda _: True
        if field == "age":
            oldest = self._now - _span(value)
            return lambda change: change.updated <= oldest
        if field not in _OPERATORS:
            raise QueryError(f"Unsupported operator {field}:{value}")
        return _OPERATORS[field](value)


def _tokens(text: str) -> Sequence[tuple[str, str, str]]:
    tokens: list[tuple[str, str, str]] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise QueryError(f"line 1:{at} no viable alternative at character '{text[at]}'")
        sign, minus, field, quoted, braced, word = found.groups()
        at = found.end()
        if sign:
            tokens.append(("sign", "", sign))
            continue
        if minus:
            tokens.append(("sign", "", "-"))
        if not field and word and ":" in word:
            raise QueryError(f"Unsupported operator {word}")
        value = next(part for part in (quoted, braced, word) if part is not None)
        tokens.append(("word" if word is not None else "phrase", field or "", value))
    return tokens


def _limit(value: str) -> int:
    if not re.fullmatch(r"-?\d{1,9}", value):
        raise QueryError(f"Invalid limit: {value}")
    if int(value) <= 0:
        raise QueryError(f"limit must be positive: {value}")
    return int(value)


def _is_change(value: str) -> Matcher:
    if re.fullmatch(r"[1-9]\d*", value):
        return lambda change: change.number == int(value)
    if re.fullmatch(r"I[0-9a-f]{4,40}", value):
        return lambda change: change.change_id.startswith(value)
    raise QueryError("Invalid change format")


def _mentions(value: str) -> Matcher:
    """A bare word: a change's number or id, else a word of its subject."""
    try:
        return _is_change(value)
    except QueryError:
        return lambda change: value.lower() in change.subject.lower()


def _has_status(value: str) -> Matcher:
    match value:
        case "open" | "new" | "pending":
            return lambda change: change.status == "NEW"
        case "closed":
            return lambda change: change.status != "NEW"
        case "merged" | "abandoned":
            return lambda change: change.status == value.upper()
        case "private":
            return lambda change: change.private
    raise QueryError(f"Unrecognized value: {value}")


def _time(value: str) -> float:
    found = _DATE.fullmatch(value)
    if not found:
        raise QueryError(f"Invalid date format: {value}")
    day, clock, zone = found.groups()
    try:
        clock = f"{clock or '00:00:00'}:00"[:8]
        return datetime.strptime(f"{day} {clock} {zone or '+0000'}", "%Y-%m-%d %H:%M:%S %z").astimezone(UTC).timestamp()
    except ValueError:
        raise QueryError(f"Invalid date format: {value}") from None


def _after(value: str) -> Matcher:
    since = _time(value)
    return lambda change: change.updated >= since


def _before(value: str) -> Matcher:
    until = _time(value)
    return lambda change: change.updated <= until


def _span(value: str) -> float:
    found = _SPAN.fullmatch(value)
    if not found:
        raise QueryError(f"Invalid value: {value}")
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2][0]]).total_seconds()


_OPERATORS: dict[str, Callable[[str], Matcher]] = {
    "": _mentions,
    "change": _is_change,
    "project": lambda value: lambda change: change.project == value,
    "branch": lambda value: lambda change: change.branch == value.removeprefix("refs/heads/"),
    "owner": lambda value: lambda change: value in (change.owner.username, change.owner.email),
    "status": _has_status,
    "is": _has_status,
    "after": _after,
    "since": _after,
    "before": _before,
    "until": _before,
}
