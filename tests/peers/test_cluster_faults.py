"""The cluster store against search servers that fail in every way they know, through both clients."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote

import pytest

from gerritbot_er.calls import ThreadCalls
from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.logs.cluster import NO_ID, ClusterStore, open_cluster
from gerritbot_er.model import Build, BuildAnswer, Evidence, LogsSeen, Match, Signature
from gerritbot_er.settings import ClusterStore as StoreSettings
from tests.peers.certificates import Certificate, certificate
from tests.peers.search_peer import Answer, Answering, Asked, SearchPeer, search_peer

Kind = Literal["elasticsearch", "opensearch"]
KINDS: tuple[Kind, ...] = ("elasticsearch", "opensearch")

A, B, C, D = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)
BUILD = Build(A, "unit", "FAILURE", "zuul", "acme/widgets", "main", 12, 3, 0, uuid=A)
DISK = Signature("disk", 'message:"No space left"')
BAD = Signature("bad", "message:foo:bar")
WHOLE = {"timed_out": False, "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0}}
SOURCE = {"message": "No space left on device", "filename": "job-output.txt", "build_change": 12, "build_patchset": "3"}
BUILDS = {"buckets": [{"key": A, "doc_count": 7, "owner": {"hits": {"hits": [{"_source": SOURCE}]}}}]}
HITS = {"buckets": [{"key": A, "doc_count": 1, "first": {"hits": {"hits": [{"_source": SOURCE}]}}}]}
MATCHED = {**WHOLE, "aggregations": {"builds": BUILDS, "signatures": {"buckets": {"0": {"builds": HITS}}}}}
MISSED = {**WHOLE, "aggregations": {"builds": BUILDS, "signatures": {"buckets": {"0": {"builds": {"buckets": []}}}}}}
SEEN = {**WHOLE, "aggregations": {"builds": {"buckets": [{"key": A, "doc_count": 7, "console": {"doc_count": 2}}]}}}
REFUSED = {"error": {"type": "search_phase_execution_exception", "reason": "all shards failed"}, "status": 400}
MATCH = Match("disk", Evidence("No space left on device", "job-output.txt"))


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return "elasticsearch" if request.param == "elasticsearch" else "opensearch"


@contextmanager
def asking(kind: Kind, *answers: Answer | Answering, **more: Any) -> Iterator[tuple[ClusterStore, SearchPeer]]:  # noqa: ANN401 - settings
    with search_peer(*answers) as (peer, port):
        settings = StoreSettings(kind=kind, url=f"http://127.0.0.1:{port}/search", **{"timeout": 5.0, **more})
        with open_cluster(settings, {"PASSWORD": "s3cret"}) as store:
            yield store, peer


def test_one_request_with_our_credentials_under_the_prefix(kind: Kind) -> None:
    with asking(kind, Answer(MATCHED), username="bot", password_env="PASSWORD") as (store, peer):  # noqa: S106 - a name
        assert store.match([DISK], [BUILD]) == {A: BuildAnswer((MATCH,), changes=frozenset({(12, 3)}))}
    [asked] = peer.asked
    path, _, query = asked.target.partition("?")
    assert (asked.method, path) == ("POST", "/search/logstash-logs-*/_search")
    assert set(query.split("&")) == {
        "ignore_unavailable=true",
        "allow_no_indices=true",
        "allow_partial_search_results=true",
        "preference=gerritbot-er",
    }
    assert asked.headers["authorization"] == "Basic Ym90OnMzY3JldA=="


def test_f15_busy_is_asked_once_and_says_when_to_ask_again(kind: Kind) -> None:
    for status in (429, 503):
        busy = Answer({"error": "too busy", "status": status}, status, {"Retry-After": "17"})
        with asking(kind, busy) as (store, peer):
            with pytest.raises(Transient) as raised:
                store.readiness([BUILD])
            assert raised.value.after == 17.0
            assert len(peer.asked) == 1


def test_f14_late_is_given_up_in_time(kind: Kind) -> None:
    with asking(kind, Answer(SEEN, delay=30), timeout=0.2) as (store, peer):
        started = time.monotonic()
        with pytest.raises(Transient, match=r"did not answer within 0\.2 s$"):
            store.readiness([BUILD])
        assert time.monotonic() - started < 20  # far from the answer, on a busy machine as well
        assert len(peer.asked) == 1


def test_f14_a_slow_server_has_two_questions_at_once_and_answers_them_all(kind: Kind) -> None:
    rung = threading.Semaphore(0)
    with asking(kind, Answer(MATCHED, delay=0.1)) as (store, peer):
        calls = ThreadCalls("test", rung.release)
        for number in range(8):
            calls.submit("store main", number, partial(store.match, [DISK], [BUILD]))
        assert all(rung.acquire(timeout=20) for _ in range(8))
        assert peer.most_at_once == 2
        done = calls.collect()
        assert calls.close(within=20)
    assert sorted(str(one.key) for one in done) == [str(number) for number in range(8)]
    assert {one.error for one in done} == {None}


def test_f13_a_dead_server_is_tried_again_later(kind: Kind) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with open_cluster(StoreSettings(kind=kind, url=f"http://127.0.0.1:{port}"), {}) as store:
        with pytest.raises(Transient, match=rf"^http://127\.0\.0\.1:{port} cannot be reached: "):
            store.match([DISK], [BUILD])
        with pytest.raises(Transient):
            store.validate(DISK)
        with pytest.raises(Transient):
            store.check()


def test_a_server_that_comes_back_is_asked_over_a_new_connection(kind: Kind) -> None:
    gone = Answer(SEEN, headers={"Connection": "close"})
    with asking(kind, gone, Answer(SEEN)) as (store, _):
        for _round in range(2):
            assert store.readiness([BUILD]) == {A: LogsSeen(7, console=True)}


def days(*there: str) -> Answering:
    """A cluster that has these indices, and treats patterns, missing ones and empty lists as clusters do."""

    def answered(asked: Asked) -> Answer:
        path, _, query = asked.target.partition("?")
        names = unquote(path).removeprefix("/search/").removesuffix("_search").strip("/").split(",")
        told = dict(parse_qsl(query))
        missing = [name for name in names if name and "*" not in name and name not in there]
        if missing and told.get("ignore_unavailable") != "true":
            return Answer({"error": {"type": "index_not_found_exception", "reason": f"no such index {missing}"}}, 404)
        found = [index for index in there if names == [""] or any(fnmatch(index, name) for name in names)]
        if not found and told.get("allow_no_indices") != "true":
            return Answer({"error": {"type": "index_not_found_exception", "reason": "no such index"}}, 404)
        shards = {"total": len(found), "successful": len(found), "skipped": 0, "failed": 0}
        counted = [{"key": A, "doc_count": 7 * len(found), "console": {"doc_count": 1}}]
        body = {"timed_out": False, "_shards": shards}
        return Answer({**body, "aggregations": {"builds": {"buckets": counted}}} if found else body)

    return answered


YESTERDAY, TODAY = "logstash-logs-2027.01.14", "logstash-logs-2027.01.15"


@pytest.mark.parametrize("index", ["logstash-logs-*", f"{YESTERDAY},{TODAY}"])
def test_f17_over_midnight_a_day_that_is_not_there_yet_is_no_error(kind: Kind, index: str) -> None:
    nights = [days("secret"), days(YESTERDAY, "secret"), days(YESTERDAY, TODAY, "secret"), days(TODAY, "secret")]
    with asking(kind, *nights, index=index) as (store, _):
        seen = [store.readiness([BUILD]) for _ in nights]
    assert seen == [{}, *({A: LogsSeen(count, console=True)} for count in (7, 14, 7))]


def test_f17_no_index_at_all_is_waited_for(kind: Kind) -> None:
    with asking(kind, days("secret")) as (store, _):
        assert store.match([DISK], [BUILD]) == {A: BuildAnswer(absent=True)}


@pytest.mark.parametrize("index", ["", " , ", ","])
def test_f17_where_no_index_is_named_nothing_is_searched(kind: Kind, index: str) -> None:
    with search_peer(days("secret")) as (peer, port):
        settings = StoreSettings(kind=kind, url=f"http://127.0.0.1:{port}/search", index=index or " ")
        with pytest.raises(Misconfigured, match=r"^a log store's index names no index"):
            open_cluster(settings, {})
        assert peer.asked == []


def test_f16_partial_a_hit_counts_and_a_miss_does_not(kind: Kind) -> None:
    half = {"_shards": {"total": 2, "successful": 1, "skipped": 0, "failed": 0}}
    with asking(kind, Answer(MATCHED | half), Answer(MISSED | half), Answer(SEEN | half)) as (store, _):
        assert store.match([DISK], [BUILD])[A] == BuildAnswer((MATCH,), partial=True, changes=frozenset({(12, 3)}))
        assert store.match([DISK], [BUILD])[A] == BuildAnswer(partial=True, changes=frozenset({(12, 3)}))
        assert store.readiness([BUILD]) == {A: LogsSeen(7, console=True, partial=True)}


@pytest.mark.parametrize(
    "garbage",
    [b"", b"<html>Welcome to nginx</html>", b'{"took": 1', b"[]", b"\xff\xfe", b"null", b"[" * 100_000, {"took": 1}, 7],
    ids=lambda garbage: repr(garbage)[:20],
)
def test_garbage_is_tried_again(kind: Kind, garbage: object) -> None:
    for headers in ({}, {"Content-Type": "application/json"}):
        with asking(kind, Answer(garbage, headers=headers)) as (store, _):
            asks: list[Callable[[], object]] = [
                partial(store.readiness, [BUILD]),
                partial(store.match, [DISK], [BUILD]),
                partial(store.validate, DISK),
                store.check,
            ]
            for ask in asks:
                with pytest.raises(Transient):
                    ask()


def test_one_bad_signature_is_isolated_told_and_no_longer_asked(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    bad = {"error": {"type": "parse_exception", "reason": "Cannot parse 'x': Encountered \":\"\nWas expecting"}}
    many = {
        "responses": [
            {**WHOLE, "aggregations": {"builds": BUILDS}, "status": 200},
            {**bad, "status": 400},
            {**WHOLE, "aggregations": {"builds": HITS}, "status": 200},
        ]
    }
    with asking(kind, Answer(REFUSED, 400), Answer(many), Answer(MATCHED)) as (store, peer):
        hit = {A: BuildAnswer((MATCH,), changes=frozenset({(12, 3)}))}
        assert store.match([BAD, DISK], [BUILD]) == hit
        assert store.refused([BAD, DISK]) == {"bad": 'Encountered ":"'}
        assert store.refused([replace(BAD, query="message:foo"), DISK]) == {}, "it was mended"
        assert store.refused([DISK]) == {}, "it was deleted"
        assert store.match([BAD, DISK], [BUILD]) == hit
        paths = [asked.target.partition("?")[0].rpartition("/")[2] for asked in peer.asked]
        assert paths == ["_search", "_msearch", "_search"]
    header, _, *_ = peer.asked[1].lines
    assert header == {
        "index": "logstash-logs-*",
        "ignore_unavailable": True,
        "allow_no_indices": True,
        "allow_partial_search_results": True,
        "preference": "gerritbot-er",
    }
    assert caplog.messages == [
        'signature bad is left out, the cluster cannot read its query: Encountered ":"',
    ]


def test_in_many_searches_one_that_was_not_done_makes_the_answer_partial(kind: Kind) -> None:
    busy = {"error": {"type": "es_rejected_execution_exception", "reason": "full"}, "status": 429}
    many = {"responses": [{**WHOLE, "aggregations": {"builds": BUILDS}, "status": 200}, busy]}
    with asking(kind, Answer(REFUSED, 400), Answer(many)) as (store, _):
        assert store.match([DISK], [BUILD])[A] == BuildAnswer(partial=True, changes=frozenset({(12, 3)}))
        assert store.refused([DISK]) == {}


def test_a_refusal_without_any_signature_is_a_matter_of_the_fields(kind: Kind) -> None:
    everything = {"responses": [{**REFUSED}, {**REFUSED}]}
    with asking(kind, Answer(REFUSED, 400), Answer(everything), Answer(REFUSED, 400)) as (store, peer):
        for ask in (lambda: store.match([DISK], [BUILD]), lambda: store.readiness([BUILD])):
            with pytest.raises(Misconfigured, match=r"run gerritbot-er check-config --online: all shards failed$"):
                ask()
        assert store.refused([DISK]) == {}
        assert len(peer.asked) == 3


def test_a_build_whose_id_no_document_holds_is_not_asked_after(kind: Kind) -> None:
    short = Build("4f440b7", "unit", "FAILURE", "zuul", "p", "b", 12, 3, 0, uuid="4f440b7")
    with asking(kind, Answer(MATCHED)) as (store, peer):
        assert store.match([DISK], [short]) == {"4f440b7": BuildAnswer(absent=True, notes=(NO_ID,))}
        assert store.readiness([short]) == {}
        assert peer.asked == []


def test_the_attempts_of_a_build_are_asked_in_the_same_request_and_answered_as_one(kind: Kind) -> None:
    page = "https://zuul.example.org/t/acme/build/"
    retried = replace(BUILD, identity=B, uuid=B, web_url=f"{page}{B}", attempt_uuids=(A, C))
    plain = replace(BUILD, identity=D, uuid=D)
    counts = [{"key": A, "doc_count": 7, "console": {"doc_count": 2}}, {"key": B, "doc_count": 5}]
    counts = [{"console": {"doc_count": 0}, **one} for one in counts]
    with asking(kind, Answer({**WHOLE, "aggregations": {"builds": {"buckets": counts}}}), Answer(MATCHED)) as (
        store,
        peer,
    ):
        assert store.readiness([retried, plain]) == {B: LogsSeen(12, console=True)}
        answers = store.match([DISK], [retried, plain])
    link = f"{page}{A}/log/job-output.txt"
    shown = Match("disk", Evidence("No space left on device", "job-output.txt", None, link))
    assert answers == {B: BuildAnswer((shown,), changes=frozenset({(12, 3)})), D: BuildAnswer(absent=True)}
    asked: list[Any] = [one.lines[0] for one in peer.asked]
    wanted = {"terms": {"build_uuid.keyword": [B, A, C, D]}}
    assert [one["query"]["bool"]["filter"] for one in asked] == [[wanted], [wanted]]


def test_without_the_right_to_validate_a_search_tells(kind: Kind) -> None:
    forbidden = Answer({"error": {"type": "security_exception", "reason": "no"}, "status": 403}, 403)
    with asking(kind, forbidden, Answer(REFUSED, 400), forbidden, Answer({**WHOLE})) as (store, _):
        assert store.validate(BAD) == "all shards failed"
        assert store.validate(DISK) is None


def test_a_stranger_is_no_elasticsearch() -> None:
    with (
        asking("elasticsearch", Answer(SEEN, headers={"X-Elastic-Product": ""})) as (store, _),
        pytest.raises(Misconfigured, match=r"is no Elasticsearch of today; for OpenSearch write kind: opensearch$"),
    ):
        store.readiness([BUILD])


def test_several_threads_ask_at_once(kind: Kind) -> None:
    with asking(kind, Answer(SEEN, delay=0.05)) as (store, peer):
        seen: list[object] = []
        threads = [threading.Thread(target=lambda: seen.append(store.readiness([BUILD]))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == [{A: LogsSeen(7, console=True)}] * 4
        assert len(peer.asked) == 4


def test_through_a_proxy_the_whole_url_is_asked_for(kind: Kind) -> None:
    with search_peer(Answer(SEEN)) as (proxy, port):
        settings = StoreSettings(kind=kind, url="http://logs.invalid/es", proxy=f"http://127.0.0.1:{port}")
        with open_cluster(settings, {}) as store:
            assert store.readiness([BUILD]) == {A: LogsSeen(7, console=True)}
        assert proxy.asked[0].target.startswith("http://logs.invalid:80/es/logstash-logs-*/_search?")


def test_a_ca_file_is_trusted_and_nothing_else(kind: Kind, tmp_path: Path) -> None:
    ours, other = certificate(tmp_path / "ours"), certificate(tmp_path / "other")
    with search_peer(Answer(SEEN), tls=_server_side(ours)) as (_, port):
        settings = StoreSettings(kind=kind, url=f"https://localhost:{port}", ca_file=ours.certificate)
        with open_cluster(settings, {}) as store:
            assert store.readiness([BUILD]) == {A: LogsSeen(7, console=True)}
        settings = StoreSettings(kind=kind, url=f"https://localhost:{port}", ca_file=other.certificate)
        with open_cluster(settings, {}) as store, pytest.raises(Misconfigured) as raised:
            store.readiness([BUILD])
    assert f"into ca_file (now: {other.certificate}), or check url: " in str(raised.value)


def test_tls_spoken_to_a_server_without_is_said(kind: Kind) -> None:
    with search_peer(Answer(SEEN)) as (_, port):
        settings = StoreSettings(kind=kind, url=f"https://localhost:{port}")
        with open_cluster(settings, {}) as store, pytest.raises(Misconfigured, match="or it speaks no TLS there"):
            store.readiness([BUILD])


def _server_side(pair: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    return context
