"""One meaning everywhere: our evaluator answers as real servers do, for real signatures and for random queries."""

import json
from collections.abc import Iterator
from random import Random

import pytest

from gerritbot_er.model import Document
from gerritbot_er.signatures.lucene import PRESETS, FieldPreset, Query, compile_query, parse
from gerritbot_er.signatures.lucene.analysis import tokens
from gerritbot_er.signatures.lucene.fields import FieldKind
from gerritbot_er.signatures.lucene.syntax import Group, Part, Prefix, Wildcard

from .agreement.grammar import Grammar
from .agreement.judge import compared
from .agreement.own_terms import made_documents
from .agreement.signature_files import ARCHIVE, queries
from .servers.search import SearchServer

SEED = 20261121
every_preset = pytest.mark.parametrize("fields", PRESETS.values(), ids=PRESETS)
needs_signatures = pytest.mark.skipif(not ARCHIVE.is_file(), reason="needs ../shared/data (real signature files)")


@pytest.fixture(params=["elasticsearch", "elasticsearch_7", "opensearch"])
def server(request: pytest.FixtureRequest) -> Iterator[SearchServer]:
    found: SearchServer = request.getfixturevalue(request.param)
    yield found
    found.delete_documents("agreement-*")


# -- the real signatures, about documents of their own terms


@needs_signatures
@every_preset
def test_documents_of_each_signatures_own_terms_are_found_alike(server: SearchServer, fields: FieldPreset) -> None:
    asked = sorted(set(queries().values()))
    found: dict[str, Document] = {}
    for query in asked:
        for made in made_documents(parse(query), fields):
            found[json.dumps(made.document)] = made.document

    comparison = compared(server, fields, asked, list(found.values()))

    assert len(queries()) == 754
    assert comparison.hits > 30_000
    assert comparison.refused == 0
    assert comparison.excused == {}
    assert [each.told(list(found.values())) for each in comparison.differences] == []


@needs_signatures
@every_preset
def test_each_signature_hits_the_document_made_for_it(fields: FieldPreset) -> None:
    """Else the test above would compare silence with silence."""
    for name, text in queries().items():
        query = parse(text)
        whole = next(made_documents(query, fields)).document
        assert compile_query(query, fields).matches(whole) or spans_words(query, fields), name


def spans_words(query: Query, fields: FieldPreset) -> bool:
    """Whether a pattern wants several words of an analysed field in one, which nothing is."""
    return query.root is not None and any(
        fields.kind(part.field) is FieldKind.TEXT and len(tokens(pattern_of(part))) > 1
        for part in leaves(query.root)
        if isinstance(part, Prefix | Wildcard)
    )


def pattern_of(part: Prefix | Wildcard) -> str:
    return f"{part.text}x" if isinstance(part, Prefix) else part.pattern.replace("*", "x").replace("?", "x")


def leaves(part: Part) -> Iterator[Part]:
    if isinstance(part, Group):
        for clause in part.clauses:
            yield from leaves(clause.part)
    else:
        yield part


# -- random queries about random documents


@every_preset
def test_random_queries_find_the_same_random_documents(server: SearchServer, fields: FieldPreset) -> None:
    grammar = Grammar(Random(SEED), fields)  # noqa: S311 - it is to come out the same again
    documents = [grammar.document() for _ in range(100)]

    comparison = compared(server, fields, [grammar.query() for _ in range(3000)], documents)

    assert comparison.hits > 10_000
    assert [each.told(documents) for each in comparison.differences] == []
