"""Real reports of thirteen years: every job line gives its build, by a count that shares nothing with the parsers."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gerritbot_er.ci import find_report, read_report
from gerritbot_er.gerrit.events import to_event
from gerritbot_er.model import CIReport, CommentAdded
from gerritbot_er.settings import CI

from .made import JENKINS, ZUUL

EVENTS = Path(__file__).parents[4] / "shared" / "data" / "events"
CAPTURED = EVENTS / "captured-zuul"

pytestmark = pytest.mark.skipif(not EVENTS.is_dir(), reason=f"the recorded events are not at {EVENTS}")

ZUUL_LINE = re.compile(r"^[-*] (.*?) : ([^\n]+)$", re.MULTILINE)
JENKINS_LINE = re.compile(r"^(http\S+) : ([^\n]+)$", re.MULTILINE)


def recorded(name: str) -> Iterator[tuple[str, CommentAdded, str, str]]:
    """Source repository, the comment, its text and its author's name as they were recorded."""
    with gzip.open(EVENTS / f"{name}.jsonl.gz", "rt", encoding="utf-8", newline="\n") as file:
        for line in file:
            row = json.loads(line)
            event = to_event(row["event"])
            assert isinstance(event, CommentAdded)
            yield row["source"], event, row["event"]["comment"], row["event"]["author"]["name"]


def report_of(comment: CommentAdded, ci: CI) -> CIReport:
    report = read_report(comment, ci)
    assert report is not None, comment.text
    return report


def told_of_zuul(text: str) -> list[tuple[str, str | None, str, bool, bool]]:
    """Job, URL, first word of the result, voting, whether the line tells a duration."""
    builds = []
    for left, right in ZUUL_LINE.findall(text):
        words = left.split(" ")
        url = words[-1] if "://" in words[-1] else None
        job = words[0] if words[0] != url else ""
        if url and not job:  # the job's name stands only in the URL
            old = re.search(r"/job/([^/]+)/\d+|/\d+/\d+/[a-z-]+/([^/]+)/[0-9a-f]+", url)
            job = (old[1] or old[2]) if old else ""
        voting = "(non-voting)" not in right
        builds.append((job, url, right.split(" ")[0], voting, re.search(r" in \d", right) is not None))
    return builds


def test_every_line_of_a_job_of_zuul_is_a_build() -> None:
    lines = builds = 0
    for _, comment, text, _ in recorded("zuul-jobs"):
        told = told_of_zuul(text)
        report = report_of(comment, ZUUL)
        assert [
            (b.job, b.url, b.result.split(" ")[0], b.voting, b.elapsed is not None) for b in report.builds
        ] == told, text
        assert report.failed is any(
            voting and word not in ("SUCCESS", "SKIPPED", "CANCELED") for _, _, word, voting, _ in told
        )
        assert report.reason is None
        lines, builds = lines + len(re.findall(r"^[-*] .* : \w", text, re.MULTILINE)), builds + len(report.builds)
    assert lines == builds > 0


def test_every_id_pipeline_and_buildset_of_zuul_is_found() -> None:
    for _, comment, text, _ in recorded("zuul-jobs"):
        report = report_of(comment, ZUUL)
        buildset = re.search(r"/buildset/(\w{32})", text)
        assert report.buildset == (buildset[1] if buildset else None)
        named = re.search(r"\((\S+) pipeline\)", text)
        assert not named or report.pipeline == named[1]
        for build in report.builds:
            whole = re.search(r"(?:/build/|//\w+(?:\.[\w.-]+)?(?::\d+)?/|/logs/)([0-9a-f]{32})\b", build.url or "")
            short = re.search(r"/\d+/\d+/[a-z-]+/(?:[^/]+/)?([0-9a-f]{7})(?:/|$)", build.url or "")
            expected = whole[1] if whole else short[1] if short else None
            assert build.uuid == expected, build.url


def test_every_line_of_a_build_of_jenkins_is_a_build() -> None:
    without = 0
    for _, comment, text, _ in recorded("jenkins-trigger"):
        told = [
            (
                re.split("/job/|/", url.split("/job/", 1)[1])[0],
                url,
                right.replace(" (skipped)", ""),
                "(skip" not in right,
            )
            for url, right in JENKINS_LINE.findall(text)
        ]
        report = report_of(comment, JENKINS)
        assert [(b.job, b.url, b.result, b.voting) for b in report.builds] == told, text
        bad = {"FAILURE", "UNSTABLE", "ABORTED", "Test failed"}
        without += not told
        failed = any(voting and word in bad for _, _, word, voting in told) if told else "Build Failed" in text
        assert report.failed is failed, text
        logs = re.findall(r"^(?:Logs: )?(http\S+)$", text, re.MULTILINE)
        assert sorted(b.logs_url for b in report.builds if b.logs_url) == sorted(logs)
        causes = re.findall(r"^.* \( (http\S+) \)$", text, re.MULTILINE)
        assert {b.url for b in report.builds if b.detail} == {
            url.replace("releng//job", "releng/job") for url in causes
        }
        assert not any("( http" in (b.detail or "") for b in report.builds)
    assert without < 20


