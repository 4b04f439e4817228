"""Where servers read a query differently: the parts of it that an author should write in another way."""

from collections.abc import Iterator
from dataclasses import dataclass

from .analysis import lower_case
from .fields import FieldKind, FieldPreset
from .plan import MAX_EDITS
from .syntax import Fuzzy, Group, Part, Query, Regexp

_OPENSEARCH_LENGTH = 32_000
"""Characters: ``search.query.max_query_string_length`` of OpenSearch 2.19."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What servers differ in, with the remedy; ``at`` is the offset in the query's text."""

    at: int
    message: str


def remarks(query: Query, fields: FieldPreset) -> Iterator[Remark]:
    """What the supported servers do not agree on, in the query's order; our evaluator does as Elasticsearch 7."""
    if len(query.text) > _OPENSEARCH_LENGTH:
        yield Remark(
            _OPENSEARCH_LENGTH, f"OpenSearch refuses more than {_OPENSEARCH_LENGTH:,} characters; split the query"
        )
    for part in _leaves(query.root) if query.root else ():
        if isinstance(part, Fuzzy) and part.edits is not None and part.edits not in range(MAX_EDITS + 1):
            yield Remark(part.at, f"Elasticsearch 8 refuses {part.edits:g} edits; write ~, ~1 or ~2")
        if (
            isinstance(part, Regexp)
            and fields.kind(part.field) is FieldKind.TEXT
            and part.pattern != lower_case(part.pattern)
        ):
            yield Remark(
                part.at,
                "the words of this field have small letters: Elasticsearch finds nothing by capital ones in a regular"
                " expression, OpenSearch takes them for small ones; write them small",
            )


def _leaves(part: Part) -> Iterator[Part]:
    if isinstance(part, Group):
        for clause in part.clauses:
            yield from _leaves(clause.part)
    else:
        yield part
