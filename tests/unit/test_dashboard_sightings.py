"""The saved objects of the ready dashboard: whole in themselves, in a format that both know, over our fields."""

import json

import pytest

from gerritbot_er.logs.sightings_index import FIELDS, MAPPINGS
from gerritbot_er.settings import Export
from tests.unit.saved_objects import FILE, METRICS, fields_of, objects, of_type, source_of, state_of

NEWEST = {"index-pattern": "7.6.0", "visualization": "7.10.0", "search": "7.9.3", "dashboard": "7.9.3"}
"""The newest format of each type that OpenSearch Dashboards 2 knows: it left Kibana at 7.10 and refuses newer ones."""
TYPES = {"keyword": "string", "long": "number", "double": "number", "date": "date", "boolean": "boolean"}
FORMATS = {"url", "duration", "string"}


def test_the_template_has_the_fields_of_the_index() -> None:
    template = json.loads((FILE.parent / "sightings-template.json").read_text())
    assert template["template"]["mappings"] == {**MAPPINGS, "dynamic": "false"}
    assert [Export(log_store="main").index.startswith(one.rstrip("*")) for one in template["index_patterns"]] == [True]


def test_every_object_is_of_a_format_that_all_know_and_refers_to_others_of_the_file() -> None:
    known = {(one["type"], one["id"]) for one in objects()}
    assert len(known) == len(objects()) == 11
    for one in objects():
        assert one["migrationVersion"] == {one["type"]: NEWEST[one["type"]]}
        assert {(reference["type"], reference["id"]) for reference in one["references"]} <= known
        assert set(one) == {"id", "type", "attributes", "references", "migrationVersion"}


def test_the_fields_of_the_index_pattern_are_those_of_the_index() -> None:
    [(title, pattern)] = of_type("index-pattern").items()
    assert title == f"{Export(log_store='main').index}*"
    assert pattern["attributes"]["timeFieldName"] == "@timestamp"
    fields = {one["name"]: one["type"] for one in json.loads(pattern["attributes"]["fields"]) if one["name"][0] != "_"}
    assert fields == {name: TYPES[str(mapped["type"])] for name, mapped in FIELDS.items()}
    formats = json.loads(pattern["attributes"]["fieldFormatMap"])
    assert set(formats) <= set(FIELDS)
    assert {one["id"] for one in formats.values()} <= FORMATS


@pytest.mark.parametrize("title", of_type("visualization"))
def test_a_visualization_asks_for_our_fields_in_a_way_that_both_know(title: str) -> None:
    one = of_type("visualization")[title]
    state = state_of(one)
    assert state["title"] == title
    assert state["type"] in {"metric", "histogram", "table"}
    assert state["params"].get("type", "table") == state["type"]
    assert {agg["type"] for agg in state["aggs"]} <= METRICS | {"terms", "date_histogram"}
    assert set(fields_of(one)) <= set(FIELDS)
    ids = [agg["id"] for agg in state["aggs"]]
    assert len(set(ids)) == len(ids)
    orders = {agg["params"]["orderBy"] for agg in state["aggs"] if agg["type"] == "terms"}
    assert orders <= {*ids, "_key"}
    (reference,) = one["references"]
    assert source_of(one)["indexRefName"] == reference["name"]
    assert json.loads(one["attributes"]["uiStateJSON"]) == {}


def test_the_table_of_builds_shows_our_fields() -> None:
    [one] = of_type("search").values()
    assert set(one["attributes"]["columns"]) <= set(FIELDS)
    assert one["attributes"]["sort"] == [["@timestamp", "desc"]]
    assert source_of(one)["indexRefName"] == one["references"][0]["name"]


def test_the_dashboard_shows_every_part_once_and_none_over_another() -> None:
    [one] = of_type("dashboard").values()
    panels = json.loads(one["attributes"]["panelsJSON"])
    shown = {reference["name"]: reference["id"] for reference in one["references"]}
    assert [panel["panelRefName"] for panel in panels] == list(shown)
    assert set(shown.values()) == {part["id"] for part in objects() if part["type"] in {"visualization", "search"}}
    cells = [
        (x, y)
        for place in (panel["gridData"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert all(x < 48 for x, _ in cells)
    assert json.loads(one["attributes"]["optionsJSON"])["useMargins"] is True
