"""The lines of unexplained builds on real servers: one request, each line once, in the order in which it was sent."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gerritbot_er.errors import Transient
from gerritbot_er.logs.cluster import open_cluster
from gerritbot_er.model import Build
from gerritbot_er.settings import ClusterStore as StoreSettings

from .cluster_world import KINDS, World, build_of, cluster_world, line_of

OLD = "logstash-2018.04.24"


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with cluster_world(request) as made:
        yield made


def console(build: Build, why: str) -> list[dict[str, object]]:
    """1,700 lines, ten a second."""
    told = [
        "ERROR: an early one",
        *(f"step {number}" for number in range(1000)),
        why,
        "failed: 0",
        "POST-RUN START: [trusted : a/b@main]",
        *(f"copied {number}" for number in range(400)),
    ]
    return [line_of(build, line, index // 10) for index, line in enumerate(told)]


def expected(why: str) -> list[str]:
    return [
        "ERROR: an early one",
        *(f"step {number}" for number in range(942, 1000)),
        why,
        "failed: 0",
        "POST-RUN START: [trusted : a/b@main]",
        *(f"copied {number}" for number in range(390, 400)),
    ]


def test_the_lines_of_all_builds_come_by_one_request_in_the_order_in_which_they_were_sent(world: World) -> None:
    ours, good, other = build_of(1), replace(build_of(2), result="SUCCESS"), build_of(3)
    world.server.index(
        [
            *console(ours, "ERROR: the widget does not fit"),
            *console(good, "AssertionError: known and passed over"),
            line_of(ours, "2026 ERROR nova [-] it broke", 7, "screen-n-cpu.txt"),
            line_of(ours, "2026 INFO nova [-] no error", 8, "screen-n-cpu.txt"),
        ],
        day="2026-11-21",
    )
    lines = world.store.lines([ours, good, other])
    assert world.proxy.count() == {("POST", "/_msearch"): 1}
    assert [one.line for one in lines[ours.identity]] == [
        *expected("ERROR: the widget does not fit"),
        "2026 ERROR nova [-] it broke",
    ]
    assert [one.line for one in lines[good.identity]] == expected("AssertionError: known and passed over")
    assert lines[ours.identity][0].url == f"{ours.web_url}/log/job-output.txt"
    assert set(lines) == {ours.identity, good.identity}


def test_of_several_attempts_the_last_one_with_lines_is_told(world: World) -> None:
    first, last = build_of(4), build_of(5)
    world.server.index([line_of(first, "ERROR: no node", 1)], day="2026-11-21")
    retried = replace(last, attempt_uuids=(first.uuid or "",))
    (line,) = world.store.lines([retried])[last.identity]
    assert line.line == "ERROR: no node"
    assert line.url == f"{first.web_url}/log/job-output.txt"


def test_nothing_is_told_where_there_is_no_index_or_no_id(world: World) -> None:
    with open_cluster(StoreSettings(kind=world.kind, url=world.proxy.url, index="no-such-*"), {}) as store:
        assert store.lines([build_of(1)]) == {}
        assert store.lines([replace(build_of(1), uuid=None)]) == {}
        assert store.lines([]) == {}


def test_a_server_that_is_away_is_tried_again(world: World) -> None:
    url = f"http://127.0.0.1:{world.server.port}/no/such/prefix"
    with (
        open_cluster(StoreSettings(kind=world.kind, url=url.replace(f":{world.server.port}", ":9")), {}) as store,
        pytest.raises(Transient),
    ):
        store.lines([build_of(1)])


def test_the_logstash_of_old_is_asked_by_short_ids_and_levels(world: World) -> None:
    world.server.request(
        "PUT",
        f"/{OLD}",
        {
            "mappings": {
                "properties": {
                    "@timestamp": {"type": "date"},
                    "message": {"type": "text"},
                    **{name: {"type": "keyword"} for name in ("build_short_uuid", "filename", "loglevel", "tags")},
                }
            }
        },
    )
    try:
        build = replace(build_of(1), uuid="4f440b7" + "0" * 25)
        base = {"@timestamp": "2018-04-24T17:09:40.000Z", "build_short_uuid": "4f440b7", "log_url": "http://logs/x"}
        told = [
            {"message": "+ timeout 60 sh", "filename": "job-output.txt"},
            {"message": "[ERROR] Neutron did not start", "filename": "job-output.txt"},
            {"message": "ERROR neutron [-] Plugin not found", "filename": "logs/screen-q-svc.txt", "loglevel": "ERROR"},
            {"message": "fine", "filename": "logs/screen-q-svc.txt", "loglevel": "INFO"},
        ]
        for number, one in enumerate(told):
            world.server.request("PUT", f"/{OLD}/_doc/{number}?refresh=true", {**base, **one})
        settings = StoreSettings(kind=world.kind, url=world.proxy.url, index="logstash-2*", fields="logstash-legacy")
        with open_cluster(settings, {}) as store:
            lines = store.lines([build])[build.identity]
        assert [(line.file, line.line) for line in lines] == [
            ("job-output.txt", "+ timeout 60 sh"),
            ("job-output.txt", "[ERROR] Neutron did not start"),
            ("logs/screen-q-svc.txt", "ERROR neutron [-] Plugin not found"),
        ]
    finally:
        world.server.request("DELETE", f"/{OLD}")
