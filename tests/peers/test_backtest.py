"""``signature query`` and ``signature backtest`` on retained logs and on builds of the sandbox's CIs."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gerritbot_er.sandbox.ci import Answer, SandboxCI

from .backtesting import DISK, FINE, NOW, build_of, library, objects, retain, shares, signature

DISK_FULL = 'title: a disk is full\nquery: message:"No space left on device"\n'


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI(now=lambda: float(NOW)) as sandbox:
        yield sandbox


@pytest.fixture
def retained(tmp_path: Path) -> Path:
    """30 builds: of 10 failed ones of two jobs 6 have a full disk, of 20 good ones one."""
    failed = [(build_of(n, job=("unit", "docs")[n % 2]), DISK if n < 6 else FINE) for n in range(10)]
    good = [(build_of(n, "SUCCESS"), DISK if n == 10 else FINE) for n in range(10, 30)]
    return retain(tmp_path / "retained", [*failed, *good])


def told(text: str, tmp_path: Path) -> str:
    """Without the folder's name, the seconds, and the blanks that fill tables."""
    text = re.sub(r"in [0-9.]+ s", "in N s", text.replace(str(tmp_path), "TMP"))
    return "\n".join(line.rstrip() for line in text.splitlines())


def test_a_backtest_in_words(retained: Path, tmp_path: Path) -> None:
    folder = library(tmp_path / "signatures", {"disk-full": DISK_FULL, "space": "query: message:space\njobs: docs\n"})

    result = signature("backtest", folder / "disk-full.yaml", "--store", retained, "--lines", 1, cache=tmp_path)

    assert told(result.stderr, tmp_path) == "Searched 30 builds of the logs kept in TMP/retained in N s."
    assert (
        told(result.stdout, tmp_path)
        == """\
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
    )
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


# -- a range of commits ----------------------------------------------------------------------------------------------


def git(folder: Path, *words: str) -> str:
    author = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": "/dev/null"}
    committer = {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_SYSTEM": "/dev/null"}
    done = subprocess.run(
        ["git", *words],  # noqa: S607 - the user's git, as the command takes it
        cwd=folder,
        env={**os.environ, **author, **committer},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One commit with two signatures, a second one that changes one of them and adds one, and what is none."""
    folder = tmp_path / "repository"
    library(
        folder / "queries", {"space": "query: message:space\n", "begin": "query: message:begin AND message:nothing\n"}
    )
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    library(
        folder / "queries", {"-new file": DISK_FULL, "begin": "query: message:nothing OR message:begin\njobs: docs\n"}
    )
    library(folder / "zuul.d", {"jobs": "- job:\n    name: x\n"})
    commit(folder)
    monkeypatch.chdir(folder)
    return folder


def test_the_changed_signatures_of_a_range_against_the_others(repository: Path, retained: Path, tmp_path: Path) -> None:
    git(repository, "checkout", "-q", "HEAD^")  # what lies in the folder does not matter

    result = signature("backtest", "HEAD..main", "--store", retained, "--json", cache=tmp_path)
    *found, whole = objects(result)

    assert told(result.stderr, tmp_path) == (
        "zuul.d/jobs.yaml is no signature file and is left out\n"
        "Searched 30 builds of the logs kept in TMP/retained in N s."
    )
    assert {one["signature"]: [*shares(one), one["newly_explained"], one["stolen"], one["lost"]] for one in found} == {
        "-new file": ["6/10", "1/20", 0, {"space": {"hit": 6, "of": 6}}, None],
        "begin": ["2/5", "0/0", 2, {}, 0],
    }
    assert whole["explained"] == {"before": {"hit": 6, "of": 10}, "after": {"hit": 8, "of": 10}}


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("main", ["-new file", "begin"]),
        ("main^..", ["-new file", "begin"]),
        ("main^...main", ["-new file", "begin"]),
        ("main^", ["begin", "space"]),
        ("main..main", []),
    ],
)
def test_ranges(repository: Path, retained: Path, tmp_path: Path, wanted: str, names: list[str]) -> None:
    assert (repository / "queries").is_dir()
    result = signature("backtest", wanted, "--store", retained, "--json", "--limit", "100%", cache=tmp_path)
    assert [one["signature"] for one in objects(result)[:-1]] == names
    assert result.exit_code == 0


