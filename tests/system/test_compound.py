"""A compound signature finds the same builds in the local store, in Elasticsearch and in OpenSearch."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Literal

import pytest

from gerritbot_er.logs.cluster_compound import NO_LOGS, NO_PLACE
from gerritbot_er.logs.documents import Reader, build_fields, documents, file_fields
from gerritbot_er.logs.local import LocalLogStore
from gerritbot_er.model import Build, BuildAnswer, Compound, Signature, Within
from gerritbot_er.peers import open_cluster_store
from gerritbot_er.ports import LogStore
from gerritbot_er.sandbox.ci import SandboxCI
from gerritbot_er.settings import CI, ClusterStore, LocalStore

from .servers.http_proxy import HttpProxy, http_proxy
from .servers.search import SearchServer

LOOPBACK = ("127.0.0.0/8",)
KINDS: Mapping[str, Literal["elasticsearch", "opensearch"]] = {
    "elasticsearch": "elasticsearch",
    "opensearch": "opensearch",
}


@dataclass(frozen=True, slots=True)
class World:
    """A CI with logs, the same logs in a cluster, and a store over each."""

    ci: SandboxCI
    server: SearchServer
    proxy: HttpProxy
    cluster: LogStore
    local: LogStore

    def build(self, files: Mapping[str, str], *, indexed: Mapping[str, str] | None = None) -> Build:
        """A failed build with these logs; the cluster has ``indexed``, where it does not have the same."""
        row = self.ci.add_build(self.ci.add_buildset(7, 2, project="example/app"), "unit", "FAILURE")
        url = self.ci.upload_logs(row.uuid, {path: text.encode() for path, text in files.items()})
        page = f"{self.ci.url}/t/{self.ci.tenant}/build/{row.uuid}"
        build = Build(
            row.uuid, "unit", "FAILURE", "zuul", "example/app", "main", 7, 2, 1_795_254_900, uuid=row.uuid,
            web_url=page, log_urls=(url,),
        )  # fmt: skip
        for path, text in (files if indexed is None else indexed).items():
            reader = Reader(file_fields(path, url + path, build_fields(build)), year=2026)
            found = [document for _, document in documents([text.encode()], reader)]
            stamped = [{**one, "@timestamp": one["@timestamp"] or "2026-11-21T10:00:00"} for one in found]
            self.server.index(stamped, refresh=False)
        return build

    def ask(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        """What the cluster answers, in one request, and the local store as well."""
        answers = self.ask_cluster(signatures, builds)
        assert self.proxy.count() == {("POST", "/logstash-logs-*/_search"): 1}
        assert places(answers) == places(self.local.match(signatures, builds))
        return answers

    def ask_cluster(self, signatures: Sequence[Signature], builds: Sequence[Build]) -> Mapping[str, BuildAnswer]:
        """What the cluster answers, now that it has all lines."""
        self.server.refresh()
        self.proxy.forget()
        return self.cluster.match(signatures, builds)


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    server: SearchServer = request.getfixturevalue(request.param)
    server.delete_documents()
    with ExitStack() as closing:
        ci = closing.enter_context(SandboxCI())
        proxy = closing.enter_context(http_proxy(server.port))
        zuul = CI(name="zuul", kind="zuul", account="zuul", log_store="logs", web=ci.url, tenant=ci.tenant)
        settings = ClusterStore(kind=KINDS[request.param], url=proxy.url, allow_private=LOOPBACK)
        cluster = open_cluster_store(settings, [zuul], {}, closing)
        local = closing.enter_context(LocalLogStore(LocalStore(kind="local", allow_private=LOOPBACK), [zuul]))
        yield World(ci, server, proxy, cluster, local)
    server.delete_documents()


def places(answers: Mapping[str, BuildAnswer]) -> dict[str, dict[str, list[tuple[str, int | None, str | None]]]]:
    """By build and signature the lines that prove it."""
    return {
        build: {
            match.signature: [(one.file, one.number, one.url) for one in (match.evidence, *match.more) if one]
            for match in answer.matches
        }
        for build, answer in answers.items()
    }


# -- one request through five files ----------------------------------------------------------------------------------

OURS, OTHER = "req-11111111-1111-4111-8111-111111111111", "req-22222222-2222-4222-8222-222222222222"
FILES = (
    "controller/logs/screen-n-api.txt",
    "controller/logs/screen-n-sch.txt",
    "controller/logs/screen-q-svc.txt",
    "compute1/logs/screen-n-cpu.txt",
    "controller/logs/screen-n-cond.txt",
)
SAYINGS = (
    "POST /servers",
    "host compute1 selected",
    "port binding failed",
    "instance failed to spawn",
    "no valid host",
)
SPAWN = Signature(
    "spawn",
    compound=Compound(
        all_of=tuple(
            f'message:"{said}" AND tags:"{path.rpartition("/")[2]}"' for path, said in zip(FILES, SAYINGS, strict=True)
        ),
        none_of=('message:"binding succeeded"',),
        within=Within(seconds=60),
        same=("request_id",),
        ordered=True,
    ),
)


def story(
    seconds: Sequence[int] = (0, 1, 5, 9, 10), requests: Sequence[str] = (OURS,) * 5, more: str = ""
) -> dict[str, str]:
    """Five files of a build, each with its line of the request among others."""
    found = {"job-output.txt": "2026-11-21 10:00:00.000000 | node | POST /servers\n"}
    for path, said, second, request in zip(FILES, SAYINGS, seconds, requests, strict=True):
        found[path] = "".join(
            f"2026-11-21 10:{at // 60:02d}:{at % 60:02d}.250 7 {level} svc [{name} admin admin] {text}\n"
            for at, level, name, text in (
                (0, "INFO", OTHER, "started"),
                (second, "ERROR", request, said),
                (second + 1, "INFO", OTHER, "went on"),
            )
        )
    found[FILES[2]] += more
    return found


def test_one_request_over_five_files_is_the_same_build_everywhere(world: World) -> None:
    succeeded = f"2026-11-21 10:00:40.000 7 INFO svc [{OURS} admin admin] binding succeeded\n"
    elsewhere = succeeded.replace(OURS, OTHER)
    later = succeeded.replace("10:00:40", "10:09:00")
    without = {path: text for path, text in story().items() if path != FILES[3]}
    builds = {
        "it": world.build(story()),
        "wrong request": world.build(story(requests=(OURS, OURS, OTHER, OURS, OURS))),
        "wrong order": world.build(story(seconds=(0, 6, 5, 9, 10))),
        "too far apart": world.build(story(seconds=(0, 1, 5, 9, 61))),
        "just near enough": world.build(story(seconds=(0, 1, 5, 9, 60))),
        "what must not be there": world.build(story(more=succeeded)),
        "the same of another request": world.build(story(more=elsewhere)),
        "the same long after": world.build(story(more=later)),
        "a file is missing": world.build(without),
    }
    answers = world.ask([SPAWN], list(builds.values()))
    assert [name for name, build in builds.items() if answers[build.identity].matches] == [
        "it",
        "just near enough",
        "the same of another request",
        "the same long after",
    ]
    assert not any(answer.partial or answer.notes for answer in answers.values())
    [match] = answers[builds["it"].identity].matches
    page = builds["it"].web_url
    assert [(one.file, one.number, one.url) for one in (match.evidence, *match.more) if one] == [
        (path, 2, f"{page}/log/{path}#2") for path in FILES
    ]


def test_only_files_that_can_tell_are_read(world: World) -> None:
    quiet = world.build({**story(), FILES[4]: "nothing\n"})
    telling = world.build({**story(), "controller/logs/syslog.txt": "Nov 21 10:00:00 host x[1]: POST /servers\n"})
    world.ask_cluster([SPAWN], [quiet, telling])
    assert world.ci.requests(f"*{quiet.uuid}*") == []
    read = {request.path.partition(f"{telling.uuid}/")[2] for request in world.ci.requests(f"*{telling.uuid}*")}
    assert read == {"zuul-manifest.json", *FILES}


# -- what cannot be decided ------------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_fetched_leaves_it_undecided(world: World) -> None:
    lost = world.build({path: text for path, text in story().items() if path != FILES[3]}, indexed=story())
    nowhere = replace(world.build(story()), log_urls=())
    gone = replace(world.build(story()), log_urls=(f"{world.ci.url}/logs/gone/",))
    answers = world.ask_cluster([SPAWN], [lost, nowhere, gone])
    assert all(answer.partial and not answer.matches and not answer.absent for answer in answers.values())
    assert {name: answers[build.identity].notes for name, build in (("nowhere", nowhere), ("gone", gone))} == {
        "nowhere": (f"signature spawn is undecided: {NO_PLACE}",),
        "gone": (f"signature spawn is undecided: {NO_LOGS}",),
    }
    assert answers[lost.identity].notes == (
        "screen-n-cpu.txt: the log store has lines of it, but it is not among the build's log files",
    )


def test_lines_in_too_many_files_are_not_fetched(world: World) -> None:
    everywhere = Signature("everywhere", compound=Compound(all_of=("message:began", "message:ended")))
    files = {f"controller/logs/screen-{number}.txt": "it began\nit ended\n" for number in range(11)}
    build = world.build(files)
    answer = world.ask_cluster([everywhere], [build])[build.identity]
    assert (answer.partial, answer.matches) == (True, ())
    assert answer.notes == ("signature everywhere is undecided: its parts have lines in more than 10 files",)


# -- random builds ---------------------------------------------------------------------------------------------------

WORDS = ("began", "failed", "ended", "retried")
RANDOM = (
    Compound(all_of=("message:began", "message:failed")),
    Compound(all_of=("message:began", "message:failed"), same=("file",), ordered=True),
    Compound(all_of=("message:began", "message:failed"), same=("request_id",), within=Within(seconds=4)),
    Compound(all_of=("message:began", "message:failed"), none_of=("message:ended",), same=("request_id",)),
    Compound(all_of=("message:began",), none_of=("message:ended",), within=Within(seconds=3), same=("host",)),
    Compound(all_of=("message:began",), any_of=("message:failed", "message:retried"), within=Within(lines=1)),
    Compound(all_of=("message:retried", "message:retried"), ordered=True, within=Within(seconds=5)),
    Compound(all_of=('message:failed AND tags:"b.log"', "message:began"), same=("host", "request_id")),
    Compound(any_of=("message:ended", "message:retried"), none_of=("message:failed",), same=("file",)),
)


def random_file(chance: random.Random) -> str:
    times = sorted(chance.randrange(30) for _ in range(chance.randrange(5)))
    return "".join(
        f"2026-11-21 10:00:{at:02d}.000 7 ERROR svc [{chance.choice((OURS, OTHER))} - -] it {chance.choice(WORDS)}\n"
        for at in times
    )


def test_random_builds_are_judged_alike(world: World) -> None:
    chance = random.Random(5)  # noqa: S311 - the same builds each time
    names = ("controller/logs/a.log", "controller/logs/b.log", "compute1/logs/a.log")
    builds = [world.build({name: random_file(chance) or "-\n" for name in names}) for _ in range(25)]
    signatures = [Signature(f"random-{number}", compound=compound) for number, compound in enumerate(RANDOM)]
    answers = world.ask(signatures, builds)
    assert not any(answer.partial for answer in answers.values())
    counts = [sum(one.name in places(answers)[build.identity] for build in builds) for one in signatures]
    assert all(0 < count < len(builds) for count in counts), counts
