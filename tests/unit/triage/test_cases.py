"""The builds of a report: which have a page that lines can be linked to."""

import pytest

from gerritbot_er.model import ReportedBuild
from gerritbot_er.triage.cases import builds_of

from .world import UUID, report

PAGE = f"https://zuul.example.org/t/example/build/{UUID(1)}"


@pytest.mark.parametrize(
    ("url", "page"),
    [
        (PAGE, PAGE),
        (f"{PAGE}/log/job-output.txt", PAGE),
        (f"build/{UUID(1)}", None),  # no link for a reader of the comment
        ("https://zuul.example.org/t/example/build/None", None),
        ("http://logs.example.org/61/65361/2/check/docs/8209fb4/", None),
        (None, None),
    ],
)
def test_a_line_is_linked_only_to_a_whole_url_of_a_build_s_page(url: str | None, page: str | None) -> None:
    (build,) = builds_of(report(ReportedBuild("unit", "FAILURE", None, url)))
    assert build.web_url == page


def test_builds_that_never_started_are_told_apart_by_their_jobs() -> None:
    for nobodys in ("build/None", "https://zuul.example.org/zuul/build/None"):
        found = builds_of(report(*(ReportedBuild(job, "RETRY_LIMIT", None, nobodys) for job in ("a", "b"))))
        assert [build.identity for build in found] == ["a", "b"]
