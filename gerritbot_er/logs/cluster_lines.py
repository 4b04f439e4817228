"""The lines that may tell why builds failed, asked of a cluster: many searches in one request; pure.

One search finds the error lines of all builds, one more for each build the end of its console.  Documents have no place
in their file but their time, which several lines may share; among these they keep the order in which they were sent, as
well as the index keeps that.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from gerritbot_er.errors import Transient
from gerritbot_er.telling_lines import (
    EARLY,
    ENDS,
    ERROR_WORDS,
    FILES,
    FIRST_OF_FILE,
    GRAVE_WORDS,
    LAST_OF_FILE,
    LATE,
    is_error,
    is_grave,
    of_file,
    shortlist,
)

from .answer import Hit
from .layouts import TIME, Layout
from .question import EVIDENCE, Json, counting

IDS_A_REQUEST = 50
TAIL = 600
"""Lines that are read of a console's end: what is told there of the cleaning up has often several hundred."""

_MOST_HITS = 100
"""Documents in one bucket: the servers' own limit (``index.max_inner_result_window``)."""
_SPARE = 2
"""So many times the lines that are kept are asked for: some have a word of an error and tell of none."""
_FORMS = {
    "error": (
        "error",
        "errors",
        "assertionerror",
        "attributeerror",
        "connectionerror",
        "importerror",
        "keyerror",
        "modulenotfounderror",
        "nameerror",
        "oserror",
        "runtimeerror",
        "syntaxerror",
        "timeouterror",
        "typeerror",
        "valueerror",
    ),
    "fail": ("fail", "fails", "failed", "failure", "failures", "failing"),
    "exception": ("exception", "exceptions", "nullpointerexception", "processexecutionerror"),
    "abort": ("abort", "aborted", "aborting"),
}
"""The words of an analysed line that stand for one that a line may hold within others."""
_LEVELS = ("ERROR", "CRITICAL", "TRACE")
_LEVEL = "loglevel"

Lines = Mapping[str, tuple[Hit, ...]]
"""By build id, of each file in the order in which they stand there."""


def searches(layout: Layout, ids: Sequence[str], timeout: float) -> list[Json]:
    """The bodies of all searches for these ids of builds."""
    return [_errors(layout, ids, timeout), *(_tail(layout, one, timeout) for one in ids)]


def _errors(layout: Layout, ids: Sequence[str], timeout: float) -> Json:
    console: Json = {"terms": {layout.file: list(layout.consoles)}}
    ends, errors = _any_phrase(ENDS), _any_word(ERROR_WORDS)
    levels: list[Json] = [{"term": {_LEVEL: level}} for level in _LEVELS]
    grave = _either([_any_word(GRAVE_WORDS), *levels])
    aggs: Json = {
        "ends": {"filter": _all([console, ends]), "aggs": {"first": _hits(_SPARE)}},
        "errors": {
            "filter": _all([console, errors]),
            "aggs": {"first": _hits(EARLY * _SPARE), "last": _hits(LATE * _SPARE, "desc")},
        },
        "others": {
            "filter": {"bool": {"filter": [grave], "must_not": [console]}},
            "aggs": {
                "files": {
                    "terms": {"field": layout.file, "size": FILES},
                    "aggs": {"first": _hits(FIRST_OF_FILE * _SPARE), "last": _hits(LAST_OF_FILE * _SPARE, "desc")},
                }
            },
        },
    }
    return {
        **counting(timeout),
        "query": _all([{"terms": {layout.build: list(ids)}}, _either([ends, errors, grave])]),
        "aggs": {"builds": {"terms": {"field": layout.build, "size": len(ids)}, "aggs": aggs}},
    }


def _tail(layout: Layout, build: str, timeout: float) -> Json:
    chosen: list[Json] = [{"term": {layout.build: build}}, {"terms": {layout.file: list(layout.consoles)}}]
    return {**counting(timeout), **_in_order(TAIL, "desc"), "query": _all(chosen)}


