"""The sandbox CI over plain HTTP: its API beside answers of a real Zuul, its logs as fetchers meet them, its faults."""

import contextlib
import gzip
import http.client
import json
import socket
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from gerritbot_er.sandbox.ci import Answer, Build, Cut, Endless, GzipBomb, Redirect, SandboxCI, Trickle
from gerritbot_er.sandbox.ci_comments import elapsed

CAPTURED = Path(__file__).parents[3] / "shared/data/events/captured-zuul/rest"
WAIT = 10.0


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI(now=lambda: 1_795_258_000.0) as running:
        yield running


@pytest.fixture
def build(ci: SandboxCI) -> Build:
    buildset = ci.add_buildset(1, 2, project="example/widgets")
    return ci.add_build(buildset, "unit-tests", "FAILURE")


class Got:
    """An answer read to its end."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> dict[str, object]:
        read = json.loads(self.body)
        assert isinstance(read, dict)
        return read


def get(url: str) -> Got:
    host, _, path = url.removeprefix("http://").partition("/")
    with contextlib.closing(http.client.HTTPConnection(host, timeout=WAIT)) as connection:
        connection.request("GET", "/" + path)
        answer = connection.getresponse()
        return Got(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def keys(value: object, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return {path} | {found for key, inner in value.items() for found in keys(inner, f"{path}.{key}")}
    if isinstance(value, list) and value:
        return {found for inner in value for found in keys(inner, f"{path}[]")}
    return {path}


def real(name: str) -> dict[str, object]:
    found = CAPTURED / name
    if not found.exists():
        pytest.skip(f"no captured answers of Zuul at {found}")
    read = json.loads(found.read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


# Keys of Zuul's that nobody here reads.
UNUSED = {"_id", "execute_time", "queue_item_uuid", "parameters", "event_time", "event_type", "description", "events[]"}


def used(value: object) -> set[str]:
    return {path for path in keys(value) if not set(path.split(".")) & UNUSED}


def test_a_build_has_the_keys_of_the_real_one(ci: SandboxCI, build: Build) -> None:
    ci.upload_logs(build.uuid, {"job-output.txt": b"x\n"})
    row = get(f"{ci.url}/api/tenant/example/build/{build.uuid}").json
    assert used(row) == used(real("build_FAILURE_unit-py312.json"))
    assert (row["result"], row["start_time"], row["end_time"], row["duration"]) == (
        "FAILURE",
        "2026-11-21T10:45:17",
        "2026-11-21T10:46:40",
        83.0,
    )


def test_a_buildset_has_the_keys_of_the_real_one(ci: SandboxCI, build: Build) -> None:
    ci.upload_logs(build.uuid, {"job-output.txt": b"x\n"})
    row = get(f"{ci.url}/api/tenant/example/buildset/{build.buildset.uuid}").json
    assert used(row) - {".events"} == used(real("buildset_failure_single.json"))


def test_rows_come_late_and_lists_are_filtered(ci: SandboxCI, build: Build) -> None:
    late = ci.add_build(build.buildset, "lint", "FAILURE", known=False)
    assert get(f"{ci.url}/api/tenant/example/build/{late.uuid}").status == 404
    assert get(f"{ci.url}/api/tenant/other/build/{build.uuid}").status == 404
    listed = f"{ci.url}/api/tenant/example/builds"
    late.known = True
    assert get(f"{ci.url}/api/tenant/example/build/{late.uuid}").json["log_url"] is None
    assert [row["uuid"] for row in json.loads(get(listed).body)] == [late.uuid, build.uuid]
    assert [row["job_name"] for row in json.loads(get(f"{listed}?uuid={build.uuid}&limit=5").body)] == ["unit-tests"]
    assert len(json.loads(get(f"{listed}?uuid={build.uuid}&uuid={late.uuid}").body)) == 2
    assert json.loads(get(f"{listed}?limit=1").body)[0]["job_name"] == "lint"


def test_the_comment_of_a_failed_buildset(ci: SandboxCI, build: Build) -> None:
    more = build.buildset
    uuids = [build.uuid, more.uuid]
    for job, result, voting, seconds, detail in (
        ("slow", "TIMED_OUT", True, 7262.0, None),
        ("extra", "FAILURE", False, 5.9, None),
        ("node", "NODE_FAILURE", True, 0.0, "Node(set) request 1 failed"),
        ("after", "SKIPPED", True, 0.0, "Skipped due to failed job unit-tests"),
    ):
        added = ci.add_build(more, job, result, voting=voting, duration=seconds, error_detail=detail)
        uuids.append(added.uuid)
    ci.add_build(more, "unit-tests", "RETRY", final=False)
    first, whole, slow, extra, node, after = uuids
    root = f"{ci.url}/t/example"
    assert ci.comment(more) == (
        "Build failed (check pipeline).  For information on how to proceed, see\n"
        "https://docs.opendev.org/opendev/infra-manual/latest/developers.html#automated-testing\n"
        "\n"
        f"{root}/buildset/{whole}\n"
        "\n"
        f"- unit-tests {root}/build/{first} : FAILURE in 1m 23s\n"
        f"- slow {root}/build/{slow} : TIMED_OUT in 2h 01m 02s\n"
        f"- extra {root}/build/{extra} : FAILURE in 5s (non-voting)\n"
        f"- node {root}/build/{node} : NODE_FAILURE Node(set) request 1 failed in 0s\n"
        f"- after {root}/build/{after} : SKIPPED Skipped due to failed job unit-tests\n"
    )


def test_a_buildset_with_only_non_voting_failures_succeeded(ci: SandboxCI) -> None:
    buildset = ci.add_buildset(3, 1, project="example/widgets", pipeline="gate")
    build = ci.add_build(buildset, "extra", "FAILURE", voting=False)
    assert ci.comment(buildset) == (
        "Build succeeded (gate pipeline).\n"
        "\n"
        f"{ci.url}/t/example/buildset/{buildset.uuid}\n"
        "\n"
        f"- extra {ci.url}/t/example/build/{build.uuid} : FAILURE in 1m 23s (non-voting)\n"
    )


def test_elapsed_times() -> None:
    assert [elapsed(seconds) for seconds in (0, 59, 60, 3599, 3600)] == ["0s", "59s", "1m 00s", "59m 59s", "1h 00m 00s"]


def test_the_manifest_lists_what_is_there(ci: SandboxCI, build: Build) -> None:
    url = ci.upload_logs(build.uuid, {"job-output.txt": b"one\n", "controller/logs/n-cpu.txt": b"two\n"})
    ci.upload_logs(build.uuid, {"job-output.json": b"{}"}, stored="gz-encoded")
    tree = get(f"{url}zuul-manifest.json").json["tree"]
    assert tree == [
        {
            "name": "controller",
            "mimetype": "application/directory",
            "encoding": None,
            "children": [
                {
                    "name": "logs",
                    "mimetype": "application/directory",
                    "encoding": None,
                    "children": [
                        {
                            "name": "n-cpu.txt",
                            "mimetype": "text/plain",
                            "encoding": None,
                            "last_modified": 1_795_258_000,
                            "size": 4,
                        }
                    ],
                }
            ],
        },
        {
            "name": "job-output.json.gz",
            "mimetype": "application/json",
            "encoding": "gzip",
            "last_modified": 1_795_258_000,
            "size": 22,
        },
        {
            "name": "job-output.txt",
            "mimetype": "text/plain",
            "encoding": None,
            "last_modified": 1_795_258_000,
            "size": 4,
        },
    ]
    assert get(url).status == 404  # an object store lists nothing
    assert get(f"{url}controller/logs/n-cpu.txt").body == b"two\n"


@pytest.mark.parametrize(
    ("stored", "name", "packed", "encoding"),
    [
        ("plain", "a.txt", False, None),
        ("encoded", "a.txt", True, "gzip"),
        ("gz", "a.txt.gz", True, None),
        ("gz-encoded", "a.txt.gz", True, "gzip"),
    ],
)
def test_files_are_stored_in_four_ways(
    ci: SandboxCI, build: Build, stored: str, name: str, encoding: str | None, *, packed: bool
) -> None:
    url = ci.upload_logs(build.uuid, {"a.txt": b"text <1>\nmore\n"}, stored=stored)  # type: ignore[arg-type]
    got = get(url + name)
    assert (gzip.decompress(got.body) if packed else got.body) == b"text <1>\nmore\n"
    assert got.headers.get("content-encoding") == encoding
    shown = get(f"{ci.url}/t/example/build/{build.uuid}/log/a.txt").body
    assert b'<span id="1">text &lt;1&gt;</span>\n<span id="2">more</span>' in shown


def test_without_a_manifest_there_are_listings(ci: SandboxCI, build: Build) -> None:
    url = ci.upload_logs(build.uuid, {"a.txt": b"1", "logs/b.txt": b"2"}, manifest=False)
    page = get(url).body.decode()
    assert '<a href="a.txt">a.txt</a>' in page
    assert '<a href="logs/">logs/</a>' in page
    assert f'<a href="/logs/{build.uuid[:3]}/example/">Parent Directory</a>' in page
    assert '<a href="?C=M;O=A">Last modified</a>' in page
    assert '<a href="b.txt">b.txt</a>' in get(f"{url}logs/").body.decode()
    assert get(f"{url}logs").headers["location"].endswith("/logs/")
    assert get(f"{url}zuul-manifest.json").status == 404


def test_a_jenkins_build_and_its_comment(ci: SandboxCI) -> None:
    unit = ci.add_jenkins_build(
        "folder/job/unit",
        123,
        "FAILURE",
        console=b"Started\nFinished: FAILURE\n",
        artifacts={"logs/a.txt": b"a"},
        failure_text="3 tests failed",
        description="Disk full on slave",
    )
    lint = ci.add_jenkins_build("lint", 77, "SUCCESS")
    assert ci.jenkins_comment(unit, lint) == (
        "Build Failed \n"
        "\n"
        f"{ci.url}/job/folder/job/unit/123/ : FAILURE <<<\n"
        "3 tests failed\n"
        ">>>\n"
        "\n"
        f"Disk full on slave ( {ci.url}/job/folder/job/unit/123/ )\n"
        "\n"
        f"{ci.url}/job/lint/77/ : SUCCESS"
    )
    assert get(f"{unit.url}consoleText").body == b"Started\nFinished: FAILURE\n"
    assert get(f"{unit.url}artifact/logs/a.txt").body == b"a"
    assert get(f"{unit.url}artifact/logs/b.txt").status == 404
    assert get(f"{unit.url}api/json?tree=result,timestamp,artifacts[relativePath]").json == {
        "_class": "hudson.model.FreeStyleBuild",
        "result": "FAILURE",
        "timestamp": 1_795_258_000_000,
        "artifacts": [{"relativePath": "logs/a.txt"}],
    }


def test_statuses_on_cue_and_the_count_of_requests(ci: SandboxCI, build: Build) -> None:
    url = ci.upload_logs(build.uuid, {"a.txt": b"1"}) + "a.txt"
    ci.misbehave("/logs/*", Answer(404), times=2)
    ci.misbehave("/logs/*", Answer(503, retry_after="7"), times=1)
    assert [get(url).status for _ in range(2)] == [404, 404]
    busy = get(url)
    assert (busy.status, busy.headers["retry-after"]) == (503, "7")
    assert get(url).body == b"1"
    ci.misbehave("*", Redirect("http://169.254.169.254/latest/"))
    assert get(url).headers["location"] == "http://169.254.169.254/latest/"
    ci.behave()
    assert get(url).status == 200
    assert len(ci.requests("/logs/*")) == 6
    assert ci.requests("/api/*") == []


def test_a_cut_body_and_a_trickle(ci: SandboxCI, build: Build) -> None:
    url = ci.upload_logs(build.uuid, {"a.txt": b"0123456789"}) + "a.txt"
    ci.misbehave("*", Cut(4), times=1)
    with pytest.raises(http.client.IncompleteRead) as cut:
        get(url)
    assert cut.value.partial == b"0123"
    ci.misbehave("*", Trickle(100))
    assert get(url).body == b"0123456789"


def test_an_endless_body_and_a_bomb(ci: SandboxCI, build: Build) -> None:
    url = ci.upload_logs(build.uuid, {"a.txt": b"1"}) + "a.txt"
    size = 20_000_001
    ci.misbehave("*", Endless(size), times=1)
    assert len(get(url).body) == size
    ci.misbehave("*", GzipBomb(size), times=1)
    bomb = get(url)
    assert bomb.headers["content-encoding"] == "gzip"
    assert len(bomb.body) < size // 200
    unpacked = zlib.decompressobj(31)
    assert len(unpacked.decompress(bomb.body)) == size
    assert unpacked.eof


def test_closing_ends_answers_and_threads() -> None:
    before = set(threading.enumerate())
    with SandboxCI() as ci:
        url = ci.upload_logs(ci.add_build(ci.add_buildset(1, 1, project="p"), "j", "FAILURE").uuid, {"a": b"x" * 999})
        ci.misbehave("*", Trickle(10))
        host, port = ci.url.removeprefix("http://").split(":")
        idle = socket.create_connection((host, int(port)), WAIT)
        slow = socket.create_connection((host, int(port)), WAIT)
        slow.sendall(f"GET {url.removeprefix(ci.url)}a HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert slow.recv(15) == b"HTTP/1.1 200 OK"
    with idle, slow:
        assert set(threading.enumerate()) - before == set()