@pytest.mark.parametrize("wanted", ["--output=x", "-n", "a..b..c", "x;y", "nothing..main", "HEAD:queries", "..", ""])
def test_what_is_no_range_is_refused(repository: Path, retained: Path, tmp_path: Path, wanted: str) -> None:
    result = signature("backtest", "--store", retained, "--", wanted, cache=tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert {path.name for path in repository.iterdir()} == {".git", "queries", "zuul.d"}


def test_a_clone_without_its_files_is_told_how_to_get_them(
    repository: Path, retained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{repository}", str(partial))
    monkeypatch.chdir(partial)

    result = signature("backtest", "main^..main", "--store", retained, cache=tmp_path)

    assert result.exit_code == 78
    assert result.stderr.endswith("; get what this partial clone lacks, with git fetch --refetch --no-filter\n")


def test_a_signature_of_the_range_that_cannot_be_read_fails_it(
    repository: Path, retained: Path, tmp_path: Path
) -> None:
    library(repository / "queries", {"bad": "query: (\n"})
    commit(repository)

    result = signature("backtest", "HEAD", "--store", retained, cache=tmp_path)

    assert result.exit_code == 1
    assert result.stderr.startswith("queries/bad.yaml:1:")
    assert result.stderr.endswith("HEAD changes no signature: there is nothing to try\n")


# -- builds of a CI --------------------------------------------------------------------------------------------------


def fill(ci: SandboxCI) -> None:
    for number in range(8):
        buildset = ci.add_buildset(number + 1, 1, project="example/app")
        build = ci.add_build(buildset, ("unit", "docs")[number % 2], "SUCCESS" if number % 4 == 0 else "FAILURE")
        ci.upload_logs(build.uuid, {"job-output.txt": DISK if number > 3 else FINE}, stored="gz")
    ci.add_build(buildset, "unit", "RETRY", final=False)
    ci.add_build(buildset, "unit", "NODE_FAILURE", error_detail="no room")


def test_builds_of_a_zuul(ci: SandboxCI, tmp_path: Path) -> None:
    fill(ci)
    folder = library(tmp_path / "signatures", {"disk": DISK_FULL})
    where = ("--from", f"{ci.url}/t/{ci.tenant}/builds?job_name=unit")

    every = signature("query", folder / "disk.yaml", *where, "--json", cache=tmp_path)
    few = signature("query", folder / "disk.yaml", *where, "--job", "unit", "--last", 3, "--json", cache=tmp_path)
    nodes = signature("query", "message:NODE_FAILURE", *where, "--json", cache=tmp_path)

    [one], [other], [no_logs] = objects(every), objects(few), objects(nodes)
    assert shares(one) == ["3/7", "1/2"]
    assert one["jobs"]["unit"] == {"failed": {"hit": 1, "of": 3}, "successful": {"hit": 1, "of": 2}}
    assert shares(other) == ["1/2", "1/1"]
    assert shares(no_logs) == ["1/7", "0/2"]
    assert len(ci.requests("/logs/*job-output.txt.gz")) == 8  # each once, for all three runs
    assert one["samples"][0]["lines"][0]["url"] == f"{one['samples'][0]['page']}/log/job-output.txt.gz#1"


def test_logs_that_are_gone_count_neither_way_and_a_host_in_trouble_is_asked_again(
    ci: SandboxCI, tmp_path: Path
) -> None:
    fill(ci)
    where = ("--from", ci.url, "--tenant", ci.tenant, "--last", 9, "--json")
    ci.misbehave("/logs/*", Answer(404))
    [gone] = objects(signature("query", 'message:"No space left"', *where, cache=tmp_path))
    ci.behave()
    [there] = objects(signature("query", 'message:"No space left"', *where, cache=tmp_path))

    assert [*shares(gone), gone["unsure"]] == ["0/1", "0/0", 8]
    assert [*shares(there), there["unsure"]] == ["3/7", "1/2", 0]


def test_builds_of_a_jenkins(ci: SandboxCI, tmp_path: Path) -> None:
    for number in range(1, 6):
        ci.add_jenkins_build("folder/job/unit", number, ("SUCCESS", "UNSTABLE")[number % 2], console=DISK)
    ci.add_jenkins_build("folder/job/unit", 6, None)

    for where in ((ci.url, "--job", "folder/unit"), (f"{ci.url}/job/folder/job/unit/lastBuild/",)):
        [one] = objects(signature("query", "message:space", "--from", *where, "--json", "--last", 5, cache=tmp_path))
        assert shares(one) == ["3/3", "2/2"]
        assert one["samples"][0]["lines"][0]["url"] == f"{ci.url}/job/folder/job/unit/5/consoleText"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (
            ("--from", "{ci}"),
            78,
            "{ci} lists no tenants as a Zuul does: name one with --tenant, or a Jenkins job with --job",
        ),
        (
            ("--from", "{ci}/t/other"),
            78,
            "{ci} lists no builds of the tenant other: see whether URL and tenant are right",
        ),
        (
            ("--from", "http://127.0.0.1:1/t/main"),
            75,
            (
                "127.0.0.1 can not be reached or does not answer: NewConnectionError: HTTPConnection(host='127.0.0.1', "
                "port=1): Failed to establish a new connection: [Errno 111] Connection refused"
            ),
        ),
        (("--from", "ftp://x"), 2, "Error: --from: 'ftp://x' is not asked: only http and https URLs with a host are"),
        (
            ("--store", "http://me:secret@127.0.0.1"),
            2,
            (
                "Error: --store: the URL at 127.0.0.1 is not asked: it holds a user name or a password (a user goes to "
                "--username, a password to --password-env)"
            ),
        ),
        (
            ("--store", "http://127.0.0.1:1"),
            75,
            (
                "http://127.0.0.1:1 cannot be reached: HTTPConnection(host='127.0.0.1', port=1): Failed to establish a "
                "new connection: [Errno 111] Connection refused"
            ),
        ),
        (
            ("--store", "http://127.0.0.1:1", "--username", "me", "--password-env", "NOBODY"),
            78,
            "the environment variable NOBODY holds no secret; write it there, in one line",
        ),
        (("--store", "nowhere/x"), 2, "Error: there is no folder nowhere/x"),
        (
            ("--store", "{ci}", "--from", "{ci}"),
            2,
            "Error: give --store or --from: builds are searched in one place",
        ),
        (
            ("-c", "none.yaml"),
            2,
            (
                "Error: there is no configuration none.yaml: say where past builds are, with --from URL --job NAME (a "
                "Zuul or Jenkins), --store URL (a cluster), --store DIR (retained logs), or -c FILE"
            ),
        ),
    ],
)
def test_what_goes_wrong(ci: SandboxCI, tmp_path: Path, words: tuple[str, ...], status: int, said: str) -> None:
    result = signature("query", "message:x", *(word.format(ci=ci.url) for word in words), cache=tmp_path)
    assert (result.exit_code, result.stdout, result.stderr.splitlines()[-1]) == (status, "", said.format(ci=ci.url))


