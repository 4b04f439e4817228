"""The brakes and status as an operator uses them, in whole words."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gerritbot_er.cli import main
from gerritbot_er.clock import SystemClock
from gerritbot_er.dependencies import Condition
from gerritbot_er.model import Change, CIReport, Failure, Outage, ReportedBuild
from gerritbot_er.ports import Batch
from gerritbot_er.state import StatusBoard, StoredCases, StoredOutages, locked, open_state
from gerritbot_er.triage.cases import open_case

CONFIG = """\
gerrit: {host: review.example.org, username: er, key: key, known_hosts: known_hosts}
cis: [{name: jenkins, kind: jenkins, account: jenkins, log_store: local, log_hosts: [ci.example.org]}]
log_stores: {local: {kind: local}}
signatures: {directories: [signatures]}
state: state
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    for name in ("signatures", "state"):
        (tmp_path / name).mkdir()
    (tmp_path / "signatures" / "disk-full.yaml").write_text('query: message:"No space left on device"\n')
    (tmp_path / "key").touch(mode=0o600)
    (tmp_path / "known_hosts").touch()
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path / "config.yaml"


def call(config: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "-c", str(config)], prog_name="gerritbot-er")


def test_before_the_first_start_there_is_nothing_to_brake(config: Path) -> None:
    result = call(config, "pause")
    assert result.exit_code == 78
    assert result.stderr.endswith(
        "state.db: there is no state file; start the daemon once, or name its configuration with -c\n"
    )


def test_brakes_are_put_on_shown_and_taken_off(config: Path) -> None:
    open_state(config.parent / "state").close()
    assert call(config, "pause").stderr == "paused until it is resumed\n"
    assert call(config, "mute", "disk-full", "--for", "2h").stderr == "disk-full is muted for 2.0 h\n"
    assert call(config, "status").stdout == (
        "the daemon is not running; this is what its state file says\n"
        "PAUSED until it is resumed: nothing is posted or said\n"
        "MUTED disk-full for 2.0 h more\n"
        "cases: 0 open; 0 done\n"
        "outbox: empty\n"
    )
    assert call(config, "resume").stderr == "the pause is off\n"
    assert call(config, "resume", "disk-full").stderr == "the mute of disk-full is off\n"
    assert call(config, "resume").stderr == "the pause was not on\n"


def test_status_tells_how_it_stands_with_each_dependency_and_what_was_counted(config: Path) -> None:
    folder = config.parent / "state"
    with locked(folder), open_state(folder) as state:
        board = StatusBoard(state, SystemClock())
        board.clear()
        board.say("stream", Condition.DEGRADED, "no answer to 2 probes", retry_in=90)
        board.say("log store local", Condition.WORKING)
        board.count("events", 12)
        board.flush()
        shown = call(config, "status").stdout
        told = json.loads(call(config, "status", "--json").stdout)
    for pattern, instead in ((r"for \d+ s", "for SPAN"), (r"last \d+ s", "last SPAN"), (r"[\d.]+ a sec", "RATE a sec")):
        shown = re.sub(pattern, instead, shown)
    assert shown == (
        "log store local: working for SPAN\n"
        "Gerrit's stream: degraded for SPAN: no answer to 2 probes; next try in 1.5 min\n"
        "events: 12, the last SPAN ago\n"
        "events in the last 5 min: 12 (RATE a second)\n"
        "cases: 0 open; 0 done\n"
        "outbox: empty\n"
    )
    assert told["summary"].startswith("degraded: Gerrit's stream (no answer to 2 probes), next try at ")
    assert [(one["name"], one["state"]) for one in told["dependencies"]] == [
        ("log store local", "working"),
        ("stream", "degraded"),
    ]
    assert told["counts"]["events"]["count"] == 12


def test_status_tells_outages_that_last_and_no_other(config: Path) -> None:
    folder = config.parent / "state"
    now = int(SystemClock().now())
    change = Change(1, "nova", "master")
    report = CIReport("zuul", change, 1, now, (ReportedBuild("unit", "FAILURE", "a" * 32),), failed=True, digest="d")
    case = open_case(report, float(now))
    with open_state(folder) as state:
        StoredCases(state, SystemClock()).keep(Batch(cases=(case,)))
        outages = StoredOutages(state, SystemClock())
        for failure, line in (
            (Failure("disk-full"), ""),
            (Failure("0cc175b9c0f1", known=False), "ERROR: no \x1b[1mroute"),
            (Failure("over"), ""),
        ):
            outages.keep(Outage(0, failure, now - 3600, now - 600, 14, line, (), case.id), ())
        outages.end(outages.current()[-1], ())
    shown = call(config, "status").stdout
    assert shown.startswith(
        "the daemon is not running; this is what its state file says\n"
        "OUTAGE of disk-full for 1.0 h, on 14 changes, the last 10.0 min ago\n"
        "OUTAGE that nobody has explained (group 0cc175b9c0f1) for 1.0 h, on 14 changes, the last 10.0 min ago: "
        "ERROR: no route\n"
        "cases: 1 open, the oldest for "
    )
    told = json.loads(call(config, "status", "--json").stdout)["outages"]
    assert [(one["failure"]["name"], one["changes"]) for one in told] == [("disk-full", 14), ("0cc175b9c0f1", 14)]


def test_a_mistyped_signature_is_not_muted(config: Path) -> None:
    open_state(config.parent / "state").close()
    result = call(config, "mute", "disc-full")
    assert result.exit_code == 2
    assert result.stderr.endswith("Error: there is no signature disc-full; did you mean disk-full?\n")
