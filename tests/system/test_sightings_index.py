"""Sightings in real clusters: the index, its documents, and what every part of the ready dashboard asks of them."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pytest

from gerritbot_er.errors import Misconfigured
from gerritbot_er.insight.exported import Document, Exported, Fate, Receipt, document
from gerritbot_er.insight.failures import FailedBuild
from gerritbot_er.logs.sightings_index import FIELDS, SightingsIndex, open_index
from gerritbot_er.model import Match, Signature
from gerritbot_er.settings import ClusterStore
from tests.unit.saved_objects import of_type, request_of

from .failures import document as line_of
from .failures import zuul_says
from .servers.gerrit import GerritServer
from .servers.http_proxy import HttpProxy, http_proxy
from .servers.search import SearchServer
from .servers.zuul_comments import ZuulBuild
from .site import DISK_FULL, Site, eventually, site

ROOT = Path(__file__).parents[2]
INDEX = "gerritbot-er-sightings"
Kind = Literal["elasticsearch", "opensearch"]
KINDS: dict[str, Kind] = {
    "elasticsearch": "elasticsearch",
    "elasticsearch_7": "elasticsearch",
    "opensearch": "opensearch",
}
NOW = 1_795_000_000.0
DISK = Signature("disk", query="message:x", title="The disk is full", bug="https://bugs.example.org/1")


@dataclass(frozen=True, slots=True)
class World:
    """A real server without our index, and the index as we write it."""

    server: SearchServer
    index: SightingsIndex
    settings: ClusterStore

    def found(self, body: dict[str, object] | None = None) -> Any:
        self.server.request("POST", f"/{INDEX}/_refresh")
        return self.server.search(body or {"size": 100, "sort": "build"}, INDEX)

    def builds(self) -> dict[str, Any]:
        return {hit["_source"]["build"]: hit["_source"] for hit in self.found()["hits"]["hits"]}


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    server: SearchServer = request.getfixturevalue(request.param)
    server.delete_documents(f"{INDEX}*")
    settings = ClusterStore(kind=KINDS[request.param], url=server.url, timeout=20)
    with open_index(settings, INDEX, {}) as index:
        yield World(server, index, settings)
    server.delete_documents(f"{INDEX}*")


def build(number: int, *signatures: str, **more: Any) -> Exported:
    failed = FailedBuild(
        identity=f"{number:032x}",
        at=NOW - 600.0 * number,
        ci="zuul",
        job="unit",
        project="nova",
        branch="master",
        pipeline="check",
        change=4711,
        patchset=2,
        result="FAILURE",
        voting=True,
        seconds=1800,
        outcome="explained" if signatures else "unexplained",
        group=None if signatures else "0123456789ab",
        matches=tuple(map(Match, signatures)),
    )
    return Exported(replace(failed, **more), gate=False, decided_after=63.5, report="builds:x", hidden=False)


def told(exported: Exported) -> Document:
    return document(exported, {"disk": DISK}.get, lambda _: None, lambda name: f"https://er.example.org/build/{name}")


TAKEN = Receipt(Fate.TAKEN)


def test_a_document_has_all_that_is_known_of_a_build_and_replaces_the_one_before(world: World) -> None:
    world.index.prepare()
    assert world.index.send([told(build(1)), told(build(2, "disk"))]) == [TAKEN, TAKEN]
    world.index.prepare()
    assert world.index.send([told(build(1, "disk", later=True)), told(build(1, "disk", later=True))]) == [TAKEN, TAKEN]
    assert world.builds() == {
        f"{number:032x}": {
            "@timestamp": timestamp,
            "build": f"{number:032x}",
            "ci": "zuul",
            "job": "unit",
            "project": "nova",
            "branch": "master",
            "pipeline": "check",
            "change": 4711,
            "patchset": 2,
            "result": "FAILURE",
            "voting": True,
            "seconds": 1800,
            "gate": False,
            "report": told(build(number)).fields["report"],  # type: ignore[index]
            "outcome": "explained",
            "later": later,
            "signatures": ["disk"],
            "titles": ["The disk is full"],
            "bugs": ["https://bugs.example.org/1"],
            "decided_after": 63.5,
            "page": f"https://er.example.org/build/{number:032x}",
        }
        for number, timestamp, later in ((1, "2026-11-18T10:56:40Z", True), (2, "2026-11-18T10:46:40Z", False))
    }
    assert world.index.send([told(replace(build(1), hidden=True)), told(replace(build(9), hidden=True))]) == [TAKEN] * 2
    assert list(world.builds()) == [f"{2:032x}"]


def test_the_index_has_the_fields_that_its_template_has(world: World) -> None:
    template = json.loads((ROOT / "etc" / "sightings-template.json").read_text())
    world.index.prepare()
    made = world.server.request("GET", f"/{INDEX}/_mapping")[INDEX]["mappings"]
    world.server.delete_documents(f"{INDEX}*")
    world.server.request("PUT", "/_index_template/sightings", template)
    try:
        assert world.index.send([told(build(1))]) == [TAKEN]
        assert world.server.request("GET", f"/{INDEX}/_mapping")[INDEX]["mappings"] == made
        assert set(made["properties"]) == set(FIELDS)
        world.index.prepare()
    finally:
        world.server.request("DELETE", "/_index_template/sightings")


def test_an_index_that_is_not_as_it_has_to_be_is_refused_with_what_to_do(world: World) -> None:
    world.server.request("POST", f"/{INDEX}/_doc?refresh=true", {"build": "x"})
    with pytest.raises(Misconfigured) as refused:
        world.index.prepare()
    assert str(refused.value) == (
        f"field @timestamp is missing in {INDEX}, not as date: name another one as export.index; it is made as it has "
        "to be, and gets everything"
    )


# -- the ready dashboard ---------------------------------------------------------------------------------------------


def fill(world: World) -> None:
    """A day of failures of every kind."""
    kinds = [
        build(0, "disk", "net"),
        build(1, "disk", job="functional", project="neutron"),
        build(2, job="functional", change=4712),
        build(3, outcome="no logs", group=None),
        build(4, "net", later=True, seconds=None),
    ]
    documents = [
        told(replace(one, build=replace(one.build, identity=f"{n:032x}", at=NOW - 1800.0 * n), gate=n % 2 == 0))
        for n in range(40)
        for one in [kinds[n % 5]]
    ]
    world.index.prepare()
    assert set(world.index.send(documents)) == {TAKEN}


BUCKETS = {
    "Failed builds in this time": 0,
    "Failures over time by outcome": 21,
    "Classification rate": 21,
    "Signatures by failed builds": 2,
    "Signatures by hours of CI": 2,
    "Jobs hit most": 2,
    "Gate resets over time": 20,
    "Unexplained failures that are alike": 1,
}
"""Of the outermost kind, in what ``fill`` sends."""


def test_every_part_of_the_dashboard_gets_what_it_shows(world: World) -> None:
    fill(world)
    assert set(BUCKETS) == set(of_type("visualization"))
    for title, one in of_type("visualization").items():
        body = request_of(one)
        answer = world.found(body)
        assert answer["_shards"]["failed"] == 0, title
        outer = [agg for agg in answer["aggregations"].values() if "buckets" in agg]
        assert sum(len(agg["buckets"]) for agg in outer) == BUCKETS[title], title
        inner = [bucket for agg in outer for bucket in agg["buckets"]]
        assert all(bucket["doc_count"] and has_values(bucket) for bucket in inner), title
        assert has_values(answer["aggregations"]) or outer, title
    [recent] = of_type("search").values()
    hits = world.found({"size": 500, "sort": [{field: order} for field, order in recent["attributes"]["sort"]]})["hits"]
    columns = {column for hit in hits["hits"] for column in hit["_source"]} & set(recent["attributes"]["columns"])
    assert (len(hits["hits"]), columns) == (40, set(recent["attributes"]["columns"]))


def has_values(bucket: dict[str, Any]) -> bool:
    """Whether every metric within has a value, and every bucket within has some."""
    asked = [one for name, one in bucket.items() if name.isdigit()]
    if any(one.get("buckets") == [] for one in asked):
        return False
    values = (value for one in asked for value in (one.get("value", 0), *one.get("values", {}).values()))
    return all(value is not None for value in values)


# -- the whole daemon ------------------------------------------------------------------------------------------------


def test_a_daemon_killed_while_it_sends_sends_again_and_it_is_one_document(
    gerrit: GerritServer, elasticsearch: SearchServer
) -> None:
    elasticsearch.delete_documents()
    elasticsearch.delete_documents(f"{INDEX}*")
    store: dict[str, object] = {"kind": "elasticsearch", "url": elasticsearch.url}
    with http_proxy(elasticsearch.port) as proxy:
        stores = {"logs": store, "boards": {**store, "url": proxy.url}}
        with site(gerrit, store=store, log_stores=stores, export={"log_store": "boards"}) as made:
            proxy.delay(2.0, times=1, path="_bulk")
            made.start()
            change = gerrit.push_change(made.project, "Resize the flavors")
            failed = ZuulBuild("nova-next", seconds=60.0)
            elasticsearch.index([line_of(failed, change, "begun"), line_of(failed, change, DISK_FULL)])
            zuul_says(gerrit, change, [failed])
            eventually("the build is on its way", lambda: bulks(proxy) == 1)
            made.kill()
            assert unsent(made) == 1
            eventually("the first has arrived", lambda: len(documents_in(elasticsearch)) == 1)

            made.start()
            eventually("it is sent again", lambda: unsent(made) == 0)
            made.await_done(change)
            [found] = documents_in(elasticsearch)
            assert made.stop() == 0
    assert (found["build"], found["outcome"], found["signatures"]) == (failed.uuid, "explained", ["1999001"])
    assert (found["change"], found["titles"]) == (change.number, ["the disk of a test machine is full"])
    assert found["bugs"] == ["https://bugs.launchpad.net/bugs/1999001"]
    assert bulks(proxy) == 2
    elasticsearch.delete_documents(f"{INDEX}*")


def bulks(proxy: HttpProxy) -> int:
    return sum(request.path.endswith("/_bulk") for request in proxy.requests)


def unsent(made: Site) -> int:
    with closing(sqlite3.connect(f"file:{made.state / 'sightings.db'}?mode=ro", uri=True, timeout=10)) as file:
        return int(file.execute("SELECT count(*) FROM unsent").fetchone()[0])


def documents_in(server: SearchServer) -> list[dict[str, Any]]:
    server.request("POST", f"/{INDEX}/_refresh")
    return [hit["_source"] for hit in server.search({}, INDEX)["hits"]["hits"]]