def _hits(size: int, order: str = "asc") -> Json:
    return {"top_hits": _in_order(min(size, _MOST_HITS), order)}


def _in_order(size: int, order: str) -> Json:
    by_time = {TIME: {"order": order, "unmapped_type": "date"}}
    # Of one time, as they were sent: "_doc", the place in the index, changes as segments are written and merged.
    as_sent = {"_seq_no": {"order": order}}
    return {"size": size, "sort": [by_time, as_sent], "_source": list(EVIDENCE)}


def _any_word(words: Iterable[str]) -> Json:
    every = [form for word in words for form in _FORMS.get(word, (word,))]
    plain = [word for word in every if " " not in word]
    return _either([{"match": {"message": " ".join(plain)}}, *_phrases(word for word in every if " " in word)])


def _any_phrase(texts: Iterable[str]) -> Json:
    return _either(_phrases(texts))


def _phrases(texts: Iterable[str]) -> list[Json]:
    return [{"match_phrase": {"message": text}} for text in texts]


def _either(queries: Sequence[Json]) -> Json:
    return {"bool": {"should": list(queries), "minimum_should_match": 1}}


def _all(queries: Sequence[Json]) -> Json:
    return {"bool": {"filter": list(queries)}}


# -- the answer ------------------------------------------------------------------------------------------------------


def lines(replies: Sequence[object], ids: Sequence[str]) -> Lines:
    """The answers to ``searches``; an id without lines is left out.  Transient where they cannot be read."""
    try:
        errors, *tails = (_searched(cast("dict[str, Any]", one)) for one in replies)
        consoles: dict[str, list[Any]] = {one: list(tail["hits"]["hits"]) for one, tail in zip(ids, tails, strict=True)}
        others: dict[str, list[Hit]] = {}
        # Where no index matches there are no aggregations at all.
        for bucket in errors.get("aggregations", {}).get("builds", {}).get("buckets", ()):
            found = consoles.setdefault(bucket["key"], [])
            found += _of(bucket["ends"]["first"])
            found += [hit for hit in _both(bucket["errors"]) if is_error(_text(hit, "message"))]
            others[bucket["key"]] = [hit for file in bucket["others"]["files"]["buckets"] for hit in _of_file(file)]
        told = {one: (*_of_console(found), *others.get(one, ())) for one, found in consoles.items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Transient(
            f"the cluster's answer about log lines cannot be read ({error!r}); look at what stands between us and it"
        ) from None
    return {one: found for one, found in told.items() if found}


def _searched(body: dict[str, Any]) -> dict[str, Any]:
    shards = body["_shards"]
    if shards["total"] and not shards["successful"]:
        raise Transient("the cluster searched nothing: no copy of any shard is there")
    return body


def _of_console(hits: Iterable[dict[str, Any]]) -> list[Hit]:
    found = [_hit(hit) for hit in _ordered(hits)]
    return [found[index] for index in shortlist([hit.message for hit in found])]


def _of_file(bucket: dict[str, Any]) -> list[Hit]:
    found = [_hit(hit) for hit in _ordered(_both(bucket)) if is_grave(_text(hit, "message"))]
    return [found[index] for index in of_file([hit.message for hit in found])]


def _ordered(hits: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each document once, by time and as they were sent."""
    once = {(hit["_index"], hit["_id"]): hit for hit in hits}
    return sorted(once.values(), key=lambda hit: [value or 0 for value in hit["sort"]])


def _both(bucket: dict[str, Any]) -> list[dict[str, Any]]:
    return [*_of(bucket["first"]), *_of(bucket["last"])]


def _of(top_hits: dict[str, Any]) -> list[dict[str, Any]]:
    return list(top_hits["hits"]["hits"])


def _hit(hit: dict[str, Any]) -> Hit:
    message, filename, log_url = (_text(hit, name) for name in EVIDENCE)
    return Hit(message, filename, log_url, None)


def _text(hit: dict[str, Any], name: str) -> str:
    value = hit.get("_source", {}).get(name)
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, str) else ""
