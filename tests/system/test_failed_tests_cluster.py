"""Which tests failed, asked of real servers: by documents of test results, by the console, or not at all."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from gerritbot_er.model import Build, BuildAnswer, Outcome, Signature
from gerritbot_er.signatures.library import Library
from gerritbot_er.triage.classify import judge

from .cluster_world import KINDS, World, build_of, cluster_world, line_of

TEST = "tempest.api.compute.test_a.TestA.test_b"
TAGGED = f"{TEST}[id-3e6a5b1c-0000-4000-8000-00000000beef,smoke]"
WITH_TESTS = Signature("tests", 'message:"No space left on device"', test_ids=(TAGGED,))
PLAIN = Signature("plain", 'message:"No space left on device"')
NOT_THERE = Signature("not-there", 'message:"nobody writes this"', test_ids=(TEST,))


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with cluster_world(request) as made:
        yield made
        made.server.delete_documents("subunit-*")


def asked(world: World, build: Build, *signatures: Signature) -> BuildAnswer:
    return world.store.match(signatures, [build])[build.identity]


def keep_tests(world: World, build: Build, tests: Iterable[tuple[str, str]]) -> None:
    """Documents as ci-log-processing sends them, in an index of their own."""
    lines = []
    for name, status in tests:
        document = {
            "@timestamp": "2026-11-21T08:00:00Z",
            "build_uuid": build.uuid,
            "filename": "testrepository.subunit",
            "tags": ["testrepository.subunit"],
            "test_name": name,
            "test_status": status,
            "test_duration": 1.5,
        }
        lines += [json.dumps({"create": {"_index": "subunit-2026.11.21"}}), json.dumps(document)]
    world.server.request("POST", "/_bulk?refresh=true", "\n".join([*lines, ""]).encode())


def full(build: Build) -> dict[str, object]:
    return line_of(build, "node | OSError: No space left on device")


def outcome(build: Build, answer: BuildAnswer) -> Outcome:
    return judge(build, answer, Library([WITH_TESTS])).outcome


def test_documents_of_test_results_tell_and_only_where_a_signature_asks(world: World) -> None:
    named, other, fine, none = (build_of(number) for number in range(1, 5))
    world.server.index([full(build) for build in (named, other, fine, none)])
    keep_tests(world, named, [(TEST, "fail"), (f"{TEST}_too", "fail"), ("z", "success")])
    keep_tests(world, other, [(TEST, "success"), (f"{TEST}_too", "fail"), ("setUpClass (a.TestA)", "fail")])
    keep_tests(world, fine, [(TEST, "skip")])

    assert asked(world, named, PLAIN, NOT_THERE).failed_tests is None
    assert world.proxy.count() == {("POST", "/logstash-logs-*/_search"): 1}

    answers = world.store.match([WITH_TESTS, PLAIN], [named, other, fine, none])
    assert world.proxy.count() == {
        ("POST", "/logstash-logs-*/_search"): 2,
        ("POST", "/logstash-logs-*,subunit-*/_search"): 1,
    }
    assert not any(answer.partial for answer in answers.values())
    assert {build.identity: outcome(build, answers[build.identity]) for build in (named, other, fine, none)} == {
        named.identity: Outcome.EXPLAINED,
        other.identity: Outcome.UNEXPLAINED,
        fine.identity: Outcome.UNEXPLAINED,
        none.identity: Outcome.UNDECIDED,
    }
    assert answers[named.identity].failed_tests == frozenset({TEST})
    assert answers[none.identity].notes == (
        "which tests failed is not known: neither documents of test results nor lines of the console tell it",
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"controller | {{3}} {TAGGED} [12.5s] ... FAILED", Outcome.EXPLAINED),
        (f"FAIL: {TAGGED}", Outcome.EXPLAINED),
        ("FAILED tempest/api/compute/test_a.py::TestA::test_b - AssertionError", Outcome.EXPLAINED),
        ("test_b (tempest.api.compute.test_a.TestA) ... ERROR", Outcome.EXPLAINED),
        ("FAILED tempest/api/compute/test_a.py::TestA::test_c - AssertionError", Outcome.UNEXPLAINED),
        (f"{{3}} {TAGGED} [12.5s] ... ok", Outcome.UNDECIDED),
        (f"something about {TEST} FAILED and went on", Outcome.UNDECIDED),
    ],
)
def test_without_such_documents_the_console_tells(world: World, line: str, expected: Outcome) -> None:
    build = build_of(7)
    world.server.index([full(build), line_of(build, line, 1), line_of(build, f"FAIL: {TEST}", 2, "other.txt")])
    assert outcome(build, asked(world, build, WITH_TESTS)) is expected


def test_the_test_is_found_among_thousands_of_failures(world: World) -> None:
    build = build_of(8)
    lines = [line_of(build, f"FAIL: tempest.api.a.TestA.test_{number}", 1) for number in range(3000)]
    world.server.index([full(build), *lines, line_of(build, f"FAIL: {TAGGED}", 59)])
    assert outcome(build, asked(world, build, WITH_TESTS)) is Outcome.EXPLAINED
    keep_tests(
        world, build, [*((f"tempest.api.a.TestA.test_{number}", "fail") for number in range(3000)), (TEST, "fail")]
    )
    assert outcome(build, asked(world, build, WITH_TESTS)) is Outcome.EXPLAINED


def test_an_earlier_attempt_s_tests_count_as_its_logs_do(world: World) -> None:
    earlier = build_of(9)
    build = replace(build_of(10), attempt_uuids=(earlier.identity,))
    world.server.index([full(build)])
    keep_tests(world, earlier, [(TEST, "fail")])
    assert outcome(build, asked(world, build, WITH_TESTS)) is Outcome.EXPLAINED


def test_an_index_of_tests_that_is_no_such_index_leaves_it_open(world: World) -> None:
    build = build_of(11)
    world.server.index([full(build)])
    world.server.request("PUT", "/subunit-odd", {"mappings": {"properties": {"build_uuid": {"type": "text"}}}})
    assert outcome(build, asked(world, build, WITH_TESTS)) is Outcome.UNDECIDED
