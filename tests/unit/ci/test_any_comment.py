"""Whatever a comment holds, it is a report or none: no exception, no slow pattern; and what was made is read back."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gerritbot_er.ci import read_report
from gerritbot_er.cleaning import clean
from gerritbot_er.model import NOT_FAILED, CIReport, ReportedBuild
from gerritbot_er.settings import CI

from .made import BUILDSET, JENKINS, ROOT, UUID, ZUUL, comment, read

PIECES = [
    "Patch Set 4: Verified-1\n\n",
    "(2 comments)",
    "Copied votes on follow-up patch sets have been updated:\n",
    "Build failed",
    "Build Failed \n\n",
    "Build succeeded (check pipeline).",
    "This change is part of a dependency cycle that failed.",
    "Zuul encountered ",
    "For information on how to proceed, see ",
    f"\n{ROOT}/buildset/{BUILDSET}\n\n",
    "- ",
    "* ",
    "job ",
    f"{ROOT}/build/{UUID}",
    f"build/{UUID}",
    "https://jenkins.example.com/job/a/1/",
    " : ",
    "FAILURE",
    "SUCCESS",
    "RETRY",
    " in 3s",
    " in 1h 02m 03s",
    " in 00:00:41",
    " (non-voting)",
    " (skipped)",
    " <<<",
    ">>>",
    "Logs: ",
    "Skipped 2 jobs",
    "Successful jobs omitted due to length restrictions",
    "Warning:",
    "... (truncated)",
    "\n",
    "\n\n",
    " ",
    "\u0663\ufffd",
]
COMMENTS = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))


def check(report: CIReport | None) -> None:
    if report is None:
        return
    assert report.builds or report.truncated or report.reason
    assert report.reason is None or "\n" not in report.reason
    for build in report.builds:
        assert build.identity or build.job == ""
        assert "\n" not in build.job + (build.url or "") + build.result
    if report.builds and not report.truncated:
        assert report.failed is any(build.failed and build.voting for build in report.builds)


@given(COMMENTS)
@example(f"Patch Set 4: Verified-1\n\n{ROOT}/buildset/{BUILDSET}")
def test_f09_any_text_is_a_report_or_none(text: str) -> None:
    for ci in (ZUUL, JENKINS):
        check(read_report(comment(clean(text)), ci))  # as every reader of Gerrit's hands it on


@pytest.mark.parametrize(
    "piece", [*PIECES, "a", "/1", "/job/a", " in 1h", "a\n", "- a : LOST\n", "- a http://x : ERROR b\n"]
)
@pytest.mark.parametrize("ci", [ZUUL, JENKINS], ids=["zuul", "jenkins"])
@pytest.mark.parametrize(
    "opening", ["", "Build failed.\n\n- a https://x : ERROR b ", "Build Failed \n\nhttps://x/1 : C "]
)
def test_f10_three_mebibytes_are_read_within_a_second(piece: str, ci: CI, opening: str) -> None:
    text = opening + piece * (3 * 1024 * 1024 // len(piece))
    begin = time.process_time()
    read_report(comment(text), ci)
    assert time.process_time() - begin < 1


def test_of_an_endless_comment_the_begin_is_read() -> None:
    report = read("Build failed.\n\n" + f"- a {ROOT}/build/{UUID} : SUCCESS in 3s\n" * 10_000)
    assert (report.truncated, report.failed) == (True, True)
    assert {build.result for build in report.builds} == {"SUCCESS"}
    jenkins = read("Build Failed \n\n" + "https://x/job/a/1/ : UNSTABLE\n\n" * 10_000, JENKINS)
    assert (jenkins.truncated, {build.job for build in jenkins.builds}) == (True, {"a"})


NAMES = st.from_regex(r"[a-z][a-z0-9.+-]{0,20}", fullmatch=True)
UUIDS = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)
WORDS = st.sampled_from(["SUCCESS", "FAILURE", "TIMED_OUT", "POST_FAILURE", "RETRY_LIMIT", "NODE_FAILURE", "SKIPPED"])
LINES = st.lists(st.text(st.sampled_from("abc :-()./\xe9"), min_size=1, max_size=20), min_size=1, max_size=4)
DETAILS = LINES.map("\n".join).map(str.strip).filter(lambda text: text and "\n\n" not in text and text[0] not in ":(")


@st.composite
def zuul_builds(draw: st.DrawFn) -> ReportedBuild:
    uuid, word = draw(UUIDS), draw(WORDS)
    detail = draw(st.none() | DETAILS) if word != "SUCCESS" else None
    return ReportedBuild(
        job=draw(NAMES),
        result=word,
        uuid=uuid,
        url=f"{ROOT}/build/{uuid}",
        detail=detail,
        elapsed=draw(st.integers(0, 400_000)),
        voting=draw(st.booleans()),
        failed=word not in NOT_FAILED,
    )


def written(build: ReportedBuild) -> str:
    """The line as Zuul's reporter writes it."""
    hours, rest = divmod(build.elapsed or 0, 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        elapsed = f" in {hours}h {minutes:02}m {seconds:02}s"
    else:
        elapsed = f" in {minutes}m {seconds:02}s" if minutes else f" in {seconds}s"
    detail = f" {build.detail}" if build.detail else ""
    return f"- {build.job} {build.url} : {build.result}{detail}{elapsed}{'' if build.voting else ' (non-voting)'}\n"


@given(st.lists(zuul_builds(), min_size=1, max_size=6), NAMES, st.booleans())
def test_what_zuul_writes_is_read_back(builds: list[ReportedBuild], pipeline: str, warned: bool) -> None:  # noqa: FBT001
    report = read(
        f"Patch Set 4: Verified-1\n\nBuild failed ({pipeline} pipeline).\n{ROOT}/buildset/{BUILDSET}\n\n"
        + "".join(map(written, builds))
        + ("\nWarning:\n  Something - a b : FAILURE in 3s\n" if warned else "")
    )
    assert report.builds == tuple(builds)
    assert (report.pipeline, report.buildset) == (pipeline, BUILDSET)
    assert report.failed is any(build.failed and build.voting for build in builds)


@given(
    st.lists(
        st.tuples(NAMES, st.integers(1, 9999), WORDS | st.just("UNSTABLE"), st.booleans(), st.none() | NAMES),
        min_size=1,
        max_size=6,
    )
)
def test_what_jenkins_writes_is_read_back(told: list[tuple[str, int, str, bool, str | None]]) -> None:
    paragraphs, builds = ["Build Failed "], []
    for job, number, word, voting, cause in told:
        url = f"https://jenkins.example.com/job/{job}/{number}/"
        paragraphs.append(f"{url} : {word}{'' if voting else ' (skipped)'}")
        if cause:
            paragraphs.append(f"{cause} ( {url} )")
        paragraphs.append(f"Logs: https://logs.example.com/{job}/{number}")
        builds.append(
            ReportedBuild(job, word, None, url, cause, None, voting, word not in NOT_FAILED, paragraphs[-1][6:])
        )
    assert read("Patch Set 4:\n\n" + "\n\n".join(paragraphs), JENKINS).builds == tuple(builds)
