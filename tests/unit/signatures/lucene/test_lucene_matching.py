"""Which documents a query hits; the expectations were seen on a running Elasticsearch 7.10."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.model import Document
from gerritbot_er.signatures.lucene import (
    LOGSTASH_LEGACY,
    OPENDEV,
    FieldPreset,
    MatcherSet,
    QueryError,
    compile_query,
    parse,
)

LINE: Document = {
    "message": "2014-11-25 ERROR [nova.compute.manager] Timed out waiting for a reply",
    "tags": ["console", "screen-n-cpu.txt"],
    "filename": "logs/Screen-n-cpu.txt",
    "build_name": "gate-tempest-dsvm-full",
    "build_change": 135639,
    "voting": 1,
    "error_pr": -7.5,
    "held": True,
    "@timestamp": "2014-11-25T00:49:21.685+00:00",
    "empty": "",
    "none": None,
    "zuul": {"tenant": "OpenStack", "hosts": [{"id": "a-1"}, {"id": "b"}]},
}


def hits(query: str, document: Document = LINE, fields: FieldPreset = OPENDEV) -> bool:
    return compile_query(parse(query), fields).matches(document)


@pytest.mark.parametrize(
    "query",
    [
        '"timed out"',
        "error",
        '"nova.compute.manager] timed OUT"',
        'message:"timed out" AND tags:"console"',
        "tags:cpu.txt",
        'tags.keyword:"screen-n-cpu.txt"',
        "filename:logs*",
        "tags.keyword:screen-*-cpu.tx?",
        "message:nova.*.MANAGER",
        "message:/[a-m]rr?or/",
        'message:/"nova.".*/',
        "message:erorr~1",
        "message:timex~",
        '"error out"~2',
        '"waiting out timed"~4',
        "voting:1 AND voting:1.0",
        "build_change:[1 TO 135639]",
        "build_change:>135638",
        'error_pr:"-7.5"',
        "error_pr:<0",
        "held:true",
        "@timestamp:2014-11-25",
        "@timestamp:[2014-11-25T00\\:49 TO *]",
        '@timestamp:["2014-11-25T01:49:21.685+01:00" TO "2014-11-25T00:49:21.685Z"]',
        "@timestamp:<=2014-11-25",
        "_exists_:empty",
        "empty:*",
        "zuul.tenant:openstack",
        "zuul.hosts.id:b",
        "zuul:* AND _exists_:zuul.hosts",
        "NOT missing",
        "-none:* AND *:*",
        "tags:[cona TO conz]",
        "tags:{con TO *}",
    ],
)
def test_hit(query: str) -> None:
    assert hits(query)


@pytest.mark.parametrize(
    "query",
    [
        '"out timed"',
        '"error out"~1',
        '"waiting out timed"~3',
        "tags.keyword:console.html",
        'filename:"Screen-n-cpu.tx"',
        "filename.keyword:logs*cpu.TXT",
        "message:timed*out",
        "message:/rror/",
        "message:/ERROR/",
        "voting:0",
        "build_change:{135639 TO *}",
        "error_pr:[* TO -8]",
        "error_pr:low",
        "held:false",
        "@timestamp:>2014-11-25",
        "@timestamp:2014",
        "_exists_:none",
        "_exists_:missing",
        "missing:*",
        "zuul.keyword:*",
        'tags:"console screen"',
        'message:"---"',
        "tags:{n TO screen}",
    ],
)
def test_miss(query: str) -> None:
    assert not hits(query)


def test_exact_fields_of_the_legacy_preset() -> None:
    assert hits("filename:logs*-n-cpu.txt", fields=LOGSTASH_LEGACY)
    assert hits('tags:"screen-n-cpu.txt"', fields=LOGSTASH_LEGACY)
    assert hits("tags:screen-n-cpu.txt", fields=LOGSTASH_LEGACY)
    assert not hits("tags:cpu.txt", fields=LOGSTASH_LEGACY)
    assert not hits("filename:logs\\/screen-n-cpu.txt", fields=LOGSTASH_LEGACY)
    assert not hits("filename:LOGS*", fields=LOGSTASH_LEGACY)
    assert hits('empty:""', fields=LOGSTASH_LEGACY)


def test_an_exact_value_of_more_than_256_units_is_not_indexed() -> None:
    assert hits(f"message.keyword:{'a' * 256}", {"message": "a" * 256})
    assert not hits(f"message.keyword:{'a' * 257}", {"message": "a" * 257})
    assert not hits("message.keyword:*", {"message": "😀" * 129})


def test_values_of_an_array_stand_a_hundred_positions_apart() -> None:
    document: Document = {"tags": ["a b", "c"]}
    assert not hits('tags:"b c"', document)
    assert not hits('tags:"b c"~99', document)
    assert hits('tags:"b c"~100', document)


def test_a_repeated_word_of_a_moved_phrase_needs_places_of_its_own() -> None:
    assert hits('"a b a"~3', {"message": "a a b"})
    assert not hits('"a b a"~3', {"message": "a b"})


@pytest.mark.parametrize(
    ("pattern", "error"),
    [
        (
            r"\d+",
            "at character 3: \\d is not supported here, since it is the letter itself to Lucene 8.7 and a class to",
        ),
        (
            "a&b",
            "at character 2: the operator & (intersection) is not supported here; write \\& for the character itself",
        ),
        ("~a", "at character 1: the operator ~ (complement) is not supported here; write \\~ for the character itself"),
        (
            "<1-9>",
            "at character 1: the operator < (interval) is not supported here; write \\< for the character itself",
        ),
        ("a{2,", "at character 2: a repetition is written {2}, {2,} or {2,5}; write \\{ for the character itself"),
        (
            "a{3,2}",
            "at character 7: the repetition {3,2} is not supported here, as Lucene 9 refuses it; swap its ends",
        ),
        ("[z-a]", "at character 5: the range z-a runs backwards; swap its ends"),
        ("a)", "at character 2: a closing parenthesis without an opening one; write \\) for the character itself"),
        ("a|", "at character 3: the expression ends too early; complete it, or write \\ before a character meant"),
        ("(" * 60, "at character 51: more than 50 parentheses within each other; write it flatter"),
        (
            "((a{999}){999}){999}",
            "line 1, column 1: the regular expression is too large; use fewer or smaller repetitions",
        ),
        ("a" * 1001, "line 1, column 1: the regular expression is longer than 1000 characters; shorten it"),
    ],
)
def test_regular_expressions_that_are_refused(pattern: str, error: str) -> None:
    with pytest.raises(QueryError) as caught:
        compile_query(parse(f"/{pattern}/"), OPENDEV)
    assert error in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "word", "fits"),
    [
        ("", "", False),
        ("()a", "a", True),
        ("@b#?", "aab", True),
        ("#", "a", False),
        ("#*a", "a", False),
        ("(b#){0,}a", "a", False),
        ("(#|#)+|a", "a", True),
        ("#{0,2}a", "a", True),
        ("[^b-d]+", "aez", True),
        ("[]]?a", "a", True),
        ("*?a", "a", True),
        ('a"b.c"', "ab.c", True),
        (r"a\.b", "a.b", True),
        (r"a\.b", "acb", False),
        ("(ab|c){2,3}", "abcab", True),
    ],
)
def test_regular_expressions(pattern: str, word: str, *, fits: bool) -> None:
    assert hits(f"/{pattern}/", {"message": word}) is fits


def test_no_regular_expression_takes_more_than_linear_time() -> None:
    started = time.monotonic()
    assert not hits("/(a*)*(a*)*(a|aa)*b/", {"message": "a" * 250})
    assert not hits("tags.keyword:" + "a*" * 60 + "b", {"tags": "a" * 250})
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("phrase", "message"),
    [
        ("a b " * 49 + "a a", "a b " * 10_000),
        ("a " * 50 + "b " * 50, "a " * 9_000 + "c " + "b " * 9_000),
        ("a b b a " * 25, "a b " * 10_000),
    ],
)
@pytest.mark.parametrize("slop", [0, 1, 30])
def test_no_moved_phrase_takes_long(phrase: str, message: str, slop: int) -> None:
    matcher = compile_query(parse(f'"{phrase}"~{slop}'), OPENDEV)
    started = time.process_time()
    matcher.matches({"message": message})
    assert time.process_time() - started < 1


def test_a_moved_phrase_of_very_many_words_is_refused() -> None:
    phrase = "a " * 101
    assert hits(f'"{phrase}"', {"message": phrase})
    with pytest.raises(QueryError) as caught:
        compile_query(parse(f'b "{phrase}"~1'), OPENDEV)
    assert str(caught.value) == (
        "line 1, column 3: ~ behind a phrase of more than 100 words is not supported here; shorten it"
    )


ATOMS = [
    "foo",
    "Bar",
    '"foo bar"',
    '"a b"~2',
    "tags:a",
    "tags.keyword:A",
    "fo*",
    "/b.?r/",
    "a~1",
    "n:>1",
    "_exists_:tags",
    '"-"',
]
QUERIES = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.lists(
        st.tuples(st.sampled_from([" ", " AND ", " OR ", " NOT ", " +", " -"]), inner), min_size=1, max_size=4
    ).map(lambda parts: "(foo" + "".join(joint + part for joint, part in parts) + ")"),
    max_leaves=8,
)
WORDS = st.lists(st.sampled_from(["foo", "bar", "a", "b", "A", "-"]), max_size=5).map(" ".join)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "message": WORDS | st.lists(WORDS, max_size=2),
        "tags": WORDS | st.none() | st.lists(WORDS, max_size=2),
        "n": st.integers() | st.floats(allow_nan=False) | st.booleans(),
    },
)


@given(QUERIES, DOCUMENTS)
def test_the_order_of_a_documents_keys_does_not_matter(query: str, document: dict[str, object]) -> None:
    assert hits(query, document) == hits(query, dict(reversed(document.items())))


@given(QUERIES.filter('"-"'.__ne__), DOCUMENTS)
def test_what_a_query_does_not_hit_its_negation_does(query: str, document: dict[str, object]) -> None:
    assert hits(query, document) != hits(f"NOT {query}", document)


@given(QUERIES, DOCUMENTS)
def test_more_parentheses_change_nothing(query: str, document: dict[str, object]) -> None:
    assert hits(query, document) == hits(f"(({query}))", document)


@given(st.lists(QUERIES, max_size=5), DOCUMENTS)
def test_a_set_of_matchers_finds_what_each_finds(queries: list[str], document: dict[str, object]) -> None:
    matchers = {str(index): compile_query(parse(query), OPENDEV) for index, query in enumerate(queries)}
    assert MatcherSet(matchers).matching(document) == [
        name for name, each in matchers.items() if each.matches(document)
    ]
