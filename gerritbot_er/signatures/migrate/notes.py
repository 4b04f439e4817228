"""What there is to say about a query that is brought over: what was changed, or why it cannot be."""

from dataclasses import dataclass
from enum import StrEnum

from gerritbot_er.errors import GerritbotError


class Rule(StrEnum):
    """The kinds of changes, and of reasons for none."""

    FOLDED = "folded-event"
    NOT_OF_LINE = "not-of-a-line"
    FOLDED_TAG = "multiline-tag"
    BARE_NAME = "bare-filename"
    CONSOLE = "console"
    RENAMED_FILE = "renamed-file"
    RENAMED_FIELD = "renamed-field"
    HEADER = "in-the-message"
    QUOTED = "quoted-value"
    WHOLE_VALUE = "whole-value"
    SLASH = "slash"
    SHORT_UUID = "short-uuid"
    STATUS = "build-status"
    VOTING = "voting"
    IDLE = "idle-clause"
    WHOLE_FILES = "whole-files"
    # reasons
    UNREADABLE = "unreadable"
    NO_QUERY = "no-query"
    NO_FIELD = "no-such-field"
    NOT_TODAY = "not-today"
    NOTHING_LEFT = "nothing-left"
    TOO_MANY = "too-many-lines"


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """What was changed, or finds more than it did, at an offset of the query."""

    at: int
    rule: Rule
    message: str


class CannotCarry(GerritbotError):
    """A query that cannot be carried over: where, why, and what its author can do."""

    def __init__(self, at: int, rule: Rule, message: str) -> None:
        super().__init__(message)
        self.note = Note(at, rule, message)
