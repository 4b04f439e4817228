"""The ``explain`` command against the sandbox's Zuul, Jenkins, log server and Gerrit, and on folders of real logs."""

import gzip
import json
import os
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gerritbot_er.cli import main
from gerritbot_er.sandbox.ci import Answer, Build, Buildset, SandboxCI
from tests.peers.gerrit_running import US, World, world

DATA = Path("../shared/data")
NOW = 1_795_254_900.0
CONSOLE = b"2026-11-21 09:00:00.000001 | node | begin\n2026-11-21 09:00:01.5 | node | cp: No space left on device\n"


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI(now=lambda: NOW) as sandbox:
        yield sandbox


@pytest.fixture
def gerrit(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as running:
        yield running


def explain(*words: object, env: Mapping[str, str] | None = None) -> Result:
    result = CliRunner().invoke(main, ["explain", *map(str, words)], env=dict(env or {}))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


def told(result: Result, ci: SandboxCI) -> str:
    """What stands on stdout, with the sandbox's port and the ids of builds told by their use."""
    return re.sub(r"[0-9a-f]{32}", "UUID", result.stdout.replace(ci.url, "http://ci")).replace("/logs/", "/LOGS/")


def page(ci: SandboxCI, build: Build) -> str:
    return f"{ci.url}/t/{ci.tenant}/build/{build.uuid}"


def buildset(ci: SandboxCI) -> Buildset:
    return ci.add_buildset(7, 2, project="example/app")


def test_a_build_of_zuul(ci: SandboxCI) -> None:
    build = ci.add_build(buildset(ci), "unit", "FAILURE")
    files = {"job-output.txt": CONSOLE, "a/server.log": b"fine\n", "zuul-info/inventory.yaml": b"x"}
    ci.upload_logs(build.uuid, files)
    result = explain(page(ci, build) + "/log/job-output.txt#2")
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.sub(r"LOGS/.../", "LOGS/UUU/", told(result, ci)) == (
        "unit (build UUID) of example/app 7,2, check pipeline, branch master\n"
        "  result: FAILURE\n"
        "  page:   http://ci/t/example/build/UUID\n"
        "  logs:   http://ci/LOGS/UUU/example/UUID/\n"
        "To search: 2 text logs: job-output.txt, a/server.log\n"
        "Not searched: 1 other file, no log by name or kind: zuul-info/inventory.yaml\n"
        "Asked: 10 of 10 signatures.\n"
        "Known bug: the disk of a test machine is full [disk-full]\n"
        "  job-output.txt line 2:\n"
        "      node | cp: No space left on device\n"
        "  http://ci/t/example/build/UUID/log/job-output.txt#2\n"
    )


def test_a_build_of_zuul_as_json(ci: SandboxCI) -> None:
    build = ci.add_build(buildset(ci), "unit", "FAILURE")
    folder = ci.upload_logs(build.uuid, {"job-output.txt": CONSOLE, "x.png": b"\0"}, manifest=False)
    result = explain(page(ci, build), "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {
            "target": page(ci, build),
            "build": {
                "job": "unit",
                "uuid": build.uuid,
                "result": "FAILURE",
                "detail": None,
                "voting": True,
                "project": "example/app",
                "branch": "master",
                "change": 7,
                "patchset": 2,
                "pipeline": "check",
                "url": page(ci, build),
                "logs": [folder],
            },
            "files": {"searched": ["job-output.txt"], "others": ["x.png"]},
            "not_searched": [],
            "signatures": {"asked": 10, "total": 10},
            "outcome": "explained",
            "bugs": [
                {
                    "signature": "disk-full",
                    "title": "the disk of a test machine is full",
                    "bug": None,
                    "category": "infra",
                    "file": "job-output.txt",
                    "number": 2,
                    "line": "node | cp: No space left on device",
                    "url": f"{folder}job-output.txt",
                }
            ],
        }
    ]


