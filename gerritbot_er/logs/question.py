"""What a cluster is asked, as JSON bodies: whose logs are there, and which signatures hit in which builds; pure.

The fields are those of OpenStack's log processing today (preset ``opendev``): one document per line, every string
analysed, with the exact value beside it as ``.keyword``.  A build is told by that exact value only: a phrase on the
analysed field also finds longer names.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

Json = dict[str, object]

BUILD = "build_uuid.keyword"
FILE = "filename.keyword"
TIME = "@timestamp"
CONSOLES = ("job-output.txt", "console.html", "custom-job-results.txt")
"""The files that say that a build's logs have begun to come; the last one is sent for builds without logs."""

EVIDENCE = ("message", "filename", "log_url")
OWNER = ("build_change", "build_patchset")

FIELD_TYPES: Mapping[str, frozenset[str]] = {
    "message": frozenset({"text", "match_only_text"}),
    TIME: frozenset({"date", "date_nanos"}),
    BUILD: frozenset({"keyword"}),
    FILE: frozenset({"keyword"}),
    "tags": frozenset({"text", "match_only_text"}),
}
"""What the preset's fields must be mapped as; without them nothing is found, and no server says so."""

BUILDS_PER_READINESS = 500
IDS_PER_BUILD = 10
"""A build's own id and those of its latest earlier attempts, of which Zuul makes two unless a job says otherwise; so
many that 500 builds stay well below a cluster's limits on values (65,536) and buckets."""

_CELLS = 50_000
"""Signatures times builds in one request.  Each may become a bucket, and a cluster refuses more than 65,535 of those
(``search.max_buckets``): 1,000 signatures with 50 builds are one request."""

MOST_FILES = 10
"""Files in which the parts of a compound signature may have lines, for it to be decided."""

CELLS_OF_PART = MOST_FILES + 3
"""What a part of a compound signature counts for among _CELLS: its own bucket and those of the files."""

_SERVER_SHARE = 0.8
_BUILD_ID = re.compile(r"[0-9a-f]{32}")


def build_id(uuid: str | None) -> str | None:
    """The id as the documents hold it: 32 hex digits, else None (Zuul v2's seven digits are in no field today)."""
    wanted = (uuid or "").lower()
    return wanted if _BUILD_ID.fullmatch(wanted) else None


def indices(pattern: str) -> str:
    """The configured pattern as it goes into the path, "" where nothing is named: that would search *all* indices."""
    return ",".join(name for name in (part.strip() for part in pattern.split(",")) if name)


def ids_of(uuids: Iterable[str | None]) -> tuple[str, ...]:
    """The ids that documents of a build can hold, out of its uuid and those of its earlier attempts, in this order."""
    known = (build_id(uuid) for uuid in uuids)
    return tuple(islice(dict.fromkeys(one for one in known if one is not None), IDS_PER_BUILD))


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


def readiness(builds: Sequence[str], timeout: float) -> Json:
    """How many documents there are of each build, and of its console."""
    counted = {
        "terms": {"field": BUILD, "size": len(builds)},
        "aggs": {"console": {"filter": {"terms": {FILE: list(CONSOLES)}}}},
    }
    return _search(builds, timeout, {"builds": counted})


def match(queries: Sequence[str], builds: Sequence[str], timeout: float, parts: Sequence[str] = ()) -> Json:
    """All queries against all builds: ``signatures.buckets.<position>.builds`` with the first line of each hit.

    Of ``parts``, queries of compound signatures, the names of the files that hold a hit:
    ``parts.buckets.<position>.builds``.
    ``builds`` has each build's count, and one document that names its change.  Days are not limited: a line's day is
    that of its index only where it was sent on the day it was written.
    """
    owner = {"top_hits": {"size": 1, "_source": list(OWNER)}}
    asked: Json = {"builds": {"terms": {"field": BUILD, "size": len(builds)}, "aggs": {"owner": owner}}}
    if queries:
        asked["signatures"] = {"filters": _filters(queries), "aggs": {"builds": _hits(builds)}}
    if parts:
        asked["parts"] = {"filters": _filters(parts), "aggs": {"builds": _files(builds)}}
    return _search(builds, timeout, asked)


def match_one(query: str, builds: Sequence[str], timeout: float) -> Json:
    """One query against all builds, for a request of many searches: ``builds`` with the first line of each hit."""
    return _search(builds, timeout, {"builds": _hits(builds)}, query_string(query))


def match_part(query: str, builds: Sequence[str], timeout: float) -> Json:
    """The same for a part of a compound signature: ``builds`` with the names of the files that hold a hit."""
    return _search(builds, timeout, {"builds": _files(builds)}, query_string(query))


def validation(query: str) -> Json:
    """Whether the cluster can read a query."""
    return {"query": query_string(query)}


def query_string(query: str) -> Json:
    """A signature's query as it stands, never a part of another text."""
    return {"query_string": {"query": query}}


def _filters(queries: Sequence[str]) -> Json:
    return {"filters": {str(position): query_string(query) for position, query in enumerate(queries)}}


def _files(builds: Sequence[str]) -> Json:
    names = {"terms": {"field": FILE, "size": MOST_FILES + 1}}
    return {"terms": {"field": BUILD, "size": len(builds)}, "aggs": {"files": names}}


def _hits(builds: Sequence[str]) -> Json:
    first = {
        "top_hits": {
            "size": 1,
            "sort": [{TIME: {"order": "asc", "unmapped_type": "date"}}],
            "_source": [*EVIDENCE, *OWNER],
        }
    }
    return {"terms": {"field": BUILD, "size": len(builds)}, "aggs": {"first": first}}


def _search(builds: Sequence[str], timeout: float, aggs: Json, query: Json | None = None) -> Json:
    chosen: list[Json] = [{"terms": {BUILD: list(builds)}}]
    return {
        "size": 0,
        "track_total_hits": False,
        # The cluster stops before our own time limit is up: its partial answer says more than none.
        "timeout": f"{max(int(timeout * _SERVER_SHARE * 1000), 1)}ms",
        "query": {"bool": {"filter": chosen if query is None else [*chosen, query]}},
        "aggs": aggs,
    }
