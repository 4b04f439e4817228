"""Backtests on real servers: every place where builds are kept gives the same figures for the same builds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gerritbot_er.logs.documents import Reader, build_fields, documents, file_fields
from gerritbot_er.logs.retained import RetainedLogs
from gerritbot_er.model import Build
from gerritbot_er.sandbox.ci import SandboxCI
from tests.peers.backtesting import library, objects, shares, signature

from .servers.search import SearchServer
from .servers.zuul import ZuulWorld

BEGUN = 1_795_000_000
BUILDS = 48
SERVERS = ("elasticsearch", "elasticsearch_7", "opensearch")
SIGNATURES = {
    "disk": 'title: a disk is full\nquery: message:"No space left on device" AND filename:"job-output.txt"\n',
    "late": 'query: message:"gave up" AND NOT message:harmless\nbranches: main\n',
    "mount": """
all_of: ['message:"mounting volume"', 'message:"No space left"']
within: 3 lines
same: file
ordered: true
""",
    "service": "query: message:Traceback AND tags:screen\nresults: [FAILURE]\nallow-nonvoting: true\n",
    "everything": "query: message:begin\n",
}


@dataclass(slots=True)
class Steps:
    """The sandbox's clock: stands at the end of the build that is being made."""

    now: float = BEGUN


@dataclass(frozen=True, slots=True)
class World:
    """The same builds at a CI, in a folder, and as documents; ``signatures`` is a folder of them."""

    ci: SandboxCI
    retained: Path
    documents: list[Mapping[str, object]]
    signatures: Path


