"""What a cluster answers: any JSON is read into what was found, or is ``Transient`` where that cannot be; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast

from gerritbot_er.errors import Transient
from gerritbot_er.model import LogsSeen
from gerritbot_er.signatures.file_tags import bare_name

from . import question
from .layouts import LOGSTASH_LEGACY, OPENDEV, Layout
from .refusals import reason, sentence

_REMEDIES = {
    OPENDEV.name: "give the indices the index template of etc/index-template.json, and let the wrong ones expire",
    LOGSTASH_LEGACY.name: "name indices of that time, or take fields: opendev",
}
_UNREADABLE_QUERY = frozenset({"query_shard_exception", "parse_exception", "parsing_exception", "too_many_clauses"})


@dataclass(frozen=True, slots=True)
class Hit:
    """The document that proves a hit: its line, its file's name, its log's URL ("" where it has none)."""

    message: str
    filename: str
    log_url: str
    owner: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Files:
    """The bare names of files that hold a hit; ``more`` where there are others, too many to be told."""

    names: frozenset[str] = frozenset()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What one or more searches found, by build id.

    ``owners``: the (change, patch set) pairs of every build that has documents; ``hits``: one mapping per query, in
    their order; ``files``: one per part of a compound signature; ``partial``: something was not searched;
    ``unreadable``: a shard could not read one of the queries.
    """

    owners: Mapping[str, frozenset[tuple[int, int]]]
    hits: tuple[Mapping[str, Hit], ...]
    partial: bool
    unreadable: str | None = None
    files: tuple[Mapping[str, Files], ...] = ()


def readiness(body: object, builds: Sequence[str]) -> dict[str, LogsSeen]:
    """What there is of each of the builds, by build id; nothing seen: left out, if everything was searched."""
    _, partial = _searched(body)
    seen = dict.fromkeys(builds, LogsSeen(partial=True)) if partial else {}
    for build, bucket in _builds(_aggregations(body)):
        console = _count(_mapping(bucket.get("console"), "console"), "doc_count")
        seen[build] = LogsSeen(_count(bucket, "doc_count"), console > 0, partial=partial)
    return seen


def together(seen: Iterable[LogsSeen]) -> LogsSeen:
    """What there is of one build under all of its ids."""
    every = tuple(seen)
    return LogsSeen(
        sum(one.documents for one in every),
        any(one.console for one in every),
        partial=any(one.partial for one in every),
    )


def matches(body: object, queries: int, parts: int = 0) -> Found:
    """The answer to ``question.match`` with so many queries, and so many parts of compound signatures."""
    indices, partial = _searched(body)
    aggregations = _aggregations(body)
    owners = _owners(aggregations)
    hits = tuple(_hits(one) for one in _filtered(aggregations, "signatures", queries if indices else 0))
    files = tuple(_files(one) for one in _filtered(aggregations, "parts", parts if indices else 0))
    hits += ({},) * (queries - len(hits))
    files += ({},) * (parts - len(files))
    for found in hits:
        for build, hit in found.items():
            if hit.owner is not None:
                owners[build] = owners.get(build, frozenset()) | {hit.owner}
    return Found(owners, hits, partial, _failure(body, _UNREADABLE_QUERY), files)


@dataclass(frozen=True, slots=True)
class Reply:
    """One search of many: its hits or files, or why there are none.

    ``refused`` is the cluster's reason against the query.
    """

    hits: Mapping[str, Hit]
    partial: bool = False
    refused: str | None = None
    files: Mapping[str, Files] = field(default_factory=dict)


def replies(body: object, asked: int) -> Sequence[object]:
    """The bodies of an answer to many searches, as many as were asked."""
    found = _mapping(body, "answer").get("responses")
    if not isinstance(found, list) or len(found) != asked:
        raise _unreadable(f"{asked} responses")
    return found


def reply(body: object, *, part: bool = False) -> Reply:
    """The answer to one ``question.match_one`` or ``match_part`` out of many; the others' faults do not touch it."""
    whole = _mapping(body, "response")
    if "error" in whole:
        if whole.get("status") == HTTPStatus.BAD_REQUEST:
            return Reply({}, refused=reason(whole))
        return Reply({}, partial=True)
    _, partial = _searched(whole)
    refused = _failure(whole, _UNREADABLE_QUERY)
    if part:
        return Reply({}, partial, refused, _files(_aggregations(whole)))
    return Reply(_hits(_aggregations(whole)), partial, refused)


def status(body: object) -> int:
    """The HTTP status of one answer out of many; 200 where it says none."""
    found = _mapping(body, "response").get("status", 200)
    return found if isinstance(found, int) else 200


def validity(body: object) -> str | None:
    """Why the cluster can not read a query, None where it can; ``Transient`` where it had no index to try it on."""
    whole = _mapping(body, "answer")
    shards = _mapping(whole.get("_shards"), "_shards")
    if not _count(shards, "total"):
        raise Transient("no index matches yet, so the cluster takes any query for valid; try again once logs are there")
    if whole.get("valid") is not False:
        return None
    explained = whole.get("explanations")
    said = [one.get("error") for one in explained if isinstance(one, dict)] if isinstance(explained, list) else []
    text = next((one for one in said if isinstance(one, str)), "the cluster says no more than: not valid")
    return sentence(text)


