"""What a query leaves open when only some fields of a document are known."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gerritbot_er.signatures.lucene import OPENDEV, AnalysedDocument, QueryError, compile_query, parse
from gerritbot_er.signatures.lucene.relaxed import relaxed

UNKNOWN = ("message", "@timestamp")


@pytest.mark.parametrize(
    ("query", "open_to_console", "open_to_syslog"),
    [
        ('message:"disk full" AND tags:"console"', True, False),
        ('message:"disk full" OR tags:"console"', True, True),
        ('message:"disk full" AND NOT tags:"console"', False, True),
        ('NOT message:"disk full"', True, True),
        ('NOT (message:"disk full" OR tags:"console")', False, True),
        ('NOT (message:"disk full" AND tags:"console")', True, True),
        ('@timestamp:[2014 TO *] AND message.keyword:"x" AND tags:syslog', False, True),
        ("", False, False),
    ],
)
def test_the_file_rules_a_query_out_or_leaves_it_open(
    query: str, *, open_to_console: bool, open_to_syslog: bool
) -> None:
    matcher = relaxed(compile_query(parse(query), OPENDEV), UNKNOWN)
    assert matcher.matches({"tags": ["console"]}) is open_to_console
    assert matcher.matches({"tags": ["syslog"]}) is open_to_syslog


_CLAUSES = st.sampled_from(["message:disk", 'message:"disk full"', "tags:console", "tags:sys*", "_exists_:message"])
_QUERIES = st.recursive(
    _CLAUSES,
    lambda inner: st.lists(
        st.tuples(st.sampled_from(["", "AND ", "OR ", "NOT ", "AND NOT ", "+", "-"]), inner.map("({})".format) | inner),
        min_size=1,
        max_size=4,
    ).map(lambda parts: " ".join(f"{joint}{part}" for joint, part in parts)),
    max_leaves=8,
)


@given(_QUERIES, st.sampled_from(["disk", "disk full", "fine"]), st.sampled_from(["console", "syslog"]))
def test_whatever_matches_was_left_open(query: str, message: str, tag: str) -> None:
    try:
        matcher = compile_query(parse(query), OPENDEV)
    except QueryError:
        assume(False)  # noqa: FBT003 - hypothesis' own way
    file = AnalysedDocument({"tags": [tag]})
    if matcher.matches({"tags": [tag], "message": message}):
        assert relaxed(matcher, UNKNOWN).matches(file)
    assert matcher.matches(file.alike({"tags": [tag], "message": message}, UNKNOWN)) is matcher.matches(
        {"tags": [tag], "message": message}
    )
