"""What a page shows of a case: texts of bounded length and links that were vetted.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from gerritbot_er.cleaning import clean_line
from gerritbot_er.model import BuildVerdict, Evidence, Match, Outcome, Signature
from gerritbot_er.ports import Record
from gerritbot_er.settings import CI, Settings
from gerritbot_er.standing import date_and_time
from gerritbot_er.triage.bug_words import title_of
from gerritbot_er.triage.facts_words import named
from gerritbot_er.triage.links import LONGEST_URL, safe_link
from gerritbot_er.triage.wording import advice_text

LONGEST_NAME = 120
LONGEST_LINE = 1000

_OUTCOMES = {
    Outcome.WAITING: "logs not here yet",
    Outcome.EXPLAINED: "known bug",
    Outcome.UNEXPLAINED: "no known bug",
    Outcome.NO_LOGS: "no logs came",
    Outcome.UNDECIDED: "undecided, as not everything could be searched",
}
_SAID = {
    "comment": "a comment on the change",
    "again": "a short comment on the change: the same bugs as before",
    "addition": "a second comment on the change, with one more bug",
    "notice": "a notice on IRC",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A text, and where it leads; None where nothing may be linked."""

    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A log line, empty where a rule lets none be shown; ``place`` is the file and line it stands in."""

    line: str
    place: Link


@dataclass(frozen=True, slots=True)
class Found:
    """A bug in a build, and the log lines that prove it, none where only the CI's report spoke of it.

    ``captured`` are names and values out of them.
    """

    bug: Link
    advice: str
    proofs: tuple[Proof, ...] = ()
    captured: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BuildView:
    """One failed build; ``outcome`` in words."""

    job: Link
    result: str
    outcome: str
    explained: bool
    voting: bool
    found: tuple[Found, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case; ``said`` is what was to be said about it and where that stands, or why nothing was."""

    id: str
    change: Link
    project: str
    branch: str
    ci: str
    pipeline: str
    reported: str
    summary: str
    said: str
    builds: tuple[BuildView, ...]

    @property
    def first(self) -> Found | None:
        """The first bug that has a line, else the first: a list of cases shows no more."""
        found = [one for build in self.builds for one in build.found]
        with_line = (one for one in found if one.proofs and one.proofs[0].line)
        return next(with_line, found[0] if found else None)


def case_view(record: Record, signatures: Mapping[str, Signature], settings: Settings) -> CaseView:
    """The case as it is shown; of a signature that is there no more, its name is."""
    report = record.case.report
    change = report.change
    ci = next((ci for ci in settings.cis if ci.name == report.ci), None)
    builds = record.verdict.builds if record.verdict else ()
    return CaseView(
        id=record.case.id,
        change=Link(f"{change.number},{report.patchset}", _own_link(change.url, settings.gerrit.host)),
        project=clean_line(change.project, LONGEST_NAME),
        branch=clean_line(change.branch, LONGEST_NAME),
        ci=report.ci,
        pipeline=clean_line(report.pipeline or "", LONGEST_NAME),
        reported=date_and_time(report.at),
        summary=record.outcome or "waiting",
        said=clean_line(_said(record), LONGEST_NAME * 2),
        builds=tuple(_build(found, signatures, ci) for found in builds),
    )


def _said(record: Record) -> str:
    said = _SAID.get(record.said or "", record.said or "nothing yet")
    return f"{said} ({record.unsent})" if record.unsent else said


def _build(found: BuildVerdict, signatures: Mapping[str, Signature], ci: CI | None) -> BuildView:
    build = found.build
    return BuildView(
        job=Link(clean_line(build.job, LONGEST_NAME) or "The CI run", _linked(build.web_url, ci)),
        result=clean_line(build.result, LONGEST_NAME),
        outcome=_OUTCOMES[found.outcome],
        explained=found.outcome is Outcome.EXPLAINED,
        voting=build.voting,
        found=tuple(_found(match, signatures, ci) for match in found.bugs),
        notes=tuple(clean_line(note, LONGEST_LINE) for note in found.notes),
    )


def _found(match: Match, signatures: Mapping[str, Signature], ci: CI | None) -> Found:
    signature = signatures.get(match.signature) or Signature(match.signature, query="")
    bug = Link(title_of(signature), https(signature.bug))
    advice = advice_text(signature.advice)
    if match.evidence is None:
        return Found(bug, advice)
    proofs = (Proof(clean_line(one.line, LONGEST_LINE), _place(one, ci)) for one in (match.evidence, *match.more))
    captured = ((named(name), clean_line(value, LONGEST_NAME)) for name, value in match.captured)
    return Found(bug, advice, tuple(proofs), tuple(captured))


def _place(evidence: Evidence, ci: CI | None) -> Link:
    line = f" line {evidence.number}" if evidence.number else ""
    where = clean_line(evidence.file, LONGEST_NAME)
    return Link(f"{where}{line}" if where else "the CI's words", _linked(evidence.url, ci))


def _linked(url: str | None, ci: CI | None) -> str | None:
    """Where the CI's configuration lets links lead, over https alone: the page stands outside of Gerrit."""
    return https(safe_link(url, ci)) if ci else None


def _own_link(url: str, host: str) -> str | None:
    """A link to Gerrit's own pages."""
    try:
        own = urlsplit(url).hostname == host
    except ValueError:
        return None
    return https(url) if own else None


def https(url: str | None) -> str | None:
    """The URL if it is an https one and short; the template escapes what could end it."""
    return url if url and url.startswith("https://") and len(url) <= LONGEST_URL else None
