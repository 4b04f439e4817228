"""What lint concludes of queries holds for every document: else it would raise false alarms."""

from collections.abc import Hashable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gerritbot_er.model import Signature
from gerritbot_er.signatures.clauses import Condition, Counts, conditions
from gerritbot_er.signatures.lint.implication import implies, matches_all
from gerritbot_er.signatures.lint.likeness import form_of
from gerritbot_er.signatures.lint.logic import logic
from gerritbot_er.signatures.lucene import (
    LOGSTASH_LEGACY,
    OPENDEV,
    AnalysedDocument,
    FieldPreset,
    Matcher,
    Query,
    QueryError,
    compile_query,
    parse,
)
from gerritbot_er.signatures.lucene.syntax import Clause, Group

from .queries import DOCUMENTS, LEAVES, QUERIES

ANALYSED = [AnalysedDocument(document) for document in DOCUMENTS]
PRESETS = st.sampled_from([OPENDEV, LOGSTASH_LEGACY])


def sound(query: str) -> bool:
    try:
        return all(compile_query(parse(query), fields) for fields in (OPENDEV, LOGSTASH_LEGACY))
    except QueryError:
        return False


SOUND = QUERIES.filter(sound)


def compiled(query: str, fields: FieldPreset) -> Matcher:
    return compile_query(parse(query), fields)


def read(query: str, fields: FieldPreset) -> Condition:
    found = conditions(parse(query), fields)
    assert found is not None
    return found


def hits(query: str, fields: FieldPreset) -> list[int]:
    matcher = compiled(query, fields)
    return [number for number, document in enumerate(ANALYSED) if matcher.matches(document)]


# -- where the clauses are


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ('a AND message:"b c"~2^3', ["a", 'message:"b c"~2^3']),
        ("tags:(a OR b)^2 +c", ["tags:(a OR b)^2", "c"]),
        ("NOT (a (b c)) d", ["(a (b c))", "d"]),
        ("x:[1 TO 2}^2 voting:>0", ["x:[1 TO 2}^2", "voting:>0"]),
        ("a b and c:d e~", ["a b and", "c:d", "e~"]),
        (" message: /a.*/  \\(x", ["message: /a.*/", "\\(x"]),
        ("*:* a* *b?", ["*:*", "a*", "*b?"]),
    ],
)
def test_each_clause_stands_where_it_is_written(query: str, texts: list[str]) -> None:
    assert [each.text for each in read(query, OPENDEV).inner] == texts


@given(SOUND, PRESETS)
def test_a_clause_alone_means_what_it_means_in_its_group(query: str, fields: FieldPreset) -> None:
    whole = read(query, fields)
    for group in whole.groups():
        for each in group.inner:
            assert query[each.start : each.end] == each.text
    for each in whole.inner:
        again = read(each.text, fields)
        assert len(again.inner) == 1
        assert [leaf.text for leaf in again.leaves()] == [leaf.text for leaf in each.leaves()]


@given(SOUND, PRESETS)
@example('disk "--" AND full', OPENDEV)
@example('disk AND "--" full', OPENDEV)
@example('("--") disk AND NOT "--"', OPENDEV)
@example('disk full AND (NOT error) OR "--"', OPENDEV)
def test_the_way_each_clause_counts_is_lucenes(query: str, fields: FieldPreset) -> None:
    def holds(group: Condition, document: AnalysedDocument) -> bool:
        told = [(each.counts, clause(each, document)) for each in group.inner if not each.vanishes]
        wanted = [yes for counts, yes in told if counts is Counts.REQUIRED]
        wished = [yes for counts, yes in told if counts is Counts.OPTIONAL]
        unwanted = [yes for counts, yes in told if counts is Counts.PROHIBITED]
        return bool(told) and all(wanted) and (bool(wanted) or not wished or any(wished)) and not any(unwanted)

    def clause(each: Condition, document: AnalysedDocument) -> bool:
        if isinstance(each.part, Group):
            return holds(each, document)
        return compile_query(Query(query, Group((Clause(each.part),), 0)), fields).matches(document)

    whole = read(query, fields)
    assert [number for number, one in enumerate(ANALYSED[:20]) if holds(whole, one)] == [
        number for number in hits(query, fields) if number < 20
    ]


# -- what follows from what


@given(SOUND, SOUND, PRESETS)
@example('"disk full"', "message:disk", OPENDEV)
@example('message:"a" NOT "b"', "message:a", OPENDEV)
def test_what_is_implied_is_matched_as_well(one: str, other: str, fields: FieldPreset) -> None:
    for narrow, wide in ((one, other), (other, one)):
        if implies(compiled(narrow, fields).plan, compiled(wide, fields).plan):
            assert set(hits(narrow, fields)) <= set(hits(wide, fields))