def field_problems(body: object, layout: Layout, index: str) -> list[str]:
    """What is wrong with the fields of the indices, each with what to do; the answer of the field capabilities."""
    whole = _mapping(body, "answer")
    indices = whole.get("indices")
    if not isinstance(indices, list):
        raise _unreadable("indices")
    if not indices:
        return [f"no index matches {index}: correct index, or wait until the first logs are sent"]
    fields = _mapping(whole.get("fields"), "fields")
    problems = []
    for name, wanted in layout.types.items():
        types = set(_mapping(fields.get(name, {}), name)) - {"unmapped"}
        if types and types <= wanted:
            continue
        now = f"is mapped as {' and '.join(sorted(types))}" if types else "is missing"
        problems.append(f"field {name} {now} in {index}, not as {min(wanted, key=len)}: {_REMEDIES[layout.name]}")
    return problems


# -- inside ----------------------------------------------------------------------------------------------------------


def _unreadable(what: str) -> Transient:
    return Transient(f"the cluster's answer cannot be read, it lacks: {what}; look at what stands between us and it")


def _mapping(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _unreadable(what)
    return cast(Mapping[str, object], value)


def _count(found: Mapping[str, object], name: str) -> int:
    value = found.get(name, 0)
    if not isinstance(value, int):
        raise _unreadable(name)
    return value


def _searched(body: object) -> tuple[bool, bool]:
    """Whether there is an index at all, and whether anything was not searched; ``Transient`` if nothing was.

    An unassigned shard fails nowhere on some servers: only the count of those that answered shows it.
    """
    found = _mapping(body, "answer")
    shards = _mapping(found.get("_shards"), "_shards")
    total, successful = _count(shards, "total"), _count(shards, "successful")
    if total and not successful:
        raise Transient(f"the cluster searched nothing: {_failure(body) or 'no copy of any shard is there'}")
    clusters = found.get("_clusters")
    remote = isinstance(clusters, dict) and clusters.get("successful") != clusters.get("total")
    partial = successful < total or _count(shards, "failed") > 0 or found.get("timed_out") is not False or remote
    return total > 0, partial


def _failure(body: object, types: frozenset[str] | None = None) -> str | None:
    """The reason of the first failed shard (of these types of error)."""
    failures = _mapping(_mapping(body, "answer").get("_shards"), "_shards").get("failures")
    for failure in failures if isinstance(failures, list) else []:
        error = failure.get("reason") if isinstance(failure, dict) else None
        if isinstance(error, dict) and (types is None or error.get("type") in types):
            return reason(error)
    return None


def _aggregations(body: object) -> Mapping[str, object]:
    # Where no index matches there are no aggregations at all.
    return _mapping(_mapping(body, "answer").get("aggregations", {}), "aggregations")


def _builds(aggregations: Mapping[str, object]) -> list[tuple[str, Mapping[str, object]]]:
    """The buckets of the builds, by build id."""
    if "builds" not in aggregations:
        return []
    buckets = _mapping(aggregations["builds"], "builds").get("buckets")
    if not isinstance(buckets, list):
        raise _unreadable("buckets")
    found = []
    for one in buckets:
        bucket = _mapping(one, "a build")
        key = bucket.get("key")
        if not isinstance(key, str):
            raise _unreadable("a build's key")
        found.append((key, bucket))
    return found


def _owners(aggregations: Mapping[str, object]) -> dict[str, frozenset[tuple[int, int]]]:
    owners = {}
    for build, bucket in _builds(aggregations):
        owner = _owner(_source(bucket.get("owner")))
        owners[build] = frozenset() if owner is None else frozenset({owner})
    return owners


def _filtered(aggregations: Mapping[str, object], name: str, queries: int) -> list[Mapping[str, object]]:
    """What an aggregation by queries holds for each of them."""
    if not queries:
        return []
    buckets = _mapping(_mapping(aggregations.get(name), name).get("buckets"), "buckets")
    return [_mapping(buckets.get(str(position)), "a signature") for position in range(queries)]


def _files(aggregations: Mapping[str, object]) -> dict[str, Files]:
    found = {}
    for build, bucket in _builds(aggregations):
        buckets = _mapping(bucket.get("files"), "files").get("buckets")
        if not isinstance(buckets, list):
            raise _unreadable("buckets")
        names = [bare_name(_text(_mapping(one, "a file").get("key"))) for one in buckets[: question.MOST_FILES]]
        # Lines that name no file cannot be read in one.
        found[build] = Files(frozenset(names), more=len(buckets) > question.MOST_FILES or not buckets)
    return found


def _hits(aggregations: Mapping[str, object]) -> dict[str, Hit]:
    found = {}
    for build, bucket in _builds(aggregations):
        source = _source(bucket.get("first"))
        message, filename, log_url = (_text(source.get(name)) for name in question.EVIDENCE)
        found[build] = Hit(message, filename, log_url, _owner(source))
    return found


def _source(top_hits: object) -> Mapping[str, object]:
    """The fields of the one document; empty where it has none of them."""
    hits = _mapping(_mapping(top_hits, "top_hits").get("hits"), "hits").get("hits")
    if not isinstance(hits, list) or not hits:
        raise _unreadable("a document")
    return _mapping(_mapping(hits[0], "a document").get("_source", {}), "_source")


def _owner(source: Mapping[str, object]) -> tuple[int, int] | None:
    numbers = [_text(source.get(name)) for name in question.OWNER]
    if all(number.isascii() and number.isdigit() and len(number) < 10 for number in numbers):  # noqa: PLR2004 - int32
        return int(numbers[0]), int(numbers[1])
    return None


def _text(value: object) -> str:
    """A field's value as text; of a list the first."""
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, str) else str(value) if type(value) is int else ""
