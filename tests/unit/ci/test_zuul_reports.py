"""Zuul's comments, of every version and of sites that word them anew."""

import pytest

from gerritbot_er.ci import find_report
from gerritbot_er.model import CIReport, ReportedBuild

from .made import BUILDSET, CHANGE, JENKINS, OTHER_UUID, ROOT, UUID, ZUUL, comment, is_nothing, read

A = f"{ROOT}/build/{UUID}"
B = f"{ROOT}/build/{OTHER_UUID}"
FAILED = f"Patch Set 4: Verified-1\n\nBuild failed (check pipeline).\n{ROOT}/buildset/{BUILDSET}\n\n"


def test_a_whole_report() -> None:
    report = read(
        "Patch Set 4: Verified-1\n\n"
        "Build failed (check pipeline).  For information on how to proceed, see\n"
        "http://docs.openstack.org/infra/manual/developers.html#automated-testing\n\n"
        f"{ROOT}/buildset/{BUILDSET}\n\n"
        f"- nova-next {A} : FAILURE in 1h 23m 53s\n"
        f"- nova-ceph {B} : TIMED_OUT in 2h 01m 02s (non-voting)\n"
        f"- publish {ROOT}/build/{'6' * 32} : SKIPPED Skipped due to failed job build-image\n"
        "- functional functional : SKIPPED\n"
        "Skipped 2 jobs\n\n"
        "Warning:\n  Comments left for invalid file x.py\n\n"
        "Debug information:\n  Freezing job graph\n- not-a-job http://x : FAILURE in 3s\n"
    )
    assert report == CIReport(
        ci="gate",
        change=CHANGE,
        patchset=4,
        at=1_700_000_000,
        pipeline="check",
        buildset=BUILDSET,
        failed=True,
        reason=None,
        truncated=False,
        digest=report.digest,
        builds=(
            ReportedBuild("nova-next", "FAILURE", UUID, A, None, 5033),
            ReportedBuild("nova-ceph", "TIMED_OUT", OTHER_UUID, B, None, 7262, voting=False),
            ReportedBuild(
                "publish",
                "SKIPPED",
                "6" * 32,
                f"{ROOT}/build/{'6' * 32}",
                "Skipped due to failed job build-image",
                failed=False,
            ),
            ReportedBuild("functional", "SKIPPED", failed=False),
        ),
    )


@pytest.mark.parametrize(
    ("line", "build"),
    [
        (
            f"- tempest {A} : NODE_FAILURE Node(set) request 200-0023 failed in 0s",
            ReportedBuild("tempest", "NODE_FAILURE", UUID, A, "Node(set) request 200-0023 failed", 0),
        ),
        (f"* bullet {A} : LOST", ReportedBuild("bullet", "LOST", UUID, A)),
        (f"- clock {A} : FAILURE in 00:00:41", ReportedBuild("clock", "FAILURE", UUID, A, None, 41)),
        (f"- long {A} : FAILURE in 1 day, 2:00:01", ReportedBuild("long", "FAILURE", UUID, A, None, 93601)),
        ("- tox-py39 tox-py39 : NODE_FAILURE", ReportedBuild("tox-py39", "NODE_FAILURE")),
        ("- tox-py27 : NOT_REGISTERED", ReportedBuild("tox-py27", "NOT_REGISTERED")),
        ("- two words two words : RETRY_LIMIT", ReportedBuild("two words", "RETRY_LIMIT")),
        (f"- a build/{UUID} : FAILURE in 9s", ReportedBuild("a", "FAILURE", UUID, f"build/{UUID}", None, 9)),
        (
            f"- pep8 finger://ze01.example.org/{UUID} : RETRY_LIMIT in 18s",
            ReportedBuild("pep8", "RETRY_LIMIT", UUID, f"finger://ze01.example.org/{UUID}", None, 18),
        ),
        (f"- odd {A} : NEW_KIND of detail in 1s", ReportedBuild("odd", "NEW_KIND", UUID, A, "of detail", 1)),
        (f"- none {A} : None in 1s", ReportedBuild("none", "None", UUID, A, None, 1)),
        (
            f"- own {A} : The build went wrong. See the logs. in 3s",
            ReportedBuild("own", "The build went wrong. See the logs.", UUID, A, None, 3),
        ),
        (
            f"- err {A} : ERROR Ansible : see https://x.example.org/y : broken in 4m 05s (non-voting)",
            ReportedBuild("err", "ERROR", UUID, A, "Ansible : see https://x.example.org/y : broken", 245, voting=False),
        ),
        (f"- wrapped\n  {A} : FAILURE in 2s", ReportedBuild("wrapped", "FAILURE", UUID, A, None, 2)),
        (f"- wrapped {A}\n : FAILURE in 2s", ReportedBuild("wrapped", "FAILURE", UUID, A, None, 2)),
        (
            "- gate http://logs.example.org/61/65361/2/check/gate/8209fb4 : FAILURE in 9m 44s",
            ReportedBuild(
                "gate", "FAILURE", "8209fb4", "http://logs.example.org/61/65361/2/check/gate/8209fb4", None, 584
            ),
        ),
        (
            "- http://logs.example.org/65361/2/check/gate-pep8/542 : FAILURE",
            ReportedBuild("gate-pep8", "FAILURE", None, "http://logs.example.org/65361/2/check/gate-pep8/542"),
        ),
        (
            "- https://jenkins.example.org/job/gate-merge/126/consoleFull : This change was unable to be merged.",
            ReportedBuild(
                "gate-merge",
                "This change was unable to be merged.",
                None,
                "https://jenkins.example.org/job/gate-merge/126/consoleFull",
            ),
        ),
        (
            "- docs http://logs.example.org/39/487539/8/check/docs/4fade8d/html/?u=http://x/1/2/a/b/cccccc1 : LOST",
            ReportedBuild(
                "docs",
                "LOST",
                "4fade8d",
                "http://logs.example.org/39/487539/8/check/docs/4fade8d/html/?u=http://x/1/2/a/b/cccccc1",
            ),
        ),
    ],
)
def test_a_line_of_a_job(line: str, build: ReportedBuild) -> None:
    assert read(f"Build failed.\n\n{line}\n").builds == (build,)


