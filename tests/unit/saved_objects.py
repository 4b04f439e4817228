"""The ready dashboard of sightings as it lies in etc/: its objects, and what each of them asks of a cluster."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "etc" / "dashboard-sightings.ndjson"

Object = Mapping[str, Any]
METRICS = frozenset({"count", "cardinality", "sum", "max", "median"})


def objects() -> list[Object]:
    """All of them, as they are imported."""
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def of_type(kind: str) -> dict[str, Object]:
    """Those of a type by their titles."""
    return {one["attributes"]["title"]: one for one in objects() if one["type"] == kind}


def state_of(visualization: Object) -> Any:  # noqa: ANN401 - JSON
    return json.loads(visualization["attributes"]["visState"])


def source_of(one: Object) -> Any:  # noqa: ANN401 - JSON
    return json.loads(one["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])


def fields_of(visualization: Object) -> Iterator[str]:
    """The fields that a visualization names, also in its query."""
    yield from (one["params"]["field"] for one in state_of(visualization)["aggs"] if one["type"] != "count")
    for clause in filter(None, source_of(visualization)["query"]["query"].split(" or ")):
        yield clause.partition(":")[0]


def request_of(visualization: Object) -> dict[str, Any]:
    """The search that draws it: buckets within buckets, as listed, and its metrics in each of them."""
    aggs = state_of(visualization)["aggs"]
    metrics = {one["id"]: _metric(one) for one in aggs if one["type"] in METRICS - {"count"}}
    counts = {one["id"] for one in aggs if one["type"] == "count"}
    asked: dict[str, Any] = dict(metrics)
    for one in reversed([one for one in aggs if one["type"] not in METRICS]):
        asked = {**metrics, one["id"]: {**_bucket(one, counts), "aggs": asked}}
    query = source_of(visualization)["query"]["query"].replace(" or ", " OR ")
    return {
        "size": 0,
        "track_total_hits": True,
        "query": {"query_string": {"query": query or "*"}},
        "aggs": asked,
    }


def _metric(agg: Object) -> Object:
    field = {"field": agg["params"]["field"]}
    return {"percentiles": {**field, "percents": [50]}} if agg["type"] == "median" else {agg["type"]: field}


def _bucket(agg: Object, counts: set[str]) -> dict[str, Any]:
    params = agg["params"]
    if agg["type"] == "date_histogram":
        return {"date_histogram": {"field": params["field"], "fixed_interval": "1h", "min_doc_count": 1}}
    by = "_count" if params["orderBy"] in counts else params["orderBy"]
    return {"terms": {"field": params["field"], "size": params["size"], "order": {by: params["order"]}}}
