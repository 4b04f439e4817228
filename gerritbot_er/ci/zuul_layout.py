r"""The parts of a Zuul comment: its opening, its buildset, its jobs' lines, each with what belongs to it.

Source: peer facts 2, and the reporter of Zuul 14.3 (``BaseReporter._formatItemReport``, ``GerritReporter``).  An
opening, the URL of the buildset, a blank line, then for each job

    ``- [NAME ]URL : RESULT[ ERROR DETAIL][ in 1h 02m 03s][ (non-voting)]``

(NAME twice, or once, where there is no URL), then "Skipped N jobs", and after blank lines warnings, debug
information, a footer.  An error detail may hold newlines, and lines that look like a job's.  A text of 16,056 bytes
loses its good jobs, and if that does not help, its end.
"""

import re
from dataclasses import dataclass, field

from .build_urls import build_page
from .comment import Posted
from .results import is_unfinished, opens_with_result

NON_VOTING = " (non-voting)"
_CUT = "... (truncated)"
_OMITTED = "Successful jobs omitted due to length restrictions"
_SKIPPED = re.compile(r"Skipped \d+ jobs?")
_AFTER_JOBS = frozenset({"Warning:", "Debug information:", "Related changes:"})

_BULLETS = ("- ", "* ")
_BUILDSET = re.compile(r"(\S*/|)buildset/([0-9a-f]{32})/?")
_BARE = re.compile(r"[A-Z_]+(?: in [\dhms: ]+)?(?: \(non-voting\))?\s*")

_ELAPSED = re.compile(
    r"(?<!\S)in (?:(?:(?P<h>[0-9]{1,6})h )?(?:(?P<m>[0-9]{1,6})m )?(?P<s>[0-9]{1,6})s"
    r"|(?:(?P<days>[0-9]{1,4}) days?, )?(?P<hh>[0-9]{1,6}):(?P<mm>[0-9]{2}):(?P<ss>[0-9]{2}))\Z"
)
_HALF_ELAPSED = re.compile(r"\sin(?: \d[\dhms: ]*)?\Z")
_HALF_NON_VOTING = re.compile(r" \((?:n[onvtig-]*)?\Z")
_TAIL = 60


@dataclass(slots=True)
class JobLine:
    """A job's line, cut at its first " : "; ``more`` are the further lines of its error detail."""

    name: str
    url: str | None
    text: str
    more: list[str] = field(default_factory=list)

    @property
    def bare(self) -> bool:
        """Whether the line holds a result word and nothing that could go on in the next line."""
        return _BARE.fullmatch(self.text) is not None


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of a Zuul comment.

    ``opening`` is the text before the jobs; ``truncated`` says that jobs are missing, ``cut`` that text is.
    """

    opening: str
    jobs: tuple[JobLine, ...]
    buildset: str | None
    truncated: bool
    cut: bool


def lay_out(posted: Posted) -> Layout:
    """The parts of what a Zuul wrote, in one pass over its lines."""
    text = posted.body.removesuffix(_CUT)
    cut = posted.cut or text != posted.body
    opening: list[str] = []
    jobs: list[JobLine] = []
    root: str | None = None
    buildset: str | None = None
    omitted = False
    for line in _unwrapped(text.split("\n")):
        job = _job_line(line) if line.startswith(_BULLETS) else None
        if job and (not jobs or jobs[-1].bare or _belongs(job, root)):
            jobs.append(job)
        elif not jobs:
            opening.append(line)
            found = _BUILDSET.fullmatch(line.strip()) if "buildset/" in line else None
            if found:
                root, buildset = found[1], found[2]
        elif line in _AFTER_JOBS and jobs[-1].more[-1:] == [""]:
            break
        elif line == _OMITTED:
            omitted = True
        elif not _SKIPPED.fullmatch(line):
            jobs[-1].more.append(line)
    if jobs:
        _finish(jobs, cut=cut)
    return Layout("\n".join(opening), tuple(jobs), buildset, omitted or (cut and bool(jobs)), cut)


def split_tail(text: str) -> tuple[str, int | None, bool]:
    """The text of a job's line without its end, the seconds that it ran, and whether it votes."""
    text = text.rstrip()
    rest = text.removesuffix(NON_VOTING)
    voting = rest == text
    found = _elapsed(rest)
    if found is None:
        return rest.strip(), None, voting
    h, m, s, days, hh, mm, ss = found.groups()
    elapsed = ((int(days or 0) * 24 + int(h or hh or 0)) * 60 + int(m or mm or 0)) * 60 + int(s or ss)
    return rest[: found.start()].strip(), elapsed, voting


