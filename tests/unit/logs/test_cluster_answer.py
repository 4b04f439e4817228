import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.errors import Transient
from gerritbot_er.logs import answer
from gerritbot_er.logs.answer import Found, Hit, Reply
from gerritbot_er.logs.layouts import OPENDEV
from gerritbot_er.model import LogsSeen

A = "a" * 32
B = "b" * 32
WHOLE = '"timed_out": false, "_shards": {"total": 2, "successful": 2, "skipped": 0, "failed": 0}'
NO_HITS = '"hits": {"max_score": null, "hits": []}'

READINESS = f"""{{
  "took": 3, {WHOLE}, {NO_HITS},
  "aggregations": {{"builds": {{"doc_count_error_upper_bound": 0, "sum_other_doc_count": 0, "buckets": [
    {{"key": "{A}", "doc_count": 1204, "console": {{"doc_count": 800}}}},
    {{"key": "{B}", "doc_count": 3, "console": {{"doc_count": 0}}}}
  ]}}}}
}}"""

MATCH = f"""{{
  "took": 51, {WHOLE}, {NO_HITS},
  "aggregations": {{
    "signatures": {{"buckets": {{
      "0": {{"doc_count": 0, "builds": {{"doc_count_error_upper_bound": 0, "sum_other_doc_count": 0, "buckets": []}}}},
      "1": {{"doc_count": 7, "builds": {{"buckets": [
        {{"key": "{A}", "doc_count": 7, "first": {{"hits": {{"total": {{"value": 7, "relation": "eq"}}, "hits": [
          {{"_index": "logstash-logs-2026.11.21", "_id": "x", "_score": null, "sort": [1763712000000], "_source": {{
            "message": "2026-11-21 08:00:00.000000 | controller | No space left on device",
            "filename": "job-output.txt",
            "log_url": "https://logs.example.org/aa/",
            "build_change": 12, "build_patchset": "3"}}}}
        ]}}}}}}
      ]}}}}
    }}}},
    "builds": {{"buckets": [
      {{"key": "{A}", "doc_count": 1204, "owner": {{"hits": {{"hits": [
        {{"_source": {{"build_change": 12, "build_patchset": "3"}}}}]}}}}}},
      {{"key": "{B}", "doc_count": 3, "owner": {{"hits": {{"hits": [{{"_index": "i", "_id": "y"}}]}}}}}}
    ]}}
  }}
}}"""

HIT = Hit(
    "2026-11-21 08:00:00.000000 | controller | No space left on device",
    "job-output.txt",
    "https://logs.example.org/aa/",
    (12, 3),
)
FOUND = Found({A: frozenset({(12, 3)}), B: frozenset()}, ({}, {A: HIT}), partial=False)

PARTS = {
    "an unassigned shard": ('"successful": 2', '"successful": 1'),
    "a failed shard": ('"failed": 0', '"failed": 1'),
    "out of time": ('"timed_out": false', '"timed_out": true'),
    "a remote cluster left out": ('"took"', '"_clusters": {"total": 2, "successful": 1, "skipped": 1}, "took"'),
}


def test_readiness_counts_documents_and_tells_the_console() -> None:
    assert answer.readiness(json.loads(READINESS), [A, B, "c" * 32]) == {
        A: LogsSeen(1204, console=True),
        B: LogsSeen(3),
    }


@pytest.mark.parametrize("fault", PARTS)
def test_f16_a_partial_readiness_says_that_there_may_be_more(fault: str) -> None:
    seen = answer.readiness(json.loads(READINESS.replace(*PARTS[fault])), [A, B, "c" * 32])
    assert seen == {
        A: LogsSeen(1204, console=True, partial=True),
        B: LogsSeen(3, partial=True),
        "c" * 32: LogsSeen(partial=True),
    }


def test_what_is_there_of_a_build_is_what_is_there_of_all_its_attempts() -> None:
    seen = [LogsSeen(3), LogsSeen(1204, console=True), LogsSeen(partial=True)]
    assert answer.together(seen[:2]) == LogsSeen(1207, console=True)
    assert answer.together(seen) == LogsSeen(1207, console=True, partial=True)
    assert answer.together(seen[:1]) == LogsSeen(3)


def test_matches_are_by_query_and_build() -> None:
    assert answer.matches(json.loads(MATCH), 2) == FOUND


@pytest.mark.parametrize("fault", PARTS)
def test_f16_a_partial_answer_keeps_its_hits(fault: str) -> None:
    found = answer.matches(json.loads(MATCH.replace(*PARTS[fault])), 2)
    assert found == Found(FOUND.owners, FOUND.hits, partial=True)


def test_f16_where_no_shard_answered_nothing_was_searched() -> None:
    body = json.loads(MATCH.replace('"successful": 2', '"successful": 0'))
    with pytest.raises(Transient, match=r"^the cluster searched nothing: no copy of any shard is there$"):
        answer.matches(body, 2)
    with pytest.raises(Transient, match="searched nothing"):
        answer.readiness(body, [A])


def test_f17_no_index_is_nothing_found() -> None:
    body = {
        "took": 0,
        "timed_out": False,
        "_shards": {"total": 0, "successful": 0, "skipped": 0, "failed": 0},
        "hits": {"total": {"value": 0, "relation": "eq"}, "max_score": 0.0, "hits": []},
    }
    assert answer.matches(body, 2) == Found({}, ({}, {}), partial=False)
    assert answer.readiness(body, [A]) == {}


