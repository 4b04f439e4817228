"""``signature query`` on builds of a CI's own server, here the sandbox's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gerritbot_er.sandbox.ci import Answer, SandboxCI

from .backtesting import DISK, DISK_FULL, FINE, NOW, library, objects, shares, signature


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI(now=lambda: float(NOW)) as sandbox:
        yield sandbox


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