# -- ended in the middle ---------------------------------------------------------------------------------------------


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    text = (FINE * 400_000) + DISK
    retained = retain(tmp_path / "retained", [(build_of(n), text) for n in range(12)])
    folder = library(tmp_path / "signatures", {"disk": DISK_FULL})
    words = [sys.executable, "-m", "gerritbot_er", "signature", "query", str(folder / "disk.yaml"), "--json"]
    words += ["--store", str(retained)]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}

    with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and journal(tmp_path).count(b"\n") < 3:
            os.sched_yield()
        process.kill()
    done = journal(tmp_path).count(b"\n")
    assert 3 <= done < 12, "it was killed too late to tell"
    path = next((tmp_path / "cache").rglob("*.jsonl"))
    path.write_bytes(journal(tmp_path) + b'{"build": "torn')
    again = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)

    assert f"{done} of them by an earlier run" in again.stderr
    assert '"failed": {"hit": 12, "of": 12}' in again.stdout
    assert b'{"build": "torn\n' in journal(tmp_path)


def journal(tmp_path: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*.jsonl"))


@pytest.mark.parametrize("command", ["query", "backtest"])
def test_the_help_ends_with_examples(tmp_path: Path, command: str) -> None:
    said = signature(command, "--help", cache=tmp_path).stdout.splitlines()
    assert said[-3] == "  Example:"
    assert all(line.startswith(f"    gerritbot-er signature {command} ") for line in said[-2:])
