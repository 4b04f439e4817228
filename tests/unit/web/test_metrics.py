"""The metrics of a daemon as it stands, read back in both formats, and never more series than it has peers."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from gerritbot_er.dependencies import Condition, Count, Dependency
from gerritbot_er.errors import Misconfigured, Permanent, Transient
from gerritbot_er.model import BuildVerdict, Change, CIReport, Outcome, ReportedBuild, Verdict
from gerritbot_er.ports.reading import Ended, Moves, Tally
from gerritbot_er.signatures.library import Library
from gerritbot_er.state import StoredRecords, StoredStatistics
from gerritbot_er.triage.cases import builds_of, open_case
from gerritbot_er.web.health import Health
from gerritbot_er.web.meter import PrometheusMeter
from gerritbot_er.web.metrics import Exposition, exposition
from gerritbot_er.web.sources import KeptLogs, NoticeQueue, Sources, Workload
from tests.peers.pages_running import settings

NOWHERE = Path("nowhere")
NOW = 1_800_000_000.0
NO_MOVES = Moves((), {}, 0, frozenset())
TALLY = Tally(
    open_cases=3,
    done_cases=40,
    oldest=NOW - 90,
    outbox={},
    brakes={"pause": None, "mute 1234567": NOW + 60},
    outages=2,
    outages_begun=7,
)
WORKLOAD = Workload(
    newest_at=int(NOW) - 7,
    cases=3,
    waiting=5,
    asked_again=2,
    sample=4,
    calls={"log store cluster": (2, 6)},
    left_out=1,
    notices=NoticeQueue(queued=1, sent=20, dropped=3),
    kept={"local": KeptLogs(failed=30, successes=10, size=4_000, limit=9_000)},
    files={"state.db": 4096},
)
ANSWERS: Mapping[str, int] = {"confirm": 3, "wrong bug": 1}
HEALTH = Health(
    dependencies=(Dependency("irc", Condition.DEGRADED, NOW - 10), Dependency("stream", Condition.WORKING, NOW - 500)),
    stuck=(),
    counts=(
        Count("events", 12, NOW - 5),
        Count("events in the last 5 min", 3),
        Count("gaps", 1, NOW),
        Count("builds explained later", 4),
    ),
    extras=frozenset({"irc"}),
    started_at=NOW - 600,
)


class Clock:
    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return NOW


class Kept(StoredRecords):
    """What was kept, without a file: ``looks`` are what each look at the outbox finds."""

    def __init__(self, *looks: Moves) -> None:
        super().__init__(NOWHERE)
        self.looks = list(looks)
        self.away = False
        self.asked: list[Moves | None] = []

    def tally(self, now: float) -> Tally:
        assert now == NOW
        if self.away:
            raise Transient("state.db: cannot be read")
        return TALLY

    def moves(self, before: Moves | None) -> Moves:
        self.asked.append(before)
        return self.looks.pop(0) if self.looks else NO_MOVES


class Told(StoredStatistics):
    """What people answered, without a file; None where that cannot be read."""

    def __init__(self, replies: Mapping[str, int] | None) -> None:
        super().__init__(NOWHERE)
        self._replies = replies

    def replies(self) -> Mapping[str, int]:
        if self._replies is None:
            raise Transient("sightings.db: cannot be read")
        return self._replies


class Daemon:
    def __init__(
        self,
        *looks: Moves,
        health: Health = HEALTH,
        workload: Workload = WORKLOAD,
        replies: Mapping[str, int] | None = ANSWERS,
    ) -> None:
        self.kept = Kept(*looks)
        self.meter = PrometheusMeter()
        self.metrics: Exposition = exposition(
            Sources(
                settings=settings(NOWHERE),
                health=lambda: health,
                records=self.kept,
                statistics=Told(replies),
                library=lambda: Library(()),
                clock=Clock(),
                workload=lambda: workload,
                meter=self.meter,
            )
        )

    def read(self) -> Mapping[tuple[str, ...], float]:
        """The values by the metric's name and the values of its labels, in the order of their names."""
        text, _ = self.metrics.text("")
        return {
            (
                sample.name.removeprefix("gerritbot_er_"),
                *(value for _, value in sorted(sample.labels.items())),
            ): sample.value
            for family in text_string_to_metric_families(text.decode())
            for sample in family.samples
        }


