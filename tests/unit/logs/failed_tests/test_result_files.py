"""Which files of a build are taken for test results and consoles, and in which order they are asked."""

import pytest

from gerritbot_er.logs.failed_tests import Results, asking
from gerritbot_er.logs.failed_tests.files import MOST_FILES, Parser, consoles_in, parser_of, results_in
from gerritbot_er.logs.fetch_choice import LogFile
from gerritbot_er.model import Match


def files(*paths: str) -> list[LogFile]:
    return [LogFile(path, f"https://logs.example.org/{path}") for path in paths]


@pytest.mark.parametrize(
    "path",
    [
        "testrepository.subunit",
        "controller/logs/testrepository.subunit.gz",
        "tempest.subunit",
        "junit.xml",
        "tox/py311/junit-results.xml.gz",
        "target/surefire-reports/TEST-com.example.ATest.xml",
        "build/test-results/test/TEST-a.xml",
        "nosetests.xml",
        "test_results.xml",
    ],
)
def test_results(path: str) -> None:
    assert parser_of(LogFile(path, "")) is not None


@pytest.mark.parametrize(
    "path",
    ["job-output.txt", "pom.xml", "contest.xml", "testrepository.subunit.html", "libvirt/domain.xml", "junit.xsl"],
)
def test_no_results(path: str) -> None:
    assert parser_of(LogFile(path, "")) is None


def test_subunit_comes_first_and_a_file_that_is_there_twice_is_read_once() -> None:
    found = results_in(files("junit.xml", "z.subunit.gz", "z.subunit", "job-output.txt", "junit.xml.gz"))
    assert [file.path for file in found] == ["z.subunit", "junit.xml"]
    assert [file.path for file in consoles_in(files("a/console.html.gz", "job-output.txt", "syslog.txt"))] == [
        "a/console.html.gz",
        "job-output.txt",
    ]


def asked(listed: list[LogFile], told: dict[str, Results]) -> tuple[Results, list[str]]:
    """What the files tell, and which were read."""
    read: list[str] = []

    def reading(file: LogFile, parser: Parser) -> Results:
        del parser
        read.append(file.path)
        return told.get(file.path, Results())

    tests = asking.TestsAsked(["tests"])
    tests.listed(listed)
    return tests.told(reading), read


def test_the_console_is_read_only_where_no_results_tell() -> None:
    listed = files("job-output.txt", "a.subunit", "junit.xml")
    fine = Results(frozenset(), told=True)
    assert asked(listed, {"junit.xml": fine}) == (fine, ["a.subunit", "junit.xml"])
    failed = Results(frozenset({"t"}), told=True)
    odd = Results(notes=("is odd",))
    found = asked(listed, {"a.subunit": odd, "job-output.txt": failed})
    assert found == (
        Results(frozenset({"t"}), told=True, notes=("a.subunit: is odd",)),
        ["a.subunit", "junit.xml", "job-output.txt"],
    )


def test_very_many_files_of_results_are_not_all_read() -> None:
    told, read = asked(files(*(f"TEST-{number}.xml" for number in range(MOST_FILES + 3))), {})
    assert len(read) == MOST_FILES
    assert told.notes == (f"3 files of test results beyond {MOST_FILES} were not read",)


def test_results_are_wanted_once_a_signature_that_asks_was_found() -> None:
    tests = asking.TestsAsked(["tests"])
    heard: list[Match] = []
    say = tests.hearing(heard.append)
    wanted = [tests.wanted]
    for name in ("plain", "tests", "plain"):
        say(Match(name))
        wanted.append(tests.wanted)
    assert wanted == [False, False, True, True]
    assert heard == [Match("plain"), Match("tests"), Match("plain")]