def _elapsed(text: str) -> re.Match[str] | None:
    at = text.rfind("in ")
    return _ELAPSED.match(text, at) if at >= 0 else None


def _unwrapped(lines: list[str]) -> list[str]:
    """The lines, a job's put together again whose URL or result was wrapped onto the next one.

    Two lines of an error detail that only look like that stay two.
    """
    whole: list[str] = []
    for line in lines:
        before = whole[-1] if whole else ""
        if before.startswith(_BULLETS) and " : " not in before and _goes_on(line.lstrip()):
            together = f"{before.rstrip()} {line.lstrip()}"
            if _job_line(together):
                whole[-1] = together
                continue
        whole.append(line)
    return whole


def _goes_on(line: str) -> bool:
    head, _, rest = line.partition(" ")
    return head == ":" or ("://" in head and rest.startswith(": "))


def _job_line(line: str) -> JobLine | None:
    """A line with a bullet, if it is a job's: "NAME URL : …", "URL : …", "NAME NAME : …", "NAME : WORD"."""
    left, colon, text = line[2:].partition(" : ")
    if not colon:
        return None
    left = left.strip()
    name, _, last = left.rpartition(" ")
    if "://" in last or build_page(last):
        return JobLine(name.strip(), last, text)
    half = len(left) // 2
    if left[:half] and left == f"{left[:half]} {left[:half]}":
        return JobLine(left[:half], None, text)
    if last and not name and opens_with_result(text):
        return JobLine(last, None, text)
    return None


def _belongs(job: JobLine, root: str | None) -> bool:
    """Whether a line below an error detail is a job's, and not a line of that detail that looks like one.

    Where the comment names its buildset, all of its jobs' pages lie beside it.  A view below such a page is no job's
    URL: a detail may quote one.
    """
    if root is None or job.url is None:
        return True
    page = build_page(job.url)
    return page is not None and job.url == root + page.local


def _finish(jobs: list[JobLine], *, cut: bool) -> None:
    """Of all lines below the last job leave it those of its error detail; drop it where a cut took its result."""
    last = jobs[-1]
    if cut and not last.more:
        text = _mended(last.text)
        if text is None:
            jobs.pop()
        else:
            last.text = text
    last.more = _detail_lines(last)


def _detail_lines(job: JobLine) -> list[str]:
    """The lines of the last job's error detail: up to the one with its duration, else up to a blank line."""
    if job.bare or _ends_job(job.text):
        return []
    for index in range(len(job.more) - 1, -1, -1):
        if _ends_job(job.more[index]):
            return job.more[: index + 1]
    blank = job.more.index("") if "" in job.more else len(job.more)
    return job.more[:blank]


def _ends_job(line: str) -> bool:
    return line.endswith(NON_VOTING) or _elapsed(line) is not None


def _mended(text: str) -> str | None:
    """What a cut left of a job's text, without the halves of its duration and voting; None without a whole result."""
    end = max(0, len(text) - _TAIL)
    marker = _HALF_NON_VOTING.search(text, end)
    whole = text[: marker.start()] if marker else text
    half = _HALF_ELAPSED.search(whole, end) if not _elapsed(whole) else None
    whole = whole[: half.start()] if half else whole
    if whole == text and opens_with_result(text) and " " not in text and is_unfinished(text):
        return None
    return whole + NON_VOTING if marker else whole
