"""The ``explain`` command on a change and on a uuid: the sandbox's Gerrit and Zuul, by a configuration."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from gerritbot_er.sandbox.ci import Build, SandboxCI
from tests.peers.explaining import CONSOLE, NOW, explain, told
from tests.peers.gerrit_running import US, World, world


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI(now=lambda: NOW) as sandbox:
        yield sandbox


@pytest.fixture
def gerrit(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as running:
        yield running


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
            "  What to do: see the bug. If your change has nothing to do with it, run CI again.\n"
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
            f"{tmp_path}/none.yaml: there is no such file; name the configuration file with -c FILE\n",
        )
