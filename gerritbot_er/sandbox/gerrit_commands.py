"""What the commands of the sandbox Gerrit do: ``version``, ``stream-events``, ``query``, ``review``, ``ls-members``.

Answers, error texts and exit statuses were measured on a real Gerrit 3.10.2.
"""

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gerritbot_er.sandbox import gerrit_query, gson
from gerritbot_er.sandbox.gerrit_changes import Account, Changes, Refused
from gerritbot_er.sandbox.gerrit_ssh import ExecChannel
from gerritbot_er.sandbox.gerrit_streams import Streams

VERSION = "3.10.2"

_NOTIFY = ("NONE", "OWNER", "OWNER_REVIEWERS", "ALL")
_GONE_CHECK_SECONDS = 0.5
_PARTS: Mapping[str, gerrit_query.Part] = {
    "--comments": "comments",
    "--current-patch-set": "current-patch-set",
    "--patch-sets": "patch-sets",
}


class Fatal(Exception):
    """Ends a command with this text on stderr and exit status 1."""


@dataclass(slots=True)
class Troubles:
    """Faults on cue. Delays are seconds; each stays until it is set back."""

    refuse_auth: bool = False
    review_delay_before: float = 0.0
    """Before a review is applied."""
    review_delay_after: float = 0.0
    """After it was applied, before the command ends."""
    review_survives_disconnect: bool = False
    """Whether a review is applied though its client went during the first delay (a real Gerrit promises neither)."""
    no_exit_status: bool = False
    """Commands close their channel without an exit status, after doing their work."""
    query_answer: bytes | None = None
    """These bytes instead of the answer to a query."""
    query_exit: int = 0


