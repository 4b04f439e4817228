"""One meaning everywhere: our evaluator answers as real servers do, for real signatures and for random queries."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

import pytest

from gerritbot_er.model import Document
from gerritbot_er.signatures.lucene import OPENDEV, PRESETS, FieldPreset, Query, compile_query, parse
from gerritbot_er.signatures.lucene.analysis import tokens
from gerritbot_er.signatures.lucene.fields import FieldKind
from gerritbot_er.signatures.lucene.syntax import Group, Part, Prefix, Wildcard

from .agreement.grammar import Grammar
from .agreement.judge import Answer, compared, indexed, our_answers, server_answers, server_tokens
from .agreement.own_terms import made_documents
from .agreement.signature_files import ARCHIVE, queries
from .agreement.texts import texts
from .servers.search import ELASTICSEARCH_7, ELASTICSEARCH_8, OPENSEARCH_2, SearchServer

SEED = 20261121
CHANGED_SINCE_UNICODE_9 = frozenset(
    "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff\u055b\u055c\u055e"
    "\u02c2\u02c3\u02c4\u02c5\u02d2\u02d3\u02d4\u02d5\u02d6\u02d7\u02de\u02df\u02ed"
    "\u02ef\u02f0\u02f1\u02f2\u02f3\u02f4\u02f5\u02f6\u02f7\u02f8\u02f9\u02fa\u02fb\u02fc\u02fd\u02fe\u02ff"
)
"""Skin tones and signs that look like letters: Lucene 8 of Elasticsearch 7 reads them in the older way."""
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


# -- the analyzer


def test_random_texts_are_cut_into_the_same_tokens(server: SearchServer) -> None:
    made = texts(Random(SEED), 20_000)  # noqa: S311 - it is to come out the same again
    if server.distribution is ELASTICSEARCH_7:
        made = [text for text in made if not CHANGED_SINCE_UNICODE_9.intersection(text)]
    found = server_tokens(server, made)
    assert [(text, tokens(text)) for text in made] == list(zip(made, found, strict=True))


# -- what docs/lucene.rst says of servers that differ

DOCUMENTS: list[Document] = [
    {"message": "foo 42 bar", "build_change": 5, "filename": "A"},
    {"message": "d w foo.bar error"},
    {"message": "aab " + "a" * 40},
]
REFUSED = "refused"
Verdict = set[int] | str


@dataclass(frozen=True, slots=True)
class Said:
    """What is told of a query: the documents that it hits, here and there."""

    query: str
    ours: Verdict
    elasticsearch_8: Verdict
    elasticsearch_7: Verdict
    opensearch_2: Verdict


SAID = [
    # Regular expressions: classes by letters, capital letters, what is no operator everywhere.
    Said(r"/\d+/", REFUSED, {0}, {1}, {0}),
    Said("/FOO/", set(), set(), set(), {0}),
    Said("/FOO/i", set(), set(), set(), {0}),
    Said("/a{3,2}|foo/", REFUSED, REFUSED, {0}, REFUSED),
    Said("/<1-50>/", REFUSED, {0}, {0}, {0}),
    Said("/fo&foo/", REFUSED, set(), set(), set()),
    Said("/~(foo)/", REFUSED, {0, 1, 2}, {0, 1, 2}, {0, 1, 2}),
    # Patterns that a server finds too complex.
    Said("/.*a.{30}/", {2}, REFUSED, REFUSED, REFUSED),
    Said(f"*a{'?' * 26}*", {2}, REFUSED, REFUSED, REFUSED),
    # Fuzzy words.
    Said("fox~3", {0}, REFUSED, {0}, {0}),
    Said("foo~0.5", {0}, REFUSED, {0}, {0}),
    # Sizes.
    Said(" OR ".join(f"w{number}" for number in range(1025)), REFUSED, set(), REFUSED, REFUSED),
    Said(f"foo {'x' * 32_000}", {0}, {0}, {0}, REFUSED),
    Said("(" * 101 + "foo" + ")" * 101, REFUSED, {0}, {0}, {0}),
    Said("build_change:9223372036854775808", REFUSED, set(), REFUSED, REFUSED),
    Said("build_change:<9223372036854775808", REFUSED, REFUSED, REFUSED, REFUSED),
    # Names of fields.
    Said('foo AND flename:"---"', {0}, set(), set(), set()),
    Said("mess\\*:foo", REFUSED, {0}, {0}, {0}),
    Said("_id:1", REFUSED, {1}, {1}, {1}),
    # Dates.
    Said("@timestamp:now", REFUSED, set(), set(), set()),
    Said('@timestamp:"2026-11-21||/d"', REFUSED, set(), set(), set()),
    # Not as Lucene's own classic parser.
    Said("NOT foo", {1, 2}, {1, 2}, {1, 2}, {1, 2}),
    Said("build_change:>4", {0}, {0}, {0}, {0}),
    Said("_exists_:filename", {0}, {0}, {0}, {0}),
    Said("fooo~", {0}, {0}, {0}, {0}),
    Said("fo~", set(), set(), set(), set()),
    Said("build_change:low", REFUSED, REFUSED, REFUSED, REFUSED),
    Said("", set(), set(), set(), set()),
]


def test_servers_differ_as_documented(server: SearchServer) -> None:
    name = "agreement-said"
    indexed(server, name, OPENDEV, DOCUMENTS)
    queries = [said.query for said in SAID]
    theirs = {
        ELASTICSEARCH_8: [said.elasticsearch_8 for said in SAID],
        ELASTICSEARCH_7: [said.elasticsearch_7 for said in SAID],
        OPENSEARCH_2: [said.opensearch_2 for said in SAID],
    }[server.distribution]

    found = verdicts(server_answers(server, name, queries, len(DOCUMENTS)))

    assert list(zip(queries, found, strict=True)) == list(zip(queries, theirs, strict=True))


def test_our_evaluator_answers_as_documented() -> None:
    queries = [said.query for said in SAID]
    found = verdicts(our_answers(OPENDEV, queries, DOCUMENTS))
    assert list(zip(queries, found, strict=True)) == [(said.query, said.ours) for said in SAID]


def verdicts(answers: Iterable[Answer]) -> list[Verdict]:
    return [REFUSED if isinstance(answer, str) else set(answer) for answer in answers]
