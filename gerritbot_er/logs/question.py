"""What a cluster is asked, as JSON bodies: whose logs are there, and which signatures hit in which builds; pure."""

from collections.abc import Iterator, Mapping, Sequence

from .layouts import TIME, Layout

Json = dict[str, object]

EVIDENCE = ("message", "filename", "log_url")
OWNER = ("build_change", "build_patchset")

BUILDS_PER_READINESS = 500

_CELLS = 50_000
"""Signatures times builds in one request.  Each may become a bucket, and a cluster refuses more than 65,535 of those
(``search.max_buckets``): 1,000 signatures with 50 builds are one request."""

MOST_FILES = 10
"""Files in which the parts of a compound signature may have lines, for it to be decided."""

CELLS_OF_PART = MOST_FILES + 3
"""What a part of a compound signature counts for among _CELLS: its own bucket and those of the files."""

_SERVER_SHARE = 0.8


def indices(pattern: str) -> str:
    """The configured pattern as it goes into the path, "" where nothing is named: that would search *all* indices."""
    return ",".join(name for name in (part.strip() for part in pattern.split(",")) if name)


def parts(
    builds: Mapping[str, Sequence[str]], signatures: int, parts_of_compounds: int = 0
) -> Iterator[Mapping[str, Sequence[str]]]:
    """The builds, each with its ids, in as few requests as the cluster's limit on buckets allows.

    All ids of a build are in the same request.
    """
    size = max(_CELLS // max(signatures + parts_of_compounds * CELLS_OF_PART, 1), 1)
    part: dict[str, Sequence[str]] = {}
    count = 0
    for identity, ids in builds.items():
        if part and count + len(ids) > size:
            yield part
            part, count = {}, 0
        part[identity] = ids
        count += len(ids)
    if part:
        yield part


def options(index: str) -> Json:
    """How a search goes to the indices: missing ones are no error, a partial answer is told, not hidden in an error.

    The same preference lets two polls see the same copies of the shards, else their counts may never stand still.
    """
    return {
        "index": index,
        "ignore_unavailable": True,
        "allow_no_indices": True,
        "allow_partial_search_results": True,
        "preference": "gerritbot-er",
    }


def readiness(layout: Layout, builds: Sequence[str], timeout: float) -> Json:
    """How many documents there are of each build, and of its console (of its end, where the preset knows one)."""
    of_console: list[Json] = [{"terms": {layout.file: list(layout.consoles)}}]
    if layout.console_end:
        of_console.append(query_string(layout.console_end))
    counted = {
        "terms": {"field": layout.build, "size": len(builds)},
        "aggs": {"console": {"filter": {"bool": {"filter": of_console}}}},
    }
    return _search(layout, builds, timeout, {"builds": counted})


def match(
    layout: Layout, queries: Sequence[str], builds: Sequence[str], timeout: float, parts: Sequence[str] = ()
) -> Json:
    """All queries against all builds: ``signatures.buckets.<position>.builds`` with the first line of each hit.

    Of ``parts``, queries of compound signatures, the names of the files that hold a hit:
    ``parts.buckets.<position>.builds``.
    ``builds`` has each build's count, and one document that names its change.  Days are not limited: a line's day is
    that of its index only where it was sent on the day it was written.
    """
    owner = {"top_hits": {"size": 1, "_source": list(OWNER)}}
    asked: Json = {"builds": {"terms": {"field": layout.build, "size": len(builds)}, "aggs": {"owner": owner}}}
    if queries:
        asked["signatures"] = {"filters": _filters(queries), "aggs": {"builds": _hits(layout, builds)}}
    if parts:
        asked["parts"] = {"filters": _filters(parts), "aggs": {"builds": _files(layout, builds)}}
    return _search(layout, builds, timeout, asked)


def match_one(layout: Layout, query: str, builds: Sequence[str], timeout: float) -> Json:
    """One query against all builds, for a request of many searches: ``builds`` with the first line of each hit."""
    return _search(layout, builds, timeout, {"builds": _hits(layout, builds)}, query_string(query))


def match_part(layout: Layout, query: str, builds: Sequence[str], timeout: float) -> Json:
    """The same for a part of a compound signature: ``builds`` with the names of the files that hold a hit."""
    return _search(layout, builds, timeout, {"builds": _files(layout, builds)}, query_string(query))


def counting(timeout: float) -> Json:
    """The frame of each search that asks for aggregations alone; ``timeout`` is our own limit, in seconds.

    The cluster stops before that is up: its partial answer says more than none.
    """
    return {"size": 0, "track_total_hits": False, "timeout": f"{max(int(timeout * _SERVER_SHARE * 1000), 1)}ms"}


def validation(query: str) -> Json:
    """Whether the cluster can read a query."""
    return {"query": query_string(query)}


def query_string(query: str) -> Json:
    """A signature's query as it stands, never a part of another text."""
    return {"query_string": {"query": query}}


def _filters(queries: Sequence[str]) -> Json:
    return {"filters": {str(position): query_string(query) for position, query in enumerate(queries)}}


def _files(layout: Layout, builds: Sequence[str]) -> Json:
    names = {"terms": {"field": layout.file, "size": MOST_FILES + 1}}
    return {"terms": {"field": layout.build, "size": len(builds)}, "aggs": {"files": names}}


def _hits(layout: Layout, builds: Sequence[str]) -> Json:
    first = {
        "top_hits": {
            "size": 1,
            "sort": [{TIME: {"order": "asc", "unmapped_type": "date"}}],
            "_source": [*EVIDENCE, *OWNER],
        }
    }
    return {"terms": {"field": layout.build, "size": len(builds)}, "aggs": {"first": first}}


def _search(layout: Layout, builds: Sequence[str], timeout: float, aggs: Json, query: Json | None = None) -> Json:
    chosen: list[Json] = [{"terms": {layout.build: list(builds)}}]
    return {
        **counting(timeout),
        "query": {"bool": {"filter": chosen if query is None else [*chosen, query]}},
        "aggs": aggs,
    }
