"""The ``explain`` command on URLs: the sandbox's Zuul, its Jenkins and its log server."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gerritbot_er.sandbox.ci import Answer, Buildset, SandboxCI
from tests.peers.explaining import CONSOLE, NOW, explain, page, told


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI(now=lambda: NOW) as sandbox:
        yield sandbox


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
        "Asked: 30 of 30 signatures.\n"
        "Known bug: the disk of a test machine is full [disk-full]\n"
        "  job-output.txt line 2:\n"
        "      node | cp: No space left on device\n"
        "  http://ci/t/example/build/UUID/log/job-output.txt#2\n"
        "  What to do: this is known and not caused by your change. Run CI again.\n"
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
            "signatures": {"asked": 30, "total": 30},
            "outcome": "explained",
            "bugs": [
                {
                    "signature": "disk-full",
                    "title": "the disk of a test machine is full",
                    "bug": None,
                    "advice": "recheck",
                    "category": "infra",
                    "file": "job-output.txt",
                    "number": 2,
                    "line": "node | cp: No space left on device",
                    "url": f"{folder}job-output.txt",
                    "more": [],
                    "captured": {},
                }
            ],
            "of_other_tests": [],
            "near": [],
            "lines": [],
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
        "Asked: 30 of 30 signatures.\n"
        "Known bug: the disk of a test machine is full [disk-full]\n"
        "  job-output.txt line 2:\n"
        "      node | cp: No space left on device\n"
        "  http://ci/LOGS/UUU/example/UUID/job-output.txt\n"
        "  What to do: this is known and not caused by your change. Run CI again.\n"
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
            "Asked: 30 of 30 signatures.\n"
            "Known bug: the CI could not provide a test machine [no-node]\n"
            "  the CI says:\n"
            "      NODE_FAILURE Node(set) request 1 failed\n"
            "  http://ci/t/example/build/UUID\n"
            "  What to do: this is known and not caused by your change. Run CI again.\n"
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
            "Asked: 30 of 30 signatures.\n"
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
    (tmp_path / "voting.yaml").write_text(query)
    (tmp_path / "bad.yaml").write_text("query: message:(\n")
    result = explain(page(ci, build), "--signatures", tmp_path)
    assert result.exit_code == 0
    assert result.stderr.startswith(f"signature left out: {tmp_path}/bad.yaml:1:17: query: ")
    assert told(result, ci).splitlines()[5:] == [
        (
            "Asked: 1 of 3 signatures; 1 counts only for voting builds; "
            "1 counts for other jobs, projects, branches, pipelines or results."
        ),
        "Known bug: bug 1234 [1234]",
        "  https://bugs.launchpad.net/bugs/1234",
        "  job-output.txt line 2:",
        "      node | cp: No space left on device",
        "  http://ci/t/example/build/UUID/log/job-output.txt#2",
        "  What to do: see the bug. If your change has nothing to do with it, run CI again.",
    ]


def test_logs_that_no_signature_asks_about_are_not_fetched(ci: SandboxCI) -> None:
    build = ci.add_build(buildset(ci), "unit", "FAILURE", voting=False)
    ci.upload_logs(build.uuid, {"job-output.txt": CONSOLE})
    result = explain(page(ci, build))
    assert (result.exit_code, told(result, ci).splitlines()[4:]) == (
        0,
        [
            "Asked: 0 of 30 signatures; 30 count only for voting builds.",
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
            "Asked: 30 of 30 signatures.\n"
            "Known bug: the image registry refused the pull (rate limit) [registry-rate-limit]\n"
            "  consoleText line 2:\n"
            "      toomanyrequests: You have reached your pull rate limit\n"
            "  http://ci/job/folder/job/unit/3/consoleText\n"
            "  What to do: wait a while for the limit to pass, then run CI again.\n"
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
            "Asked: 30 of 30 signatures; of the build nothing else is known, so their scopes are left aside.\n"
            "Known bug: the disk of a test machine is full [disk-full]\n"
            "  job-output.txt.gz line 2:\n"
            "      node | cp: No space left on device\n"
            "  http://ci/LOGS/UUU/example/UUID/job-output.txt.gz\n"
            "  What to do: this is known and not caused by your change. Run CI again.\n"
        ),
    )


def test_an_address_where_nothing_is(ci: SandboxCI) -> None:
    result = explain(f"{ci.url}/logs/none/")
    assert (result.exit_code, told(result, ci)) == (
        75,
        (
            "Logs at http://ci/LOGS/none/\n"
            "Not searched: the logs are not there (yet, or no more)\n"
            "Asked: 30 of 30 signatures; of the build nothing else is known, so their scopes are left aside.\n"
            "There is nothing to search. See whether the address is right, or try again when the logs are there.\n"
        ),
    )
