"""What a cluster is asked about failed tests, and every answer it may give."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.logs.failed_tests.cluster import NOT_TOLD, AskForTests, FailedTests, read_answer, with_failed_tests
from gerritbot_er.logs.layouts import OPENDEV
from gerritbot_er.logs.question import Json
from gerritbot_er.logs.refusals import BadQuestion
from gerritbot_er.model import BuildAnswer, Match, Signature

ONE, TWO = "1" * 32, "2" * 32
TESTS = Signature("tests", "q", test_ids=("a.TestB.test_c[smoke]", "a.TestB.test_d"))
FOUND = BuildAnswer((Match("tests"),), notes=("a note",))
TEST, LINE = "a.TestB.test_c", "FAIL: a.TestB.test_d"


def bucket(key: str, name: str, *values: object, count: int = 1) -> Json:
    found = {"hits": {"hits": [{"_source": {name: value}} for value in values]}}
    return {"key": key, "doc_count": 9, "named": {"doc_count": count, "first": found}, "any": found}


def body(results: list[Json], consoles: list[Json], **more: object) -> Json:
    found = {"results": {"builds": {"buckets": results}}, "consoles": {"builds": {"buckets": consoles}}}
    shards = {"total": 2, "successful": 2, "failed": 0}
    return {"timed_out": False, "_shards": shards, "aggregations": found} | more


def answer(said: object, found: BuildAnswer = FOUND) -> BuildAnswer:
    """The answer about a build whose attempts have the ids ONE and TWO."""
    return with_failed_tests({"b": found}, [TESTS], {"b": (ONE, TWO)}, AskForTests(OPENDEV, lambda _: said, 30.0))["b"]


def test_results_of_any_attempt_tell_and_the_console_is_then_not_asked() -> None:
    said = body([bucket(TWO, "test_name", TEST)], [bucket(ONE, "message", LINE)])
    assert answer(said) == replace(FOUND, failed_tests=frozenset({TEST}))


def test_results_without_a_failed_test_tell_as_well() -> None:
    assert answer(body([bucket(ONE, "test_name")], [])) == replace(FOUND, failed_tests=frozenset())


def test_the_console_tells_where_there_are_no_results() -> None:
    said = body([], [bucket(ONE, "message", LINE, "no such line")])
    assert answer(said) == replace(FOUND, failed_tests=frozenset({"a.TestB.test_d"}))


@pytest.mark.parametrize(
    "said",
    [
        body([], []),
        body([], [bucket(ONE, "message", "ERROR something else")]),
        {"timed_out": False, "_shards": {"total": 0, "successful": 0, "failed": 0}},
    ],
)
def test_nothing_tells(said: Json) -> None:
    assert answer(said) == replace(FOUND, notes=("a note", NOT_TOLD))


@pytest.mark.parametrize(
    "partial",
    [
        {"timed_out": True},
        {"_shards": {"total": 2, "successful": 1, "failed": 0}},
        {"_shards": {"total": 2, "successful": 2, "failed": 1}},
    ],
)
def test_what_was_not_searched_makes_the_answer_partial(partial: Json) -> None:
    found = answer(body([bucket(ONE, "test_name", TEST)], [], **partial))
    assert (found.partial, found.failed_tests) == (True, frozenset({TEST}))


def test_more_documents_than_an_answer_holds_are_told_of() -> None:
    found = answer(body([bucket(ONE, "test_name", TEST, count=101)], []))
    assert found.partial
    assert found.notes == ("a note", "documents about failed tests beyond 100, which were not looked at: 1")


@pytest.mark.parametrize("error", [Misconfigured("the user may not read subunit-*"), BadQuestion("no such field")])
def test_a_refusal_leaves_the_tests_unknown_and_the_matches_in_place(error: Exception) -> None:
    def refuse(_: Json) -> object:
        raise error

    (found,) = with_failed_tests({"b": FOUND}, [TESTS], {"b": (ONE,)}, AskForTests(OPENDEV, refuse, 30.0)).values()
    assert found == replace(FOUND, notes=("a note", f"which tests failed is not known: {error}"))


def test_nothing_is_asked_where_no_signature_with_tests_was_found() -> None:
    def never(_: Json) -> object:
        raise AssertionError

    answers = {"b": BuildAnswer((Match("plain"),)), "without-id": FOUND}
    assert with_failed_tests(answers, [TESTS], {"b": (ONE,)}, AskForTests(OPENDEV, never, 30.0)) is answers


def test_an_answer_that_cannot_be_read_is_asked_for_again() -> None:
    with pytest.raises(Transient, match="cannot be read"):
        answer({"_shards": None})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(JSON, st.sampled_from(["_shards", "timed_out", "aggregations", "results", "consoles", "builds", "named", "any"]))
def test_any_json_is_an_answer_or_trouble_that_passes(odd: object, place: str) -> None:
    whole = body([bucket(ONE, "test_name", TEST)], [bucket(ONE, "message", LINE)])

    def bent(value: object) -> object:
        if isinstance(value, dict):
            return {name: odd if name == place else bent(inner) for name, inner in value.items()}
        return [bent(inner) for inner in value] if isinstance(value, list) else value

    for said in (odd, bent(whole)):
        try:
            assert isinstance(read_answer(said), FailedTests)
        except Transient:
            continue
