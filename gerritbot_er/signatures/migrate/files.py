"""An elastic-recheck signature file → one for logs of one document per line, and what was changed in it; pure.

A file of which nothing has to change is carried over byte for byte, and of others all but the query is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gerritbot_er.signatures.file_format import SIGNATURE_FILE
from gerritbot_er.signatures.lucene import QueryError
from gerritbot_er.typed_yaml import YamlDocument, YamlProblems, check, read_yaml

from .lines import EVENT_LINES
from .notes import CannotCarry, Note, Rule
from .query import carry_over
from .yaml_text import entry_of, with_queries


class Outcome(StrEnum):
    """What became of a file."""

    UNCHANGED = "unchanged"
    MENDED = "mended"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Remark:
    """What was changed, or why nothing could be; ``line`` and ``column`` of the old file, from 1."""

    line: int
    column: int
    rule: Rule
    message: str


@dataclass(frozen=True, slots=True)
class Migrated:
    """A file brought over: its new ``text``, "" where it was refused, and what there is to say."""

    outcome: Outcome
    text: str
    remarks: tuple[Remark, ...]


def migrate(text: str, file: str) -> Migrated:
    """The file for an index of today."""
    try:
        document = read_yaml(text, file)
        entry = check(document, SIGNATURE_FILE)
    except YamlProblems as error:
        return unreadable(error)
    if entry.compound or not entry.query:
        return Migrated(Outcome.UNCHANGED, text, ())
    try:
        carried = carry_over(entry.query)
    except CannotCarry as error:
        return _refused(_remarks(document, [error.note]))
    except QueryError as error:
        return _refused(_remarks(document, [Note(error.offset, Rule.NO_QUERY, error.message)]))
    remarks = _remarks(document, carried.notes)
    if not carried.queries:
        return Migrated(Outcome.UNCHANGED, text, remarks)
    written = with_queries(document, carried.queries, EVENT_LINES)
    if written is None or not _says(written, document, carried.queries):
        said = "the query cannot be replaced where it stands; write it as a block below a line query: >-"
        return _refused(_remarks(document, [Note(0, Rule.UNREADABLE, said)]))
    return Migrated(Outcome.MENDED, written, remarks)


def unreadable(error: YamlProblems) -> Migrated:
    """A file that is refused as it cannot be read."""
    return _refused(Remark(one.line, one.column, Rule.UNREADABLE, one.message) for one in error.problems)


def _refused(remarks: Iterable[Remark]) -> Migrated:
    return Migrated(Outcome.REFUSED, "", tuple(remarks))


def _remarks(document: YamlDocument, notes: Iterable[Note]) -> tuple[Remark, ...]:
    return tuple(Remark(*document.within(("query",), note.at), note.rule, note.message) for note in notes)


def _says(text: str, old: YamlDocument, queries: tuple[str, ...]) -> bool:
    """Whether the file that was written reads as it should: as the old one, but for its queries."""
    kept = {key: value for key, value in old.data.items() if key != "query"} if isinstance(old.data, dict) else {}
    try:
        new = read_yaml(text, old.file)
        check(new, SIGNATURE_FILE)
    except YamlProblems:
        return False
    return new.data == {**kept, **entry_of(queries, EVENT_LINES)}