def test_earlier_attempts_are_searched_too(ci: SandboxCI) -> None:
    run = buildset(ci)
    first = ci.add_build(run, "deploy", "RETRY", final=False)
    last = ci.add_build(run, "deploy", "RETRY_LIMIT", error_detail="Host unreachable")
    ci.upload_logs(first.uuid, {"job-output.txt": CONSOLE})
    ci.upload_logs(last.uuid, {"job-output.txt": b"nothing\n"})
    result = explain(page(ci, last))
    assert result.exit_code == 0
    assert re.sub(r"LOGS/.../", "LOGS/UUU/", told(result, ci)) == (
        "deploy (build UUID) of example/app 7,2, check pipeline, branch master\n"
        "  result: RETRY_LIMIT\n"
        "  detail: Host unreachable\n"
        "  page:   http://ci/t/example/build/UUID\n"
        "  logs:   http://ci/LOGS/UUU/example/UUID/\n"
        "  logs:   http://ci/LOGS/UUU/example/UUID/ (an earlier attempt)\n"
        "To search: 2 text logs: job-output.txt, job-output.txt (of an earlier attempt)\n"
        "Asked: 10 of 10 signatures.\n"
        "Known bug: the disk of a test machine is full [disk-full]\n"
        "  job-output.txt line 2:\n"
        "      node | cp: No space left on device\n"
        "  http://ci/LOGS/UUU/example/UUID/job-output.txt\n"
    )


def test_a_build_that_never_had_logs(ci: SandboxCI) -> None:
    build = ci.add_build(buildset(ci), "unit", "NODE_FAILURE", error_detail="Node(set) request 1 failed")
    result = explain(page(ci, build))
    assert (result.exit_code, told(result, ci)) == (
        0,
        (
            "unit (build UUID) of example/app 7,2, check pipeline, branch master\n"
            "  result: NODE_FAILURE\n"
            "  detail: Node(set) request 1 failed\n"
            "  page:   http://ci/t/example/build/UUID\n"
            "No logs were uploaded: the signatures are asked about the CI's own words.\n"
            "Asked: 10 of 10 signatures.\n"
            "Known bug: the CI could not provide a test machine [no-node]\n"
            "  the CI says:\n"
            "      NODE_FAILURE Node(set) request 1 failed\n"
            "  http://ci/t/example/build/UUID\n"
        ),
    )


def test_logs_that_are_not_there_yet(ci: SandboxCI) -> None:
    build = ci.add_build(buildset(ci), "unit", "FAILURE")
    build.log_url = f"{ci.url}/logs/none/"
    result = explain(page(ci, build))
    assert (result.exit_code, told(result, ci)) == (
        75,
        (
            "unit (build UUID) of example/app 7,2, check pipeline, branch master\n"
            "  result: FAILURE\n"
            "  page:   http://ci/t/example/build/UUID\n"
            "  logs:   http://ci/LOGS/none/\n"
            "Not searched: the logs are not there (yet, or no more)\n"
            "Asked: 10 of 10 signatures.\n"
            "No known bug in what the CI says itself. Try again when the logs are there; where they stay away, see "
            "whether the address is right and whether the CI still keeps logs of that age.\n"
        ),
    )


def test_a_build_that_zuul_does_not_know(ci: SandboxCI) -> None:
    result = explain(f"{ci.url}/t/{ci.tenant}/build/{'0' * 32}")
    assert (result.exit_code, result.stdout) == (75, "")
    assert result.stderr.replace(ci.url, "http://ci") == (
        f"http://ci does not know the build {'0' * 32} (yet): builds appear there when they have ended; "
        "see whether host and tenant are right, or try again in a minute\n"
    )


def test_a_server_that_refuses(ci: SandboxCI) -> None:
    build = ci.add_build(buildset(ci), "unit", "FAILURE")
    ci.misbehave("/api/*", Answer(403))
    result = explain(page(ci, build))
    assert (result.exit_code, result.stdout) == (75, "")
    assert result.stderr == (
        f"127.0.0.1 answers 403 for /api/tenant/example/build/{build.uuid}: "
        "see whether it may be read without a password\n"
    )


def test_a_log_host_that_the_server_names_is_no_pattern(ci: SandboxCI) -> None:
    build = ci.add_build(buildset(ci), "unit", "FAILURE")
    build.log_url = "http://*/logs/"
    result = explain(page(ci, build))
    assert result.exit_code == 75
    assert "Not searched: the host * is not asked" in result.stdout