def test_builds_that_never_started_are_told_apart_by_their_jobs() -> None:
    page = "https://zuul.example.org/zuul/build/None"
    one, two = read(f"Build failed.\n\n- one {page} : NODE_FAILURE in 0s\n- two {page} : NODE_FAILURE in 0s\n").builds
    assert (one.url, one.uuid, one.identity, two.identity) == (page, None, "one", "two")


@pytest.mark.parametrize(
    ("opening", "pipeline"),
    [
        ("Build failed (third-party-check pipeline) integration testing with\nOpenStack. See", "third-party-check"),
        ("Build failed (Post-Merge pipeline).", "Post-Merge"),
        ("Build failed.", None),
        ("The robots are sad.  One of us failed.", None),
    ],
)
def test_openings(opening: str, pipeline: str | None) -> None:
    report = read(f"Patch Set 4:\n\n{opening}\n\n- a {A} : sad in 3s\n")
    assert (report.pipeline, report.failed, report.builds[0].failed) == (pipeline, True, True)


def test_an_old_report_names_its_pipeline_in_the_paths_of_its_logs() -> None:
    report = read("Build failed\n\n- a http://logs.example.org/61/65361/2/gate-Release/a/8209fb4 : FAILURE in 9s\n")
    assert report.pipeline == "gate-Release"


@pytest.mark.parametrize(
    "above",
    [
        "",
        "Patch Set 4:\n\n",
        "Patch Set 4: Fails\n\n",
        "Patch Set 4: Verified-1\n\n(3 comments)\n\n",
        "Patch Set 4: -Verified\n\n(1 inline comment)\n\n",
        "Patch Set 4: Verified-1\n\nCopied votes on follow-up patch sets have been updated:\n* Verified-1 (5)\n\n",
        "Patch Set 4:\n\nCopied votes on follow-up patch sets have been updated:\n* a\n* b\n\n(2 comments)\n\n",
    ],
)
def test_what_gerrit_puts_before_the_text_is_no_part_of_it(above: str) -> None:
    text = f"Build failed (gate pipeline).\n\n- a {A} : FAILURE in 3s"
    report = read(above + text)
    assert report.builds == (ReportedBuild("a", "FAILURE", UUID, A, None, 3),)
    assert (report.pipeline, report.digest) == ("gate", read(text + "\n").digest)


def test_only_voting_builds_make_a_report_fail() -> None:
    report = read(f"Build succeeded.\n\n- a {A} : SUCCESS in 3s\n- b {B} : FAILURE in 4s (non-voting)\n")
    assert (report.failed, [build.failed for build in report.builds]) == (False, [False, True])


@pytest.mark.parametrize(
    ("opening", "result", "failed"),
    [
        ("Build succeeded.", "tox_success", False),
        ("Build succeeded.", "see you next time", False),
        ("Build succeeded.", "0 tests failed", False),
        ("Build succeeded.", "Test failed (non-voting)", True),
        ("Build succeeded.", "see you (non-voting)", False),
        ("Build failed.", "PASSED hardware test", False),
        ("Build failed.", "Test ran successfully", False),
        ("Build failed.", "unsuccessful", True),
        ("Build failed.", "see you next time", True),
        ("Build failed.", "FAILED: see https://ci.example.com/why", True),
        ("Build failed.", "FAILED", True),
        ("Build failed.", "CANCELED", False),
        ("Build failed.", "UNSTABLE", True),
        ("Build failed.", "ABORTED", True),
        ("Build failed.", "NO_JOBS", False),
    ],
)
def test_whether_a_build_failed(opening: str, result: str, failed: bool) -> None:  # noqa: FBT001 - a parameter
    (build,) = read(f"{opening}\n\n- a {A} : {result}\n").builds
    assert (build.result, build.failed) == (result.removesuffix(" (non-voting)"), failed)


