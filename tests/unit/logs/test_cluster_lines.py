"""What a cluster is asked for the lines of unexplained builds, and how any answer is read."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.errors import Transient
from gerritbot_er.logs.answer import Hit
from gerritbot_er.logs.cluster_lines import lines, searches
from gerritbot_er.logs.layouts import LOGSTASH_LEGACY, OPENDEV

A, B = "a" * 32, "b" * 32
URL = "https://logs.example.org/"


def document(number: int, message: str, filename: str = "job-output.txt") -> dict[str, Any]:
    source = {"message": message, "filename": filename, "log_url": URL}
    return {"_index": "logstash-logs-1", "_id": str(number), "sort": [1000 + number // 4, number], "_source": source}


def hits(*found: dict[str, Any]) -> dict[str, Any]:
    return {"hits": {"hits": list(found)}}


def reply(**more: object) -> dict[str, Any]:
    return {"_shards": {"total": 2, "successful": 2, "failed": 0}, "timed_out": False, "status": 200, **more}


EARLY = document(3, "ERROR: early")
LATE = document(90, "ERROR: late")
END = document(91, "POST-RUN START: [trusted : a/b@main]")
GRAVE = document(50, "ERROR nova [-] it broke", "screen-n-cpu.txt")
FINE = document(51, "INFO nova [-] 3 errors before", "screen-n-cpu.txt")
BUCKET = {
    "key": A,
    "ends": {"first": hits(END)},
    "errors": {
        "first": hits(EARLY, document(4, "failed: 0"), LATE),
        "last": hits(document(99, "ERROR: behind"), LATE, EARLY),
    },
    "others": {"files": {"buckets": [{"key": "screen-n-cpu.txt", "first": hits(GRAVE, FINE), "last": hits(GRAVE)}]}},
}
ERRORS = reply(aggregations={"builds": {"buckets": [BUCKET]}})
TAIL = reply(**hits(document(99, "ERROR: behind"), document(92, "copied"), END, LATE, document(89, "step")))
EMPTY = reply(**hits())


def hit(found: dict[str, Any]) -> Hit:
    return Hit(found["_source"]["message"], found["_source"]["filename"], URL, None)


def test_each_line_is_told_once_in_its_order_the_console_s_first() -> None:
    assert lines([ERRORS, TAIL, EMPTY], [A, B]) == {
        A: (
            hit(EARLY),
            hit(document(89, "step")),
            hit(LATE),
            hit(END),
            hit(document(92, "copied")),
            hit(document(99, "ERROR: behind")),
            hit(GRAVE),
        )
    }


def test_no_index_is_nothing_found() -> None:
    nothing = {"_shards": {"total": 0, "successful": 0, "failed": 0}, "timed_out": False, "hits": {"hits": []}}
    assert lines([nothing, nothing], [A]) == {}


def test_nothing_searched_is_no_answer() -> None:
    dead = reply(**hits()) | {"_shards": {"total": 2, "successful": 0, "failed": 2}}
    with pytest.raises(Transient, match="the cluster searched nothing: no copy of any shard is there"):
        lines([ERRORS, dead], [A])


def places(value: object) -> Iterator[tuple[Any, Any]]:
    """Every place in JSON where something can be put."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from places(inner)


@given(st.data())
def test_any_json_is_read_or_is_transient(data: st.DataObject) -> None:
    bodies = json.loads(json.dumps([ERRORS, TAIL]))
    place, key = data.draw(st.sampled_from(list(places(bodies))))
    place[key] = data.draw(st.one_of(st.none(), st.integers(), st.text(max_size=5), st.just([]), st.just({})))
    try:
        found = lines(bodies, [A])
    except Transient:
        return
    assert all(isinstance(one.message, str) for told in found.values() for one in told)


def test_one_search_for_the_errors_of_all_and_one_for_the_end_of_each() -> None:
    errors, first, second = searches(OPENDEV, [A, B], 30.0)
    assert first == {
        "size": 600,
        "track_total_hits": False,
        "timeout": "24000ms",
        "sort": [{"@timestamp": {"order": "desc", "unmapped_type": "date"}}, {"_seq_no": {"order": "desc"}}],
        "_source": ["message", "filename", "log_url"],
        "query": {
            "bool": {
                "filter": [
                    {"term": {"build_uuid.keyword": A}},
                    {"terms": {"filename.keyword": ["job-output.txt", "console.html", "custom-job-results.txt"]}},
                ]
            }
        },
    }
    assert second["query"] == {"bool": {"filter": [{"term": {"build_uuid.keyword": B}}, _consoles(first)]}}
    assert errors["size"] == 0
    assert list(errors["aggs"]["builds"]["aggs"]) == ["ends", "errors", "others"]  # type: ignore[index]


def _consoles(search: dict[str, Any]) -> object:
    return search["query"]["bool"]["filter"][1]


def test_the_logstash_of_old_says_the_level_of_a_line_by_itself() -> None:
    asked = json.dumps(searches(LOGSTASH_LEGACY, ["aaaaaaa"], 30.0))
    assert '{"term": {"loglevel": "ERROR"}}' in asked
    assert '{"term": {"build_short_uuid": "aaaaaaa"}}' in asked


def test_no_bucket_asks_for_more_documents_than_servers_give() -> None:
    for layout in (OPENDEV, LOGSTASH_LEGACY):
        errors, *_ = searches(layout, ["a" * layout.id_digits], 30.0)
        sizes = [place["size"] for place, key in places(errors) if key == "size" and "sort" in place]
        assert sizes
        assert max(sizes) <= 100