def test_signatures_that_do_not_count(ci: SandboxCI, tmp_path: Path) -> None:
    build = ci.add_build(buildset(ci), "unit", "FAILURE", voting=False)
    ci.upload_logs(build.uuid, {"job-output.txt": CONSOLE})
    query = 'query: message:"No space left on device"\n'
    (tmp_path / "1234.yaml").write_text(query + "allow-nonvoting: true\n")
    (tmp_path / "other.yaml").write_text(query + "allow-nonvoting: true\njobs: other\n")
    (tmp_path / "tests.yaml").write_text(query + "allow-nonvoting: true\ntest_ids: tests.test_a\n")
    (tmp_path / "voting.yaml").write_text(query)
    (tmp_path / "bad.yaml").write_text("query: message:(\n")
    result = explain(page(ci, build), "--signatures", tmp_path)
    assert result.exit_code == 0
    assert result.stderr.startswith(f"signature left out: {tmp_path}/bad.yaml:1:1: query: ")
    assert told(result, ci).splitlines()[5:] == [
        (
            "Asked: 1 of 4 signatures; 1 counts only for voting builds; "
            "1 counts only where certain tests failed, which logs alone do not tell; "
            "1 counts for other jobs, projects, branches, pipelines or results."
        ),
        "Known bug: bug 1234 [1234]",
        "  https://bugs.launchpad.net/bugs/1234",
        "  job-output.txt line 2:",
        "      node | cp: No space left on device",
        "  http://ci/t/example/build/UUID/log/job-output.txt#2",
    ]


def test_logs_that_no_signature_asks_about_are_not_fetched(ci: SandboxCI) -> None:
    build = ci.add_build(buildset(ci), "unit", "FAILURE", voting=False)
    ci.upload_logs(build.uuid, {"job-output.txt": CONSOLE})
    result = explain(page(ci, build))
    assert (result.exit_code, told(result, ci).splitlines()[4:]) == (
        0,
        [
            "Asked: 0 of 10 signatures; 10 count only for voting builds.",
            "No signature counts for this build, so its logs were not searched.",
        ],
    )
    assert not ci.requests("/logs/*")


def test_a_build_of_jenkins(ci: SandboxCI) -> None:
    console = b"Started by a change\ntoomanyrequests: You have reached your pull rate limit\n"
    build = ci.add_jenkins_build("folder/job/unit", 3, "FAILURE", console=console, artifacts={"t.log": b"a"})
    result = explain(build.url + "console")
    assert (result.exit_code, told(result, ci)) == (
        0,
        (
            "folder/unit\n"
            "  result: FAILURE\n"
            "  page:   http://ci/job/folder/job/unit/3/\n"
            "  logs:   http://ci/job/folder/job/unit/3/\n"
            "To search: 2 text logs: consoleText, t.log\n"
            "Asked: 10 of 10 signatures.\n"
            "Known bug: the image registry refused the pull (rate limit) [registry-rate-limit]\n"
            "  consoleText line 2:\n"
            "      toomanyrequests: You have reached your pull rate limit\n"
            "  http://ci/job/folder/job/unit/3/consoleText\n"
        ),
    )


def test_a_jenkins_build_that_runs(ci: SandboxCI) -> None:
    build = ci.add_jenkins_build("unit", 3, None)
    result = explain(build.url)
    assert (result.exit_code, result.stdout) == (75, "")
    assert result.stderr == (
        f"{build.url} is not known at its Jenkins, or still runs: see whether the URL is right, or try again when "
        "the build has ended\n"
    )


