"""A query written down again parses to the same tree, and what it comes to is the same plan."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.signatures.lucene import OPENDEV, QueryError, parse
from gerritbot_er.signatures.lucene.plan import make_plan
from gerritbot_er.signatures.lucene.syntax import Clause, Group, Part
from gerritbot_er.signatures.migrate.text import query_text
from gerritbot_er.signatures.migrate.tree import group_of, node_of

PIECES = [
    *("a", "b", "a-b", "+c", "\\-d", "\\AND", "\\u0041b", "a\\ b", "é\\/x", "\\*", "0.5", ">", "n:>=5"),
    *("AND", "OR", "NOT", "&&", "||", "!", "+", "-", "(", ")", "f:", "f\\ g:", "message:", "*:", "^2", "~"),
    *('"x y"', '"q\\"r\\\\"~3', '"x"^3', "p*", "*", "?x*", "x\\?*", "/r.*/", "z~", "z~1", "w^2"),
    *("[a TO b]", '{* TO "c d\\" ]"}', "[TO TO TO}", '[\\\\ TO "x\\\\"]', "f:(a b)", 'f:(a b "c" d)'),
]
QUERIES = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(["", " ", " "])), min_size=1, max_size=9).map(
    lambda pieces: "".join(piece + blank for piece, blank in pieces)
)


def placeless(part: Part) -> Part:
    """Without the offsets, which another layout changes."""
    if isinstance(part, Group):
        return Group(tuple(Clause(placeless(each.part), each.modifier, each.joined) for each in part.clauses), 0)
    return replace(part, at=0)


@given(QUERIES)
def test_what_is_printed_parses_to_the_same_tree(query: str) -> None:
    try:
        root = parse(query).root
    except QueryError:
        return
    if root is not None:
        again = parse(query_text(root)).root
        assert again is not None
        assert placeless(again) == placeless(root)


@given(QUERIES)
def test_a_node_stands_for_the_same_whatever_it_is_written_as(query: str) -> None:
    try:
        root = parse(query).root
    except QueryError:
        return
    node = node_of(root) if root else None
    if node is not None:
        text = query_text(group_of(node))
        again = parse(text).root
        assert again is not None
        assert query_text(group_of(node_of(again) or node)) == text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ('"a" && !f:"b"', 'message:"a" AND NOT f:"b"'),
        ("a and b", "a and b"),
        ('+"a" -b || c', '+message:"a" NOT message:b OR message:c'),
        ('message:("a" AND ("b" "c"))', '(message:"a" AND (message:"b" OR message:"c"))'),
        ("build_change:[5 TO *} OR project:openstack\\/nova", "build_change:[5 TO *} OR project:openstack\\/nova"),
    ],
)
def test_how_queries_are_written(query: str, text: str) -> None:
    root = parse(query).root
    assert root is not None
    assert query_text(root) == text
    assert make_plan(parse(text), OPENDEV) == make_plan(parse(query), OPENDEV)
