"""Which lines of consoles and logs are kept as those that may tell why a build failed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.telling_lines import ends_work, is_console, is_error, is_grave, of_file, shortlist

LINES = st.lists(
    st.one_of(
        st.text(max_size=80),
        st.sampled_from(
            ["ok", "ERROR: it broke", "POST-RUN START: [trusted : a/b@main]", "Finished: FAILURE", "failed=0"]
        ),
    ),
    max_size=400,
)


@pytest.mark.parametrize(
    "line",
    [
        "ERROR: InvocationError: '/bin/sh tools/pretty_tox.sh'",
        'controller |   "msg": "E: Unable to fetch some archives"',
        "2018-04-24 17:09:40.099 | node | [ERROR] /opt/stack/devstack/functions-common:2199 Neutron did not start",
        "tempest.api.compute.test_servers.ServersTest.test_boot ... FAIL",
        "[ERROR] Failed to execute goal org.apache.maven.plugins:maven-surefire-plugin:2.12 (default-test)",
        "ssh: connect to host 10.0.0.1 port 22: Connection refused",
        "Build timed out (after 60 minutes). Marking the build as aborted.",
        "make: *** [all] Error 2",
        "Killed",
        "No space left on device",
        "localhost | ok: 1 changed: 0 unreachable: 0 failed: 1 skipped: 0 rescued: 0 ignored: 0",
        "AssertionError: State change timeout exceeded!(400s)",
    ],
)
def test_a_console_s_line_tells_of_an_error(line: str) -> None:
    assert is_error(line)


@pytest.mark.parametrize(
    "line",
    [
        "localhost | ok: 1 changed: 0 unreachable: 0 failed: 0 skipped: 0 rescued: 0 ignored: 0",
        "Tests run: 12, Failures: 0, Errors: 0, Skipped: 0",
        "12 passed, 0 failed, no errors",
        "+ timeout 60 sh -c 'while ! wget -q -O- http://127.0.0.1:9292; do sleep 1; done'",
        "2013-09-27 18:22:05 + rm -f '/opt/stack/new/status/stack/*.failure'",
        "controller | ++ local option=build_timeout",
        "# Number of seconds to wait on a CLI timeout",
        "byte-compiling build/lib/pip/exceptions.py",
        "pytest --fail-fast --timeout=30 tests",
        '"ignore_errors": true, "failed": false, "timeout": 30',
        "keepalived: failover done",
        "copying errors.txt and error.log",
        "Get:1 http://mirror.example.org/ubuntu jammy InRelease",
    ],
)
def test_a_console_s_line_tells_of_none(line: str) -> None:
    assert not is_error(line)


@pytest.mark.parametrize(
    ("line", "grave"),
    [
        ("2013-09-27 18:24:08.147 2790 ERROR glanceclient.common.http [-] Request returned failure status.", True),
        ("Apr 24 17:08:42.468679 node neutron-server[6473]: ERROR neutron.manager [-] Plugin 'ml2' not found.", True),
        ("2026-11-21 10:00:00 CRITICAL nova [-] Unhandled error", True),
        ("Traceback (most recent call last):", True),
        ('time="2026-11-21T10:00:00Z" level=error msg="no such container"', True),
        ("panic: runtime error: index out of range", True),
        ("java.lang.IllegalStateException: closed", True),
        ("[Fri Nov 21 10:00:00 2026] [error] child died", True),
        ("2026-11-21 10:00:00 INFO nova [-] 3 errors were seen before", False),
        ("2026-11-21 10:00:00 WARNING nova [-] could not connect, trying again after failure", False),
        ("INFO: wrote /var/log/ERROR.log", False),
        ("2013-09-27 18:22:36.038 6602 DEBUG cinder.service [-] prefix : %(process)d TRACE %(name)s", False),
    ],
)
def test_a_service_s_line_is_grave_by_its_level_or_as_programs_end(line: str, grave: bool) -> None:  # noqa: FBT001
    assert is_grave(line) is grave


@pytest.mark.parametrize(
    "line",
    [
        "POST-RUN START: [trusted : review.example.org/zuul-config/playbooks/base/post.yaml@master]",
        "Build step 'Execute shell' marked build as failure",
        "[SCP] uploading file: '/srv/static/logs/70/44670/3/gate/job/02d68e3/logs/syslog.txt.gz'",
        "Performing Post build task...",
        "Archiving artifacts",
        "[Pipeline] End of Pipeline",
        "Finished: UNSTABLE",
    ],
)
def test_from_here_on_a_console_tells_of_the_cleaning_up(line: str) -> None:
    assert ends_work(line)


@pytest.mark.parametrize(
    "line",
    ["RUN START: [untrusted : a/b/run.yaml@main]", "TASK [Archiving artifacts of the tests]", "Finished: 3 of 9"],
)
def test_here_it_does_not(line: str) -> None:
    assert not ends_work(line)


def test_a_console_is_known_by_its_name_wherever_it_lies() -> None:
    assert [
        name for name in ("job-output.txt.gz", "1/consoleText", "a/console.html", "console.txt") if is_console(name)
    ]
    assert not is_console("controller/logs/screen-n-cpu.txt")


def test_of_a_console_its_errors_its_end_and_a_few_lines_behind_it_are_kept() -> None:
    lines = [
        *(f"step {number}" for number in range(500)),
        "ERROR: an early one",
        *(f"step {number}" for number in range(500, 1000)),
        "ERROR: the one",
        "POST-RUN START: [trusted : a/b@main]",
        *(f"copied {number}" for number in range(500)),
        "ERROR: while copying",
        *(f"copied {number}" for number in range(500, 1000)),
    ]
    assert [lines[index] for index in shortlist(lines)] == [
        "ERROR: an early one",
        *(f"step {number}" for number in range(941, 1000)),
        "ERROR: the one",
        "POST-RUN START: [trusted : a/b@main]",
        "ERROR: while copying",
        *(f"copied {number}" for number in range(990, 1000)),
    ]


@given(LINES)
def test_what_is_kept_of_a_console_is_bounded_and_in_order(lines: list[str]) -> None:
    kept = shortlist(lines)
    assert kept == sorted(set(kept))
    assert all(0 <= index < len(lines) for index in kept)
    assert len(kept) <= 171
    assert not lines or kept[-1] == len(lines) - 1


@given(LINES)
def test_keeping_what_was_kept_changes_nothing(lines: list[str]) -> None:
    once = [lines[index] for index in shortlist(lines)]
    assert [once[index] for index in shortlist(once)] == once


@given(st.lists(st.sampled_from(["ok", "ERROR it broke", "Traceback (most recent call last):"]), max_size=60))
def test_what_is_kept_of_another_file_are_its_first_and_last_errors(lines: list[str]) -> None:
    errors = [index for index, line in enumerate(lines) if line != "ok"]
    assert of_file(lines) == sorted({*errors[:4], *errors[-4:]})


@given(st.sampled_from(["a-", "error ", "--fail", "0 errors: 0 ", "/error.", "error", "timeout=", "x.fail", "\u0130 "]))
def test_no_line_makes_it_slow(piece: str) -> None:
    line = piece * 60_000
    begin = time.process_time()
    for judged in (is_error, is_grave, ends_work):
        judged(line)
    assert time.process_time() - begin < 1