def test_a_folder_of_logs_without_a_manifest(ci: SandboxCI) -> None:
    build = ci.add_build(buildset(ci), "unit", "FAILURE")
    folder = ci.upload_logs(build.uuid, {"job-output.txt": CONSOLE}, stored="gz", manifest=False)
    result = explain(folder)
    assert (result.exit_code, re.sub(r"LOGS/.../", "LOGS/UUU/", told(result, ci))) == (
        0,
        (
            "Logs of build UUID at http://ci/LOGS/UUU/example/UUID/\n"
            "To search: 1 text log: job-output.txt.gz\n"
            "Asked: 10 of 10 signatures; of the build nothing else is known, so their scopes are left aside.\n"
            "Known bug: the disk of a test machine is full [disk-full]\n"
            "  job-output.txt.gz line 2:\n"
            "      node | cp: No space left on device\n"
            "  http://ci/LOGS/UUU/example/UUID/job-output.txt.gz\n"
        ),
    )


def test_an_address_where_nothing_is(ci: SandboxCI) -> None:
    result = explain(f"{ci.url}/logs/none/")
    assert (result.exit_code, told(result, ci)) == (
        75,
        (
            "Logs at http://ci/LOGS/none/\n"
            "Not searched: the logs are not there (yet, or no more)\n"
            "Asked: 10 of 10 signatures; of the build nothing else is known, so their scopes are left aside.\n"
            "There is nothing to search. See whether the address is right, or try again when the logs are there.\n"
        ),
    )


# -- a change, a uuid


def configured(gerrit: World, ci: SandboxCI) -> Path:
    """A configuration for both sandboxes."""
    folder = gerrit.folder / "signatures"
    folder.mkdir()
    (folder / "77.yaml").write_text('query: message:"No space left on device"\ntitle: a full disk\n')
    local = {"kind": "local", "workers": 1, "allow_private": ["127.0.0.0/8"]}
    zuul = {"name": "zuul", "kind": "zuul", "account": "zuul", "web": ci.url, "tenant": ci.tenant}
    content = {
        "gerrit": {
            "host": gerrit.gerrit.host,
            "port": gerrit.gerrit.port,
            "username": US,
            "key": "key",
            "known_hosts": "known_hosts",
        },
        "cis": [{**zuul, "log_store": "local", "log_hosts": ["127.0.0.1"]}],
        "log_stores": {"local": local},
        "signatures": {"directories": [str(folder)], "bug_url": "https://bugs.example.org/{bug}"},
    }
    file = gerrit.folder / "config.yaml"
    file.write_text(json.dumps(content))
    return file


def failed_twice(gerrit: World, ci: SandboxCI) -> Sequence[Build]:
    """Two failing reports on patch set 1: the first has one build, the last has two."""
    builds = []
    for jobs in (("first",), ("unit", "lint")):
        run = ci.add_buildset(gerrit.change, 1, project="nova")
        builds = [ci.add_build(run, job, "FAILURE") for job in jobs]
        for build in builds:
            ci.upload_logs(build.uuid, {"job-output.txt": CONSOLE if build.job == "unit" else b"x\n"})
        gerrit.gerrit.comment("zuul", gerrit.change, ci.comment(run))
    return builds


def test_a_change(gerrit: World, ci: SandboxCI) -> None:
    file = configured(gerrit, ci)
    failed_twice(gerrit, ci)
    for target in (f"{gerrit.change}", f"{gerrit.change},1"):
        result = explain(target, "-c", file)
        assert (result.exit_code, result.stderr) == (0, "")
        assert re.sub(r"LOGS/.../", "LOGS/UUU/", told(result, ci)) == (
            "The last failing report on 1,1 of nova is of zuul in the check pipeline: 2 failed builds.\n"
            "\n"
            "unit (build UUID) of nova 1,1, check pipeline, branch master\n"
            "  result: FAILURE\n"
            "  page:   http://ci/t/example/build/UUID\n"
            "  logs:   http://ci/LOGS/UUU/example/UUID/\n"
            "To search: 1 text log: job-output.txt\n"
            "Asked: 1 of 1 signature.\n"
            "Known bug: a full disk [77]\n"
            "  https://bugs.example.org/77\n"
            "  job-output.txt line 2:\n"
            "      node | cp: No space left on device\n"
            "  http://ci/t/example/build/UUID/log/job-output.txt#2\n"
            "\n"
            "lint (build UUID) of nova 1,1, check pipeline, branch master\n"
            "  result: FAILURE\n"
            "  page:   http://ci/t/example/build/UUID\n"
            "  logs:   http://ci/LOGS/UUU/example/UUID/\n"
            "To search: 1 text log: job-output.txt\n"
            "Asked: 1 of 1 signature.\n"
            "No known bug matches.\n"
        )


