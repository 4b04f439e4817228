r"""The result comments of Jenkins' Gerrit Trigger plugin as CI reports.

Source: peer facts 2, and the plugin's ``ParameterExpander.createBuildsStats``.  An opening ("Build Failed "; a site
may choose its words), then for each build, worst first, after a blank line

    ``URL : RESULT[ (skipped)][ <<<\nTEXT OF A FILE\n>>>]``

and, as paragraphs of their own, what other plugins say of it: "CAUSE ( URL )" by the Build Failure Analyzer, the
build's description, which at many sites is "Logs: URL" or a bare URL.  A job may put a text of its own in the place of
result and "(skipped)".  "(skipped)" means that the job is set up to *skip the vote* for such a result: the build ran,
and does not count for the change.  That is what Zuul calls non-voting.
"""

import re
from dataclasses import dataclass, field

from gerritbot_er.model import CIReport, CommentAdded, ReportedBuild

from .build_urls import job_of
from .comment import Posted, as_posted, digest_of, reason_of
from .results import is_failed, split_result

_BUILD = re.compile(r"(?:Build [A-Z][a-z]+ )?([a-z]+://\S+) : (.*)")
_SKIPPED_VOTE = " (skipped)"
_FILE_BEGINS, _FILE_ENDS = " <<<", ">>>"
_LOGS = re.compile(r"(?:Logs: *)?([a-z]+://\S+)")

_FAILED = re.compile(r"(?i)build (?:failed|unstable|aborted)\b")
_SUCCEEDED = re.compile(r"(?i)build successful\b")
_WITHOUT_BUILDS = re.compile(r"(?i)(?:build (?:failed|unstable|aborted|successful)|no builds executed)[ .!]*(?:\n|\Z)")


@dataclass(slots=True)
class _Told:
    """What a comment says of one build: the text after its URL, and the lines below it."""

    url: str
    text: str
    more: list[str] = field(default_factory=list)
    logs_url: str | None = None


def read_jenkins(comment: CommentAdded, ci: str) -> CIReport | None:
    """The report that a comment of a Jenkins' account is, under the name of that CI; None where it is none."""
    posted = as_posted(comment.text)
    told = _lay_out(posted.body)
    succeeded = _succeeded(posted)
    builds = tuple(_build(one, succeeded=succeeded) for one in told)
    if not builds and not _WITHOUT_BUILDS.match(posted.body):
        return None
    return CIReport(
        ci=ci,
        change=comment.change,
        patchset=comment.patchset,
        at=comment.at,
        builds=builds,
        failed=any(build.failed and build.voting for build in builds) if builds else succeeded is False,
        digest=digest_of(posted.body),
        reason=None if builds else reason_of(posted.body),
        truncated=posted.cut and bool(builds),
    )


def _succeeded(posted: Posted) -> bool | None:
    if _FAILED.match(posted.body):
        return False
    return True if _SUCCEEDED.match(posted.body) else None


def _lay_out(body: str) -> list[_Told]:
    """The builds, in one pass over the lines; what looks like a build inside a file's text is none."""
    told: list[_Told] = []
    lines = body.split("\n")
    last_end = max((index for index, line in enumerate(lines) if line == _FILE_ENDS), default=-1)
    in_file = False
    for index, line in enumerate(lines):
        found = _BUILD.fullmatch(line) if "://" in line and not in_file else None
        if found:
            text = found[2].rstrip()
            in_file = text.endswith(_FILE_BEGINS) and index < last_end
            told.append(_Told(found[1], text.removesuffix(_FILE_BEGINS)))
        elif in_file and line == _FILE_ENDS:
            in_file = False
        elif told:
            _add(told[-1], line.strip(), in_file=in_file)
    return told


def _add(build: _Told, line: str, *, in_file: bool) -> None:
    logs = _LOGS.fullmatch(line) if not in_file and "://" in line else None
    if logs:
        build.logs_url = build.logs_url or logs[1]
    elif line:
        build.more.append(line if in_file else _without_url(line))


def _without_url(line: str) -> str:
    """The line without the Build Failure Analyzer's "( URL )", which may write the build's URL in its own way."""
    cause, _, url = line.removesuffix(" )").rpartition("( ")
    return cause.rstrip() if line.endswith(" )") and "://" in url and " " not in url else line


def _build(told: _Told, *, succeeded: bool | None) -> ReportedBuild:
    text = told.text.removesuffix(_SKIPPED_VOTE)
    voting = text == told.text
    result, rest = split_result(text)
    detail = "\n".join(line for line in (rest or "", *told.more) if line)
    return ReportedBuild(
        job=job_of(told.url),
        result=result,
        url=told.url,
        detail=detail or None,
        voting=voting,
        failed=is_failed(result, voting=voting, succeeded=succeeded),
        logs_url=told.logs_url,
    )
