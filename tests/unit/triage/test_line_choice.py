"""Which of the gathered lines of an unexplained build are shown."""

import gzip
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.logs.documents import blocks
from gerritbot_er.logs.gathering import gathered
from gerritbot_er.model import Evidence
from gerritbot_er.triage.line_choice import MOST, chosen, shapes_of

DATA = Path(__file__).parents[4] / "shared" / "data"


def console(*lines: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(line, "job-output.txt", number) for number, line in enumerate(lines, 1))


def texts(lines: Iterable[Evidence]) -> list[str]:
    return [line.line for line in lines]


def lines_of(name: str, data: bytes) -> tuple[Evidence, ...]:
    return tuple(Evidence(line.message, line.path, line.number) for line in gathered([(name, "", blocks([data]))]))


def captured(build: str) -> tuple[Evidence, ...]:
    """The lines of a console that a real Zuul wrote."""
    path = DATA / "events" / "captured-zuul" / "logs.tar.gz"
    if not path.exists():
        pytest.skip(f"no shared data at {path}")
    with tarfile.open(path) as archive:
        file = archive.extractfile(f"./{build[:3]}/openstack/{build}/job-output.txt")
        assert file is not None
        return lines_of("job-output.txt", file.read())


FAILED_IN_SETUP = "2db97015699148e5ab6364e8f83a5a08"
TIMED_OUT = "21954bcca77346d79da111ebdd5c6056"
GOOD = "3b1ed1d2856d4bbaa01f96ba940bca73"


def test_of_a_build_that_failed_in_its_setup_the_failure_is_left_where_a_good_one_says_the_rest() -> None:
    assert texts(chosen(captured(FAILED_IN_SETUP), "FAILURE", shapes_of(captured(GOOD)))) == [
        "Job: flaky-setup",
        "PRE-RUN START: [untrusted : review.example.org/openstack/nova/playbooks/fail.yaml@master]",
        "TASK [This fails]",
        'localhost | "msg": "E: Unable to fetch some archives"',
        "PRE-RUN END RESULT_NORMAL: [untrusted : review.example.org/openstack/nova/playbooks/fail.yaml@master]",
    ]


def test_of_a_build_that_took_too_long_it_is_told_what_it_did_last() -> None:
    assert texts(chosen(captured(TIMED_OUT), "TIMED_OUT", shapes_of(captured(GOOD)))) == [
        "Job: slow-tests",
        "RUN START: [untrusted : review.example.org/openstack/nova/playbooks/slow.yaml@master]",
        "TASK [Slow]",
        "RUN END RESULT_TIMED_OUT: [untrusted : review.example.org/openstack/nova/playbooks/slow.yaml@master]",
    ]


def test_of_a_gate_job_of_old_the_failed_test_is_told_and_not_how_logs_were_sent() -> None:
    path = DATA / "logs" / "console.html.gz"
    if not path.exists():
        pytest.skip(f"no shared data at {path}")
    lines = chosen(lines_of("console.html", gzip.decompress(path.read_bytes())), "FAILURE", ())
    said = texts(lines)
    assert len(said) == MOST
    assert [line for line in said if "[SCP]" in line] == []
    assert said[-1].startswith("Process leaked file descriptors.")
    failed = (
        "tempest.thirdparty.boto.test_ec2_instance_run.InstanceRunTest.test_run_stop_terminate_instance[gate,smoke]"
    )
    why = (
        "AssertionError: State change timeout exceeded!(400s) While waitingfor set(['running', '_GONE']) at \"pending\""
    )
    order = (
        f"{failed} ... FAIL",
        f"FAIL: {failed}",
        "Traceback (most recent call last):",
        why,
        "ERROR: smoke: commands failed",
    )
    assert [line for line in said if line in order] == list(order)
    assert lines[said.index(why)].number == 21264


def test_a_build_that_failed_behind_its_work_is_told_by_what_comes_there() -> None:
    lines = console(
        "ERROR: a test that is known to fail",
        *(f"step {word}" for word in ("one", "two", "three")),
        "POST-RUN START: [trusted : a/b@main]",
        *("copied " + chr(97 + number) * 4 for number in range(20)),
        "ERROR: the log server is full",
    )
    assert texts(chosen(lines, "POST_FAILURE", ()))[-1] == "ERROR: the log server is full"
    assert texts(chosen(lines, "FAILURE", ())) == [
        "ERROR: a test that is known to fail",
        "step one",
        "step two",
        "step three",
        "ERROR: the log server is full",
    ]


def test_secrets_are_masked_and_links_stay() -> None:
    line = Evidence("ERROR: password=hunter2 is wrong", "job-output.txt", 3, "https://zuul.example.org/log#3")
    assert chosen([line], "FAILURE", ()) == (
        Evidence("ERROR: password=*** is wrong", "job-output.txt", 3, "https://zuul.example.org/log#3"),
    )


def test_what_is_said_twice_with_other_numbers_is_told_once_and_what_says_nothing_never() -> None:
    lines = console("ERROR: took 12 s", "{", "ERROR: took 34 s", "-----", "}", "ok")
    assert texts(chosen(lines, "FAILURE", ())) == ["ERROR: took 12 s"]


def test_what_good_builds_say_with_other_ids_is_no_reason() -> None:
    good = console("ERROR: no swap on node-0012 (req-1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0)")
    lines = console("ERROR: no swap on node-0034 (req-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9)", "ERROR: out of patience")
    assert texts(chosen(lines, "FAILURE", shapes_of(good))) == ["ERROR: out of patience"]


def test_errors_of_services_have_their_share_and_stand_behind_the_console() -> None:
    lines = (
        *console(*(f"ERROR: {chr(97 + number % 26) * 5} {chr(97 + number // 26) * 5}" for number in range(100))),
        *(Evidence(f"ERROR nova {chr(97 + number) * 5}", "screen-n-cpu.txt") for number in range(26)),
    )
    told = chosen(lines, "FAILURE", ())
    assert len(told) == MOST
    assert [line.file for line in told] == ["job-output.txt"] * 45 + ["screen-n-cpu.txt"] * 15


EVIDENCE = st.builds(
    Evidence, st.text(max_size=60), st.sampled_from(["job-output.txt", "a/console.html", "syslog.txt", ""])
)


@given(st.lists(EVIDENCE, max_size=200), st.sampled_from(["FAILURE", "POST_FAILURE", "TIMED_OUT"]))
def test_whatever_the_lines_they_are_few_in_order_and_told_once(lines: list[Evidence], result: str) -> None:
    told = chosen(lines, result, ())
    assert len(told) <= MOST
    places = iter(line.file for line in lines)
    assert all(line.file in places for line in told)
    assert chosen(lines, result, shapes_of(lines)) == ()
