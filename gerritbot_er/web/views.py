"""What a page shows of a case: texts of bounded length and links that were vetted.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from gerritbot_er.cleaning import clean_line
from gerritbot_er.insight.failures import FailedBuild
from gerritbot_er.model import BugFacts, BuildVerdict, Case, Evidence, Match, Outcome, Signature
from gerritbot_er.ports import NO_BUGS, Bugs
from gerritbot_er.ports.reading import Record
from gerritbot_er.settings import CI, Settings
from gerritbot_er.time_words import date_and_time
from gerritbot_er.triage.bug_words import as_told, title_of
from gerritbot_er.triage.captured_words import label_of
from gerritbot_er.triage.cases import build_id
from gerritbot_er.triage.links import LONGEST_URL, safe_link
from gerritbot_er.triage.wording import advice_text

from .addresses import part_of

LONGEST_NAME = 120
LONGEST_LINE = 1000

OUTCOMES = {
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
    "no known bug, but seen elsewhere": "a comment on the change: no known bug, but seen elsewhere",
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

    ``bug`` is its tracker's page; ``captured`` are names and values out of the lines.
    """

    signature: str
    bug: Link
    advice: str
    proofs: tuple[Proof, ...] = ()
    captured: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BuildView:
    """One failed build; ``page`` is the last part of its page's path, ``outcome`` in words.

    ``group`` is the id of the unexplained failures that it is like.
    """

    page: str
    job: Link
    result: str
    outcome: str
    explained: bool
    voting: bool
    found: tuple[Found, ...]
    notes: tuple[str, ...]
    group: str | None = None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case; ``said`` is what was to be said about it and where that stands, or why nothing was."""

    id: str
    number: int
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


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What views need to know besides what they show: the signatures in use, and what trackers say of their bugs."""

    settings: Settings
    signatures: Mapping[str, Signature]
    bugs: Bugs = NO_BUGS

    def ci(self, name: str) -> CI | None:
        """The CI of this name; None where the configuration has it no more."""
        return next((ci for ci in self.settings.cis if ci.name == name), None)

    def bug(self, signature: Signature, now: float) -> BugFacts | None:
        """What may be told of a signature's bug at this UTC second."""
        facts = self.bugs.known(signature.bug) if signature.bug else None
        return as_told(facts, now) if facts else None

    def title(self, name: str) -> str:
        """What the bug of a signature is called; of one that is there no more, its name."""
        signature = self.signatures.get(name) or Signature(name, query="")
        return title_of(signature, self.bugs.known(signature.bug) if signature.bug else None)


def case_view(record: Record, known: Knowledge, groups: Mapping[str, str | None] | None = None) -> CaseView:
    """The case as it is shown; of a signature that is there no more, its name is.

    ``groups`` are those of its unexplained builds, by the names that the sightings have for them.
    """
    case, report = record.case, record.case.report
    change = report.change
    builds = record.verdict.builds if record.verdict else ()
    return CaseView(
        id=case.id,
        number=change.number,
        change=Link(f"{change.number},{report.patchset}", own_link(change.url, known.settings.gerrit.host)),
        project=clean_line(change.project, LONGEST_NAME),
        branch=clean_line(change.branch, LONGEST_NAME),
        ci=report.ci,
        pipeline=clean_line(report.pipeline or "", LONGEST_NAME),
        reported=date_and_time(report.at),
        summary=record.outcome or "waiting",
        said=said_words(record),
        builds=tuple(_build(case, found, known, groups or {}) for found in builds),
    )


def said_words(record: Record) -> str:
    """What was to be said about a case and where that stands, or why nothing was."""
    return clean_line(_said(record), LONGEST_NAME * 2)


def _said(record: Record) -> str:
    said = _SAID.get(record.said, f"nothing ({record.said})") if record.said else "nothing yet"
    return f"{said} ({record.unsent})" if record.unsent else said


def _build(case: Case, found: BuildVerdict, known: Knowledge, groups: Mapping[str, str | None]) -> BuildView:
    build, ci = found.build, known.ci(case.report.ci)
    name = build_id(case.key, case.report.at, build)
    return BuildView(
        page=part_of(name),
        job=Link(job_words(build.job), linked(build.web_url, ci)),
        result=clean_line(build.result, LONGEST_NAME),
        outcome=OUTCOMES[found.outcome],
        explained=found.outcome is Outcome.EXPLAINED,
        voting=build.voting,
        found=tuple(found_view(match, known, ci) for match in found.bugs),
        notes=tuple(clean_line(note, LONGEST_LINE) for note in found.notes),
        group=groups.get(name) if found.outcome is Outcome.UNEXPLAINED else None,
    )


def outcome_words(build: FailedBuild) -> str:
    """What is known of a build, in words."""
    if build.outcome == Outcome.WAITING and not build.asked:
        return "not looked at, as no voting build of its report failed"
    if build.outcome == Outcome.WAITING and not build.voting:
        return "not looked at, unless a signature asks for non-voting builds"
    return OUTCOMES[Outcome(build.outcome)]


def job_words(job: str) -> str:
    """A job's name; a report without jobs is the CI's whole run."""
    return clean_line(job, LONGEST_NAME) or "The CI run"


def found_view(match: Match, known: Knowledge, ci: CI | None) -> Found:
    """A signature that hit, with what proves it."""
    signature = known.signatures.get(match.signature) or Signature(match.signature, query="")
    bug = Link(known.title(match.signature), https(signature.bug))
    advice = advice_text(signature.advice)
    if match.evidence is None:
        return Found(match.signature, bug, advice)
    proofs = (proof(one, ci) for one in (match.evidence, *match.more))
    captured = ((label_of(name), clean_line(value, LONGEST_NAME)) for name, value in match.captured)
    return Found(match.signature, bug, advice, tuple(proofs), tuple(captured))


def proof(evidence: Evidence, ci: CI | None) -> Proof:
    """A log line and where it stands."""
    return Proof(clean_line(evidence.line, LONGEST_LINE), place_of(evidence, ci))


def place_of(evidence: Evidence, ci: CI | None) -> Link:
    """Where a log line stands."""
    line = f" line {evidence.number}" if evidence.number else ""
    where = clean_line(evidence.file, LONGEST_NAME)
    return Link(f"{where}{line}" if where else "the CI's words", linked(evidence.url, ci))


def linked(url: str | None, ci: CI | None) -> str | None:
    """Where the CI's configuration lets links lead, over https alone: the page stands outside of Gerrit."""
    return https(safe_link(url, ci)) if ci else None


def own_link(url: str, host: str) -> str | None:
    """A link to Gerrit's own pages."""
    try:
        own = urlsplit(url).hostname == host
    except ValueError:
        return None
    return https(url) if own else None


def https(url: str | None) -> str | None:
    """The URL if it is an https one and short; the template escapes what could end it."""
    return url if url and url.startswith("https://") and len(url) <= LONGEST_URL else None
