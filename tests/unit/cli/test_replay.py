"""The ``replay`` command: what an operator reads of recorded events before trusting a version or a configuration."""

import gzip
import itertools
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gerritbot_er.cli import main

YEARS = Path("../shared/data/events")
START = 1_700_000_000
ROOT = "https://zuul.example.org/t/example"
NODE_FAILURE = """\
title: the CI could not provide a test machine
bug: https://bugs.example.org/7
query: filename:"custom-job-results.txt" AND message:"NODE_FAILURE"
"""
CONFIG = """\
gerrit: {{host: review.example.org, username: er, key: {folder}/key, known_hosts: {folder}/known_hosts}}
cis: [{{name: zuul, kind: zuul, account: {account}, log_store: logs, web: "https://zuul.example.org", tenant: example}}]
log_stores: {{logs: {{kind: elasticsearch, url: "https://logs.example.org"}}}}
signatures: {{directories: [{folder}/signatures]}}
rules: [{{mode: "on", projects: [acme/*]}}, {{mode: "off"}}]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return written(tmp_path, "zuul")


def written(folder: Path, account: str) -> Path:
    (folder / "signatures").mkdir()
    (folder / "signatures" / "no-node.yaml").write_text(NODE_FAILURE)
    for name in ("key", "known_hosts"):
        (folder / name).touch(mode=0o600)
    path = folder / "config.yaml"
    path.write_text(CONFIG.format(folder=folder, account=account))
    return path


def failed(build: int, result: str = "FAILURE") -> str:
    return (
        f"Patch Set 1: Verified-1\n\nBuild failed (check pipeline).\n\n"
        f"- unit {ROOT}/build/{build:032x} : {result} in 1m 01s\n- docs {ROOT}/build/{build + 99:032x} : SUCCESS in 10s"
    )


def event(
    at: int, text: str, *, change: int = 11, project: str = "acme/widgets", author: str = "zuul", **more: str
) -> bytes:
    row = {
        "type": "comment-added",
        "change": {"project": project, "branch": "main", "number": change, "status": "NEW"},
        "patchSet": {"number": 1},
        "author": {"username": author, **more},
        "comment": text,
        "eventCreatedOn": START + at,
    }
    return json.dumps(row).encode() + b"\n"


def patchset(at: int, number: int, change: int = 11) -> bytes:
    shown = {"project": "acme/widgets", "branch": "main", "number": change, "status": "NEW"}
    row = {"type": "patchset-created", "change": shown, "patchSet": {"number": number}, "eventCreatedOn": START + at}
    return json.dumps(row).encode() + b"\n"


def replay(*arguments: str | Path, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, ["replay", *map(str, arguments)], input=stdin)


RECORDED = (
    event(0, failed(1, "NODE_FAILURE"))
    + event(30, failed(1, "NODE_FAILURE"), author="a-person")
    + event(60, failed(1, "NODE_FAILURE"))
    + b"half a line\n"
    + event(300, failed(2, "NODE_FAILURE"))
    + event(600, failed(3))
    + event(700, failed(4, "NODE_FAILURE"), project="other/widgets", change=12)
    + patchset(5000, 2)
    + event(5001, failed(5, "NODE_FAILURE"))
    + b'{"type":"dropped-output","eventCreatedOn":1700005002}\n'
    + event(5003, failed(6).replace("Build failed", "Build succeeded").replace(": FAILURE", ": SUCCESS"))
)

# The lines as they are printed.
SHOWN = """\
2023-11-14 22:13:20 acme/widgets 11,1, zuul: 1 of 2 builds failed; case 2067ec7040c7; waited 0 s; asked nobody; explained by no-node; comment
2023-11-14 22:18:20 acme/widgets 11,1, zuul: 1 of 2 builds failed; case bf086a82f957; waited 0 s; asked nobody; explained by no-node; again
2023-11-14 22:25:00 other/widgets 12,1, zuul: 1 of 2 builds failed; case 499d5ef399db; waited 0 s; asked nobody; unexplained; off by a rule
2023-11-14 23:23:20 acme/widgets 11,1, zuul: 1 of 2 builds failed; case cc70e31e5eb6; waited 60 min; asked nobody; unexplained; no logs came
2023-11-14 23:36:41 acme/widgets 11,1, zuul: 1 of 2 builds failed; case d78bbdfa8700; waited 0 s; asked nobody; explained by no-node; patch set 1 is outdated by 2

10 events of changes and comments
Gerrit dropped events 1 time: the recording has gaps
zuul: 7 reports, 6 failing
5 cases; 1 report came again
        3  explained
        2  unexplained
decisions:
        1  again
        1  comment
        1  no logs came
        1  off by a rule
        1  patch set N is outdated by N
2 comments, at most 2 in an hour
0 notices to IRC
"""  # noqa: E501


def test_each_decision_in_a_line_and_a_summary(tmp_path: Path, config: Path) -> None:
    recording = tmp_path / "events.jsonl.gz"
    recording.write_bytes(gzip.compress(RECORDED))

    shown = replay(recording, "-c", config)

    assert shown.exit_code == 0
    assert shown.stdout == SHOWN


NO_NODE_COMMENT = """\
Known bug: the CI could not provide a test machine
https://bugs.example.org/7

unit failed with it. The CI says:

    NODE_FAILURE

https://zuul.example.org/t/example/build/00000000000000000000000000000001

