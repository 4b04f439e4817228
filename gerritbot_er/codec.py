"""The vocabulary as JSON text and back, for the state file and for ``--json``."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")

_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    """Making one takes milliseconds, so each kind's is kept."""
    return _ADAPTERS.get(kind) or _ADAPTERS.setdefault(kind, TypeAdapter(kind))


def to_json(value: object) -> str:
    """One line of JSON."""
    return _adapter(type(value)).dump_json(value).decode()


def from_json(kind: type[T], text: str) -> T:
    """The value that ``to_json`` wrote; raises ValueError where the text is not of that kind."""
    value: T = _adapter(kind).validate_json(text)
    return value
