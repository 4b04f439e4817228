"""``signature query`` and ``signature backtest`` on retained logs."""

from pathlib import Path

import pytest

from .backtesting import (
    DISK,
    DISK_FULL,
    FINE,
    build_of,
    library,
    objects,
    retain,
    shares,
    signature,
    thirty_builds,
    told,
)

SITE = """\
gerrit: {host: review.example.org, username: er, key: key, known_hosts: known_hosts}
cis:
  - {name: zuul, kind: zuul, account: zuul, log_hosts: [logs.example.org], log_store: fetched}
log_stores:
  dashboards: {kind: opensearch, url: "https://logs.example.org"}
  fetched: {kind: local, keep: {directory: retained}}
signatures: {directories: [signatures]}
export: {log_store: dashboards}
"""
"""What the cluster has are sightings; no CI's logs are there."""


@pytest.fixture
def retained(tmp_path: Path) -> Path:
    return thirty_builds(tmp_path)


IN_WORDS = """\
disk-full: a disk is full
failed builds      6 of 10 (60 %)
successful builds  1 of 20 (5 %)
precision          85.7 %
newly explained    3 builds
stolen             3 of the 3 of space

hour (UTC)        hits  █ failed  ░ successful
2026-11-17 05:00     1  ██████████████████████████████
2026-11-17 06:00     1  ██████████████████████████████
2026-11-17 07:00     1  ██████████████████████████████
2026-11-17 08:00     1  ██████████████████████████████
2026-11-17 09:00     1  ██████████████████████████████
2026-11-17 10:00     1  ██████████████████████████████
2026-11-17 11:00     0
2026-11-17 12:00     0
2026-11-17 13:00     0
2026-11-17 14:00     0
2026-11-17 15:00     1  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░

                     failed        successful
job
  unit      3 of 5     60 %  1 of 20      5 %
  docs      3 of 5     60 %

branch
  main     6 of 10     60 %  1 of 20      5 %

result
  FAILURE  6 of 10     60 %
  SUCCESS                    1 of 20      5 %

2026-11-17 15:55  unit  SUCCESS
  job-output.txt line 1
    node | cp: No space left on device
  https://zuul.example.org/t/main/build/0000000000000000000000000000000a/log/job-output.txt#1

Over the limit of 10 %: 1 of 20 (5 %) successful builds are hit, and 14.3 % of its hits are on such
builds.

Of 10 failed builds, 3 (30 %) are explained without and 6 (60 %) with it."""


def test_a_backtest_in_words(retained: Path, tmp_path: Path) -> None:
    folder = library(tmp_path / "signatures", {"disk-full": DISK_FULL, "space": "query: message:space\njobs: docs\n"})

    result = signature("backtest", folder / "disk-full.yaml", "--store", retained, "--lines", 1, cache=tmp_path)

    assert told(result.stderr, tmp_path) == "Searched 30 builds of the logs kept in TMP/retained in N s."
    assert told(result.stdout, tmp_path) == IN_WORDS
    assert result.exit_code == 1


def test_a_backtest_for_scripts_and_reviewers(retained: Path, tmp_path: Path) -> None:
    folder = library(tmp_path / "signatures", {"disk-full": DISK_FULL, "space": "query: message:space\njobs: docs\n"})
    words = ("backtest", folder / "disk-full.yaml", "--store", retained, "--limit", "15%", "--lines", 0)

    result = signature(*words, "--json", cache=tmp_path)
    [one, whole] = objects(result)

    assert result.exit_code == 0
    assert shares(one) == ["6/10", "1/20"]
    assert {name: one[name] for name in ("precision", "newly_explained", "stolen", "lost", "limit", "over_limit")} == {
        "precision": 6 / 7,
        "newly_explained": 3,
        "stolen": {"space": {"hit": 3, "of": 3}},
        "lost": None,
        "limit": 0.15,
        "over_limit": False,
    }
    assert whole == {
        "explained": {"before": {"hit": 3, "of": 10}, "after": {"hit": 6, "of": 10}},
        "builds": {"failed": 10, "successful": 20},
    }
    assert (
        told(signature(*words, "--markdown", cache=tmp_path).stdout, tmp_path)
        == """\
| signature | failed builds hit | successful builds hit | precision | newly explained | stolen |
|---|---:|---:|---:|---:|---:|
| `disk-full` | 6 of 10 | 1 of 20 | 85.7 % | 3 | 3 |

Of 10 failed builds, 3 (30 %) are explained without and 6 (60 %) with it. Searched: 10 failed and 20 successful builds \
of the logs kept in TMP/retained; limit of hits on successful builds: 15 %.

- `disk-full`: stolen are 3 of the 3 of `space`"""
    )


def test_a_signature_that_hits_everything_is_caught_however_few_good_builds_are_kept(tmp_path: Path) -> None:
    failed = [(build_of(n), FINE) for n in range(40)]
    retained = retain(tmp_path / "retained", [*failed, (build_of(50, "SUCCESS"), FINE)])
    folder = library(tmp_path / "signatures", {"begin": "query: message:begin\n"})

    [one, _] = objects(signature("backtest", folder / "begin.yaml", "--store", retained, "--json", cache=tmp_path))

    assert (one["precision"], one["over_limit"]) == (40 / 41, True)
    assert one["notes"] == ["only 1 successful build is in its scope: a precision of so few says little"]


