"""Which tests failed, asked of a cluster: in one request, and only where a signature that names tests was found; pure.

Documents of test results have ``test_name``, without tempest's tags, and ``test_status`` (source: ci-log-processing's
``logsender``, which takes both from subunit2sql).  A build without any is told by its console, as everywhere.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.logs.layouts import Layout
from gerritbot_er.logs.question import Json, counting
from gerritbot_er.logs.refusals import BadQuestion
from gerritbot_er.model import BuildAnswer, Signature
from gerritbot_er.signatures.named_tests import last_word, test_name

from . import Failures, Results, together
from .console import failed_in_lines

NOT_TOLD = "which tests failed is not known: neither documents of test results nor lines of the console tell it"


@dataclass(frozen=True, slots=True)
class AskForTests:
    """How a cluster is asked: ``search`` asks the indices of logs and of test results, within ``timeout`` seconds."""

    layout: Layout
    search: Callable[[Json], object]
    timeout: float


_FAILED = ("fail", "failure", "failed", "error", "uxsuccess")
_WORDS = "FAILED FAIL FAILURE ERROR"
"""One of these stands in every line of a console that names a failed test."""
_MOST = 100
"""Documents in one answer: the servers' own limit (``index.max_inner_result_window``)."""


def with_failed_tests(
    answers: Mapping[str, BuildAnswer],
    signatures: Iterable[Signature],
    ids: Mapping[str, Sequence[str]],
    cluster: AskForTests,
) -> Mapping[str, BuildAnswer]:
    """The answers, with the failed tests wherever a signature that asks for them was found.

    ``ids`` are those that the documents of a build can hold, by its identity.  Of a build's failed tests only those
    are asked for that a signature names.  Transient as ``cluster.search`` raises it.
    """
    named = {one.name: one.test_ids for one in signatures if one.test_ids}
    asking = [one for one in ids if any(match.signature in named for match in answers[one].matches)]
    if not asking:
        return answers
    every = list(dict.fromkeys(one for build in asking for one in ids[build]))
    found = {match.signature for one in asking for match in answers[one].matches}
    tests = list(dict.fromkeys(test for name, wanted in named.items() if name in found for test in wanted))
    try:
        results = read_answer(cluster.search(question(cluster.layout, tests, every, cluster.timeout)))
    except (Misconfigured, BadQuestion) as error:
        why = f"which tests failed is not known: {error}"
        return {**answers, **{one: replace(answers[one], notes=(*answers[one].notes, why)) for one in asking}}
    return {**answers, **{one: _with_tests(answers[one], ids[one], results) for one in asking}}


def question(layout: Layout, tests: Sequence[str], builds: Sequence[str], timeout: float) -> Json:
    """What is asked about builds, by their ids: whether there are test results, and which of these tests failed."""
    names = dict.fromkeys(test_name(test).name for test in tests)
    words = dict.fromkeys((*names, *map(last_word, tests)))  # of a console's line, whatever tool wrote it
    failed = _with_first("test_name", [_any("test_status", _FAILED), _any("test_name", names)])
    said: Json = {"named": _with_first("message", [_any("message", words)]), "any": _first("message")}
    results: Json = {"filter": {"exists": {"field": "test_name"}}, "aggs": _by_build(layout, builds, {"named": failed})}
    consoles: Json = {
        "filter": {
            "bool": {"filter": [{"terms": {layout.file: list(layout.consoles)}}, {"match": {"message": _WORDS}}]}
        },
        "aggs": _by_build(layout, builds, said),
    }
    return {
        **counting(timeout),
        "query": {"bool": {"filter": [{"terms": {layout.build: list(builds)}}]}},
        "aggs": {"results": results, "consoles": consoles},
    }


def _by_build(layout: Layout, builds: Sequence[str], aggs: Json) -> Json:
    return {"builds": {"terms": {"field": layout.build, "size": len(builds)}, "aggs": aggs}}


def _with_first(field_name: str, filters: Sequence[Json]) -> Json:
    return {"filter": {"bool": {"filter": list(filters)}}, "aggs": {"first": _first(field_name)}}


def _any(field_name: str, texts: Iterable[str]) -> Json:
    return {"bool": {"should": [{"match_phrase": {field_name: text}} for text in texts], "minimum_should_match": 1}}


def _first(field_name: str) -> Json:
    return {"top_hits": {"size": _MOST, "_source": [field_name]}}


# -- the answer ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FailedTests:
    """What a cluster tells of tests: by the ids of builds what documents of test results say, and what consoles do.

    ``partial``: something was not searched.
    """

    results: Mapping[str, Results]
    consoles: Mapping[str, Results]
    partial: bool = False


def read_answer(body: object) -> FailedTests:
    """The answer to ``question``; Transient where it cannot be read."""
    try:
        return _read_answer(cast("dict[str, Any]", body))
    except (KeyError, TypeError, AttributeError) as error:
        raise Transient(
            f"the cluster's answer about failed tests cannot be read ({error!r}); look at what stands between us and it"
        ) from None


def _read_answer(body: dict[str, Any]) -> FailedTests:
    shards = body["_shards"]
    partial = shards["successful"] < shards["total"] or shards.get("failed", 0) > 0 or body["timed_out"] is not False
    found = body.get("aggregations")  # where no index matches there are none at all
    if not found:
        return FailedTests({}, {}, partial)
    results, consoles = {}, {}
    for build in found["results"]["builds"]["buckets"]:
        failures = Failures()
        for name in _values(build["named"]["first"], "test_name"):
            failures.add(name)
        results[build["key"]] = failures.results(told=True, notes=_beyond(build["named"]))
    for build in found["consoles"]["builds"]["buckets"]:
        named = failed_in_lines(_values(build["named"]["first"], "message"))
        failed = named | failed_in_lines(_values(build["any"], "message"))
        consoles[build["key"]] = Results(failed, told=bool(failed), notes=_beyond(build["named"]))
    return FailedTests(results, consoles, partial)


def _values(top_hits: dict[str, Any], name: str) -> list[str]:
    found = (hit["_source"].get(name) for hit in top_hits["hits"]["hits"])
    return [value for value in found if isinstance(value, str)]


def _beyond(named: dict[str, Any]) -> tuple[str, ...]:
    more = named["doc_count"] - _MOST
    return (f"documents about failed tests beyond {_MOST}, which were not looked at: {more}",) if more > 0 else ()


def _with_tests(answer: BuildAnswer, ids: Sequence[str], cluster: FailedTests) -> BuildAnswer:
    """What all attempts of a build tell; the console counts where no test results do."""
    results = together(cluster.results[one] for one in ids if one in cluster.results)
    if not results.told:
        results = together(cluster.consoles[one] for one in ids if one in cluster.consoles)
    untold = () if results.told else (NOT_TOLD,)
    partial = answer.partial or cluster.partial or bool(results.notes)
    notes = (*answer.notes, *results.notes, *untold)
    return replace(answer, partial=partial, failed_tests=results.known, notes=notes)