def test_an_opening_that_says_nothing_leaves_it_to_the_vote() -> None:
    job = f"\n\n- a {A} : see the logs\n"
    assert read(f"Patch Set 4: Verified-1\n\nHello.{job}").failed
    assert not read(f"Patch Set 4: Verified+1\n\nHello.{job}").failed


def test_an_error_detail_may_hold_newlines_and_lines_that_look_like_a_job() -> None:
    detail = (
        "The task includes an undefined variable.\n"
        "- fake-job https://zuul.example.org/t/openstack/build/00 : FAILURE in 3s\n\n"
        "- other https://elsewhere.example.org/build/" + UUID + " : FAILURE in 4s\nmore"
    )
    report = read(f"{FAILED}- a {A} : ERROR {detail} in 9s\n- b {B} : ERROR {detail} in 8s (non-voting)\n\nfoot\n")
    assert report.builds == (
        ReportedBuild("a", "ERROR", UUID, A, detail, 9),
        ReportedBuild("b", "ERROR", OTHER_UUID, B, detail, 8, voting=False),
    )


def test_lines_of_an_error_detail_that_look_like_a_wrapped_job_stay_two() -> None:
    detail = "these are wrong:\n- \n: a name\n- host\n: port"
    report = read(f"{FAILED}- a {A} : ERROR {detail} in 9s\n- b {B} : SUCCESS in 8s\n")
    assert report.builds == (
        ReportedBuild("a", "ERROR", UUID, A, detail, 9),
        ReportedBuild("b", "SUCCESS", OTHER_UUID, B, None, 8, failed=False),
    )


def test_a_footer_is_no_error_detail() -> None:
    report = read(f"{FAILED}- a {A} : ERROR No such file\nor directory\n\nContact #infra for help.")
    assert report.builds == (ReportedBuild("a", "ERROR", UUID, A, "No such file\nor directory"),)


def test_a_dependency_cycle_that_failed_has_jobs() -> None:
    report = read(
        "Patch Set 4: Verified-1\n\nThis change is part of a dependency cycle that failed.\n\n\n"
        f"- a {A} : FAILURE in 9s\n\nRelated changes:\n  - https://review.example.org/c/x/+/1\n"
    )
    assert report.builds == (ReportedBuild("a", "FAILURE", UUID, A, None, 9),)
    assert (report.failed, report.reason) == (True, None)


@pytest.mark.parametrize(
    ("last", "kept"),
    [
        (f"- b {ROOT}/build/1f2b", None),
        (f"- b {B}", None),
        (f"- b {B} :", None),
        (f"- b {B} : FAIL", None),
        (f"- b {B} : RETRY", None),
        (f"- b {B} : FAILURE", ReportedBuild("b", "FAILURE", OTHER_UUID, B)),
        (f"- b {B} : RETRY in", ReportedBuild("b", "RETRY", OTHER_UUID, B)),
        (f"- b {B} : FAILURE in 1h 0", ReportedBuild("b", "FAILURE", OTHER_UUID, B)),
        (f"- b {B} : FAILURE in 3s", ReportedBuild("b", "FAILURE", OTHER_UUID, B, None, 3)),
        (f"- b {B} : FAILURE in 3s (non-v", ReportedBuild("b", "FAILURE", OTHER_UUID, B, None, 3, voting=False)),
        (f"- b {B} : ERROR No such fi", ReportedBuild("b", "ERROR", OTHER_UUID, B, "No such fi")),
    ],
)
def test_a_cut_report_keeps_what_is_whole(last: str, kept: ReportedBuild | None) -> None:
    report = read(f"{FAILED}- a {A} : SUCCESS in 3s\n{last}... (truncated)")
    first = ReportedBuild("a", "SUCCESS", UUID, A, None, 3, failed=False)
    assert report.builds == ((first,) if kept is None else (first, kept))
    assert (report.truncated, report.failed, report.buildset) == (True, True, BUILDSET)


def test_a_report_without_its_good_jobs_lacks_builds() -> None:
    report = read(f"{FAILED}- a {A} : FAILURE in 3s\nSuccessful jobs omitted due to length restrictions\n")
    assert (report.truncated, len(report.builds), report.builds[0].detail) == (True, 1, None)


