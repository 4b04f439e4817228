"""The page of one change: its CI reports, why they failed, what we said of them and when, and what was answered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from gerritbot_er.cleaning import clean, clean_line
from gerritbot_er.insight.failures import ChangeFigures, ChangeReply, FailedBuild, ReportFigures
from gerritbot_er.model import TEXT_KEY, Judgement, Outcome
from gerritbot_er.ports import GERRIT_SINK, IRC_SINK
from gerritbot_er.ports.reading import FullRecord, Utterance
from gerritbot_er.triage.publicity import may_be_told

from .addresses import part_of
from .asked import Asked
from .sources import Stored
from .views import LONGEST_NAME, Knowledge, Link, job_words, outcome_words, own_link, said_words

MOST_CASES = 50
"""Reports of a change, and cases among them, that are shown."""
LONGEST_BODY = 16_000
LARGEST_CHANGE = 1 << 40
_MOST_DIGITS = len(str(LARGEST_CHANGE))
_NEAR = 5
"""Seconds by which the stream and history may differ about the second of a report."""
_STAGES = {
    "pending": "to be sent",
    "sending": "on its way",
    "sent": "sent",
    "failed": "refused",
    "withheld": "not sent",
}


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug that explains a build."""

    signature: str
    title: str


@dataclass(frozen=True, slots=True)
class BuildLine:
    """A failed build in short; ``page`` is the last part of its page's path."""

    page: str
    job: str
    result: str
    voting: bool
    state: str
    outcome: str
    later: bool
    bugs: tuple[Bug, ...]
    group: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """A comment or notice of ours: where it went, and what became of it when (UTC seconds)."""

    sink: str
    stage: str
    why: str
    created_at: float
    changed_at: float
    body: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """A CI's report; ``case`` is that of a failing one, with its verdict in ``summary`` and what was ``said``."""

    at: float
    ci: str
    pipeline: str
    failed: bool
    builds: tuple[BuildLine, ...]
    case: str | None = None
    summary: str = ""
    said: str = ""
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyView:
    """What somebody answered to a comment of ours."""

    at: float
    patchset: int
    author: str
    judgement: Judgement
    bug: str
    bugs: tuple[Bug, ...]


@dataclass(frozen=True, slots=True)
class PatchSet:
    """The reports on one patch set, the newest first."""

    number: int
    reports: tuple[ReportView, ...]


@dataclass(frozen=True, slots=True)
class ChangePage:
    """All that is known of a change, the newest patch set first; ``more`` older reports are not shown."""

    number: int
    link: Link
    subject: str
    project: str
    branch: str
    patchsets: tuple[PatchSet, ...]
    more: int
    replies: tuple[ReplyView, ...]


def change_page(sources: Stored, asked: Asked, number: str) -> ChangePage | None:
    """A change; None where there is none of which a page may tell."""
    del asked  # one change has no filters
    if not (number.isascii() and number.isdigit()) or len(number) > _MOST_DIGITS:  # Python reads none of thousands
        return None
    figures = sources.statistics.change(int(number), MOST_CASES)
    if figures is None:
        return None
    public = sources.settings.public_projects
    every = sources.records.of_change(int(number), MOST_CASES)
    told = [one for one in every if may_be_told(one.record.case.report.change, public)]
    return _view(figures, told, sources.knowledge())


def _view(figures: ChangeFigures, told: Sequence[FullRecord], known: Knowledge) -> ChangePage:
    newest = told[0].record.case.report.change if told else None
    url = own_link(newest.url, known.settings.gerrit.host) if newest else None
    reports = sorted(figures.reports, key=lambda report: (-report.patchset, -report.at, -report.number))
    builds: dict[int | None, list[FailedBuild]] = {}
    for build in figures.builds:
        builds.setdefault(build.report, []).append(build)
    return ChangePage(
        number=figures.number,
        link=Link(str(figures.number), url),
        subject=clean_line(newest.subject, 2 * LONGEST_NAME) if newest else "",
        project=clean_line(figures.project, LONGEST_NAME),
        branch=clean_line(figures.branch, LONGEST_NAME),
        patchsets=tuple(
            PatchSet(patchset, tuple(_report(one, builds.get(one.number, ()), told, known) for one in ones))
            for patchset, ones in groupby(reports, key=lambda report: report.patchset)
        ),
        more=figures.more,
        replies=tuple(_reply(one, known) for one in figures.replies),
    )


def _report(
    report: ReportFigures, builds: Iterable[FailedBuild], told: Sequence[FullRecord], known: Knowledge
) -> ReportView:
    lines = tuple(_build(build, known) for build in builds)
    pipeline = clean_line(report.pipeline, LONGEST_NAME)
    case = next((one for one in told if _is_of(one, report)), None)
    if case is None:
        return ReportView(report.at, report.ci, pipeline, report.failed, lines)
    return ReportView(
        report.at,
        report.ci,
        pipeline,
        report.failed,
        lines,
        case=case.record.case.id,
        summary=case.record.outcome or "waiting",
        said=said_words(case.record),
        messages=tuple(_message(one) for one in case.utterances),
    )


def _is_of(told: FullRecord, report: ReportFigures) -> bool:
    """Whether the case is that of a report: they have one key, and where that is of the text alone, one time."""
    case = told.record.case
    return case.key == report.key and (not case.key.startswith(TEXT_KEY) or abs(case.report.at - report.at) <= _NEAR)


def _build(build: FailedBuild, known: Knowledge) -> BuildLine:
    unexplained = build.outcome == Outcome.UNEXPLAINED and not build.later
    return BuildLine(
        page=part_of(build.identity),
        job=job_words(build.job),
        result=clean_line(build.result, LONGEST_NAME),
        voting=build.voting,
        state=build.outcome,
        outcome=outcome_words(build),
        later=build.later,
        bugs=_bugs((match.signature for match in build.matches), known),
        group=build.group if unexplained else None,
    )


def _bugs(names: Iterable[str], known: Knowledge) -> tuple[Bug, ...]:
    return tuple(Bug(name, known.title(name)) for name in names)


def _message(said: Utterance) -> Message:
    sink = "a comment on the change" if said.sink == GERRIT_SINK else f"a notice on {said.sink.removeprefix(IRC_SINK)}"
    why = clean_line(said.why, 2 * LONGEST_NAME)
    body = clean(said.body[:LONGEST_BODY])
    return Message(sink, _STAGES.get(said.stage, said.stage), why, said.created_at, said.changed_at, body)


def _reply(reply: ChangeReply, known: Knowledge) -> ReplyView:
    author, bug = clean_line(reply.author, LONGEST_NAME), clean_line(reply.bug, LONGEST_NAME)
    bugs = _bugs(reply.signatures, known)
    return ReplyView(reply.at, reply.patchset, author, reply.judgement, bug, bugs)