def test_the_scope_is_the_daemons(tmp_path: Path) -> None:
    builds = [
        (build_of(1), DISK),
        (build_of(2, voting=False), DISK),
        (build_of(3, branch="stable/1"), DISK),
        (build_of(4, "TIMED_OUT"), DISK),
        (build_of(5, "SUCCESS"), DISK),
        (build_of(6, "SUCCESS", branch="stable/1"), DISK),
        (build_of(7, "CANCELED"), DISK),
    ]
    retained = retain(tmp_path / "retained", builds)
    text = f"{DISK_FULL}branches: main\nresults: FAILURE\n"
    folder = library(tmp_path / "signatures", {"disk": text, "any": f"{DISK_FULL}allow-nonvoting: true\n"})

    [disk, _] = objects(signature("backtest", folder / "disk.yaml", "--store", retained, "--json", cache=tmp_path))
    [every, _] = objects(signature("backtest", folder / "any.yaml", "--store", retained, "--json", cache=tmp_path))

    assert shares(disk) == ["1/1", "1/1"]  # a scope of results is left aside for successful builds
    assert shares(every) == ["4/4", "2/2"]


def test_a_query_finds_and_shows_lines(retained: Path, tmp_path: Path) -> None:
    result = signature("query", 'message:"space left"', "--store", retained, "--last", 26, "--lines", 2, cache=tmp_path)

    assert (
        told(result.stdout, tmp_path)
        == """\
query: message:"space left"
failed builds      2 of 6 (33.3 %)
successful builds  1 of 20 (5 %)

hour (UTC)        hits  █ failed  ░ successful
2026-11-17 09:00     1  ██████████████████████████████
2026-11-17 10:00     1  ██████████████████████████████
2026-11-17 11:00     0
2026-11-17 12:00     0
2026-11-17 13:00     0
2026-11-17 14:00     0
2026-11-17 15:00     1  ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░

                    failed        successful
job
  unit     1 of 3   33.3 %  1 of 20      5 %
  docs     1 of 3   33.3 %

branch
  main     2 of 6   33.3 %  1 of 20      5 %

result
  FAILURE  2 of 6   33.3 %
  SUCCESS                   1 of 20      5 %

2026-11-17 15:55  unit  SUCCESS
  job-output.txt line 1
    node | cp: No space left on device
  https://zuul.example.org/t/main/build/0000000000000000000000000000000a/log/job-output.txt#1

2026-11-17 10:55  docs  FAILURE
  job-output.txt line 1
    node | cp: No space left on device
  https://zuul.example.org/t/main/build/00000000000000000000000000000005/log/job-output.txt#1"""
    )
    assert result.exit_code == 0


def test_what_is_not_hit_is_counted(tmp_path: Path) -> None:
    retained = retain(tmp_path / "retained", [(build_of(1), DISK), (build_of(2, job="docs", branch="old"), FINE)])
    result = signature("query", 'message:"space left"', "--store", retained, "--lines", 0, cache=tmp_path)
    assert (
        told(result.stdout, tmp_path)
        == """\
query: message:"space left"
failed builds      1 of 2 (50 %)
successful builds  0 of 0

hour (UTC)        hits
2026-11-17 06:00     1  ██████████████████████████████

                               failed  successful
job
  unit                1 of 1    100 %
  and 1 without hits

branch
  main                1 of 1    100 %
  and 1 without hits

result
  FAILURE             1 of 2     50 %"""
    )


def test_a_folder_without_kept_logs_is_said_to_hold_none(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    result = signature("query", 'message:"space left"', "--store", tmp_path / "logs", cache=tmp_path)
    assert told(result.stderr, tmp_path) == (
        "Searched 0 builds of the logs kept in TMP/logs in N s: there are none such; see whether place, job and time "
        "are right."
    )


def test_a_gate_that_looked_at_no_build_is_not_passed(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    file = tmp_path / "disk.yaml"
    file.write_text('query: message:"space left"\n')
    result = signature("backtest", file, "--store", tmp_path / "logs", cache=tmp_path)
    assert result.exit_code == 78
    assert "there are none such; see whether place, job and time are right" in result.stderr


def test_of_a_configuration_the_log_stores_of_its_cis_are_searched(tmp_path: Path) -> None:
    thirty_builds(tmp_path)
    folder = library(tmp_path / "signatures", {"disk-full": DISK_FULL})
    config = tmp_path / "config.yaml"
    config.write_text(SITE)
    (tmp_path / "key").touch(mode=0o600)
    (tmp_path / "known_hosts").touch()
    [one] = objects(signature("query", folder / "disk-full.yaml", "-c", config, "--json", cache=tmp_path))
    assert shares(one) == ["6/10", "1/20"]

    other = "cis:\n  - {name: other, kind: zuul, account: other, log_store: dashboards}"
    config.write_text(SITE.replace("cis:", other))
    result = signature("query", folder / "disk-full.yaml", "-c", config, cache=tmp_path)
    assert result.exit_code == 2
    assert "has several log stores: say --store with one of dashboards, fetched" in told(result.stderr, tmp_path)


def test_a_compound_signature(tmp_path: Path) -> None:
    both = b"2026-11-21 09:00:00.1 | node | mounting\n" + DISK
    retained = retain(tmp_path / "retained", [(build_of(1), both), (build_of(2), DISK), (build_of(3, "SUCCESS"), FINE)])
    text = 'all_of: [message:mounting, message:"No space left"]\nordered: true\n'
    folder = library(tmp_path / "signatures", {"mount": text})

    [one] = objects(signature("query", folder / "mount.yaml", "--store", retained, "--json", cache=tmp_path))

    assert shares(one) == ["1/2", "0/1"]
    assert [line["line"] for line in one["samples"][0]["lines"]] == [
        "node | mounting",
        "node | cp: No space left on device",
    ]


@pytest.mark.parametrize("command", ["query", "backtest"])
def test_the_help_ends_with_examples(tmp_path: Path, command: str) -> None:
    said = signature(command, "--help", cache=tmp_path).stdout.splitlines()
    assert said[-3] == "  Example:"
    assert all(line.startswith(f"    gerritbot-er signature {command} ") for line in said[-2:])
