"""Prometheus' own checker on the metrics of a daemon that did the main job, on the alerts, and on the dashboard."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gerritbot_er.sandbox.ci import SandboxCI
from tests.peers.daemon_running import free_port

from .conftest import or_skip
from .failures import fails
from .servers.fetch import program
from .servers.gerrit import GerritServer
from .servers.irc import InspIrcd
from .servers.promtool import promtool
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


def test_the_metrics_of_a_daemon_that_did_the_main_job_are_well_made(gerrit: GerritServer, inspircd: InspIrcd) -> None:
    port = free_port()
    with SandboxCI() as ci:
        own = zuul(web=ci.url, tenant=ci.tenant, log_hosts=["127.0.0.1"])
        with site(gerrit, store=local_store(), ci=own, irc=inspircd, web={"port": port}) as made:
            made.start()
            change = gerrit.push_change(made.project)
            fails(gerrit, ci, change)
            made.await_comment(change)
            sent = 'gerritbot_er_posts_total{sink="gerrit",stage="sent"} 1.0'
            eventually("the comment is counted", lambda: sent in metrics(port))
            told = metrics(port)
            assert made.stop() == 0
    assert 'gerritbot_er_verdicts_total{ci="zuul",outcome="explained"} 1.0' in told
    assert promtool("check", "metrics", says=told) == (0, "")


def metrics(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return str(answer.read().decode())


def test_the_alerts_are_rules() -> None:
    status, said = promtool("check", "rules", ALERTS)
    assert status == 0, said


def test_each_alert_goes_off_when_it_should_and_none_on_a_good_day() -> None:
    status, said = promtool("test", "rules", ROOT / "tests" / "system" / "prometheus-alerts.test.yml")
    assert status == 0, said


def test_the_dashboard_s_queries_can_be_read(tmp_path: Path) -> None:
    """As rules, which the checker reads; what Grafana puts in is put in here."""
    board = json.loads((ROOT / "etc" / "grafana-dashboard.json").read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    rules = [{"record": f"query:number:{number}", "expr": filled(query)} for number, query in enumerate(queries)]
    file = tmp_path / "queries.json"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    status, said = promtool("check", "rules", file)
    assert status == 0, said


def filled(query: str) -> str:
    for name, value in OF_GRAFANA.items():
        query = query.replace(name, value)
    assert "$" not in query
    return query