Seen only on this change so far.
What to do: see the bug. If your change has nothing to do with it, run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case 2067ec7040c7"""


def test_json_holds_the_whole_text_of_what_would_be_posted(config: Path) -> None:
    shown = replay("-", "-c", config, "--json", stdin=event(0, failed(1, "NODE_FAILURE")))

    first, last = map(json.loads, shown.stdout.splitlines())
    text = first["posts"][0].pop("text")
    assert first == {
        "at": 1700000000.0,
        "case": "2067ec7040c7",
        "project": "acme/widgets",
        "change": 11,
        "patchset": 1,
        "ci": "zuul",
        "pipeline": "check",
        "failed": ["unit"],
        "reason": None,
        "waited": 0.0,
        "asked": {"facts": 0, "readiness": 0, "match": 0, "lines": 0},
        "outcome": "explained",
        "bugs": ["no-node"],
        "said": "comment",
        "final": True,
        "posts": [{"sink": "gerrit", "bugs": ["no-node"]}],
    }
    assert text == NO_NODE_COMMENT
    assert last == {
        "summary": {
            "events": 1,
            "drops": 0,
            "reports": {"zuul": {"all": 1, "failing": 1}},
            "silent": [],
            "cases": 1,
            "open": 0,
            "outcomes": {"explained": 1},
            "said": {"comment": 1},
            "comments": 1,
            "busiest_hour": 1,
            "outages": 0,
            "notices": 0,
            "given_up": {},
        }
    }


def test_outages_are_shown_as_they_begin_and_end(config: Path) -> None:
    config.write_text(config.read_text() + "outage: {changes: 3, window: 1h, quiet: 30m}\n")
    recorded = b"".join(event(60 * n, failed(n, "NODE_FAILURE"), change=n) for n in range(1, 6))
    shown = replay("-", "-c", config, stdin=recorded)

    assert [line for line in shown.stdout.splitlines() if "outage" in line] == [
        "2023-11-14 22:16:20 outage of no-node begins; since 2023-11-14 22:14:20: 3 changes",
        "2023-11-14 22:48:20 outage of no-node ends; since 2023-11-14 22:14:20: 5 changes",
        "1 outage",
    ]
    as_json = [json.loads(line) for line in replay("-", "-c", config, "--json", stdin=recorded).stdout.splitlines()]
    begun, ended = (one for one in as_json if "outage" in one)
    assert begun == {
        "at": START + 180.0,
        "outage": "no-node",
        "known": True,
        "ends": False,
        "since": START + 60,
        "last": START + 180,
        "changes": 3,
        "line": "",
    }
    assert (ended["ends"], ended["changes"], ended["last"]) == (True, 5, START + 300)
    assert as_json[-1]["summary"]["outages"] == 1


@pytest.mark.parametrize(
    ("name", "account"), [("opendev_zuul_2014_zuulv2", "jenkins"), ("rdo_ci-config_2021", "user499")]
)
def test_a_recorded_year_gives_every_failing_report_an_end_and_the_same_twice(
    tmp_path: Path, name: str, account: str
) -> None:
    recorded = YEARS / f"replay_{name}.jsonl.gz"
    if not recorded.exists():
        pytest.skip(f"needs the recorded years in {YEARS}")
    config, recording = written(tmp_path, account), tmp_path / "part.jsonl"
    with gzip.open(recorded) as lines:
        recording.write_bytes(b"".join(itertools.islice(lines, 2000)))

    shown = replay(recording, "-c", config, "--json")

    *decisions, last = map(json.loads, shown.stdout.splitlines())
    summary = last["summary"]
    assert summary["open"] == 0
    assert summary["cases"] == summary["reports"]["zuul"]["failing"] > 100
    assert len({decision["case"] for decision in decisions if decision["final"]}) == summary["cases"]
    assert all(decision["outcome"] and decision["said"] for decision in decisions)
    assert replay(recording, "-c", config, "--json").stdout == shown.stdout


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ("user2", "no comment came from the account user2; is it the username, not the name that is shown?"),
        (
            "Gate of the Widgets",
            "no comment came from the account Gate of the Widgets; that is not the username: write account: zuul",
        ),
        (
            "gate@example.org",
            "no comment came from the account gate@example.org; that is not the username: write account: zuul",
        ),
        ("Zuul", "no comment came from the account Zuul; that is not the username: write account: zuul or zuul-2"),
        (
            "a-person",
            "1 comment came from the account a-person, which is no report; are its account, kind and pipelines right?",
        ),
    ],
)
def test_a_ci_that_reported_nothing_is_told_of_with_the_username_to_write(
    tmp_path: Path, account: str, said: str
) -> None:
    config = written(tmp_path, f'"{account}"')
    recorded = (
        event(0, failed(1), name="Gate of the Widgets", email="gate@example.org")
        + event(1, "hello", author="a-person", name="A Person")
        + event(2, failed(2), author="zuul-2", name="zuul")
    )

    shown = replay("-", "-c", config, stdin=recorded)
    told = replay("-", "-c", config, "--json", stdin=recorded)

    assert shown.stdout.splitlines()[:4] == ["", "3 events of changes and comments", f"zuul: {said}", "0 cases"]
    (silent,) = json.loads(told.stdout)["summary"]["silent"]
    assert (silent["ci"], silent["account"]) == ("zuul", account)
    assert said.endswith(" or ".join(silent["usernames"]))


def test_nothing_recorded_is_nothing_decided(config: Path) -> None:
    shown = replay("-", "-c", config, stdin=b"")

    assert shown.exit_code == 0
    assert (
        shown.stdout
        == """\

0 events of changes and comments
0 cases
decisions:
0 comments, at most 0 in an hour
0 notices to IRC
"""
    )
