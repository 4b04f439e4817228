"""What kind each field of a log document is, and documents whose fields are analysed once for many matchers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from .analysis import tokens

ARRAY_GAP = 100
"""Positions between the values of an array: Elasticsearch's default ``position_increment_gap``."""


class FieldKind(Enum):
    """How the text of a field is indexed.  Where a document holds a JSON number, it is compared as a number anyway."""

    TEXT = auto()  # analysed into tokens
    EXACT = auto()  # one term, case and blanks as they are
    NUMBER = auto()
    DATE = auto()


@dataclass(frozen=True, slots=True)
class FieldPreset:
    """The kinds of fields of one way of indexing logs.

    ``analysed`` holds the fields of kind TEXT (None: every field not named elsewhere).  With ``exact_suffix``, that
    suffix on an analysed field asks for the whole value, which is indexed up to ``exact_limit`` UTF-16 units.
    """

    name: str
    analysed: frozenset[str] | None = None
    numbers: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    exact_suffix: str | None = None
    exact_limit: int | None = None

    def kind(self, field: str) -> FieldKind:
        """The kind of a field as a query names it."""
        if field in self.numbers:
            return FieldKind.NUMBER
        if field in self.dates:
            return FieldKind.DATE
        if self.analysed is None:
            return FieldKind.EXACT if self.exact_suffix and field.endswith(self.exact_suffix) else FieldKind.TEXT
        return FieldKind.TEXT if field in self.analysed else FieldKind.EXACT

    def source(self, field: str) -> str:
        """The name in the document of the field that a query names."""
        return field.removesuffix(self.exact_suffix) if self.exact_suffix else field


OPENDEV = FieldPreset(
    "opendev",
    numbers=frozenset({"build_change", "voting"}),
    dates=frozenset({"@timestamp"}),
    exact_suffix=".keyword",
    # The dynamic mapping of Elasticsearch and OpenSearch gives each text field a ``keyword`` with ``ignore_above``.
    exact_limit=256,
)
"""OpenStack's ci-log-processing of today: every string is analysed, ``<field>.keyword`` is its exact value."""

LOGSTASH_LEGACY = FieldPreset("logstash-legacy", analysed=frozenset({"message"}), dates=frozenset({"@timestamp"}))
"""OpenStack's logstash up to 2021: only ``message`` is analysed, every other field is an exact value."""

PRESETS: Mapping[str, FieldPreset] = {preset.name: preset for preset in (OPENDEV, LOGSTASH_LEGACY)}


class FieldValues:
    """The values of one field of one document; what is derived from them is worked out when first asked for."""

    __slots__ = ("_positions", "_tokens", "numbers", "present", "strings")

    def __init__(self, value: object) -> None:
        values = list(_flatten(value))
        self.present = bool(values) or _has_inner_value(value)
        self.numbers = tuple(v for v in values if isinstance(v, int | float))
        self.strings = tuple(v for v in values if isinstance(v, str))
        self._tokens: tuple[list[str], ...] | None = None
        self._positions: dict[str, list[int]] | None = None

    @property
    def tokens(self) -> tuple[list[str], ...]:
        """The tokens of each string."""
        if self._tokens is None:
            self._tokens = tuple(tokens(string) for string in self.strings)
        return self._tokens

    @property
    def words(self) -> str:
        """All tokens with one blank before and after each, two between the strings of an array.

        A token holds no blank, so that a term or an exact phrase is in the field if it is in this text.
        """
        return "".join(f" {' '.join(each)} " for each in self.tokens if each)

    @property
    def positions(self) -> Mapping[str, list[int]]:
        """The positions of each token, ascending."""
        if self._positions is None:
            self._positions = {}
            at = 0
            for each in self.tokens:
                for token in each:
                    self._positions.setdefault(token, []).append(at)
                    at += 1
                at += ARRAY_GAP
        return self._positions


def _flatten(value: object) -> Iterator[str | int | float]:
    """The scalars of a JSON value; true and false as their words, null and objects as nothing."""
    if isinstance(value, list | tuple):
        for each in value:
            yield from _flatten(each)
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str | int | float):
        yield value


def _has_inner_value(value: object) -> bool:
    """Whether an object, or one in an array, holds any scalar: then servers say that the field exists."""
    if isinstance(value, Mapping):
        return any(map(_has_inner_value, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_has_inner_value, value))
    return value is not None


class _Words(dict[str, str]):
    """``FieldValues.words`` by field: the lookup that matching does most, so a subscript and no call."""

    __slots__ = ("_document",)

    def __init__(self, document: "AnalysedDocument") -> None:
        super().__init__()
        self._document = document

    def __missing__(self, field: str) -> str:
        words = self[field] = self._document.values(field).words
        return words


class AnalysedDocument:
    """One log document whose fields are analysed at most once, whatever the number of matchers that look at it."""

    __slots__ = ("_fields", "document", "words")

    def __init__(self, document: Mapping[str, object]) -> None:
        self.document = document
        self.words: dict[str, str] = _Words(self)
        self._fields: dict[str, FieldValues] = {}

    def alike(self, document: Mapping[str, object], but: Iterable[str]) -> "AnalysedDocument":
        """Another document, with the same values but for some fields; what is analysed of this one is shared."""
        other = AnalysedDocument(document)
        other.words.update(self.words)
        other._fields.update(self._fields)
        for field in but:
            other.words.pop(field, None)
            other._fields.pop(field, None)
        return other

    def values(self, field: str) -> FieldValues:
        """The values of a field; a dotted name that is no key itself leads into nested objects."""
        found = self._fields.get(field)
        if found is None:
            found = self._fields[field] = FieldValues(_look_up(self.document, field))
        return found


def _look_up(document: Mapping[str, object], field: str) -> object:
    if field in document:
        return document[field]
    head, dot, rest = field.partition(".")
    inner = document.get(head) if dot else None
    if isinstance(inner, Mapping):
        return _look_up(inner, rest)
    if isinstance(inner, list | tuple):
        return [_look_up(each, rest) for each in inner if isinstance(each, Mapping)]
    return None
