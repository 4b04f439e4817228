"""The comments of Jenkins' Gerrit Trigger plugin."""

import pytest

from gerritbot_er.model import ReportedBuild

from .made import JENKINS, is_nothing, read

UNIT = "https://jenkins.example.com/job/unit/123/"
LINT = "https://jenkins.example.com/job/lint/77/"


def test_a_whole_report() -> None:
    report = read(
        "Patch Set 4: Verified-1\n\nBuild Failed \n\n"
        f"{UNIT} : FAILURE <<<\n3 tests failed\n\n{LINT} : FAILURE\n>>>\n\n"
        f"Connection to Nexus has timed out.\n\nA recheck helps. ( {UNIT} )\n\n"
        f"Disk full: https://wiki.example.com/disk ( {UNIT} )\n\n"
        "Logs: https://logs.example.com/unit/123\n\n"
        f"{LINT} : FAILURE (skipped)\n\nhttps://s3.example.com/lint/77",
        JENKINS,
    )
    assert report.builds == (
        ReportedBuild(
            "unit",
            "FAILURE",
            None,
            UNIT,
            f"3 tests failed\n{LINT} : FAILURE\nConnection to Nexus has timed out.\nA recheck helps.\n"
            "Disk full: https://wiki.example.com/disk",
            logs_url="https://logs.example.com/unit/123",
        ),
        ReportedBuild(
            "lint", "FAILURE", None, LINT, voting=False, failed=True, logs_url="https://s3.example.com/lint/77"
        ),
    )
    assert (report.ci, report.failed, report.reason, report.pipeline) == ("builder", True, None, None)


@pytest.mark.parametrize(
    ("opening", "text", "result", "voting", "failed"),
    [
        ("Build Failed", "ABORTED", "ABORTED", True, True),
        ("Build Unstable", "UNSTABLE", "UNSTABLE", True, True),
        ("Build Unstable", "UNSTABLE (skipped)", "UNSTABLE", False, True),
        ("Build Failed", "NOT_BUILT", "NOT_BUILT", True, False),
        ("Build Failed", "Test ran successfully", "Test ran successfully", True, False),
        ("Build Failed", "Test failed", "Test failed", True, True),
        ("Build Successful", "tox_success", "tox_success", True, False),
        ("Build Successful", "All done, see you", "All done, see you", True, False),
        ("Build Successful", "FAILURE (skipped)", "FAILURE", False, True),
        ("Our robot says:", "FAILURE", "FAILURE", True, True),
    ],
)
def test_results(opening: str, text: str, result: str, voting: bool, failed: bool) -> None:  # noqa: FBT001
    report = read(f"Patch Set 4:\n\n{opening} \n\n{UNIT} : {text}\n", JENKINS)
    assert report.builds == (ReportedBuild("unit", result, None, UNIT, voting=voting, failed=failed),)
    assert report.failed is (voting and failed)


@pytest.mark.parametrize(
    ("url", "job"),
    [
        ("https://jenkins.example.com/job/unit/123/", "unit"),
        ("https://example.com/releng/job/a%20b/123/", "a b"),
        ("https://jenkins.example.com/job/team/job/repo/job/feature%2Fx/7/", "team/repo/feature/x"),
        ("https://jenkins.example.com/view/all/job/unit/123/console", "unit"),
        ("https://jenkins.example.com/job/matrix/os=linux,jdk=17/12/", "matrix/os=linux,jdk=17"),
        ("https://results.example.com/12", ""),
    ],
)
def test_the_job_is_read_from_the_url(url: str, job: str) -> None:
    (build,) = read(f"Build Failed \n\n{url} : FAILURE", JENKINS).builds
    assert (build.job, build.url, build.identity) == (job, url, url)


def test_a_file_that_never_ends_holds_no_builds_back() -> None:
    report = read(f"Build Failed \n\n{UNIT} : FAILURE <<<\n3 tests\n\n{LINT} : FAILURE", JENKINS)
    assert [build.job for build in report.builds] == ["unit", "lint"]


@pytest.mark.parametrize(
    ("text", "failed", "reason"),
    [
        ("Build Failed", True, "Build Failed"),
        ("No Builds Executed", False, "No Builds Executed"),
        ("Build Aborted \n\n\n", True, "Build Aborted"),
    ],
)
def test_reports_without_builds(text: str, failed: bool, reason: str) -> None:  # noqa: FBT001 - a parameter
    report = read(f"Patch Set 4: Verified-1\n\n{text}", JENKINS)
    assert (report.builds, report.failed, report.reason) == ((), failed, reason)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Build Started https://jenkins.example.com/job/unit/123/ (1/3)",
        "Logs for unit: https://logs.example.com/unit/123 (note that they come late)",
        "Build failed because of your change, I think.",
        "FAILURE: https://github.example.com/actions/runs/9",
        f"> {UNIT} : FAILURE\n\nWhy?",
    ],
)
def test_what_is_no_report(text: str) -> None:
    assert is_nothing(f"Patch Set 4: Verified-1\n\n{text}", JENKINS)