def logs_of(number: int, at: float) -> dict[str, bytes]:
    """What a build leaves: every line says the second at which the build ended."""
    stamp = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}.000000"
    console = ["begin"]
    if number % 3 == 0:
        console += ["mounting volume 7", "a harmless line", "cp: No space left on device"]
    if number % 7 == 0:
        console += ["cp: No space left on device", *["working"] * 5, "mounting volume 8"]
    if number % 5 == 0:
        console += ["gave up", "gave up, which is harmless"]
    service = ["ready", *(["Traceback (most recent call last):"] if number % 4 == 0 else [])]
    return {
        "job-output.txt": "".join(f"{stamp} | node | {line}\n" for line in console).encode(),
        "controller/logs/screen-n-cpu.txt": "".join(f"{stamp} INFO nova [-] {line}\n" for line in service).encode(),
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("builds")
    steps = Steps()
    retained = RetainedLogs(folder / "retained")
    found: list[Mapping[str, object]] = []
    with SandboxCI(now=lambda: steps.now) as ci:
        for number in range(BUILDS):
            steps.now = BEGUN + 7200 * number
            result = ("FAILURE", "SUCCESS", "TIMED_OUT", "SUCCESS", "FAILURE", "CANCELED")[number % 6]
            buildset = ci.add_buildset(
                number + 1, 2, project="example/app", branch=("main", "stable/1")[number % 5 == 1]
            )
            row = ci.add_build(buildset, ("unit", "docs", "deploy")[number % 4 % 3], result, voting=number % 8 != 2)
            url = ci.upload_logs(row.uuid, logs_of(number, steps.now))
            build = Build(
                identity=row.uuid,
                job=row.job,
                result=result,
                ci="zuul",
                project="example/app",
                branch=buildset.branch,
                change=number + 1,
                patchset=2,
                reported_at=int(steps.now),
                pipeline="check",
                uuid=row.uuid,
                voting=row.voting,
            )
            keep(retained, build, url, logs_of(number, steps.now))
            found += sent(build, url, logs_of(number, steps.now))
        yield World(ci, folder / "retained", found, library(folder / "signatures", SIGNATURES))


def keep(retained: RetainedLogs, build: Build, url: str, logs: Mapping[str, bytes]) -> None:
    with retained.writer(build, kept_at=build.reported_at, failed=build.result != "SUCCESS") as writer:
        for path, data in logs.items():
            with writer.file(path, url + path) as write:
                write(data)


def sent(build: Build, url: str, logs: Mapping[str, bytes]) -> Iterator[Mapping[str, object]]:
    for path, data in logs.items():
        reader = Reader(file_fields(path, url + path, build_fields(build)), year=2026)
        yield from (document for _, document in documents([data], reader))


def figures(world: World, name: str, *where: str, cache: Path) -> tuple[int, list[dict[str, Any]]]:
    """The exit status and all that is told, but for the lines, of which stores may show others."""
    wanted = world.signatures / f"{name}.yaml"
    result = signature("backtest", wanted, *where, "--json", "--last", BUILDS, cache=cache)
    assert result.exit_code in (0, 1), result.stderr
    return result.exit_code, [{key: value for key, value in one.items() if key != "samples"} for one in objects(result)]


@pytest.mark.parametrize("server", SERVERS)
def test_a_cluster_a_folder_and_a_ci_give_the_same_figures(
    request: pytest.FixtureRequest, world: World, tmp_path: Path, server: str
) -> None:
    cluster: SearchServer = request.getfixturevalue(server)
    cluster.delete_documents()
    cluster.index(world.documents)
    try:
        for name in SIGNATURES:
            of_folder = figures(world, name, "--store", str(world.retained), cache=tmp_path)
            of_cluster = figures(world, name, "--store", cluster.url, cache=tmp_path)
            of_ci = figures(world, name, "--from", f"{world.ci.url}/t/{world.ci.tenant}", cache=tmp_path)
            assert of_cluster == of_folder, name
            assert of_ci == of_folder, name
    finally:
        cluster.delete_documents()


def test_the_figures_themselves(world: World, tmp_path: Path) -> None:
    """What the stores agree on is what was put in: counted here by hand from ``logs_of``."""
    kept = [one.build for one in RetainedLogs(world.retained).builds()]
    voting = [(build.change - 1, build) for build in kept if build.voting and build.result != "CANCELED"]
    failed = [number for number, build in voting if build.result != "SUCCESS"]
    good = [number for number, build in voting if build.result == "SUCCESS"]
    full = [sum(number % 3 == 0 or number % 7 == 0 for number in numbers) for numbers in (failed, good)]
    near = [sum(number % 3 == 0 for number in numbers) for numbers in (failed, good)]

    _, [disk, _] = figures(world, "disk", "--store", str(world.retained), cache=tmp_path)
    _, [mount, _] = figures(world, "mount", "--store", str(world.retained), cache=tmp_path)

    assert shares(disk) == [f"{full[0]}/{len(failed)}", f"{full[1]}/{len(good)}"]
    assert shares(mount) == [f"{near[0]}/{len(failed)}", f"{near[1]}/{len(good)}"]
    assert disk["stolen"]["mount"] == {"hit": near[0], "of": near[0]}


@pytest.mark.parametrize("server", SERVERS)
def test_a_cluster_lists_more_builds_than_fit_one_page(
    request: pytest.FixtureRequest, tmp_path: Path, server: str
) -> None:
    cluster: SearchServer = request.getfixturevalue(server)
    cluster.delete_documents()
    one = Build("", "unit", "FAILURE", "zuul", "example/app", "main", 1, 1, BEGUN)
    builds = [replace(one, uuid=f"{number:032x}", reported_at=BEGUN + number) for number in range(1100)]
    for build in builds:
        logs = {"job-output.txt": logs_of(1, build.reported_at)["job-output.txt"]}
        cluster.index(sent(build, "https://logs.example.org/", logs), refresh=False)
    cluster.refresh()
    try:
        [every] = objects(signature("query", "message:begin", "--store", cluster.url, "--json", cache=tmp_path))
        [last] = objects(
            signature("query", "message:begin", "--store", cluster.url, "--json", "--last", 700, cache=tmp_path)
        )
    finally:
        cluster.delete_documents()
    assert (shares(every), shares(last)) == (["1100/1100", "0/0"], ["700/700", "0/0"])


def test_builds_of_a_real_zuul(zuul_world: ZuulWorld, tmp_path: Path) -> None:
    change = zuul_world.push(["fails", "passes"], says="No space left on device")
    zuul_world.await_comment(change)
    where = f"{zuul_world.web_url}/t/{zuul_world.tenant}"

    result = signature(
        "query", 'message:"No space left on device"', "--from", where, "--job", "fails", "--job", "passes", "--json",
        cache=tmp_path,
    )  # fmt: skip

    assert result.exit_code == 0, result.stderr
    [told] = objects(result)
    assert told["jobs"]["fails"]["failed"]["hit"] >= 1
    assert told["jobs"]["passes"]["successful"] == {"hit": 0, "of": told["jobs"]["passes"]["successful"]["of"]}
    assert told["samples"][0]["lines"][0]["url"].startswith(f"{where}/build/")