def test_every_report_without_jobs_fails_and_says_why() -> None:
    for _, comment, text, _ in recorded("zuul-nojobs"):
        report = report_of(comment, ZUUL)
        assert report.failed, text
        if re.search(r"^[-*] .* : [A-Z]", text, re.MULTILINE):  # the word stands alone: no job of that name
            assert [build.result for build in report.builds] == ["NOT_REGISTERED"]
            assert report.reason is None
        else:
            assert report.builds == ()
            assert report.reason
            assert len(report.reason) <= 300
            assert re.sub(r"\W", "", report.reason)[:11] in re.sub(r"\W", "", text)


def cis_of(source: str, author: str, names: dict[str, Any], account: str) -> list[CI]:
    """Both kinds of CI for this account, if it is one in its repository; Zuul's own accounts go by their names."""
    repository = source.split(maxsplit=1)[0].removeprefix("github:").replace("/", "+")
    known = author in names.get(repository, []) or author in ("Zuul", "Jenkins")
    kinds = (ZUUL, JENKINS) if known else ()
    return [CI(name=ci.name, kind=ci.kind, account=account, log_store="logs") for ci in kinds]


@pytest.mark.parametrize("name", ["start", "human_negative", "lookalike_not_ci_account"])
def test_what_is_no_report_gives_no_failing_one(name: str) -> None:
    names = json.loads((EVENTS / "ci_accounts.json").read_text())
    asked = 0
    for source, comment, text, author in recorded(name):
        for ci in cis_of(source, author, names, comment.author):
            asked += 1
            found = find_report(comment, [ci])
            assert found is None or not found.failed, text
    assert asked > 0 or name == "lookalike_not_ci_account"


@pytest.mark.parametrize(
    ("name", "ci", "most"),
    [
        ("start", ZUUL, 0),
        ("start", JENKINS, 0),
        ("human_negative", JENKINS, 0),
        ("lookalike_not_ci_account", JENKINS, 0),
        ("human_negative", ZUUL, 10),  # "Verified-1" and a text: a Zuul may word a merge conflict so
        ("lookalike_not_ci_account", ZUUL, 5),  # what another Zuul really said
    ],
)
def test_an_account_configured_by_mistake_gives_few_failing_reports(name: str, ci: CI, most: int) -> None:
    failing = [text for _, comment, text, _ in recorded(name) if (r := read_report(comment, ci)) and r.failed]
    assert len(failing) <= most, failing


# -- A real Zuul 14.3: its comments beside what its API says ---------------------------------------------------------


def captured_reports() -> list[CIReport]:
    found = []
    for path in sorted([*CAPTURED.glob("*.json"), *CAPTURED.glob("ssh/*.json")]):
        for line in path.read_bytes().split(b"\n"):
            row = json.loads(line) if line.startswith(b'{"') else {}
            event = to_event(row) if row.get("type") == "comment-added" else None
            report = read_report(event, ZUUL) if isinstance(event, CommentAdded) else None
            if report:
                found.append(report)
    return found


def api_buildsets() -> dict[str, dict[str, Any]]:
    answers = [json.loads(path.read_text()) for path in CAPTURED.glob("rest/buildset*.json")]
    rows = [row for answer in answers for row in (answer if isinstance(answer, list) else [answer])]
    return {row["uuid"]: row for row in rows if row.get("builds")}


def test_a_comment_tells_what_zuuls_api_tells() -> None:
    buildsets = api_buildsets()
    compared: Counter[str] = Counter()
    for report in captured_reports():
        told = buildsets.get(report.buildset or "")
        if told is None:
            continue
        rows = {row["uuid"]: row for row in told["builds"] if row["final"]}
        assert report.pipeline == told["pipeline"]
        assert report.failed is (told["result"] == "FAILURE")
        seen = {build.uuid for build in report.builds}
        assert seen <= set(rows)
        assert seen == set(rows) or report.truncated
        for build in report.builds:
            row = rows[build.uuid or ""]
            assert (build.job, build.voting) == (row["job_name"], row["voting"])
            result = "ABORTED" if build.result == "CANCELED" else build.result  # the API's word for the same
            assert result == row["result"] or build.result == "The build went wrong. See the logs for details."
            assert build.failed is (row["result"] not in ("SUCCESS", "SKIPPED", "ABORTED"))
            last_of_a_cut_one = report.truncated and build is report.builds[-1]
            assert build.detail == row["error_detail"] or last_of_a_cut_one
            if build.elapsed is not None:
                assert abs(build.elapsed - (row["duration"] or 0)) < 2
            compared[row["result"]] += 1
    assert {"SUCCESS", "FAILURE", "TIMED_OUT", "POST_FAILURE", "RETRY_LIMIT", "NODE_FAILURE", "SKIPPED"} <= set(
        compared
    )


def test_reports_of_a_real_zuul_without_jobs() -> None:
    reasons = sorted({str(report.reason)[:60] for report in captured_reports() if not report.builds and report.failed})
    assert reasons == [
        "Merge Failed. This change or one of its cross-repo dependenc",
        "This change depends on a change that failed to merge. Change",
        "Zuul encountered a syntax error while parsing its configurat",
    ]
    canceled = [report for report in captured_reports() if report.reason == "Build canceled."]
    assert canceled
    assert not any(report.failed for report in canceled)
