"""Why a build or the builds of a change failed, as answers: from what is recorded, nobody is asked."""

from collections.abc import Iterator, Sequence

from gerritbot_er.builds.places import jenkins_build
from gerritbot_er.ci.build_urls import uuid_of
from gerritbot_er.errors import Permanent
from gerritbot_er.model import Outcome
from gerritbot_er.web.addresses import identity_of, part_of
from gerritbot_er.web.asked import Asked
from gerritbot_er.web.build import BuildPage, Piece, build_page
from gerritbot_er.web.change import ChangePage, Message, ReplyView, ReportView, change_page
from gerritbot_er.web.sources import Stored
from gerritbot_er.web.views import Found, Proof
from gerritbot_er.web.words import iso

from . import answers, quoted
from .asked import AskedBuild, AskedChange

MOST_BUILDS, MOST_REPORTS, MOST_EVIDENCE, MOST_NOTES = 10, 10, 5, 10
_ANY_TIME = Asked("365d")
_ASK = "to ask the CI and its logs now, run: gerritbot-er explain"


def explain_build(stored: Stored, asked: AskedBuild) -> answers.BuildAnswer:
    """One failed build; ``Permanent`` where none of which may be told is recorded."""
    for part in dict.fromkeys(_parts(asked.build.strip())):
        page = build_page(stored, _ANY_TIME, part)
        if page is not None:
            return answers.BuildAnswer(_build(page, most_pieces=MOST_EVIDENCE))
    raise Permanent(
        "no failed build that may be told of is recorded by this name; give the 32 hex digits of a Zuul build's uuid, "
        f"the URL of its page or of a Jenkins build, or an id of another tool; {_ASK} URL"
    )


def explain_change(stored: Stored, asked: AskedChange) -> answers.ChangeAnswer:
    """A change; ``Permanent`` where nothing of which may be told is recorded of it."""
    page = change_page(stored, _ANY_TIME, str(asked.number))
    if page is None:
        raise Permanent(
            f"no CI report on change {asked.number} that may be told of is recorded; {_ASK} {asked.number} -c FILE"
        )
    reports = [(patchset.number, report) for patchset in page.patchsets for report in patchset.reports]
    failing = tuple(dict.fromkeys(number for number, report in reports if report.builds))
    patchset = _patchset(asked, page, failing)
    lines = [build for number, report in reports if number == patchset for build in report.builds]
    lines.sort(key=lambda build: not build.voting)
    pages = (build_page(stored, _ANY_TIME, one.page) for one in lines[:MOST_BUILDS])
    return answers.ChangeAnswer(
        number=page.number,
        url=page.link.url,
        subject=quoted.name(page.subject),
        project=quoted.name(page.project),
        branch=quoted.name(page.branch),
        patchset=patchset,
        patchsets_with_failures=failing,
        failed_builds=tuple(_build(one) for one in pages if one is not None),
        more_failed_builds=max(len(lines) - MOST_BUILDS, 0),
        reports=tuple(_report(number, report) for number, report in reports[:MOST_REPORTS]),
        more_reports=page.more + max(len(reports) - MOST_REPORTS, 0),
        replies=tuple(_reply(one) for one in page.replies[:MOST_REPORTS]),
    )


def evidence(proof: Proof) -> answers.Evidence:
    """A log line that proves something."""
    return answers.Evidence(quoted.line(proof.line), quoted.name(proof.place.text), proof.place.url)


def _reply(one: ReplyView) -> answers.Reply:
    """What somebody answered to us."""
    return answers.Reply(iso(one.at), one.patchset, quoted.name(one.author), one.judgement, quoted.name(one.bug))


def _parts(named: str) -> Iterator[str]:
    """What the part of a page's path may be for a build that was named so."""
    if identity_of(named) is not None:
        yield named
    uuid = uuid_of(named)
    if uuid:
        yield uuid
    below = named.rpartition("/build/")[2]
    if identity_of(below) is not None:
        yield below
    for url in (named, jenkins_build(named)):
        if url:
            yield part_of(url.rstrip("/") + "/")
            yield part_of(url.rstrip("/"))


def _patchset(asked: AskedChange, page: ChangePage, failing: Sequence[int]) -> int:
    every = [one.number for one in page.patchsets]
    if asked.patchset is None:
        return failing[0] if failing else every[0]
    if asked.patchset not in every:
        numbers = ", ".join(map(str, every[:MOST_REPORTS]))
        raise Permanent(
            f"no CI report on patch set {asked.patchset} of change {asked.number} is recorded, but on {numbers}; "
            "leave patchset out for the newest one that failed"
        )
    return asked.patchset


def _build(page: BuildPage, *, most_pieces: int = 0) -> answers.Build:
    shown = page.pieces[:most_pieces]
    elsewhere = {one.name: one.changes for one in page.elsewhere}
    return answers.Build(
        build=part_of(page.identity),
        job=quoted.name(page.job.text),
        url=page.job.url,
        reported_at=iso(page.at),
        ran_seconds=page.seconds,
        ci=page.ci,
        project=quoted.name(page.project),
        branch=quoted.name(page.branch),
        pipeline=quoted.name(page.pipeline),
        change=page.change,
        patchset=page.patchset,
        result=quoted.name(page.result),
        voting=page.voting,
        verdict=Outcome(page.state),
        verdict_in_words=page.outcome,
        explained_later=page.later,
        known_bugs=tuple(_bug(one, elsewhere.get(one.signature)) for one in page.found),
        telling_line=evidence(page.line) if page.line else None,
        log_lines=tuple(map(_excerpt, shown)),
        log_lines_left_out=page.more + sum(len(piece.lines) for piece in page.pieces[len(shown) :]),
        unexplained_group=page.group,
        other_changes_in_group=elsewhere.get(page.group) if page.group else None,
        notes=tuple(map(quoted.line, page.notes[:MOST_NOTES])),
    )


def _excerpt(piece: Piece) -> answers.Evidence:
    return answers.Evidence(quoted.lines(piece.lines), quoted.name(piece.place.text), piece.place.url)


def _bug(found: Found, others: int | None) -> answers.BugInBuild:
    return answers.BugInBuild(
        found.signature,
        quoted.name(found.bug.text),
        found.bug.url,
        found.advice,
        tuple(quoted.name(f"{name}: {value}") for name, value in found.captured),
        tuple(evidence(one) for one in found.proofs[:MOST_EVIDENCE] if one.line),
        others,
    )


def _report(patchset: int, report: ReportView) -> answers.Report:
    return answers.Report(
        patchset,
        report.ci,
        quoted.name(report.pipeline),
        iso(report.at),
        report.failed,
        len(report.builds),
        quoted.line(report.said),
        tuple(_message(one) for one in report.messages),
    )


def _message(said: Message) -> answers.Message:
    return answers.Message(said.sink, said.stage, iso(said.changed_at), quoted.rows(said.body))
