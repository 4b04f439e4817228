from gerritbot_er.logs import question
from gerritbot_er.logs.layouts import LOGSTASH_LEGACY, OPENDEV

A = "a" * 32
B = "b" * 32


def test_readiness_is_one_search_that_counts_the_documents_and_the_console_of_each_build() -> None:
    assert question.readiness(OPENDEV, [A, B], 30.0) == {
        "size": 0,
        "track_total_hits": False,
        "timeout": "24000ms",
        "query": {"bool": {"filter": [{"terms": {"build_uuid.keyword": [A, B]}}]}},
        "aggs": {
            "builds": {
                "terms": {"field": "build_uuid.keyword", "size": 2},
                "aggs": {
                    "console": {
                        "filter": {
                            "bool": {
                                "filter": [
                                    {
                                        "terms": {
                                            "filename.keyword": [
                                                "job-output.txt",
                                                "console.html",
                                                "custom-job-results.txt",
                                            ]
                                        }
                                    }
                                ]
                            }
                        }
                    }
                },
            }
        },
    }


def test_the_logstash_of_old_has_short_ids_and_consoles_that_end() -> None:
    assert LOGSTASH_LEGACY.ids_of(["A" * 32, "4f440b7", "4f440b", None, "aaaaaaa", "no-hex!"]) == ("aaaaaaa", "4f440b7")
    asked = question.readiness(LOGSTASH_LEGACY, ["aaaaaaa"], 30.0)
    assert asked["query"] == {"bool": {"filter": [{"terms": {"build_short_uuid": ["aaaaaaa"]}}]}}
    end = 'message:"POST-RUN END" OR message:"[Zuul] Job complete" OR message:"Copying console log"'
    assert asked["aggs"] == {
        "builds": {
            "terms": {"field": "build_short_uuid", "size": 1},
            "aggs": {
                "console": {
                    "filter": {
                        "bool": {
                            "filter": [
                                {"terms": {"filename": ["job-output.txt", "console.html"]}},
                                {"query_string": {"query": end}},
                            ]
                        }
                    }
                }
            },
        }
    }


def test_match_is_one_search_of_all_queries_in_all_builds() -> None:
    assert question.match(OPENDEV, ['message:"disk full"', "tags:console"], [A, B], 10.0) == {
        "size": 0,
        "track_total_hits": False,
        "timeout": "8000ms",
        "query": {"bool": {"filter": [{"terms": {"build_uuid.keyword": [A, B]}}]}},
        "aggs": {
            "builds": {
                "terms": {"field": "build_uuid.keyword", "size": 2},
                "aggs": {"owner": {"top_hits": {"size": 1, "_source": ["build_change", "build_patchset"]}}},
            },
            "signatures": {
                "filters": {
                    "filters": {
                        "0": {"query_string": {"query": 'message:"disk full"'}},
                        "1": {"query_string": {"query": "tags:console"}},
                    }
                },
                "aggs": {
                    "builds": {
                        "terms": {"field": "build_uuid.keyword", "size": 2},
                        "aggs": {
                            "first": {
                                "top_hits": {
                                    "size": 1,
                                    "sort": [{"@timestamp": {"order": "asc", "unmapped_type": "date"}}],
                                    "_source": ["message", "filename", "log_url", "build_change", "build_patchset"],
                                }
                            }
                        },
                    }
                },
            },
        },
    }


def test_without_signatures_only_the_builds_are_asked_after() -> None:
    assert list(question.match(OPENDEV, [], [A], 10.0)["aggs"]) == ["builds"]  # type: ignore[call-overload]


def test_one_query_of_many_searches_stands_beside_the_builds() -> None:
    asked = question.match_one(OPENDEV, "message:x", [A], 10.0)
    assert asked["query"] == {
        "bool": {
            "filter": [{"terms": {"build_uuid.keyword": [A]}}, {"query_string": {"query": "message:x"}}],
        }
    }


def test_f17_nothing_named_is_not_all_indices() -> None:
    assert question.indices(" , ,") == ""
    assert question.indices(" logs-a-* , ,logs-b-*") == "logs-a-*,logs-b-*"


def test_f17_a_missing_index_is_no_error() -> None:
    assert question.options("logs-*") == {
        "index": "logs-*",
        "ignore_unavailable": True,
        "allow_no_indices": True,
        "allow_partial_search_results": True,
        "preference": "gerritbot-er",
    }


def test_f28_only_a_whole_hex_id_is_an_identity() -> None:
    assert OPENDEV.build_id("A" * 32) == "a" * 32
    for other in (None, "", "4f440b7", "a" * 31, "a" * 33, "*", f"{A} OR *", f"{A}\n"):
        assert OPENDEV.build_id(other) is None


def test_the_ids_of_a_build_are_its_own_and_those_of_its_latest_attempts() -> None:
    assert OPENDEV.ids_of(["A" * 32, B, None, "4f440b7", A]) == (A, B)
    assert OPENDEV.ids_of(f"{number:032x}" for number in range(50)) == tuple(f"{n:032x}" for n in range(10))
    assert OPENDEV.ids_of([None]) == ()


def _parts(builds: int, signatures: int, ids: int = 1) -> list[int]:
    known = {str(number): [f"{number:016x}{attempt:016x}" for attempt in range(ids)] for number in range(builds)}
    parts = list(question.parts(known, signatures))
    assert {one: of for part in parts for one, of in part.items()} == known
    return [len(part) for part in parts]


def test_a_thousand_signatures_and_fifty_builds_are_one_request() -> None:
    assert _parts(50, 1000) == [50]
    assert _parts(101, 1000) == [50, 50, 1]
    assert _parts(101, 0) == [101]
    assert _parts(2, 60_000) == [1, 1]
    assert _parts(0, 10) == []


def test_all_ids_of_a_build_are_in_the_same_request() -> None:
    assert _parts(16, 1000, ids=3) == [16]
    assert _parts(17, 1000, ids=3) == [16, 1]
    assert _parts(2, 60_000, ids=3) == [1, 1]
