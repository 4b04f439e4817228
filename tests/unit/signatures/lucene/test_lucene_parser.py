"""What queries mean, as a running Elasticsearch 7.10 (Lucene 8.7) explained them, and why others are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.signatures.lucene import LOGSTASH_LEGACY, OPENDEV, QueryError, compile_query, parse

from .notation import notation


@pytest.mark.parametrize(
    ("query", "meaning"),
    [
        # AND, OR and NOT change their neighbours; they are no tree.
        ("a b", "message:a message:b"),
        ("a AND b OR c", "+message:a +message:b message:c"),
        ("a OR b AND c", "message:a +message:b +message:c"),
        ("a OR b AND NOT c", "message:a +message:b -message:c"),
        ("a && b", "+message:a +message:b"),
        ("a || b", "message:a message:b"),
        ("+a -b c", "+message:a -message:b message:c"),
        ("a and b", "message:a message:and message:b"),
        ("a!b", "message:a -message:b"),
        ("(a AND b) OR NOT c", "(+message:a +message:b) -message:c"),
        # A group of prohibited clauses alone matches all others, nested or not.
        ("NOT a", "-message:a +*:*"),
        ("b (-a)", "message:b (-message:a +*:*)"),
        ("-(-a)", "-(-message:a +*:*) +*:*"),
        # An operator with a blank behind it is a word without a token.
        ("a - b", "message:a message:b"),
        ("a! b", "message:a message:b"),
        ("! a", "message:a"),
        # A clause without a token vanishes, its AND does not.
        ('message:"---" AND foo', "+message:foo"),
        ('foo AND "---"', "message:foo"),
        ('a b "---" AND c', "message:a +message:b +message:c"),
        ('"---"', "Nothing"),
        (" ", "Nothing"),
        # Fields and field groups.
        ('message:(+"a" tags:"b")', "+message:a tags:b"),
        ('message:("a" NOT "b")', "message:a -message:b"),
        (r"a\:b:c", "a:b:c"),
        # Words are analysed: more than one token is any of them, unless quoted.
        ("a b-c AND d", "message:a +(message:b message:c) +message:d"),
        ("tags:screen-n-cpu.txt", "tags:screen tags:n tags:cpu.txt"),
        ('tags:"screen-n-cpu.txt"', 'tags:"screen n cpu.txt"'),
        ("tags.keyword:screen-n-cpu.txt", "tags.keyword:screen-n-cpu.txt"),
        # Escapes.
        (r"\u0041bc", "message:abc"),
        (r'"f\u00e9 \ud83d\ude00"', 'message:"fé 😀"'),
        (r'"a\nb"', "message:anb"),
        (r"a\ b", "message:a message:b"),
        ("'a'", "message:a"),
        # Phrases and their slop.
        ('"a b"~2.7', 'message:"a b"~2'),
        ('"a b"~foo', 'message:"a b"'),
        ('"a b"~1e2', 'message:"a b"~100'),
        ('"a b"^2', 'message:"a b"'),
        ('message:"foo*bar"', 'message:"foo bar"'),
        # Wildcards are lower-cased in analysed fields only.
        ("Foo*", "message:foo*"),
        ("tags.keyword:Foo*", "tags.keyword:Foo*"),
        ("*", "exists:message"),
        ("message:*", "exists:message"),
        ("_exists_:tags", "exists:tags"),
        ("*:*", "*:*"),
        # Ranges.
        ("message:[A TO B}", "message:[a TO b}"),
        ('message:["a b" TO "*"]', "message:[a b TO *]"),
        ("[TO TO TO]", "message:[to TO to]"),
        ("message:>=Foo", "message:[foo TO *]"),
        ("message:<Foo", "message:[* TO foo}"),
        ("message:(>foo bar baz)", "message:{foo bar baz TO *]"),
        ('message:">foo"', "message:foo"),
        # Fuzzy words.
        ("a~", "message:a~0"),
        ("message:FooBar~", "message:foobar~2"),
        ("abc~0.5", "message:abc~0"),
        ("abc~5^3", "message:abc~2"),
        ("a^2~1", "message:a~1"),
        # A slash opens a regular expression, wherever it stands.
        ("a/b/c", "message:a message:/b/ message:c"),
        (
            "project:openstack/cinder OR project:openstack/nova",
            "project:openstack message:/cinder OR project:openstack/ message:nova",
        ),
    ],
)
def test_meaning(query: str, meaning: str) -> None:
    assert notation(query, OPENDEV) == meaning


def test_a_bare_run_of_words_is_one_value_of_an_exact_field() -> None:
    assert notation("build_name:(a b c)", LOGSTASH_LEGACY) == "build_name:a b c"
    assert notation('build_name:"---" AND foo', LOGSTASH_LEGACY) == "+build_name:--- +message:foo"


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("a AND", "line 1, column 6: something must follow AND; complete the query, or quote what is meant literally"),
        ("AND a", "line 1, column 1: AND cannot stand here; remove it, or quote it"),
        ("NOT NOT a", "line 1, column 5: NOT cannot stand here; remove it, or quote it"),
        ("a!", "line 1, column 3: something must follow !; complete the query, or quote what is meant literally"),
        (
            "message:foo:bar",
            "line 1, column 12: only a plain name stands before a colon, and only one; quote the value, or write \\:",
        ),
        (
            "message:[ERROR]",
            (
                "line 1, column 9: [ opens a range, which is written [low TO high]; "
                "quote a bracket that is meant literally"
            ),
        ),
        (
            'message:"x" AND\nproject:openstack/cinder',
            (
                "line 2, column 18: this slash opens a regular expression that never ends; quote the value, "
                "or write \\/ for a slash"
            ),
        ),
        (
            'message:"x',
            (
                'line 1, column 9: this quotation mark is never closed; close it, or write \\" for a mark that is '
                "meant literally"
            ),
        ),
        (
            "(a",
            "line 1, column 1: this parenthesis is never closed; close it, or write \\( for the character itself",
        ),
        ("a)", "line 1, column 2: this parenthesis closes nothing or holds nothing; remove it, or write \\)"),
        ("()", "line 1, column 2: this parenthesis closes nothing or holds nothing; remove it, or write \\)"),
        ("a]", "line 1, column 2: ] closes nothing here; quote the value, or write \\]"),
        ("a^b", "line 1, column 2: a number must follow ^ directly; write one, or \\^ for the character itself"),
        ("a~1~2", "line 1, column 4: ~ stands directly behind a word or phrase; write \\~ for the character itself"),
        ("a^2^3", "line 1, column 4: ^ and its number stand behind a clause; write \\^ for the character itself"),
        ("abc~foo", "line 1, column 4: ~foo is no number of edits; write ~, ~1 or ~2"),
        ('"a b"~-1', "line 1, column 6: a phrase cannot be moved by less than nothing; write ~0 or more"),
        (r"a\u00zz", "line 1, column 2: four hexadecimal digits must follow \\u; write \\\\u for the text itself"),
        ("a\\", "line 1, column 2: nothing follows this backslash; write \\\\ for a backslash"),
        (
            "tag*:a",
            "line 1, column 5: only a plain name stands before a colon, and only one; quote the value, or write \\:",
        ),
        ("a" * 100_001, "line 1, column 100001: the query is longer than 100000 characters; split it"),
        (
            "(" * 101 + "a" + ")" * 101,
            "line 1, column 101: more than 100 parentheses within each other; write the query flatter",
        ),
    ],
)
def test_refused_by_the_parser(query: str, error: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert str(caught.value) == error


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("voting:yes", 'line 1, column 8: "yes" is no number, and the field holds numbers'),
        (
            "voting:9223372036854775808",
            'line 1, column 8: "9223372036854775808" is not supported here, as most servers refuse so large a number',
        ),
        (
            "a _exists_:_id",
            "line 1, column 12: _id is not supported here: it is the server's own and in no document; leave it out",
        ),
        ("voting:1*", "line 1, column 8: voting holds no text; compare it with a value or a range"),
        (
            "@timestamp:[now-1d TO now]",
            (
                'line 1, column 12: "now-1d" is no date that is supported here; '
                "write it as 2026-11-21T10:00:00Z or shorter"
            ),
        ),
        (
            r"tag\*:a",
            "line 1, column 7: patterns of field names are not supported here; name each field, joined with OR",
        ),
        (
            "a b /x|(y/",
            (
                "line 1, column 5: in the regular expression, at character 5: a parenthesis is never closed; "
                "write \\( for the character itself, or quote the value if no regular expression is meant"
            ),
        ),
        (
            "a OR " * 1024 + "a",
            "line 1, column 1: more than 1024 clauses in one group; split the query",
        ),
        (
            "b AND (" + "a-" * 1025 + ")",
            "line 1, column 8: more than 1024 clauses in one group; split the query",
        ),
    ],
)
def test_refused_for_the_fields(query: str, error: str) -> None:
    with pytest.raises(QueryError) as caught:
        compile_query(parse(query), OPENDEV)
    assert str(caught.value) == error


PIECES = [
    "a",
    "Foo ",
    "AND ",
    " OR ",
    "NOT ",
    "TO",
    "message:",
    '"',
    "\\",
    "/",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    *"~^*?!+-&|<>=:. \n1",
]


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=20).map("".join)))
def test_whatever_is_written_is_a_matcher_or_a_query_error(query: str) -> None:
    try:
        matcher = compile_query(parse(query), OPENDEV)
    except QueryError as refused:
        place = (refused.offset, refused.line, refused.column)
    else:
        place = (0, 1, 1)
        matcher.matches({"message": "a foo to 1", "voting": 1})
    assert 0 <= place[0] <= len(query)
    assert min(place[1:]) >= 1
