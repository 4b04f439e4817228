"""The cluster store on real servers: one request, and the answer that each query alone would give."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from gerritbot_er.cleaning import clean_line
from gerritbot_er.errors import Transient
from gerritbot_er.logs.cluster import open_cluster
from gerritbot_er.model import Build, BuildAnswer, Evidence, LogsSeen, Match, Signature
from gerritbot_er.settings import ClusterStore as StoreSettings

from .cluster_world import KINDS, World, build_of, cluster_world, line_of
from .conftest import or_skip
from .servers.search import ELASTICSEARCH_8, OPENSEARCH_2, Distribution, SearchServer, search_server

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with cluster_world(request) as made:
        yield made


# -- the meaning of a signature --------------------------------------------------------------------------------------


def test_one_request_answers_as_each_query_alone_for_all_live_signatures(world: World) -> None:
    if not DATA.is_dir():
        pytest.skip(f"no shared data at {DATA}")
    signatures = [
        Signature(file.stem, yaml.safe_load(file.read_text(encoding="utf-8"))["query"])
        for file in sorted((DATA / "signatures" / "live").glob("*.yaml"))
    ]
    with (DATA / "documents" / "elastic-recheck-hits.ndjson").open(encoding="utf-8") as lines:
        documents = [{k: v for k, v in json.loads(line).items() if not k.startswith("_")} for line in lines]
    world.server.index(documents, day="2026-11-21")
    builds = [build_of(0, uuid) for uuid in sorted({str(document["build_uuid"]) for document in documents})]

    answers = world.store.match(signatures, builds)

    assert world.proxy.count() == {("POST", "/logstash-logs-*/_search"): 1}
    assert world.store.refused(signatures) == {}
    assert not any(answer.absent or answer.partial for answer in answers.values())
    assert len(signatures) == 48
    for signature in signatures:
        alone = lines_by_build(world.server, signature.query or "")
        ours = {uuid: match.evidence for uuid, match in matches_of(signature, answers)}
        assert set(ours) == set(alone), signature.name
        for uuid, evidence in ours.items():
            assert evidence is not None
            assert evidence.line in alone[uuid]


def lines_by_build(server: SearchServer, query: str) -> dict[str, set[str]]:
    """The lines that a direct search of one query finds, by build."""
    found: dict[str, set[str]] = {}
    for hit in server.search({"size": 2000, "query": {"query_string": {"query": query}}})["hits"]["hits"]:
        found.setdefault(hit["_source"]["build_uuid"], set()).add(clean_line(hit["_source"]["message"], 1000))
    return found


def matches_of(signature: Signature, answers: Mapping[str, BuildAnswer]) -> Iterator[tuple[str, Match]]:
    for uuid, answer in answers.items():
        for match in answer.matches:
            if match.signature == signature.name:
                yield uuid, match


def test_the_evidence_is_the_first_line_and_its_build_alone(world: World) -> None:
    ours, other, silent = build_of(1), build_of(2), build_of(3)
    world.server.index(
        [
            line_of(ours, "disk: No space left on device (again)", 9),
            line_of(ours, "disk: No space left on device", 5),
            line_of(ours, "fine", 1),
            line_of(other, "fine", 2),
        ]
    )
    [disk] = signatures_of('message:"No space left on device" AND tags:console')
    assert world.store.match([disk], [ours, other, silent]) == {
        ours.identity: BuildAnswer(
            (
                Match(
                    disk.name,
                    Evidence(
                        "disk: No space left on device", "job-output.txt", None, f"{ours.web_url}/log/job-output.txt"
                    ),
                ),
            ),
            changes=frozenset({(12, 3)}),
        ),
        other.identity: BuildAnswer(changes=frozenset({(12, 3)})),
        silent.identity: BuildAnswer(absent=True),
    }


def test_the_logs_of_a_build_are_those_of_its_earlier_attempts_too(world: World) -> None:
    first, second, last = build_of(1), build_of(2), build_of(3)
    other = build_of(4)
    retried = replace(last, result="RETRY_LIMIT", attempt_uuids=(second.identity, first.identity))
    world.server.index(
        [
            line_of(first, "disk: No space left on device", 1),
            line_of(first, "Connection refused", 2),
            line_of(second, "Connection refused (again)", 3),
            line_of(last, "unreachable", 4, "custom-job-results.txt"),
            line_of(other, "fine", 5),
        ]
    )
    disk, refused, silent = signatures_of('message:"No space left"', 'message:"Connection refused"', "message:never")
    world.proxy.forget()

    assert world.store.readiness([retried, other]) == {
        retried.identity: LogsSeen(4, console=True),
        other.identity: LogsSeen(1, console=True),
    }
    answers = world.store.match([disk, refused, silent], [retried, other])

    assert world.proxy.count() == {("POST", "/logstash-logs-*/_search"): 2}
    assert answers == {
        retried.identity: BuildAnswer(
            (
                Match(disk.name, console_line(first, "disk: No space left on device")),
                Match(refused.name, console_line(second, "Connection refused (again)")),
            ),
            changes=frozenset({(12, 3)}),
        ),
        other.identity: BuildAnswer(changes=frozenset({(12, 3)})),
    }


def console_line(build: Build, line: str) -> Evidence:
    return Evidence(line, "job-output.txt", None, f"{build.web_url}/log/job-output.txt")


def signatures_of(*queries: str) -> list[Signature]:
    return [Signature(f"bug-{position}", query) for position, query in enumerate(queries)]


# -- the number of requests ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("builds", [1, 10])
@pytest.mark.parametrize("signatures", [10, 1000])
def test_one_classification_is_one_request(world: World, builds: int, signatures: int) -> None:
    failed = [build_of(number) for number in range(builds)]
    world.server.index(line_of(build, f"step {n} gave error{n}", n) for build in failed for n in range(30))
    known = signatures_of(*(f'message:"gave error{number}" AND tags:"job-output.txt"' for number in range(signatures)))
    world.proxy.forget()

    answers = world.store.match(known, failed)

    assert world.proxy.count() == {("POST", "/logstash-logs-*/_search"): 1}
    for build in failed:
        names = {match.signature for match in answers[build.identity].matches}
        assert names == {f"bug-{number}" for number in range(min(signatures, 30))}


def test_500_waiting_builds_are_one_request_a_round(world: World) -> None:
    waiting = [build_of(number) for number in range(500)]
    world.server.index(line_of(build, "started") for build in waiting[::2])
    world.proxy.forget()

    seen = world.store.readiness(waiting)

    assert world.proxy.count() == {("POST", "/logstash-logs-*/_search"): 1}
    assert seen == {build.identity: LogsSeen(1, console=True) for build in waiting[::2]}
    world.store.readiness([*waiting, build_of(500)])
    assert sum(world.proxy.count().values()) == 3


def test_f18_logs_come_in_pieces(world: World) -> None:
    build, longer = build_of(1), build_of(0, "1" * 32)
    assert world.store.readiness([build, longer]) == {}
    world.server.index([line_of(build, "early", filename="syslog.txt")])
    assert world.store.readiness([build, longer]) == {build.identity: LogsSeen(1)}
    world.server.index([line_of(build, "late"), line_of(longer, "late", filename="custom-job-results.txt")])
    assert world.store.readiness([build, longer]) == {
        build.identity: LogsSeen(2, console=True),
        longer.identity: LogsSeen(1, console=True),
    }


# -- what goes wrong -------------------------------------------------------------------------------------------------


def test_one_bad_signature_is_isolated_on_a_real_server(world: World) -> None:
    build = build_of(1)
    world.server.index([line_of(build, "No space left on device")])
    good, bad = signatures_of('message:"No space left"', "message:foo:bar")
    for requests in (2, 1):
        world.proxy.forget()
        answer = world.store.match([bad, good], [build])[build.identity]
        assert [match.signature for match in answer.matches] == [good.name]
        assert (answer.partial, answer.changes) == (False, frozenset({(12, 3)}))
        assert sum(world.proxy.count().values()) == requests
    assert world.store.refused([bad, good]) == {bad.name: 'Encountered " ":" ": "" at line 1, column 11.'}


def test_validation_says_why(world: World) -> None:
    good, bad = signatures_of('message:"No space left"', "message:foo:bar")
    with pytest.raises(Transient, match=r"^no index matches yet, "):
        world.store.validate(good)
    world.server.index([line_of(build_of(1), "x")])
    assert world.store.validate(good) is None
    assert world.store.validate(bad) == 'Encountered " ":" ": "" at line 1, column 11.'


def test_f16_a_shard_that_nobody_holds_makes_the_answer_partial(world: World) -> None:
    here, elsewhere = build_of(1), build_of(2)
    world.server.index([line_of(here, "No space left on device")])
    nowhere = {"settings": {"number_of_replicas": 0, "index.routing.allocation.require.box": "nowhere"}}
    world.server.request("PUT", "/logstash-logs-2026.11.22?wait_for_active_shards=0", nowhere)
    hit, miss = signatures_of('message:"No space left"', "message:never")

    answers = world.store.match([hit, miss], [here, elsewhere])

    assert [match.signature for match in answers[here.identity].matches] == [hit.name]
    assert answers[here.identity].partial
    assert answers[elsewhere.identity] == BuildAnswer(partial=True)
    assert world.store.readiness([here, elsewhere]) == {
        here.identity: LogsSeen(1, console=True, partial=True),
        elsewhere.identity: LogsSeen(partial=True),
    }


@pytest.mark.parametrize("distribution", [ELASTICSEARCH_8, OPENSEARCH_2], ids=lambda one: one.name)
def test_f16_under_overload_nothing_is_taken_for_a_miss(distribution: Distribution) -> None:
    kind = KINDS[distribution.name]
    narrow = {"thread_pool.search.size": "1", "thread_pool.search.queue_size": "1"}
    with or_skip(lambda: search_server(distribution, narrow)) as server:
        build = build_of(1)
        for day in range(1, 9):
            server.index([line_of(build, f"No space left on day{day}", n) for n in range(50)], day=f"2026-11-{day:02d}")
        known = signatures_of(*(f'message:"left on day{day}"' for day in range(1, 9)))
        with open_cluster(StoreSettings(kind=kind, url=server.url), {}) as store:

            def ask(_round: int) -> BuildAnswer | None:
                try:
                    return store.match(known, [build])[build.identity]
                except Transient:
                    return None

            with ThreadPoolExecutor(16) as crowd:
                answers = list(crowd.map(ask, range(200)))
    partial = [answer for answer in answers if answer is not None and answer.partial]
    whole = [answer for answer in answers if answer is not None and not answer.partial]
    assert len(partial) + len(whole) < 200 or partial, "the server was never overloaded: this shows nothing"
    assert all(len(answer.matches) == 8 for answer in whole)
    assert not any(answer.absent for answer in [*partial, *whole])


def test_f17_no_index_and_a_missing_day_are_logs_that_are_not_here_yet(world: World) -> None:
    build = build_of(1)
    known = signatures_of("message:x", "message:foo:bar")
    absent = {build.identity: BuildAnswer(absent=True)}
    assert world.store.match(known, [build]) == absent
    world.server.index([line_of(build_of(2), "x")])
    with world.other("logstash-logs-2026.11.21,logstash-logs-2026.11.22") as store:
        assert store.match(known[:1], [build]) == absent
        assert store.readiness([build]) == {}


# -- the indices -----------------------------------------------------------------------------------------------------


def test_the_fields_are_checked(world: World) -> None:
    assert world.other("nothing-*").check() == [
        "no index matches nothing-*: correct index, or wait until the first logs are sent"
    ]
    world.server.index([line_of(build_of(1), "x")])
    assert world.store.check() == []


def test_the_index_template_keeps_date_like_lines_text(world: World) -> None:
    template = json.loads((ROOT / "etc" / "index-template.json").read_text(encoding="utf-8"))
    dated = line_of(build_of(1), "2026-11-21T08:00:00.000Z")
    remedy = "give the indices the index template of etc/index-template.json, and let the wrong ones expire"
    try:
        world.server.request("POST", "/plain-logs-1/_doc?refresh=true", dated)
        with world.other("plain-logs-*") as store:
            assert store.check() == [f"field message is mapped as date in plain-logs-*, not as text: {remedy}"]
        world.server.request("DELETE", "/plain-logs-1")
        world.server.request("PUT", "/_index_template/ours", {**template, "index_patterns": ["plain-logs-*"]})
        world.server.request("POST", "/plain-logs-1/_doc?refresh=true", dated)
        with world.other("plain-logs-*") as store:
            assert store.check() == []
            mapped: dict[str, Any] = world.server.request("GET", "/plain-logs-1/_mapping")
            assert mapped["plain-logs-1"]["mappings"]["properties"]["build_change"] == {"type": "long"}
    finally:
        world.server.delete_documents("plain-logs-*")


def test_an_index_of_its_time_is_asked_by_short_ids_and_paths(world: World) -> None:
    build, other = build_of(1, "abcdef0" + "1" * 25), build_of(2, "abcdef1" + "2" * 25)
    exact = {"type": "keyword"}
    names = ("build_short_uuid", "filename", "tags", "build_name", "build_status", "build_patchset", "log_url")
    properties = {"message": {"type": "text"}, "@timestamp": {"type": "date"}, **dict.fromkeys(names, exact)}
    world.server.request("PUT", "/logstash-2019.06.01", {"mappings": {"properties": properties}})
    traceback = "Traceback (most recent call last):\n  File x\nTimeoutError: reply 7f"
    lines = [
        (build, "logs/screen-n-cpu.txt", traceback, ["screen-n-cpu.txt"]),
        (build, "console.html", "[Zuul] Job complete, result: FAILURE", ["console.html", "console"]),
        (other, "console.html", "still running", ["console.html", "console"]),
    ]
    for one, filename, message, tags in lines:
        document = {
            "@timestamp": "2019-06-01T08:00:00.000Z",
            "message": message,
            "filename": filename,
            "tags": tags,
            "build_short_uuid": (one.uuid or "")[:7],
            "build_change": str(one.change),
            "build_patchset": str(one.patchset),
        }
        world.server.request("POST", "/logstash-2019.06.01/_doc?refresh=true", document)
    settings = StoreSettings(kind=world.kind, url=world.proxy.url, index="logstash-2019.*", fields="logstash-legacy")
    folded = Signature("folded", 'message:"Traceback" AND message:"TimeoutError" AND tags:screen-n-cpu.txt')
    path = Signature("path", 'filename:"logs/screen-n-cpu.txt" AND message:"reply"')
    bare = Signature("bare", 'filename:"screen-n-cpu.txt" AND message:"reply"')
    with open_cluster(settings, {}) as store:
        assert store.check() == []
        assert store.readiness([build, other]) == {
            build.identity: LogsSeen(2, console=True),
            other.identity: LogsSeen(1, console=False),
        }
        answers = store.match([folded, path, bare], [build, other])
    assert [match.signature for match in answers[build.identity].matches] == ["folded", "path"]
    assert answers[build.identity].changes == frozenset({(build.change, build.patchset)})
    assert answers[other.identity].matches == ()
    today = open_cluster(StoreSettings(kind=world.kind, url=world.proxy.url, index="logstash-2019.*"), {})
    with today as store:
        assert len(store.check()) == 3
