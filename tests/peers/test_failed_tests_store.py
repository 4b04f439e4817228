"""The local log store and the tests that failed: its workers read files of results only where a signature asks."""

import io
from collections.abc import Iterator, Mapping

import pytest
from subunit.v2 import StreamResultToBytes

from gerritbot_er.logs.local import LocalLogStore
from gerritbot_er.model import Build, BuildAnswer, Signature
from gerritbot_er.sandbox.ci import Answer, SandboxCI
from gerritbot_er.sandbox.ci_logs import Stored
from gerritbot_er.settings import CI, LocalStore

DISK = Signature("disk", 'message:"No space left on device"')
TESTS = Signature("tests", 'message:"No space left on device"', test_ids=("tests.test_a.TestA.test_b",))
ELSEWHERE = Signature("elsewhere", 'message:"Out of memory"', test_ids=("tests.test_a.TestA.test_b",))
FULL = b"2026-11-21 09:52:58.1 | node | cp: No space left on device\n"
BAD = b"2026-11-21 09:52:59.1 | node | {1} tests.test_a.TestA.test_c [0.5s] ... FAILED\n"
JUNIT = b'<testsuite><testcase classname="tests.test_a.TestA" name="test_b"><failure/></testcase></testsuite>'


def subunit(*tests: str) -> bytes:
    out = io.BytesIO()
    for test in tests:
        StreamResultToBytes(out).status(test_id=test, test_status="fail")
    return out.getvalue()


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI() as sandbox:
        yield sandbox


def logs(ci: SandboxCI, files: Mapping[str, bytes], stored: Stored = "plain") -> Build:
    """A failed build with these logs."""
    build = ci.add_build(ci.add_buildset(7, 2, project="example/app"), "unit", "FAILURE")
    url = ci.upload_logs(build.uuid, files, stored=stored)
    at = 1_795_254_900
    return Build(
        build.uuid, "unit", "FAILURE", "zuul", "example/app", "main", 7, 2, at, uuid=build.uuid, log_urls=(url,)
    )


def ask(ci: SandboxCI, build: Build, *signatures: Signature, times: int = 1) -> BuildAnswer:
    settings = LocalStore(kind="local", allow_private=("127.0.0.0/8",), time_per_build=20.0)
    zuul = CI(name="zuul", kind="zuul", account="zuul", log_store="local", tenant=ci.tenant, web=ci.url)
    with LocalLogStore(settings, [zuul]) as store:
        for _ in range(times):
            answer = store.match(signatures, [build])[build.identity]
    return answer


@pytest.mark.parametrize("stored", ["plain", "encoded", "gz", "gz-encoded"])
def test_all_files_of_results_are_read_once_a_signature_asks(ci: SandboxCI, stored: Stored) -> None:
    files = {"job-output.txt": FULL + BAD, "testrepository.subunit": subunit("a.b.test_x"), "tox/junit.xml": JUNIT}
    answer = ask(ci, logs(ci, files, stored), DISK, TESTS)
    assert answer.failed_tests == frozenset({"a.b.test_x", "tests.test_a.TestA.test_b"})
    assert not answer.partial
    assert answer.notes == ()


def test_no_file_of_results_is_fetched_for_nothing(ci: SandboxCI) -> None:
    build = logs(ci, {"job-output.txt": FULL, "testrepository.subunit": subunit("a.b.test_x"), "junit.xml": JUNIT})
    assert ask(ci, build, DISK, ELSEWHERE).failed_tests is None
    assert not ci.requests("*.subunit")
    assert not ci.requests("*.xml")


def test_the_console_tells_where_no_file_does(ci: SandboxCI) -> None:
    assert ask(ci, logs(ci, {"job-output.txt": FULL + BAD}), TESTS).failed_tests == frozenset(
        {"tests.test_a.TestA.test_c"}
    )


def test_where_nothing_tells_the_logs_are_not_read_again_and_again(ci: SandboxCI) -> None:
    answer = ask(ci, logs(ci, {"job-output.txt": FULL}), TESTS, times=3)
    assert answer.failed_tests is None
    assert not answer.partial
    assert answer.notes == (
        "which tests failed is not known: no file of test results tells it, and no line of the console",
    )
    assert len(ci.requests("*/job-output.txt")) == 2, "once for the line, once for the tests"


def test_results_that_cannot_be_fetched_leave_the_answer_partial(ci: SandboxCI) -> None:
    build = logs(ci, {"job-output.txt": FULL + BAD, "testrepository.subunit": subunit("a.b.test_x")})
    ci.misbehave("*.subunit", Answer(403))
    answer = ask(ci, build, TESTS)
    assert answer.partial
    assert answer.failed_tests == frozenset({"tests.test_a.TestA.test_c"})
    (note,) = answer.notes
    assert note.startswith("testrepository.subunit: 127.0.0.1 answers 403 for /logs/")
    assert note.endswith("/testrepository.subunit: see whether it may be read without a password")
