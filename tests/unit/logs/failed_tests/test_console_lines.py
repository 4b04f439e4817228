"""Lines of consoles that name failed tests, and lines that only look so."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.logs.failed_tests import Results
from gerritbot_er.logs.failed_tests.console import failed_in_console, failed_in_lines

GATE = Path("../shared/data/logs/console.html.gz")
UUID = "3e6a5b1c-0000-4000-8000-00000000beef"


@pytest.mark.parametrize(
    ("line", "test"),
    [
        (
            f"{{0}} tempest.api.x.TestA.test_b[id-{UUID},smoke] [12.345s] ... FAILED",
            f"tempest.api.x.TestA.test_b[id-{UUID},smoke]",
        ),
        ("tests.unit.test_a.TestA.test_b ... FAIL", "tests.unit.test_a.TestA.test_b"),
        ("tests.unit.test_a.TestA.test_b(sqlite) [0.001s] ... FAILED", "tests.unit.test_a.TestA.test_b(sqlite)"),
        ("{1} setUpClass (tempest.api.x.TestA) [0.000000s] ... FAILED", "setUpClass (tempest.api.x.TestA)"),
        ("FAIL: tempest.api.x.TestA.test_b[gate,smoke]", "tempest.api.x.TestA.test_b[gate,smoke]"),
        ("FAIL: tearDownClass (tempest.api.x.TestA)", "tearDownClass (tempest.api.x.TestA)"),
        ("test_b (tests.test_a.TestA) ... ERROR", "tests.test_a.TestA.test_b"),
        ("test_b (tests.test_a.TestA.test_b) ... FAIL", "tests.test_a.TestA.test_b"),
        ("ERROR: test_b (tests.test_a.TestA)", "tests.test_a.TestA.test_b"),
        ("FAILED tests/unit/test_a.py::TestA::test_b - AssertionError: 1 != 2", "tests/unit/test_a.py::TestA::test_b"),
        ("FAILED tests/test_a.py::test_b[one two-3]", "tests/test_a.py::test_b[one two-3]"),
        ("ERROR tests/test_a.py::test_b - OSError", "tests/test_a.py::test_b"),
        ("tests/test_a.py::TestA::test_b FAILED                     [ 50%]", "tests/test_a.py::TestA::test_b"),
        ("[gw0] [ 50%] FAILED tests/test_a.py::test_b", "tests/test_a.py::test_b"),
        ("[ERROR] com.example.ATest.testB -- Time elapsed: 0.012 s <<< FAILURE!", "com.example.ATest.testB"),
        ("[ERROR] testB(com.example.ATest)  Time elapsed: 0.012 s  <<< ERROR!", "com.example.ATest.testB"),
        ("testB(com.example.ATest)  Time elapsed: 1,001.5 sec  <<< FAILURE!", "com.example.ATest.testB"),
        ("com.example.ATest > testB FAILED", "com.example.ATest.testB"),
        ("com.example.ATest > testB() FAILED", "com.example.ATest.testB"),
        ("--- FAIL: TestA (0.00s)", "TestA"),
        ("    --- FAIL: TestA/with_a_part (0.10s)", "TestA/with_a_part"),
    ],
)
@pytest.mark.parametrize(
    "before",
    [
        "",
        "2013-09-27 18:47:11.720 | ",
        "2026-11-21 09:52:57.603143 | ubuntu-noble | ",
        "2026-11-21 09:52:57.603143 | controller | 2026-11-21 09:52:57.600 | ",
        "[2026-11-21T09:52:57.603Z] ",
        "\x1b[31m",
    ],
)
def test_a_failed_test(before: str, line: str, test: str) -> None:
    said = f"first\n{before}{line}\x1b[0m\nlast\n".encode()
    assert failed_in_console([said]) == Results(frozenset({test}), told=True)
    assert failed_in_lines([f"{before}{line}"]) == {test}


@pytest.mark.parametrize(
    "line",
    [
        "Ran 12 tests in 3.210s",
        "Ran 2114 tests in 1911.224s (+12.4s)",
        "[INFO] Tests run: 12, Failures: 0, Errors: 0, Skipped: 1",
        " - Failed: 0",
        "===== 12 passed, 1 skipped in 3.21s =====",
        "12 passed in 3.21s",
        "ok  \tgithub.com/example/a\t0.012s",
    ],
)
def test_tests_ran_and_none_is_said_to_have_failed(line: str) -> None:
    assert failed_in_console([f"2026-11-21 09:52:57.603143 | node | {line}\n".encode()]) == Results(told=True)


@pytest.mark.parametrize(
    "line",
    [
        "[ERROR] /opt/stack/devstack/functions-common:2199 Neutron did not start",
        "FAILED (failures=3, skipped=10)",
        "Checking for a compiler ... FAILED",
        "process-returncode ... FAIL",
        "ERROR: Could not find a version that satisfies the requirement a.b.c",
        "fatal: [node]: FAILED! => {}",
        "RESULT_NORMAL: FAILURE",
        "Tests run: 3, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.05 s <<< FAILURE! - in com.example.ATest",
        "1 failed, 12 passed in 3.21s",
        "BUILD FAILED",
        "{2} tests.unit.test_a.TestA.test_b [0.1s] ... ok",
        "AssertionError: tests/test_a.py::test_b FAILED was expected",
    ],
)
def test_what_names_no_test(line: str) -> None:
    assert failed_in_console([f"{line}\n".encode()]) == Results()


def test_a_real_console_of_2013() -> None:
    if not GATE.is_file():
        pytest.skip(f"no shared data at {GATE}")
    found = failed_in_console([gzip.decompress(GATE.read_bytes())])
    assert found == Results(
        frozenset(
            {
                "tempest.thirdparty.boto.test_ec2_instance_run.InstanceRunTest.test_run_stop_terminate_instance[gate,smoke]",
                "tearDownClass (tempest.thirdparty.boto.test_ec2_instance_run.InstanceRunTest)",
            }
        ),
        told=True,
    )


@given(
    st.lists(st.binary(max_size=300) | st.sampled_from([b"FAIL", b"\n", b"... ERROR", b"a.b.c ", b"{1} ", b"ok  \t"]))
)
def test_any_bytes_have_an_answer(chunks: list[bytes]) -> None:
    whole, cut = failed_in_console([b"".join(chunks)]), failed_in_console(chunks)
    assert whole == cut
    assert not whole.notes
