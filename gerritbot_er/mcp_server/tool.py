"""A tool: what it is asked and answers as JSON schemas, and how a call of it is read and run; it knows no protocol."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from gerritbot_er.cleaning import clean_line
from gerritbot_er.errors import Permanent
from gerritbot_er.web.sources import Stored

from .condition import Daemon

_LONGEST = 300
_FAULTS = 5


@dataclass(frozen=True, slots=True)
class Room:
    """What tools read: what is stored, and what is known of the daemon."""

    stored: Stored
    daemon: Daemon


Rooms = Callable[[], AbstractContextManager[Room]]
"""Opens what tools read, as it is now."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """An answer: the structure, and the same for people."""

    structure: Mapping[str, Any]
    text: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool; ``asked`` and ``answers`` are JSON schemas, ``run`` raises ``GerritbotError`` with what to do instead."""

    name: str
    title: str
    description: str
    asked: Mapping[str, Any]
    answers: Mapping[str, Any]
    run: Callable[[Room, Mapping[str, Any]], ToolResult]


Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def tool(
    name: str,
    title: str,
    description: str,
    example: str,
    *,
    asked_as: type[Asked],
    answered_as: type[Answer],
    call: Callable[[Room, Asked], Answer],
    text: Callable[[Answer], str],
) -> Tool:
    """Make one of the types of its question and answer; ``example`` is a question in JSON, ``text`` words an answer."""
    questions, answers = TypeAdapter(asked_as), TypeAdapter(answered_as)

    def run(room: Room, arguments: Mapping[str, Any]) -> ToolResult:
        try:
            read = questions.validate_python(dict(arguments))
        except ValidationError as error:
            raise Permanent(f"{_faults(error)}; write for example {name} {example}") from None
        found = call(room, read)
        return ToolResult(answers.dump_python(found, mode="json"), text(found))

    whole = f"{description} For example {example}."
    return Tool(name, title, whole, questions.json_schema(), answers.json_schema(mode="serialization"), run)


def _faults(error: ValidationError) -> str:
    """What is wrong with the arguments, each by its name."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    said = dict.fromkeys(f"{clean_line('.'.join(map(str, one['loc'][:1])), 80)}: {one['msg']}" for one in found)
    return clean_line("; ".join(list(said)[:_FAULTS]), _LONGEST)
