"""The page for operators, the alerts and the dashboard speak of metrics, labels and values that a daemon shows."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from gerritbot_er.errors import Transient
from gerritbot_er.model import Outcome

from .test_metrics import NO_MOVES, Daemon, verdict

PAGE = Path("docs/operations.rst").read_text()
ALERTS = [
    rule for group in yaml.safe_load(Path("etc/prometheus-alerts.yml").read_text())["groups"] for rule in group["rules"]
]
TRIED = yaml.safe_load(Path("tests/system/prometheus-alerts.test.yml").read_text())
DASHBOARD = json.loads(Path("etc/grafana-dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
PARTS = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
PROMETHEUS_OWN = {"instance", "job", "le"}


@pytest.fixture(scope="module")
def told() -> Mapping[str, tuple[str, frozenset[str]]]:
    """The kind and the labels of each metric that a daemon shows which has done a little of everything."""
    daemon = Daemon(NO_MOVES, replace(NO_MOVES, at_work={("gerrit", "pending"): 1}))
    daemon.meter.answered("CI zuul", "facts", 0.2, Transient("away"))
    daemon.meter.judged(verdict(Outcome.EXPLAINED), 1.0)
    text, _ = daemon.metrics.text("")
    found = {}
    for family in text_string_to_metric_families(text.decode()):
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = frozenset(label for sample in family.samples for label in sample.labels) - {"le"}
        found[name] = (family.type, labels)
    return found


def test_the_page_has_every_metric_with_its_labels_and_kind(told: Mapping[str, tuple[str, frozenset[str]]]) -> None:
    rows = re.findall(r"^   \* - ``(\w+)``(?: \(([\w, ]+)\))?\n     - (gauge|counter|histogram)$", PAGE, re.MULTILINE)
    on_page = {name: (kind, frozenset(filter(None, labels.split(", ")))) for name, labels, kind in rows}
    assert on_page == told


@pytest.mark.parametrize("expression", [*(rule["expr"] for rule in ALERTS), *QUERIES])
def test_a_query_names_metrics_and_labels_that_there_are(
    told: Mapping[str, tuple[str, frozenset[str]]], expression: str
) -> None:
    samples = {
        sample: labels
        for name, (kind, labels) in told.items()
        for sample in ([name + part for part in PARTS["histogram"]] if kind == "histogram" else [name])
    }
    named = re.findall(r"\b(?:gerritbot_er|process)_\w+", expression)
    assert named
    assert set(named) <= samples.keys()
    for metric, selector in re.findall(r"\b((?:gerritbot_er|process)_\w+)\{([^}]*)\}", expression):
        chosen = set(re.findall(r"(\w+)=~?\"", selector.replace("!=", "="))) - PROMETHEUS_OWN
        assert chosen <= samples[metric]
    known = frozenset().union(*(samples[name] for name in named)) | PROMETHEUS_OWN
    for group in re.findall(r"\b(?:by|on) \(([\w, ]*)\)", expression):
        assert set(group.split(", ")) <= known


def test_the_page_says_what_to_do_at_each_alert() -> None:
    assert re.findall(r"^   \* - (GerritbotEr\w+)$", PAGE, re.MULTILINE) == [rule["alert"] for rule in ALERTS]


def test_each_alert_is_tried() -> None:
    tried = {test["alertname"] for one in TRIED["tests"] for test in one["alert_rule_test"] if test["exp_alerts"]}
    assert {rule["alert"] for rule in ALERTS} - tried == set()


def test_each_alert_says_how_grave_it_is_and_what_it_means() -> None:
    for rule in ALERTS:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "description"}


def overlapping() -> Iterator[tuple[str, str]]:
    for one, other in combinations(DASHBOARD["panels"], 2):
        a, b = one["gridPos"], other["gridPos"]
        across = a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"]
        if across and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]:
            yield one["title"], other["title"]


def test_the_panels_lie_beside_each_other_in_grafana_s_24_columns() -> None:
    assert list(overlapping()) == []
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in DASHBOARD["panels"])
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)


def test_the_dashboard_asks_the_source_that_is_chosen_on_it() -> None:
    """It holds no id of a data source of any one Grafana, and no state of whoever saved it."""
    sources = [one["datasource"] for panel in PANELS for one in (panel, *panel["targets"])]
    assert sources == [{"type": "prometheus", "uid": "${datasource}"}] * len(sources)
    variables: list[dict[str, Any]] = DASHBOARD["templating"]["list"]
    assert [one["name"] for one in variables] == ["datasource", "instance"]
    assert all(re.search(r'instance=~"\$instance"', query) for query in QUERIES)
    assert not any("current" in one for one in variables)
