"""The local log store, with real worker processes, against the sandbox's CI and what can go wrong with one."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psutil
import pytest

from gerritbot_er.logs.local import LocalLogStore
from gerritbot_er.model import Build, BuildAnswer, Compound, Evidence, LogsSeen, Match, Signature, Within
from gerritbot_er.sandbox.ci import Answer, Cut, Endless, GzipBomb, Redirect, SandboxCI, Trickle
from gerritbot_er.sandbox.ci_logs import Stored
from gerritbot_er.settings import CI, LocalStore

from .daemon_running import eventually

MEBI = 1024 * 1024
DISK = Signature("disk", 'message:"No space left on device" AND tags:"console"')
MEMORY = Signature("memory", 'message:"Out of memory" AND tags:"syslog.txt"')
CONSOLE = b"2026-11-21 09:52:57.603143 | PLAY [all]\n2026-11-21 09:52:58.1 | node | cp: No space left on device\n"


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI() as sandbox:
        yield sandbox


def _settings(**more: object) -> LocalStore:
    given = {"kind": "local", "allow_private": ("127.0.0.0/8",), "time_per_build": 20.0} | more
    return LocalStore(**given)  # type: ignore[arg-type]


def _store(ci: SandboxCI, settings: LocalStore | None = None, **ci_settings: object) -> LocalLogStore:
    given = {"name": "zuul", "kind": "zuul", "account": "zuul", "log_store": "local", "tenant": ci.tenant}
    zuul = CI(**(given | {"web": ci.url} | ci_settings))  # type: ignore[arg-type]
    return LocalLogStore(settings or _settings(), [zuul])


def _build(
    ci: SandboxCI, files: Mapping[str, bytes] | None, *, stored: Stored = "plain", manifest: bool = True
) -> Build:
    """A failed build of change 7,2, with these logs."""
    buildset = ci.add_buildset(7, 2, project="example/app")
    build = ci.add_build(buildset, "unit", "FAILURE")
    url = f"{ci.url}/logs/{build.uuid[:3]}/{ci.tenant}/{build.uuid}/"
    if files is not None:
        url = ci.upload_logs(build.uuid, files, stored=stored, manifest=manifest)
    return Build(
        identity=build.uuid,
        job="unit",
        result="FAILURE",
        ci="zuul",
        project="example/app",
        branch="main",
        change=7,
        patchset=2,
        reported_at=1_795_254_900,
        pipeline="check",
        uuid=build.uuid,
        web_url=f"{ci.url}/t/{ci.tenant}/build/{build.uuid}",
        log_urls=(url,),
    )


def _ask(store: LocalLogStore, build: Build, signatures: Sequence[Signature] = (DISK, MEMORY)) -> BuildAnswer:
    return store.match(signatures, [build])[build.identity]


def test_finds_the_line_in_the_manifest_s_files_and_links_to_it(ci: SandboxCI) -> None:
    syslog = b"Nov 21 09:00:00 host kernel: fine\nNov 21 09:00:01 host kernel: Out of memory: Killed process 1\n"
    build = _build(ci, {"job-output.txt": CONSOLE, "controller/logs/syslog.txt": syslog, "disk.qcow2": b"\0" * 99})
    with _store(ci) as store:
        assert store.readiness([build, replace(build, identity="none", log_urls=())]) == {
            build.identity: LogsSeen(console=True, complete=True)
        }
        assert _ask(store, build) == BuildAnswer(
            (
                Match(
                    "disk",
                    Evidence(
                        "node | cp: No space left on device",
                        "job-output.txt",
                        2,
                        f"{build.web_url}/log/job-output.txt#2",
                    ),
                ),
                Match(
                    "memory",
                    Evidence(
                        "Nov 21 09:00:01 host kernel: Out of memory: Killed process 1",
                        "controller/logs/syslog.txt",
                        2,
                        f"{build.web_url}/log/controller/logs/syslog.txt#2",
                    ),
                ),
            )
        )
    assert not ci.requests("*.qcow2")


def test_lines_of_two_files_that_belong_together_are_one_match(ci: SandboxCI) -> None:
    together = Signature(
        "together",
        compound=Compound(
            ("message:began", 'message:"No space left"'),
            none_of=("message:ended",),
            within=Within(seconds=60),
            same=("what",),
        ),
        capture=r"(?P<what>began|space)",
    )
    apart = replace(together, name="apart", compound=replace(together.compound or Compound(), same=()))
    syslog = b"Nov 21 09:52:00 host kernel: it began\n"
    build = _build(ci, {"job-output.txt": CONSOLE, "controller/logs/syslog.txt": syslog})
    with _store(ci) as store:
        [match] = _ask(store, build, [together, apart]).matches
        read = [request.path for request in ci.requests("*syslog*")]
        by_name = store.match_files([apart], build, ["syslog.txt", "lost.log"])
    assert match == Match(
        "apart",
        Evidence(
            "Nov 21 09:52:00 host kernel: it began",
            "controller/logs/syslog.txt",
            1,
            f"{build.web_url}/log/controller/logs/syslog.txt#1",
        ),
        (Evidence("node | cp: No space left on device", "job-output.txt", 2, f"{build.web_url}/log/job-output.txt#2"),),
    )
    assert len(read) == 1
    assert by_name == BuildAnswer(
        partial=True, notes=("lost.log: the log store has lines of it, but it is not among the build's log files",)
    )


@pytest.mark.parametrize("stored", ["plain", "encoded", "gz", "gz-encoded"])
@pytest.mark.parametrize("manifest", [True, False])
def test_reads_logs_however_they_are_stored_and_listed(ci: SandboxCI, stored: Stored, *, manifest: bool) -> None:
    files = {"job-output.txt": b"all is well\n", "deep/er/console.log": CONSOLE}
    build = _build(ci, files, stored=stored, manifest=manifest)
    with _store(ci) as store:
        answer = _ask(store, build)
    name = "deep/er/console.log" + (".gz" if stored.startswith("gz") else "")
    base = f"{build.web_url}/log/{name}#2" if manifest else f"{build.log_urls[0]}{name}"
    assert answer == BuildAnswer((Match("disk", Evidence("node | cp: No space left on device", name, 2, base)),))


def test_reads_the_console_and_the_artifacts_of_a_jenkins_build(ci: SandboxCI) -> None:
    artifacts = {"target/unit.log": b"cp: No space left on device\n", "a.bin": b"\0"}
    jenkins = ci.add_jenkins_build("folder/job/unit", 9, "FAILURE", console=CONSOLE, artifacts=artifacts)
    build = replace(_build(ci, None), log_urls=(jenkins.url,), web_url=None)
    log = Signature("log", 'message:"space left" AND filename:"unit.log"')
    with _store(ci, kind="jenkins") as store:
        assert _ask(store, build, [DISK, log]).matches == (
            Match(
                "disk", Evidence("node | cp: No space left on device", "consoleText", 2, f"{jenkins.url}consoleText")
            ),
            Match(
                "log",
                Evidence("cp: No space left on device", "target/unit.log", 1, f"{jenkins.url}artifact/target/unit.log"),
            ),
        )


def test_earlier_attempts_are_read_too(ci: SandboxCI) -> None:
    first, last = _build(ci, {"job-output.txt": CONSOLE}), _build(ci, {"job-output.txt": b"again\n"})
    with _store(ci) as store:
        (match,) = _ask(store, replace(last, log_urls=(*last.log_urls, *first.log_urls))).matches
    assert match.evidence is not None
    assert match.evidence.url == f"{first.log_urls[0]}job-output.txt"


def test_logs_that_are_not_there_yet_are_absent(ci: SandboxCI) -> None:
    build = _build(ci, None)
    with _store(ci) as store:
        assert _ask(store, build) == BuildAnswer(absent=True)
        assert _ask(store, replace(build, log_urls=())) == BuildAnswer(absent=True)
        ci.upload_logs(build.identity, {"job-output.txt": CONSOLE})
        assert [match.signature for match in _ask(store, build).matches] == ["disk"]


def test_a_host_that_is_not_listed_is_not_asked(ci: SandboxCI) -> None:
    build = _build(ci, {"job-output.txt": CONSOLE})
    with _store(ci, web="https://zuul.example.org") as store:
        assert _ask(store, build) == BuildAnswer(
            partial=True,
            notes=("the host 127.0.0.1 is not asked: add it to log_hosts of the CI if its logs lie there",),
        )
    with _store(ci, _settings(allow_private=())) as store:
        (note,) = _ask(store, build).notes
    assert note == (
        "the host 127.0.0.1 is not asked: its address 127.0.0.1 is not public; "
        "list its network in allow_private of the log store if that is meant"
    )
    assert ci.requests() == []


def test_a_redirect_to_a_private_address_is_not_followed(ci: SandboxCI) -> None:
    build = _build(ci, {"job-output.txt": CONSOLE, "b.log": CONSOLE})
    ci.misbehave("*/job-output.txt", Redirect("http://169.254.169.254/latest/"))
    with _store(ci) as store:
        answer = _ask(store, build, [Signature("b", 'message:"space left" AND tags:"b.log"')])
    assert [match.signature for match in answer.matches] == ["b"]
    assert answer.notes == (
        "job-output.txt: the host 169.254.169.254 is not asked: add it to log_hosts of the CI if its logs lie there",
    )


def test_a_huge_file_is_read_up_to_the_limit_and_only_once(ci: SandboxCI) -> None:
    build = _build(ci, {"job-output.txt": b"x", "z.log": CONSOLE})
    ci.misbehave("*/job-output.txt", Endless())
    late = Signature("late", 'message:"space left" AND tags:"z.log"')
    with _store(ci, _settings(bytes_per_file=2 * MEBI)) as store:
        answers = [_ask(store, build, [late, DISK]) for _ in range(2)]
    assert answers[0] == answers[1]
    assert [match.signature for match in answers[0].matches] == ["late"]
    assert answers[0].partial
    assert answers[0].notes == ("job-output.txt: only its beginning was read (more than 2097152 bytes)",)
    assert len(ci.requests("*/job-output.txt")) == 1


def test_a_gzip_bomb_is_read_up_to_the_limit(ci: SandboxCI) -> None:
    build = _build(ci, {"job-output.txt.gz": b"x"})
    ci.misbehave("*/job-output.txt.gz", GzipBomb(as_encoding=False))
    with _store(ci, _settings(bytes_per_file=8 * MEBI, bytes_per_build=4 * MEBI)) as store:
        answer = _ask(store, build)
    assert answer == BuildAnswer(
        partial=True, notes=("job-output.txt.gz: only its beginning was read (more than 4194304 bytes)",)
    )


def test_more_files_than_the_limit_are_counted(ci: SandboxCI) -> None:
    build = _build(ci, {"job-output.txt": CONSOLE} | {f"{number}.log": b"x\n" for number in range(9)})
    with _store(ci, _settings(files_per_build=4)) as store:
        answer = _ask(store, build)
    assert [match.signature for match in answer.matches] == ["disk"]
    assert answer.notes == ("6 files were not read: a build is read up to 4 files",)


def test_what_was_found_before_a_cut_counts(ci: SandboxCI) -> None:
    build = _build(ci, {"job-output.txt": CONSOLE + b"x\n" * 50_000})
    ci.misbehave("*/job-output.txt", Cut(70_000))
    with _store(ci) as store:
        answer = _ask(store, build)
    assert [match.signature for match in answer.matches] == ["disk"]
    assert answer.partial
    assert len(answer.notes) == 1


def test_a_server_in_trouble_is_asked_again(ci: SandboxCI) -> None:
    build = _build(ci, {"job-output.txt": CONSOLE})
    ci.misbehave("*", Answer(503))
    with _store(ci) as store:
        answer = _ask(store, build)
        assert answer.partial
        assert answer.notes == ("127.0.0.1 answers 503",)
        ci.behave()
        assert not _ask(store, build).partial


def test_a_file_that_fails_at_first_is_asked_for_again(ci: SandboxCI) -> None:
    build = _build(ci, {"job-output.txt": CONSOLE, "syslog.txt": b"x\n"})
    ci.misbehave("*/job-output.txt", Answer(502), times=2)
    with _store(ci) as store:
        answer = _ask(store, build)
    assert [match.signature for match in answer.matches] == ["disk"]
    assert (answer.partial, answer.notes) == (False, ())
    assert len(ci.requests("*/job-output.txt")) == 3


def test_a_bad_signature_is_said_and_stops_no_other(ci: SandboxCI) -> None:
    build = _build(ci, {"job-output.txt": CONSOLE})
    with _store(ci) as store:
        answer = _ask(store, build, [Signature("bad", 'message:"open'), DISK])
    assert [match.signature for match in answer.matches] == ["disk"]
    (note,) = answer.notes
    assert note.startswith("signature bad was not searched for: line 1, column ")


def test_a_host_that_trickles_is_stopped_in_time(ci: SandboxCI) -> None:
    slow = [_build(ci, {"job-output.txt": CONSOLE * 1000}) for _ in range(3)]
    ci.misbehave("*/job-output.txt", Trickle(100))
    with _store(ci, _settings(time_per_build=2.0)) as store, ThreadPoolExecutor(3) as callers:
        answers = list(callers.map(lambda build: _ask(store, build), slow))
    assert all(answer.partial and answer.notes for answer in answers)
    assert {note for answer in answers for note in answer.notes} <= {
        "the 2 seconds for a build are over: the rest was not read",
        "reading its logs took more than 2 seconds and was stopped",  # where the machine is slower than the limit
        f"other builds of {ci.url.removeprefix('http://')} are still being read: this one has to wait",
    }


def test_a_host_that_trickles_does_not_stop_others(ci: SandboxCI) -> None:
    slow = [_build(ci, {"job-output.txt": CONSOLE * 1000}) for _ in range(3)]
    ci.misbehave("*/job-output.txt", Trickle(100))
    with SandboxCI() as other, ThreadPoolExecutor(3) as callers:
        quick = [_build(other, {"job-output.txt": CONSOLE}) for _ in range(3)]
        with _store(ci, _settings(time_per_build=60.0), log_hosts=("127.0.0.1",)) as store:
            waiting = [callers.submit(_ask, store, build) for build in slow]
            eventually("a slow one is being read", lambda: ci.requests("*/job-output.txt"), 60)
            for build in quick:
                assert [match.signature for match in _ask(store, build).matches] == ["disk"]
            assert not any(each.done() for each in waiting), "the others did not wait for the slow ones"
        assert all(each.result().partial for each in waiting), "closing the store ended them"


def test_a_worker_that_is_killed_is_replaced(ci: SandboxCI) -> None:
    build = _build(ci, {"job-output.txt": CONSOLE * 1000})
    with _store(ci, _settings(workers=1)) as store, ThreadPoolExecutor(1) as caller:
        assert not _ask(store, build).partial
        (worker,) = psutil.Process().children()
        ci.misbehave("*/job-output.txt", Trickle(100))
        waiting = caller.submit(_ask, store, build)
        while not ci.requests("*/job-output.txt")[1:]:
            assert not waiting.done()
        worker.kill()
        assert waiting.result().notes == ("the process that read its logs ended unexpectedly; see the daemon's log",)
        ci.behave()
        assert [match.signature for match in _ask(store, build).matches] == ["disk"]
        assert psutil.Process().children() != [worker]
    assert psutil.Process().children() == []


def test_closing_ends_what_is_being_read(ci: SandboxCI) -> None:
    build = _build(ci, {"job-output.txt": CONSOLE * 1000})
    ci.misbehave("*/job-output.txt", Trickle(100))
    store = _store(ci)
    with ThreadPoolExecutor(1) as caller:
        waiting = caller.submit(_ask, store, build)
        while not ci.requests("*/job-output.txt"):
            assert not waiting.done()
        store.close()
        assert waiting.result().partial
    assert psutil.Process().children() == []