def test_what_is_at_hand_is_told() -> None:
    at_work = {("gerrit", "pending"): 2, ("irc:#a", "pending"): 1, ("irc:#b", "pending"): 1}
    told = Daemon(NO_MOVES, replace(NO_MOVES, at_work=at_work)).read()
    expected = {
        ("ready",): 1,
        ("workers_stuck",): 0,
        ("dependency_state", "irc", "degraded"): 1,
        ("dependency_state", "irc", "working"): 0,
        ("dependency_needed", "irc"): 0,
        ("dependency_needed", "stream"): 1,
        ("dependency_since_timestamp_seconds", "stream"): NOW - 500,
        ("events_total",): 12,
        ("gaps_total",): 1,
        ("malformed_events_total",): 0,
        ("stream_lag_seconds",): 2,
        ("stream_last_event_timestamp_seconds",): NOW - 5,
        ("desk_cases",): 3,
        ("desk_builds", "waiting for logs"): 5,
        ("desk_builds", "to be asked again"): 2,
        ("sample_builds",): 4,
        ("calls", "log store cluster", "under way"): 2,
        ("calls", "log store cluster", "waiting"): 6,
        ("state_readable",): 1,
        ("cases", "open"): 3,
        ("cases", "done"): 40,
        ("oldest_open_case_timestamp_seconds",): NOW - 90,
        ("outbox", "gerrit", "pending"): 2,
        ("outbox", "irc", "pending"): 2,
        ("paused",): 1,
        ("muted_signatures",): 1,
        ("signatures", "left out"): 1,
        ("irc_queued_notices",): 1,
        ("irc_sent_notices_total",): 20,
        ("irc_dropped_notices_total",): 3,
        ("kept_builds", "failed", "local"): 30,
        ("kept_builds", "successful", "local"): 10,
        ("kept_logs_size_bytes", "local"): 4_000,
        ("kept_logs_limit_bytes", "local"): 9_000,
        ("start_time_seconds",): NOW - 600,
        ("state_file_size_bytes", "state.db"): 4096,
        ("outages",): 2,
        ("outages_begun_total",): 7,
        ("explained_later_builds_total",): 4,
        ("replies", "confirm"): 3,
        ("replies", "wrong bug"): 1,
        ("replies", "bug"): 0,
    }
    assert {name: told.get(name) for name in expected} == expected


def test_where_nothing_came_yet_nothing_is_made_up() -> None:
    nothing = replace(WORKLOAD, newest_at=None, notices=None, calls={}, files={})
    told = Daemon(health=replace(HEALTH, counts=()), workload=nothing).read()
    assert told["events_total",] == 0
    assert ("stream_lag_seconds",) not in told
    assert ("irc_sent_notices_total",) not in told


def test_a_server_whose_clock_is_ahead_has_no_lag() -> None:
    assert Daemon(workload=replace(WORKLOAD, newest_at=int(NOW) + 30)).read()["stream_lag_seconds",] == 0


def test_each_comment_and_notice_is_counted_once_at_its_end() -> None:
    first = Moves((), {}, 7, frozenset({7}))
    second = Moves((Ended("gerrit", "sent", 40.0), Ended("irc:#a", "sent", 30.0)), {}, 8, frozenset())
    third = Moves((Ended("gerrit", "withheld", 90.0),), {}, 9, frozenset())
    daemon = Daemon(first, second, third)
    assert daemon.read()["wait_seconds_sum", "comment"] == 40, "at once, not when it is asked for the next time"
    told = daemon.read()
    assert told["posts_total", "gerrit", "sent"] == 1
    assert told["posts_total", "gerrit", "withheld"] == 1
    assert told["posts_total", "gerrit", "failed"] == 0
    assert told["posts_total", "irc", "sent"] == 1
    assert told["wait_seconds_count", "comment"] == 1
    assert [before and before.newest for before in daemon.kept.asked] == [None, 7, 8]