def test_a_change_as_json_is_an_object_a_build(gerrit: World, ci: SandboxCI) -> None:
    file = configured(gerrit, ci)
    builds = failed_twice(gerrit, ci)
    result = explain(gerrit.change, "-c", file, "--json")
    assert result.exit_code == 0
    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(found["build"]["uuid"], found["outcome"]) for found in objects] == [
        (builds[0].uuid, "explained"),
        (builds[1].uuid, "unexplained"),
    ]


def test_a_change_whose_build_the_api_does_not_know_yet(gerrit: World, ci: SandboxCI) -> None:
    file = configured(gerrit, ci)
    run = ci.add_buildset(gerrit.change, 1, project="nova")
    ci.add_build(run, "unit", "FAILURE").known = False
    gerrit.gerrit.comment("zuul", gerrit.change, ci.comment(run))
    result = explain(gerrit.change, "-c", file)
    assert result.exit_code == 75
    assert "Not searched: the CI's server does not tell (yet) where the logs are\n" in result.stdout


def test_changes_with_nothing_to_explain(gerrit: World, ci: SandboxCI) -> None:
    file = configured(gerrit, ci)
    result = explain(gerrit.change, "-c", file)
    assert (result.exit_code, result.stdout) == (0, "Nothing to explain on 1,1 of nova: it has no CI report of zuul.\n")
    result = explain(f"{gerrit.change},2", "-c", file)
    assert (result.exit_code, result.stdout) == (0, "There is no 1,2 of nova yet: the latest patch set is 1.\n")
    run = ci.add_buildset(gerrit.change, 1, project="nova")
    ci.add_build(run, "unit", "SUCCESS")
    gerrit.gerrit.comment("zuul", gerrit.change, ci.comment(run))
    result = explain(gerrit.change, "-c", file)
    assert (result.exit_code, result.stdout) == (
        0,
        "Nothing to explain on 1,1 of nova: none of its 1 CI reports failed.\n",
    )
    result = explain(999, "-c", file)
    assert result.exit_code == 1
    assert result.stderr == "change 999: there is no such change, or our account can not see it\n"


def test_a_uuid(gerrit: World, ci: SandboxCI) -> None:
    file = configured(gerrit, ci)
    build = failed_twice(gerrit, ci)[0]
    result = explain(build.uuid, "-c", file)
    assert result.exit_code == 0
    assert told(result, ci).startswith(
        "unit (build UUID) of nova 1,1, check pipeline, branch master\n  result: FAILURE\n"
    )
    assert "Known bug: a full disk [77]\n" in result.stdout


def test_what_needs_a_configuration_says_so(tmp_path: Path) -> None:
    for target in ("7,2", "0" * 32):
        result = explain(target, "-c", tmp_path / "none.yaml")
        assert (result.exit_code, result.stderr) == (
            78,
            f"{tmp_path}/none.yaml:1: there is no such file; name the configuration file with -c FILE\n",
        )


# -- files here


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "job-output.txt.gz").write_bytes(gzip.compress(CONSOLE))
    (tmp_path / "cut.log.gz").write_bytes(gzip.compress(b"x\n" * 1000)[:-9])
    (tmp_path / "x.png").write_bytes(b"\0")
    result = explain(tmp_path)
    assert (result.exit_code, result.stdout) == (
        0,
        (
            f"Logs at {tmp_path}\n"
            "To search: 2 text logs: deep/job-output.txt.gz, cut.log.gz\n"
            "Not searched: 1 other file, no log by name or kind: x.png\n"
            "Left out: cut.log.gz: the packed bytes end too early: the file was cut, or is still being written\n"
            "Asked: 10 of 10 signatures; of the build nothing else is known, so their scopes are left aside.\n"
            "Known bug: the disk of a test machine is full [disk-full]\n"
            "  deep/job-output.txt.gz line 2:\n"
            "      node | cp: No space left on device\n"
        ),
    )


