"""Sightings sent to clusters that refuse, are busy or answer nonsense, through both clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from gerritbot_er.cli.online import Grade, try_peers
from gerritbot_er.config import load
from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.insight.exported import Document, Fate, Receipt
from gerritbot_er.logs.sightings_index import FIELDS, MAPPINGS, SightingsIndex, open_index
from gerritbot_er.settings import ClusterStore
from tests.peers.search_peer import Answer, Asked, SearchPeer, search_peer
from tests.unit.config.site import RIGHT, site

Kind = Literal["elasticsearch", "opensearch"]
INDEX = "gerritbot-er-sightings"
THERE = {"indices": [INDEX], "fields": {name: {field["type"]: {}} for name, field in FIELDS.items()}}
NOT_THERE: dict[str, object] = {"indices": [], "fields": {}}
ONE, GONE = Document("a", {"build": "1"}), Document("b", None)
LOGIN = "check username and password_file, or api_key_file"
BY_HAND = "or install etc/sightings-template.json and make the index by hand"


@pytest.fixture(params=["elasticsearch", "opensearch"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return "elasticsearch" if request.param == "elasticsearch" else "opensearch"


@contextmanager
def writing(kind: Kind, *answers: Answer) -> Iterator[tuple[SightingsIndex, SearchPeer, str]]:
    """An index that is written to, who is asked, and the URL."""
    with search_peer(*answers) as (peer, port):
        url = f"http://127.0.0.1:{port}/search"
        settings = ClusterStore(kind=kind, url=url, timeout=5.0, username="bot", password_env="PASSWORD")  # noqa: S106 - a name
        with open_index(settings, INDEX, {"PASSWORD": "s3cret"}) as index:
            yield index, peer, url


def refused(status: int, why: str = "no permissions", **headers: str) -> Answer:
    return Answer({"error": {"type": "x", "reason": why}, "status": status}, status, headers)


def items(*told: dict[str, Any]) -> Answer:
    return Answer({"took": 1, "errors": True, "items": [{"index": one} for one in told]})


def failed(status: int, why: str) -> dict[str, Any]:
    return {"_id": "a", "status": status, "error": {"type": "x", "reason": why}}


def test_an_index_that_is_there_is_looked_at_alone(kind: Kind) -> None:
    with writing(kind, Answer(THERE)) as (index, peer, _):
        index.prepare()
    assert [asked.target.partition("?")[0] for asked in peer.asked] == [f"/search/{INDEX}/_field_caps"]


def test_one_that_is_missing_is_made_with_our_fields(kind: Kind) -> None:
    with writing(kind, Answer(NOT_THERE), Answer({"acknowledged": True}), Answer(THERE)) as (index, peer, _):
        index.prepare()
    asked = [(one.method, one.target.partition("?")[0]) for one in peer.asked]
    assert (len(asked), asked[1]) == (3, ("PUT", f"/search/{INDEX}"))
    assert peer.asked[1].lines == [{"mappings": MAPPINGS}]


def test_documents_are_sent_in_lines_and_taken_away(kind: Kind) -> None:
    taken = Answer({"items": [{"index": {"status": 201}}, {"delete": {"status": 404, "result": "not_found"}}]})
    with writing(kind, taken) as (index, peer, _):
        assert index.send([ONE, GONE]) == [Receipt(Fate.TAKEN)] * 2
    [asked] = peer.asked
    assert asked.target.partition("?")[0] == f"/search/{INDEX}/_bulk"
    assert asked.lines == [{"index": {"_id": "a"}}, {"build": "1"}, {"delete": {"_id": "b"}}]
    assert asked.headers["authorization"] == "Basic Ym90OnMzY3JldA=="


def test_what_is_wrong_with_one_document_is_no_trouble_of_others(kind: Kind) -> None:
    answer = items({"status": 200}, failed(400, "no date"), failed(429, "queue full"), {"status": 503})
    with writing(kind, answer) as (index, _, _):
        assert index.send([ONE] * 4) == [
            Receipt(Fate.TAKEN),
            Receipt(Fate.REFUSED, "no date"),
            Receipt(Fate.LATER, "queue full"),
            Receipt(Fate.LATER, "no reason given"),
        ]


def test_f15_a_busy_cluster_says_when_to_come_again(kind: Kind) -> None:
    with writing(kind, refused(429, "busy", **{"Retry-After": "17"})) as (index, peer, url):
        with pytest.raises(Transient) as raised:
            index.send([ONE])
        assert (str(raised.value), raised.value.after) == (f"{url} cannot answer now (429): busy", 17.0)
        assert len(peer.asked) == 1


@pytest.mark.parametrize("body", [{}, [], {"items": {}}, {"items": []}, {"items": [{}, {}]}, b"<html>"])
def test_nonsense_is_tried_again(kind: Kind, body: object) -> None:
    with writing(kind, Answer(body)) as (index, _, _):
        with pytest.raises(Transient):
            index.send([ONE])
        if body != {"items": [{}, {}]}:
            with pytest.raises(Transient):
                index.prepare()


def test_an_item_that_says_nothing_stays(kind: Kind) -> None:
    with writing(kind, Answer({"items": [{}]})) as (index, _, _):
        assert index.send([ONE]) == [Receipt(Fate.LATER, "the answer says nothing of it")]


def said(index: SightingsIndex, *, prepare: bool) -> str:
    with pytest.raises(Misconfigured) as raised:
        index.prepare() if prepare else index.send([ONE])
    return str(raised.value)


def test_who_may_not_make_the_index_hears_which_right_is_missing(kind: Kind) -> None:
    with writing(kind, Answer(NOT_THERE), refused(403)) as (index, _, url):
        assert said(index, prepare=True) == (
            f"{url} does not take sightings (403); the index is not there: grant the user the privilege "
            f'"create_index" on {INDEX}, {BY_HAND}: no permissions'
        )


def test_who_may_not_look_may_write(kind: Kind) -> None:
    with writing(kind, refused(403), items({"status": 201})) as (index, _, _):
        index.prepare()
        assert index.send([ONE]) == [Receipt(Fate.TAKEN)]


def test_who_may_not_write_hears_so(kind: Kind) -> None:
    with writing(kind, refused(403)) as (index, _, url):
        assert said(index, prepare=False) == (
            f'{url} does not take sightings (403); grant the user the privilege "write" on {INDEX}: no permissions'
        )
    with writing(kind, items(failed(403, "unauthorized"))) as (index, _, url):
        assert said(index, prepare=False) == (
            f'{url} does not take sightings (403); grant the user the privileges "write" and "create_index" on '
            f"{INDEX}, {BY_HAND}: unauthorized"
        )


def test_a_wrong_password_and_a_wrong_index_are_told(kind: Kind) -> None:
    with writing(kind, refused(401, "who are you")) as (index, _, url):
        assert said(index, prepare=True) == f"{url} does not take sightings (401); {LOGIN}: who are you"
    with writing(kind, refused(400, "no write index is defined for alias [x]")) as (index, _, url):
        assert said(index, prepare=False) == (
            f"{url} takes no sightings into {INDEX}: no write index is defined for alias [x]; see that it is one "
            "index, or an alias with one index to write to"
        )


def test_an_index_that_somebody_else_made_meanwhile_is_used(kind: Kind) -> None:
    with writing(kind, Answer(NOT_THERE), refused(400, "index already exists"), Answer(THERE)) as (index, peer, _):
        index.prepare()
    asked = [(one.method, one.target.partition("?")[0].rpartition("/")[2]) for one in peer.asked]
    assert asked[1] == ("PUT", INDEX)
    assert [last for _, last in asked[2:]] == ["_field_caps"]


def test_check_config_tries_where_sightings_are_sent(kind: Kind, tmp_path: Path) -> None:
    taken = Answer({"items": [{"delete": {"status": 404, "result": "not_found"}}]})
    sent = [taken, items(failed(429, "queue full")), refused(401, "who?")]

    def answered(asked: Asked) -> Answer:
        return Answer(THERE) if "_field_caps" in asked.target else sent.pop(0)

    with search_peer(answered) as (_, port):
        boards = f"  boards:\n    kind: {kind}\n    url: http://127.0.0.1:{port}\n"
        text = RIGHT.replace("log_stores:\n", f"log_stores:\n{boards}").partition("irc:\n")[0]
        text = text.replace("review.example.org", "127.0.0.1\n  port: 1").replace("https://", "http://127.0.0.1:1/")
        settings = load(site(tmp_path, f"{text}export:\n  log_store: boards\n"), {})
        alone = replace(settings, log_stores={"boards": settings.log_stores["boards"]})
        tried = [one for _ in range(3) for one in try_peers(alone, {}) if one.peer == "sightings to boards"]
    assert [(one.grade, one.says) for one in tried] == [
        (Grade.OK, f"documents of failed builds can be written to {INDEX}"),
        (Grade.LATER, f"{INDEX} takes no documents now: queue full"),
        (
            Grade.WRONG,
            f"http://127.0.0.1:{port} does not take sightings (401); {LOGIN}: who?",
        ),
    ]