def test_a_state_file_that_cannot_be_read_takes_nothing_else_away() -> None:
    daemon = Daemon()
    daemon.kept.away = True
    told = daemon.read()
    assert told["state_readable",] == 0
    assert told["ready",] == 1
    assert not [name for name in told if name[0] in ("cases", "outbox", "paused", "muted_signatures", "outages")]
    daemon.kept.away = False
    assert daemon.read()["cases", "open"] == 3


def test_sightings_that_cannot_be_read_take_the_answers_alone_away() -> None:
    told = Daemon(replies=None).read()
    assert not [name for name in told if name[0] == "replies"]
    assert told["outages",] == 2


def verdict(*outcomes: Outcome) -> Verdict:
    change = Change(4711, "example/widgets", "master")
    builds = tuple(ReportedBuild(f"job-{n}", "FAILURE", voting=n == 0) for n, _ in enumerate(outcomes))
    case = open_case(CIReport("zuul", change, 2, int(NOW), builds, failed=True, digest="d"), NOW)
    found = zip(builds_of(case.report), outcomes, strict=True)
    return Verdict(case, tuple(BuildVerdict(build, outcome) for build, outcome in found))


def test_requests_waits_and_verdicts_are_counted_by_what_is_configured() -> None:
    daemon = Daemon()
    daemon.meter.answered("CI zuul", "facts", 0.2, None)
    for error in (Transient("away"), Misconfigured("refused"), Permanent("no such change"), ValueError("a fault")):
        daemon.meter.answered("CI zuul", "facts", 0.2, error)
    daemon.meter.logs_came(12.0)
    daemon.meter.judged(verdict(Outcome.EXPLAINED, Outcome.NO_LOGS), 14.0)
    told = daemon.read()
    assert told["request_duration_seconds_count", "CI zuul", "facts"] == 5
    kinds = ("transient", "misconfigured", "permanent", "unexpected")
    assert [told["request_failures_total", kind, "CI zuul", "facts"] for kind in kinds] == [1, 1, 1, 1]
    assert told["wait_seconds_sum", "logs"] == 12
    assert told["wait_seconds_sum", "verdict"] == 14
    assert told["verdicts_total", "zuul", "explained"] == 1
    assert told["judged_builds_total", "zuul", "explained", "true"] == 1
    assert told["judged_builds_total", "zuul", "no logs", "false"] == 1
    assert not [name for name in told if "4711" in name or "example/widgets" in name or "job-0" in name]


PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
)


@pytest.mark.parametrize(
    "accept", [PROMETHEUS_3, "application/openmetrics-text", "application/openmetrics-text;version=x"]
)
def test_prometheus_gets_the_format_that_it_asks_for(accept: str) -> None:
    text, media_type = Daemon().metrics.text(accept)
    assert media_type == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    read = openmetrics.text_string_to_metric_families(text.decode())  # type: ignore[no-untyped-call] # it has no types
    families = {family.name for family in read}
    assert {"gerritbot_er_events", "gerritbot_er_wait_seconds"} <= families


@pytest.mark.parametrize("accept", ["", "*/*", "text/html", "text/plain;version=x;escaping=y", ",;,=", "\0"])
def test_anybody_else_gets_plain_text(accept: str) -> None:
    text, media_type = Daemon().metrics.text(accept)
    assert media_type == "text/plain; version=0.0.4; charset=utf-8"
    assert b"gerritbot_er_ready 1.0" in text
    assert b"_created" not in text


DAEMON = Daemon()


@hypothesis.settings(max_examples=50, deadline=None)
@hypothesis.given(strategies.text() | strategies.text("/;,=vq1 "))
def test_no_header_does_harm(accept: str) -> None:
    told, media_type = DAEMON.metrics.text(accept)
    assert media_type.startswith(("text/plain; version=0.0.4;", "application/openmetrics-text; version=1.0.0;"))
    assert told


def test_the_door_to_the_pages_loads_nothing_of_them() -> None:
    """A daemon without pages knows that door and what lies before it alone."""
    door = "gerritbot_er.web.opening, gerritbot_er.web.sources"
    looks = f"import sys, {door}; print({{'prometheus_client', 'flask', 'waitress'}} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", looks], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout == "set()\n"


def test_one_daemon_after_another_in_a_process_begins_anew() -> None:
    Daemon().meter.logs_came(1.0)
    assert Daemon().read()["wait_seconds_count", "logs"] == 0