def test_one_file_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "x.data").write_bytes(b"all is well\n")
    result = explain(tmp_path / "x.data")
    assert (result.exit_code, result.stdout) == (
        0,
        (
            f"Logs at {tmp_path}/x.data\n"
            "To search: 1 text log: x.data\n"
            "Asked: 10 of 10 signatures; of the build nothing else is known, so their scopes are left aside.\n"
            "No known bug matches.\n"
        ),
    )


def test_an_empty_folder(tmp_path: Path) -> None:
    result = explain(tmp_path)
    assert (result.exit_code, result.stdout) == (
        75,
        (
            f"Logs at {tmp_path}\n"
            "Not searched: there is no text log\n"
            "Asked: 10 of 10 signatures; of the build nothing else is known, so their scopes are left aside.\n"
            "There is nothing to search. See whether the address is right, or try again when the logs are there.\n"
        ),
    )


def test_a_folder_without_signatures(tmp_path: Path) -> None:
    result = explain(tmp_path, "--signatures", tmp_path)
    assert (result.exit_code, result.stdout) == (78, "")
    assert result.stderr == f"there is no signature in {tmp_path}; name a folder with --signatures\n"


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("", "'' is no build, change, URL or folder: give the URL of a build's page at Zuul"),
        ("nowhere/at/all", "'nowhere/at/all' is no build, change, URL or folder: give"),
        ("x" * 5000, "is no build, change, URL or folder: give"),
        ("0", "'0' is no build, change, URL or folder: give"),
        ("ftp://logs.example.org/1/", "'ftp://logs.example.org/1/' is not asked: only http and https URLs"),
        ("https://me:secret@logs.example.org/", "is not asked: it holds a user name or a password"),
        ("https://logs.example.org:x/", "is no URL: Port could not be cast"),
        (
            f"https://zuul.example.org/build/{'0' * 32}",
            f"does not tell the tenant: write it as https://zuul.example.org/t/TENANT/build/{'0' * 32}",
        ),
    ],
)
def test_what_is_no_target(target: str, says: str) -> None:
    result = explain(target)
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())
    assert "secret" not in result.stderr


def test_captured_logs_of_a_real_zuul(tmp_path: Path) -> None:
    archive = DATA / "events/captured-zuul/logs.tar.gz"
    if not archive.exists():
        pytest.skip(f"{archive} is not here")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    signatures = tmp_path / "signatures"
    signatures.mkdir()
    (signatures / "ends.yaml").write_text('query: message:"PLAY RECAP" AND tags:console\n')
    folders = sorted(path.parent for path in tmp_path.rglob("job-output.txt"))
    assert folders
    for folder in folders:
        result = explain(folder, "--signatures", signatures, "--json")
        found = json.loads(result.stdout)
        lines = (folder / "job-output.txt").read_text().splitlines()
        there = [number for number, line in enumerate(lines, start=1) if "PLAY RECAP" in line]
        assert [bug["number"] for bug in found["bugs"]] == there[:1]
        assert "job-output.txt" in found["files"]["searched"]
        assert "zuul-manifest.json" in found["files"]["others"]
        assert result.exit_code == 0


def test_real_logs_of_a_gate(tmp_path: Path) -> None:
    folder = DATA / "logs"
    if not folder.exists():
        pytest.skip(f"{folder} is not here")
    (tmp_path / "api.yaml").write_text('query: filename:"screen-c-api.txt" AND message:"Starting"\n')
    result = explain(folder, "--signatures", tmp_path, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert {"console.html.gz", "screen-c-api.txt.gz"} <= set(found["files"]["searched"])
    with gzip.open(folder / "screen-c-api.txt.gz", "rt", errors="replace") as file:
        first = next(
            (n for n, line in enumerate(file, start=1) if re.search(r"\bstarting\b", line, re.IGNORECASE)), None
        )
    assert [bug["number"] for bug in found["bugs"]] == ([first] if first else [])


def test_nothing_of_an_environment_is_needed(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("x\n")
    assert explain(tmp_path, env=dict.fromkeys(os.environ, "")).exit_code == 0
