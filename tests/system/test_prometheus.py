"""Prometheus scrapes a daemon that does the main job; its own checker reads the metrics, the alerts, the dashboard."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gerritbot_er.sandbox.ci import SandboxCI
from tests.peers.daemon_running import free_port

from .conftest import or_skip
from .failures import fails
from .servers.fetch import program
from .servers.gerrit import GerritServer
from .servers.irc import InspIrcd
from .servers.prometheus import Prometheus, prometheus, promtool
from .site import eventually, local_store, site, zuul

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "etc" / "prometheus-alerts.yml"
OF_GRAFANA = {"$__rate_interval": "5m", "$instance": ".*"}


@pytest.fixture(scope="module", autouse=True)
def _there() -> Iterator[None]:
    @contextmanager
    def found() -> Iterator[Path]:
        yield program("promtool", "prometheus")

    with or_skip(found):
        yield


EMPTY = {
    "Requests that failed": "nothing failed",
    "Requests under way and waiting": "nothing is under way",
    "Outbox": "everything is at its end",
    "Oldest open case": "none is open",
    "Kept logs": "none are kept",
    "Builds with kept logs": "as above",
}
"""The panels on which a daemon that did the main job and is done shows nothing."""


def test_prometheus_takes_in_a_daemon_that_does_the_main_job(gerrit: GerritServer, inspircd: InspIrcd) -> None:
    port = free_port()
    with SandboxCI() as ci, prometheus(port) as server:
        own = zuul(web=ci.url, tenant=ci.tenant, log_hosts=["127.0.0.1"])
        waiting = {"poll": "1s", "ask_again": "1s"}
        with site(gerrit, store=local_store(), ci=own, irc=inspircd, waiting=waiting, web={"port": port}) as made:
            made.start()
            eventually("Prometheus reaches the daemon", lambda: server.values("gerritbot_er_ready") == [1])
            change = gerrit.push_change(made.project)
            fails(gerrit, ci, change)
            made.await_comment(change)
            sent = 'gerritbot_er_posts_total{sink="gerrit",stage="sent"}'
            eventually("the comment is counted", lambda: server.values(f"increase({sent}[1m]) > 0"))
            eventually("the desk is empty", lambda: server.values("gerritbot_er_desk_cases") == [0])
            [target] = server.ask("targets")["activeTargets"]
            eventually("each panel shows what there is", lambda: without_data(server) == EMPTY.keys())
            going_off = [
                one["labels"]["alertname"] for one in server.ask("alerts")["alerts"] if one["state"] == "firing"
            ]
            told = metrics(port)
            assert made.stop() == 0
    assert (target["health"], target["lastError"]) == ("up", "")
    assert going_off == []
    assert promtool("check", "metrics", says=told) == (0, "")


def metrics(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return str(answer.read().decode())


def without_data(server: Prometheus) -> set[str]:
    """The titles of the panels that show nothing now; a rate needs two looks at the daemon."""
    return {panel["title"] for panel in panels() if not any(map(server.values, queries(panel)))}


def panels() -> list[dict[str, Any]]:
    board = json.loads((ROOT / "etc" / "grafana-dashboard.json").read_text())
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries(panel: dict[str, Any]) -> list[str]:
    """What a panel asks, with what Grafana puts in."""
    return [filled(target["expr"]) for target in panel["targets"]]


def filled(query: str) -> str:
    for name, value in OF_GRAFANA.items():
        query = query.replace(name, value)
    assert "$" not in query
    return query


def test_the_alerts_are_rules() -> None:
    status, said = promtool("check", "rules", ALERTS)
    assert status == 0, said


def test_each_alert_goes_off_when_it_should_and_none_on_a_good_day() -> None:
    status, said = promtool("test", "rules", ROOT / "tests" / "system" / "prometheus-alerts.test.yml")
    assert status == 0, said