@dataclass(frozen=True, slots=True)
class ReviewInput:
    """The fields of Gerrit's ReviewInput that the sandbox minds; all others are ignored, as unknown ones are there."""

    message: str = ""
    tag: str | None = None
    labels: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A group of accounts; who is no member sees who is in it only if it is ``visible``."""

    members: tuple[Account, ...]
    visible: bool


class Commands:
    """Runs one command line for an account."""

    def __init__(
        self,
        changes: Changes,
        streams: Streams,
        account: Callable[[str], Account],
        groups: Mapping[str, Group],
        troubles: Troubles,
        *,
        now: Callable[[], float],
        closing: threading.Event,
    ) -> None:
        self._changes = changes
        self._streams = streams
        self._account = account
        self._groups = groups
        self._troubles = troubles
        self._now = now
        self._closing = closing

    def run(self, channel: ExecChannel) -> int | None:
        """The command of this channel, its output included; the exit status, None to close without one."""
        try:
            status = self._dispatch(channel, split(channel.command))
        except Fatal as fatal:
            channel.err(f"{fatal}\n")
            status = 1
        return None if self._troubles.no_exit_status else status

    def _dispatch(self, channel: ExecChannel, words: list[str]) -> int:
        account = self._account(channel.username)
        match words:
            case ["gerrit", "version"]:
                channel.out(f"gerrit version {VERSION}\n".encode())
                return 0
            case ["gerrit", "stream-events", *arguments]:
                return self._stream_events(channel, account, arguments)
            case ["gerrit", "query", *arguments]:
                return self._query(channel, arguments)
            case ["gerrit", "review", *arguments]:
                return self._review(channel, account, arguments)
            case ["gerrit", "ls-members", *arguments]:
                return self._ls_members(channel, account, arguments)
            case ["gerrit", name, *_]:
                raise Fatal(f"fatal: gerrit: {name}: not found")
            case [name, *_]:
                raise Fatal(f"fatal: Gerrit Code Review: {name}: not found")
        raise Fatal("fatal: No command given")

    def _stream_events(self, channel: ExecChannel, account: Account, arguments: list[str]) -> int:
        types: set[str] = set()
        rest = iter(arguments)
        for argument in rest:
            if argument not in ("-s", "--subscribe"):
                raise Fatal(f'fatal: "{argument}" is not a valid option')
            value = next(rest, None)
            if value is None:
                raise Fatal('fatal: Option "--subscribe (-s)" takes an operand')
            types.add(value)
        if not account.stream_events:
            raise Fatal("stream events not permitted")
        stream = self._streams.open(account.username, frozenset(types))
        try:
            # A client that goes while nothing happens is noticed between two events, as there is nothing to write.
            while not channel.gone and (batch := stream.take(_GONE_CHECK_SECONDS)) is not None:
                if batch:
                    channel.out(batch)
        finally:
            self._streams.forget(stream)
        return 0

    def _query(self, channel: ExecChannel, arguments: list[str]) -> int:
        if self._troubles.query_answer is not None:
            channel.out(self._troubles.query_answer)
            return self._troubles.query_exit
        parts, start, text = _query_arguments(arguments)
        try:
            query = gerrit_query.parse(text, self._now())
            lines = gerrit_query.answer(self._changes, query, parts=parts, start=start)
        except gerrit_query.QueryError as error:
            lines = [{"type": "error", "message": str(error)}]
        channel.out(b"".join(gson.line(line) for line in lines))
        return 0

    def _review(self, channel: ExecChannel, account: Account, arguments: list[str]) -> int:
        targets = [word for word in arguments if not word.startswith("-")]
        for option in arguments:
            if option.startswith("-") and option not in ("--json", "-j"):
                raise Fatal(f'fatal: "{option}" is not a valid option')
        if not targets:
            raise Fatal('fatal: Argument "{COMMIT | CHANGE,PATCHSET}" is required')
        reviewed = [self._target(word) for word in targets]
        review = _review_input(channel.stdin()) if "--json" in arguments or "-j" in arguments else ReviewInput()
        self._closing.wait(self._troubles.review_delay_before)
        if channel.gone and not self._troubles.review_survives_disconnect:
            return 1
        refused = ""
        for number, patchset in reviewed:
            try:
                self._changes.review(
                    account, number, patchset, message=review.message, votes=review.labels or {}, tag=review.tag
                )
            except Refused as error:
                refused += f"error: {error}\n\n"
        self._closing.wait(self._troubles.review_delay_after)
        if refused:
            raise Fatal(f"{refused}fatal: one or more reviews failed; review output above")
        return 0

    def _ls_members(self, channel: ExecChannel, account: Account, arguments: list[str]) -> int:
        names = [word for word in arguments if word != "--recursive"]
        for option in names:
            if option.startswith("-"):
                raise Fatal(f'fatal: "{option}" is not a valid option')
        if not names:
            raise Fatal('fatal: Argument "GROUPNAME" is required')
        group = self._groups.get(names[0])
        if group is None:
            channel.out(b"Group not found or not visible\n")
            return 0
        seen = [member for member in group.members if group.visible or member == account]
        rows = [("id", "username", "full name", "email"), *(_member(member) for member in seen)]
        channel.out("".join("\t".join(row) + "\n" for row in rows).encode())
        return 0

    def _target(self, word: str) -> tuple[int, int]:
        found = re.fullmatch(r"([1-9]\d*),([1-9]\d*)", word)
        if not found:
            raise Fatal(f'fatal: "{word}" is not a valid patch set')
        try:
            self._changes.patchset(int(found[1]), int(found[2]))
        except Refused as error:
            raise Fatal(f"fatal: {error}") from None
        return int(found[1]), int(found[2])


def _member(account: Account) -> tuple[str, str, str, str]:
    return "1000001", account.username, account.name.replace("\t", "\\t"), account.email


def split(command: str) -> list[str]:
    """A command line into words as Gerrit does it: quotes, backslash outside of single ones, empty words dropped."""
    words: list[str] = []
    word = ""
    quote = ""
    characters = iter(command)
    for character in characters:
        if character in (" ", "\t") and not quote:
            words.append(word)
            word = ""
        elif character in ("'", '"') and quote in ("", character):
            quote = "" if quote else character
        elif character == "\\" and quote != "'":
            word += next(characters, "\\")
        else:
            word += character
    return [word for word in [*words, word] if word]


def _query_arguments(arguments: list[str]) -> tuple[frozenset[gerrit_query.Part], int, str]:
    parts: set[gerrit_query.Part] = set()
    start = "0"
    as_json = False
    terms: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        name, _, value = argument.partition("=")
        if name == "--format":
            as_json = (value or next(rest, "")) == "JSON"
        elif name in ("--start", "-S"):
            start = value or next(rest, "")
        elif argument in _PARTS:
            parts.add(_PARTS[argument])
        elif argument == "--":
            terms.extend(rest)
        elif argument.startswith("-"):
            raise Fatal(f'fatal: "{argument}" is not a valid option')
        else:
            terms.append(argument)
    if not terms:
        raise Fatal('fatal: Argument "QUERY" is required')
    if not start.isdecimal():
        raise Fatal(f'fatal: "{start}" is not a valid value for "--start (-S)"')
    if not as_json:
        raise Fatal("fatal: the sandbox answers queries with --format=JSON only")
    return frozenset(parts), int(start), " ".join(terms)


def _review_input(data: bytes) -> ReviewInput:
    """The review on stdin; an empty one is a review of nothing."""
    text = data.decode("utf-8", "replace").strip()
    if not text:
        return ReviewInput()
    try:
        read = json.loads(text)
        fault = _fault(read)
        votes = {} if fault else {str(label): int(value) for label, value in (read.get("labels") or {}).items()}
    except (ValueError, TypeError, RecursionError) as error:
        fault = str(error)
    if fault:
        raise Fatal(f"error: {fault}\n\nfatal: internal error while reading review input")
    message, tag = read.get("message"), read.get("tag")
    # Gson reads a number as text.
    return ReviewInput("" if message is None else str(message), None if tag is None else str(tag), votes)


def _fault(read: object) -> str:
    """What Gerrit's JSON reader would not take of a review; empty if nothing."""
    if not isinstance(read, dict):
        found = "BEGIN_ARRAY" if isinstance(read, list) else "STRING"
        return f"java.lang.IllegalStateException: Expected BEGIN_OBJECT but was {found} at line 1 column 1 path $"
    if read.get("notify") not in (None, *_NOTIFY):
        return "Expected an existing value for enum com.google.gerrit.extensions.api.changes.NotifyHandling."
    if not isinstance(read.get("labels") or {}, dict):
        return "java.lang.IllegalStateException: Expected BEGIN_OBJECT at path $.labels"
    return ""