@given(SOUND, PRESETS)
def test_the_clauses_of_a_query_are_implied_by_it_and_imply_it(query: str, fields: FieldPreset) -> None:
    """Queries and their own parts are often related, others seldom."""
    parts = [query, *(leaf.text for group in read(query, fields).groups() for leaf in group.inner)]
    found = {part: (compiled(part, fields).plan, set(hits(part, fields))) for part in parts}
    for narrow, narrow_hits in found.values():
        for wide, wide_hits in found.values():
            if implies(narrow, wide):
                assert narrow_hits <= wide_hits


@pytest.mark.parametrize(
    ("narrow", "wide", "implied"),
    [
        ('"disk full now"', '"disk full"', True),
        ('"disk full"', '"full disk"', False),
        ('"disk full"', "full", True),
        ("disk", '"disk full"', False),
        ("a AND b", "a", True),
        ("a", "a OR b", True),
        ("a OR b", "a", False),
        ("a OR b", "b OR a OR c", True),
        ("(a AND b) OR (a AND c)", "a", True),
        ("a", "a AND NOT b", False),
        ("a AND NOT b", "a AND NOT b", True),
        ("a AND c AND NOT b", "a AND NOT b", True),
        ("disk", "di*", True),
        ("a", "*:*", True),
        ("x:a", "y:a", False),
    ],
)
def test_what_implies_what(narrow: str, wide: str, *, implied: bool) -> None:
    assert implies(compiled(narrow, OPENDEV).plan, compiled(wide, OPENDEV).plan) is implied


@given(SOUND, PRESETS)
@example("*:* a", OPENDEV)
@example("message:* AND tags:*", LOGSTASH_LEGACY)
@example("message:/.*/", OPENDEV)
def test_what_matches_all_matches_every_line(query: str, fields: FieldPreset) -> None:
    if matches_all(compiled(query, fields).plan):
        assert len(hits(query, fields)) == len(ANALYSED)


@given(SOUND, PRESETS)
@example('"disk full" AND NOT disk', OPENDEV)
@example('build_status:"FAILURE" AND build_status:"error" AND n', OPENDEV)
@example("filename:screen-n-cpu.txt AND filename:job-output.txt", LOGSTASH_LEGACY)
def test_what_is_said_to_match_nothing_does(query: str, fields: FieldPreset) -> None:
    if any(remark.rule == "matches-nothing" for remark in logic(read(query, fields))):
        assert hits(query, fields) == []


@given(SOUND, SOUND, LEAVES.filter(sound), PRESETS)
def test_what_is_said_to_be_of_no_consequence_is_not(one: str, other: str, idle: str, fields: FieldPreset) -> None:
    needed = f"+({one}) AND ({other})"
    query = f"{needed} {idle}"
    if any(remark.rule == "no-consequence" for remark in logic(read(query, fields))):
        assert hits(query, fields) == hits(needed, fields)


# -- what is the same


@given(SOUND, PRESETS)
def test_queries_of_one_form_match_the_same(query: str, fields: FieldPreset) -> None:
    parts = [query, *(leaf.text for group in read(query, fields).groups() for leaf in group.inner), f"+({query})"]
    forms: dict[Hashable, list[int]] = {}
    for part in parts:
        form = form_of(Signature("a", query=part), fields)
        assert forms.setdefault(form, hits(part, fields)) == hits(part, fields)


@pytest.mark.parametrize(
    "alike",
    [
        ('message:"a b" AND tags:c', '+tags:"c" +"A, B"'),
        ("a OR b OR c", "(c OR (b a)) OR a"),
        ("a AND (b AND c)", "c AND b AND a"),
        ("a AND b OR c", "a AND b"),
        ("a AND NOT b", "+a -b"),
        ("*:* AND a", "a"),
        ("(a)", "a"),
    ],
)
def test_what_has_one_form(alike: tuple[str, str]) -> None:
    one, other = (form_of(Signature("x", query=query), OPENDEV) for query in alike)
    assert one == other


@pytest.mark.parametrize("unlike", [("a AND b", "a OR b"), ('"a b"', '"b a"'), ("a -b", "a"), ("x:a", "y:a")])
def test_what_has_not(unlike: tuple[str, str]) -> None:
    one, other = (form_of(Signature("x", query=query), OPENDEV) for query in unlike)
    assert one != other