def test_a_query_that_one_shard_cannot_read_is_told() -> None:
    failures = """"failed": 1, "failures": [{"shard": 0, "reason": {"type": "query_shard_exception",
      "reason": "Failed to parse query [message:foo:bar]", "caused_by": {"type": "parse_exception",
      "reason":
        "Cannot parse 'message:foo:bar': Encountered \\" \\":\\" \\": \\"\\" at line 1, column 11.\\nWas expecting"
      }}}]"""
    found = answer.matches(json.loads(MATCH.replace('"failed": 0', failures)), 2)
    assert found.unreadable == 'Encountered " ":" ": "" at line 1, column 11.'
    overload = failures.replace("query_shard_exception", "es_rejected_execution_exception")
    assert answer.matches(json.loads(MATCH.replace('"failed": 0', overload)), 2).unreadable is None


def test_several_owners_of_one_build_are_all_told() -> None:
    body = json.loads(MATCH)
    source = body["aggregations"]["signatures"]["buckets"]["1"]["builds"]["buckets"][0]["first"]["hits"]["hits"][0]
    source["_source"] |= {"build_change": "13", "build_patchset": ["1"]}
    assert answer.matches(body, 2).owners[A] == frozenset({(12, 3), (13, 1)})


def test_one_reply_of_many_stands_for_itself() -> None:
    whole = json.loads("{" + WHOLE + "}")
    good = {**whole, "status": 200, "aggregations": json.loads(MATCH)["aggregations"]["signatures"]["buckets"]["1"]}
    assert answer.reply(good) == Reply({A: HIT})
    bad = {"status": 400, "error": {"type": "parsing_exception", "reason": "no such thing"}}
    assert answer.reply(bad) == Reply({}, refused="no such thing")
    busy = {"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "full"}}
    assert answer.reply(busy) == Reply({}, partial=True)
    assert answer.replies({"responses": [good, bad]}, 2) == [good, bad]
    assert [answer.status(one) for one in (good, bad, busy, {})] == [200, 400, 429, 200]


def test_a_reply_too_few_is_no_answer() -> None:
    with pytest.raises(Transient, match="lacks: 2 responses"):
        answer.replies({"responses": [{}]}, 2)


def test_validity() -> None:
    shards = {"_shards": {"total": 1, "successful": 1, "failed": 0}}
    error = (
        "[i/Y9] QueryShardException[Failed to parse query [a:b:c]]; nested: ParseException[Cannot parse 'a:b:c': "
        'Encountered " ":" ": "" at line 1, column 3.\nWas expecting one of:\n    <EOF> \n'
    )
    explained = [{"index": "i", "valid": False, "error": error}]
    assert answer.validity({**shards, "valid": True}) is None
    refused = answer.validity({**shards, "valid": False, "explanations": explained})
    assert refused == 'Encountered " ":" ": "" at line 1, column 3.'
    assert answer.validity({**shards, "valid": False}) == "the cluster says no more than: not valid"
    with pytest.raises(Transient, match="no index matches yet"):
        answer.validity({"_shards": {"total": 0, "successful": 0, "failed": 0}, "valid": True})


def test_fields_that_are_as_the_preset_wants_them() -> None:
    assert answer.field_problems(_capabilities(), OPENDEV, "logs-*") == []


def test_fields_that_are_not_say_what_to_do() -> None:
    body = _capabilities()
    body["fields"]["message"] = {"text": {"type": "text"}, "date": {"type": "date"}}
    body["fields"]["build_uuid.keyword"] = {"unmapped": {"type": "unmapped"}}
    remedy = "give the indices the index template of etc/index-template.json, and let the wrong ones expire"
    assert answer.field_problems(body, OPENDEV, "logs-*") == [
        f"field message is mapped as date and text in logs-*, not as text: {remedy}",
        f"field build_uuid.keyword is missing in logs-*, not as keyword: {remedy}",
    ]


def test_no_index_at_all_is_said() -> None:
    assert answer.field_problems({"indices": [], "fields": {}}, OPENDEV, "logs-*") == [
        "no index matches logs-*: correct index, or wait until the first logs are sent"
    ]


def _capabilities() -> dict[str, Any]:
    types = {
        "message": "text",
        "@timestamp": "date",
        "build_uuid.keyword": "keyword",
        "filename.keyword": "keyword",
        "tags": "text",
    }
    return {"indices": ["logs-1"], "fields": {name: {kind: {"type": kind}} for name, kind in types.items()}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_any_json_is_an_answer_or_transient(body: object) -> None:
    _read_all(body)


@given(st.data())
def test_an_answer_with_anything_in_its_place_is_an_answer_or_transient(data: st.DataObject) -> None:
    body = json.loads(data.draw(st.sampled_from([READINESS, MATCH])))
    place, key = data.draw(st.sampled_from(list(_places(body))))
    place[key] = data.draw(JSON)
    _read_all(body)


def _read_all(body: object) -> None:
    with suppress(Transient):
        assert all(seen.documents or not seen.console for seen in answer.readiness(body, [A]).values())
    with suppress(Transient):
        assert len(answer.matches(body, 2).hits) == 2
    with suppress(Transient):
        assert isinstance(answer.reply(body), Reply)
    with suppress(Transient):
        assert len(answer.replies(body, 1)) == 1
    with suppress(Transient):
        assert isinstance(answer.status(body), int)
    with suppress(Transient):
        assert answer.validity(body) != ""
    with suppress(Transient):
        assert answer.field_problems(body, OPENDEV, "logs-*"), "no answer here has all fields"


def _places(value: Any) -> Any:  # noqa: ANN401 - any JSON
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from _places(inner)