def reason_of(text: str) -> str | None:
    report = read(f"Patch Set 4:\n\n(1 comment)\n\n{text}")
    assert (report.builds, report.failed, report.truncated) == ((), True, False)
    return report.reason


def test_the_reason_of_a_merge_conflict() -> None:
    assert reason_of(
        "Merge Failed.\n\nThis change was unable to be automatically merged with the current state of its "
        "repository. Please rebase the change.\nWarning:\n  Error merging gerrit/nova for 10,1"
    ) == (
        "Merge Failed. This change was unable to be automatically merged with the current state of its "
        "repository. Please rebase the change. Warning: Error merging gerrit/nova for 10,1"
    )


def test_the_reason_of_a_config_error_is_the_error_without_what_it_quotes() -> None:
    assert reason_of(
        "Zuul encountered a syntax error while parsing its\nconfiguration in the repo openstack/nova on branch "
        "master.  The\nproblem was:\n\n  Job there-is-no-such-job not defined\n\nThe problem appears in the "
        '"review.example.org/openstack/nova" project stanza:\n\n  project:\n      check:\n- a http://x : LOST\n'
    ) == (
        "Zuul encountered a syntax error while parsing its configuration in the repo openstack/nova on branch "
        "master. The problem was: Job there-is-no-such-job not defined"
    )


def test_the_reason_of_a_failure_without_jobs_is_the_warning_below_it() -> None:
    assert reason_of(
        "Build failed (gate pipeline).  For information on how to proceed, see\n"
        f"http://docs.example.org/x\n\n{ROOT}/buildset/{BUILDSET}\n\n\nWarning:\n  No change queue is shared"
    ) == ("Build failed (gate pipeline). Warning: No change queue is shared")


def test_the_reason_of_an_old_merge_conflict() -> None:
    text = "Build failed\n\nThis change depends on a change that failed to merge."
    assert reason_of(text) == "Build failed This change depends on a change that failed to merge."


@pytest.mark.parametrize(
    "text",
    [
        "This change is unable to merge due to a missing merge requirement.",
        "These changes depend on a change that failed to merge.",
        "This change depends on a change with an invalid configuration.",
        "Unable to freeze job graph: Job a depends on b which was not run.",
        "Unknown configuration error",
        "This change was not merged by the code review system.",
    ],
)
def test_a_short_report_without_jobs_is_its_own_reason(text: str) -> None:
    assert reason_of(text + "\n") == text


def test_a_reason_is_shortened() -> None:
    reason = read("Merge Failed. " + "x" * 1000).reason
    assert reason is not None
    assert reason.endswith("xxx…")
    assert len(reason) == 300


def test_a_bad_vote_with_nothing_but_the_buildset_is_told_by_its_page() -> None:
    report = read(f"Patch Set 4: Verified-1\n\n{ROOT}/buildset/{BUILDSET}")
    assert (report.failed, report.reason, report.buildset) == (True, f"{ROOT}/buildset/{BUILDSET}", BUILDSET)


def test_words_of_a_site_for_a_report_without_jobs_count_with_a_bad_vote() -> None:
    report = read("Patch Set 4: Verified-2\n\nPlease rebase, thank you.")
    assert (report.failed, report.reason) == (True, "Please rebase, thank you.")
    assert is_nothing("Patch Set 4:\n\nPlease rebase, thank you.")


@pytest.mark.parametrize("text", ["Build canceled.", "Build succeeded.", f"Build succeeded.\n{ROOT}/buildset/{UUID}\n"])
def test_reports_without_jobs_that_are_no_failure(text: str) -> None:
    assert read(f"Patch Set 4:\n\n{text}").failed is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Patch Set 4:",
        "Patch Set 4: Verified-1",
        "Patch Set 4: Verified-1\n\n(1 comment)",
        "Patch Set 4: -Verified\n\nStarting gate jobs.",
        "Starting check jobs.\nhttp://zuul.example.org/",
        "Change has been successfully merged by Zuul",
        f"Patch Set 4:\n\n> Build failed.\n> \n> - a {A} : FAILURE in 3s\n\nWhy?",
        "Patch Set 4:\n\nMy list:\n- first : do this\n- second thing : do that\n",
        "Patch Set 4:\n\nrecheck",
    ],
)
def test_what_is_no_report(text: str) -> None:
    assert is_nothing(text)


def test_the_account_picks_the_ci() -> None:
    text = "Patch Set 4:\n\nBuild Failed \n\nhttps://jenkins.example.org/job/a/1/ : FAILURE"
    found = find_report(comment(text, "jenkins-bot"), (ZUUL, JENKINS))
    assert found is not None
    assert (found.ci, len(found.builds)) == ("builder", 1)
    assert find_report(comment(text, "somebody"), (ZUUL, JENKINS)) is None
    assert find_report(comment(text, ""), (ZUUL, JENKINS)) is None
