"""The ``explain`` command on log files, with signatures that count only where certain tests failed."""

import gzip
import io
import json
from pathlib import Path

import pytest
from click.testing import Result
from subunit.v2 import StreamResultToBytes

from tests.peers.explaining import explain

LINE = b"2026-11-21 09:00:01.500000 | node | ERROR: pulling docker.io/library/redis: toomanyrequests\n"
FAILED = b"2026-11-21 09:00:02.500000 | node | {0} tests.unit.test_a.TestA.test_b [0.1s] ... FAILED\n"
SIGNATURE = """\
query: message:"toomanyrequests"
title: the registry refused the pull
bug: https://bugs.example.org/42
advice: recheck
capture: 'pulling (?P<image>\\S+):'
test_ids: [tests.unit.test_a.TestA.test_b]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "signatures").mkdir()
    (tmp_path / "signatures/registry.yaml").write_text(SIGNATURE)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/job-output.txt").write_bytes(LINE)
    return tmp_path


def explained(folder: Path, *words: str) -> Result:
    return explain(folder / "logs", "--signatures", folder / "signatures", *words)


def told(folder: Path) -> list[str]:
    return explained(folder).stdout.splitlines()[3:]


def test_a_test_that_failed_in_a_subunit_file(folder: Path) -> None:
    out = io.BytesIO()
    StreamResultToBytes(out).status(test_id="tests.unit.test_a.TestA.test_b[smoke]", test_status="fail")
    (folder / "logs/testrepository.subunit.gz").write_bytes(gzip.compress(out.getvalue()))
    assert told(folder) == [
        "Asked: 1 of 1 signature; of the build nothing else is known, so their scopes are left aside.",
        "Known bug: the registry refused the pull [registry]",
        "  https://bugs.example.org/42",
        "  job-output.txt line 1:",
        "      node | ERROR: pulling docker.io/library/redis: toomanyrequests",
        "  image: docker.io/library/redis",
        "  What to do: this is known and not caused by your change. Run CI again.",
    ]
    (bug,) = json.loads(explained(folder, "--json").stdout)["bugs"]
    assert (bug["captured"], bug["more"]) == ({"image": "docker.io/library/redis"}, [])


def test_other_tests_failed(folder: Path) -> None:
    junit = '<testsuite><testcase classname="tests.unit.test_a.TestA" name="test_c"><failure/></testcase></testsuite>'
    (folder / "logs/junit.xml").write_text(junit)
    assert told(folder) == [
        "Asked: 1 of 1 signature; of the build nothing else is known, so their scopes are left aside.",
        (
            "Does not count: the registry refused the pull [registry] was found in job-output.txt line 1, "
            "but the test it names did not fail."
        ),
        "No known bug matches.",
        "Lines that may tell why:",
        "  job-output.txt:",
        "      1: node | ERROR: pulling docker.io/library/redis: toomanyrequests",
    ]
    assert json.loads(explained(folder, "--json").stdout)["of_other_tests"] == ["registry"]


def test_the_console_names_the_test(folder: Path) -> None:
    (folder / "logs/job-output.txt").write_bytes(LINE + FAILED)
    assert told(folder)[0] == "Known bug: the registry refused the pull [registry]"


def test_nothing_tells_which_tests_failed(folder: Path) -> None:
    assert explained(folder).stdout.splitlines()[2:] == [
        ("Left out: which tests failed is not known: no file of test results tells it, and no line of the console"),
        ("Left out: registry was found, but counts only where certain tests failed, and whether they did is not known"),
        "Asked: 1 of 1 signature; of the build nothing else is known, so their scopes are left aside.",
        "No known bug matches what could be searched; not everything could.",
    ]
    assert json.loads(explained(folder, "--json").stdout)["outcome"] == "undecided"


def test_results_that_cannot_be_read_leave_it_open(folder: Path) -> None:
    (folder / "logs/testrepository.subunit").write_bytes(b"\xb3\x2b\x03oh no, this is no packet at all")
    assert "Left out: testrepository.subunit: damaged packets: 1" in explained(folder).stdout.splitlines()
    assert json.loads(explained(folder, "--json").stdout)["outcome"] == "undecided"


def test_where_the_line_is_not_there_no_results_are_read(folder: Path) -> None:
    (folder / "logs/job-output.txt").write_bytes(b"fine\n")
    (folder / "logs/testrepository.subunit").write_bytes(b"\xb3 would be told of")
    assert explained(folder).stdout.splitlines()[-4:] == [
        "No known bug matches.",
        "Lines that may tell why:",
        "  job-output.txt:",
        "      1: fine",
    ]
