"""The commands that tell figures, as people and scripts use them: in whole words, and one JSON object a line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gerritbot_er.cli import main
from gerritbot_er.cli.report import COSTS
from gerritbot_er.clock import SystemClock
from gerritbot_er.model import (
    BugFacts,
    BuildVerdict,
    Change,
    CIReport,
    Evidence,
    Match,
    Outcome,
    ReportedBuild,
    Verdict,
)
from gerritbot_er.ports import BugRecord
from gerritbot_er.state import StoredBugs, StoredSightings, open_sightings
from gerritbot_er.time_words import DAY, date_and_time
from gerritbot_er.triage.cases import builds_of, open_case
from gerritbot_er.web.asked import Asked

CONFIG = """\
gerrit: {host: review.example.org, username: er, key: key, known_hosts: known_hosts}
cis: [{name: zuul, kind: zuul, account: zuul, log_store: local, log_hosts: [ci.example.org]}]
log_stores: {local: {kind: local}}
signatures: {directories: [signatures]}
state: state
"""
NOVA = Change(7, "nova", "master")
LINE = Evidence("ERROR: the image could not be pulled from the mirror | <gone>", "job-output.txt", 3)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    for name in ("signatures", "state"):
        (tmp_path / name).mkdir()
    (tmp_path / "signatures" / "disk-full.yaml").write_text(
        'title: the disk was full\nquery: message:"No space left"\n'
    )
    (tmp_path / "signatures" / "rests.yaml").write_text('query: message:"never said"\n')
    (tmp_path / "key").touch(mode=0o600)
    (tmp_path / "known_hosts").touch()
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path / "config.yaml"


@pytest.fixture
def told(config: Path) -> Path:
    """Three builds of an hour: two explained, one of them a hundred days ago, and one unexplained."""
    fill(config, elapsed=3600)
    return config


def fill(config: Path, *, elapsed: int | None) -> None:
    with open_sightings(config.parent / "state") as file:
        sightings = StoredSightings(file, SystemClock())
        for number, days in enumerate((1.0, 100.0, 2.0)):
            at = SystemClock().now() - days * DAY
            built = ReportedBuild("unit", "FAILURE", f"{number:032x}", elapsed=elapsed)
            report = CIReport("zuul", NOVA, 1, int(at), (built,), failed=True, digest="d", pipeline="gate")
            case = open_case(report, at)
            sightings.reported([(case.key, report)])
            match = (Match("disk-full", Evidence("No space left", "job-output.txt")),)
            sightings.judged(
                Verdict(
                    case,
                    tuple(
                        BuildVerdict(one, Outcome.UNEXPLAINED, lines=(LINE,))
                        if number == 2
                        else BuildVerdict(one, Outcome.EXPLAINED, match)
                        for one in builds_of(report)
                    ),
                )
            )


def call(config: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "-c", str(config)], prog_name="gerritbot-er")


def objects(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("words", [("report",), ("unknowns",), ("signature", "stale")])
def test_before_the_first_start_there_is_nothing_to_tell(config: Path, words: tuple[str, ...]) -> None:
    result = call(config, *words)
    assert (result.exit_code, result.stdout) == (78, "")
    assert result.stderr.endswith(
        "sightings.db: there is no state file; start the daemon once, or name its configuration with -c\n"
    )


def test_a_report_in_markdown(told: Path) -> None:
    result = call(told, "report", "--markdown")
    assert result.exit_code == 0
    heading, *lines = result.stdout.split("\n")
    assert heading.startswith("## CI failures from ")
    text = "\n".join(lines)
    assert text.startswith("\nFailed builds: 2, judged: 2.\n")
    assert "\nExplained by a known bug: 1 (50 %), by none: 1; without logs: 0; could not be decided: 0.\n" in text
    assert f"\n## Known bugs, the costliest first\n\n{COSTS}\n\n| cost in hours | builds | changes |" in text
    assert "\n| 1.0 | 1 | 1 | 0 | " in text
    assert " | the disk was full |\n" in text
    assert "\n| 2 | 2 | 1 | 1 | unit |\n" in text
    assert " | `ERROR: the image could not be pulled from the mirror \\| <gone>` | unit |\n" in text


@pytest.mark.parametrize("words", [("report",), ("unknowns",), ("report", "--markdown"), ("unknowns", "--json")])
def test_a_name_that_no_failure_has_is_said_beside_what_is_told(told: Path, words: tuple[str, ...]) -> None:
    result = call(told, *words, "--project", "Nov", "--job", "docs", "--branch", "master")
    assert result.exit_code == 0
    assert result.stderr == (
        "no failed build of the project Nov is recorded; did you mean nova?\n"
        "no failed build of the job docs is recorded\n"
    )
    assert call(told, *words, "--project", "nova").stderr == ""


def test_a_report_on_a_terminal(told: Path) -> None:
    lines = [line.rstrip() for line in call(told, "report", "--last", "200d").stdout.splitlines()]
    assert "Failed builds: 3, judged: 3." in lines
    assert "cost in hours  builds  changes  gate resets  last seen   bug" in lines
    assert "What no signature explains" in lines
    assert "1 builds are unexplained." not in lines
    assert "1 build is unexplained." in lines


def test_a_report_of_reports_that_tell_no_times_has_no_hours(config: Path) -> None:
    fill(config, elapsed=None)
    text = call(config, "report", "--markdown").stdout
    assert (
        "## Known bugs, the costliest first\n\n"
        "No report says how long its builds ran, so the bugs with most builds stand first.\n\n"
        "| builds | changes | gate resets | last seen | bug |\n"
        "| ---: | ---: | ---: | --- | --- |\n"
        "| 1 | 1 | 0 | " in text
    )


def test_a_report_tells_what_the_tracker_of_a_bug_says(told: Path) -> None:
    url = "https://bugs.launchpad.net/bugs/7"
    (told.parent / "signatures" / "disk-full.yaml").write_text(f"bug: {url}\nquery: message:'No space'\n")
    with open_sightings(told.parent / "state") as file:
        now = SystemClock().now()
        facts = BugFacts(url, "No space on /", "Fix Released", closed=True, fixed=True, seen_at=now)
        StoredBugs(file).keep(url, BugRecord(now, facts))
    assert " | No space on / (Fix Released) |\n" in call(told, "report", "--markdown").stdout
    [bug] = (row for row in objects(call(told, "report", "--json")) if row["kind"] == "bug")
    assert (bug["title"], bug["url"], bug["state"]) == ("No space on /", url, "Fix Released")


def test_a_report_as_json(told: Path) -> None:
    rates, bug, job, group = objects(call(told, "report", "--json"))
    assert (rates["kind"], rates["explained"], rates["unexplained"]) == ("rates", 1, 1)
    assert (bug["kind"], bug["signature"], bug["title"], bug["cost"]) == (
        "bug",
        "disk-full",
        "the disk was full",
        3600.0,
    )
    assert (job["kind"], job["job"], job["runs"], job["runs_failed"], job["explained"]) == ("job", "unit", 2, 2, 1)
    assert (group["kind"], group["line"], group["job"], group["changes"]) == ("group", LINE.line, "unit", 1)


def test_a_report_begins_as_a_page_of_the_same_time(told: Path) -> None:
    [heading, *_] = call(told, "report", "--last", "30d").stdout.splitlines()
    begin = Asked("30d").where(SystemClock().now()).since
    assert heading.startswith(f"CI failures from {date_and_time(begin)} to ")


def test_a_report_of_longer_than_there_were_computers_is_one_of_all(told: Path) -> None:
    result = call(told, "report", "--last", "36500d")
    assert result.exit_code == 0
    assert result.stdout.startswith("CI failures from 1970-01-01 00:00 UTC to ")
    assert "\nFailed builds: 3, judged: 3.\n" in result.stdout


@pytest.mark.parametrize("command", ["report", "unknowns"])
def test_two_forms_at_once_are_wrong_usage(told: Path, command: str) -> None:
    done = call(told, command, "--json", "--markdown")
    assert done.exit_code == 2
    assert "Error: --json and --markdown exclude each other; give one of them\n" in done.stderr


def test_filters_are_those_of_the_pages(told: Path) -> None:
    assert call(told, "unknowns", "--project", "glance", "--json").stdout == ""
    assert call(told, "unknowns", "--project", "glance").stdout == (
        "Failures that no signature explains\nThere is no such failure.\n"
    )
    [group] = call(told, "unknowns", "--project", "nova", "--json").stdout.splitlines()
    assert json.loads(group)["file"] == "job-output.txt"


def test_stale_signatures_are_findings(told: Path) -> None:
    result = call(told, "signature", "stale")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "rests: no hit is recorded\n", "")
    [found] = call(told, "signature", "stale", "--json").stdout.splitlines()
    assert json.loads(found) == {
        "signature": "rests",
        "finding": "stale",
        "builds": 0,
        "last_at": None,
        "title": "rests",
    }


def test_none_is_stale_before_enough_is_recorded(told: Path) -> None:
    result = call(told, "signature", "stale", "--after", "300d")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("failures are recorded since ")
    assert result.stderr.endswith(" only, so that none can be called stale\n")
