"""Zuul's result comments, of version 2, of 3 and later, as CI reports (peer facts 2)."""

import re

from gerritbot_er.model import CIReport, CommentAdded, ReportedBuild

from .build_urls import job_of, pipeline_of, uuid_of
from .comment import Posted, as_posted, digest_of, reason_of
from .results import is_failed, split_result
from .zuul_layout import JobLine, Layout, lay_out, split_tail

_PIPELINE = re.compile(r"\(([^()\n]{1,100}) pipeline\)")
_OPENING = 2000
_FAILED = re.compile(r"(?i)build failed|(?:this|these) changes? (?:is|are) part of a dependency cycle that failed")
_SUCCEEDED = re.compile(r"(?i)build (?:succeeded|successful)")
_CANCELED = re.compile(r"(?i)build cancell?ed")
_STARTING = re.compile(r"(?i)starting ")
_CONFIG_ERROR = re.compile(r"(?i)zuul encountered |unable to freeze job graph|unknown configuration error")
"""Zuul's own words, which may quote anything below and never bring jobs."""

_WITHOUT_JOBS = re.compile(
    r"(?i)merge failed"
    r"|(?:this change|these changes) (?:depends? on a change|(?:is|are) unable to merge|was unable to be automatically)"
    r"|this change was not merged by the code review system"
)
"""How other reports without jobs open: merge conflict, dependency, missing requirement."""

_NO_LAYOUT = Layout(opening="", jobs=(), buildset=None, truncated=False, cut=False)
_WORD_OF_FAILURE = re.compile(r"(?i)\bfail")
_WORD_OF_SUCCESS = re.compile(r"(?i)\b(?:succe|pass)")


def read_zuul(comment: CommentAdded, ci: str) -> CIReport | None:
    """The report that a comment of a Zuul's account is, under the name of that CI; None where it is none."""
    posted = as_posted(comment.text)
    layout = _NO_LAYOUT if _CONFIG_ERROR.match(posted.body) else lay_out(posted)
    succeeded = _succeeded(layout.opening, posted)
    builds = tuple(_build(job, succeeded=succeeded) for job in layout.jobs)
    failed = any(build.failed and build.voting for build in builds)
    truncated = layout.truncated or (layout.cut and bool(_FAILED.match(posted.body)))
    reason = None
    if truncated:  # the failed ones may be among those that are missing
        failed = failed or succeeded is False
    elif not builds:
        says_failed = _says_failed(posted)
        if says_failed is None:
            return None
        failed, reason = says_failed, reason_of(posted.body)
    return CIReport(
        ci=ci,
        change=comment.change,
        patchset=comment.patchset,
        at=comment.at,
        builds=builds,
        failed=failed,
        digest=digest_of(posted.body),
        pipeline=_pipeline(layout),
        buildset=layout.buildset,
        reason=reason,
        truncated=truncated,
    )


def _succeeded(opening: str, posted: Posted) -> bool | None:
    """What the opening says of all voting builds together, or where its words say nothing, the vote that it brings."""
    opening = opening[:_OPENING].strip()
    if _FAILED.match(opening) or _WITHOUT_JOBS.match(opening):
        return False
    if _SUCCEEDED.match(opening):
        return True
    first = opening.partition("\n")[0]
    if _WORD_OF_FAILURE.search(first):
        return False
    if _WORD_OF_SUCCESS.search(first):
        return True
    return None if posted.vote is None else posted.vote == "+"


def _says_failed(posted: Posted) -> bool | None:
    """What a comment without jobs says; None where it is no report.

    Sites choose the words for a merge conflict, so other words of Zuul's count as well if they bring a bad vote.
    """
    body = posted.body
    if not body or _STARTING.match(body):
        return None
    if _FAILED.match(body) or _WITHOUT_JOBS.match(body) or _CONFIG_ERROR.match(body):
        return True
    if _SUCCEEDED.match(body) or _CANCELED.match(body):
        return False
    return True if posted.vote == "-" else None


def _pipeline(layout: Layout) -> str | None:
    """The pipeline that the opening names, else the one in the path of the logs."""
    found = _PIPELINE.search(layout.opening, 0, _OPENING)
    if found:
        return found[1]
    urls = (job.url for job in layout.jobs[:1] if job.url)
    return next((pipeline for pipeline in map(pipeline_of, urls) if pipeline), None)


def _build(job: JobLine, *, succeeded: bool | None) -> ReportedBuild:
    text, elapsed, voting = split_tail("\n".join((job.text, *job.more)) if job.more else job.text)
    result, detail = split_result(text)
    return ReportedBuild(
        job=job.name or (job_of(job.url) if job.url else ""),
        result=result,
        uuid=uuid_of(job.url) if job.url else None,
        url=job.url,
        detail=detail,
        elapsed=elapsed,
        voting=voting,
        failed=is_failed(result, voting=voting, succeeded=succeeded),
    )
