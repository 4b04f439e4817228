"""The page of one failed build: why it failed, as far as that is known, and where else the same was seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from gerritbot_er.cleaning import clean_line
from gerritbot_er.insight.failures import Elsewhere, FailedBuild
from gerritbot_er.model import BuildVerdict, Evidence, Outcome
from gerritbot_er.settings import CI
from gerritbot_er.triage.cases import build_id
from gerritbot_er.triage.publicity import may_be_told

from .addresses import identity_of
from .asked import Asked
from .change import MOST_CASES
from .sources import Stored
from .views import (
    LONGEST_LINE,
    LONGEST_NAME,
    Found,
    Link,
    Proof,
    found_view,
    job_words,
    linked,
    outcome_words,
    place_of,
    proof,
)

MOST_LINES = 80
"""Lines of an unexplained build that are shown."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of one file, in the order in which they stand there; ``place`` is that of the first."""

    place: Link
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuildPage:
    """A failed build; ``outcome`` in words, ``later``: a signature that came after the verdict explained it.

    ``pieces`` are the lines that may tell why, of an unexplained build, ``line`` the one that tells most, and ``more``
    counts those that are not shown;
    ``group`` is the id of the unexplained failures that it is like, ``case`` that of the report it belongs to.
    """

    identity: str
    job: Link
    at: float
    seconds: int | None
    ci: str
    project: str
    branch: str
    pipeline: str
    change: int
    patchset: int
    result: str
    voting: bool
    state: str
    outcome: str
    later: bool
    found: tuple[Found, ...]
    elsewhere: tuple[Elsewhere, ...]
    group: str | None
    notes: tuple[str, ...]
    line: Proof | None
    pieces: tuple[Piece, ...]
    more: int
    case: str | None


def build_page(sources: Stored, asked: Asked, build: str) -> BuildPage | None:
    """A failed build, by the last part of its page's path; None where there is none of which a page may tell."""
    del asked  # one build has no filters
    identity = identity_of(build)
    found = sources.statistics.build(identity) if identity is not None else None
    if found is None:
        return None
    known = sources.knowledge()
    ci = known.ci(found.ci)
    case, verdict = _verdict(sources, found)
    url = verdict.build.web_url if verdict else None
    return BuildPage(
        identity=found.identity,
        job=Link(job_words(found.job), linked(url or found.identity, ci)),
        at=found.at,
        seconds=found.seconds,
        ci=found.ci,
        project=clean_line(found.project, LONGEST_NAME),
        branch=clean_line(found.branch, LONGEST_NAME),
        pipeline=clean_line(found.pipeline, LONGEST_NAME),
        change=found.change,
        patchset=found.patchset,
        result=clean_line(found.result, LONGEST_NAME),
        voting=found.voting,
        state=found.outcome,
        outcome=outcome_words(found),
        later=found.later,
        found=tuple(found_view(match, known, ci) for match in found.matches),
        elsewhere=tuple(sources.statistics.elsewhere(found)),
        group=found.group if found.outcome == Outcome.UNEXPLAINED and not found.later else None,
        notes=tuple(clean_line(note, LONGEST_LINE) for note in verdict.notes) if verdict else (),
        line=proof(found.line, ci) if found.line else None,
        pieces=tuple(pieces(found.lines[:MOST_LINES], ci)),
        more=max(len(found.lines) - MOST_LINES, 0),
        case=case,
    )


def pieces(lines: Sequence[Evidence], ci: CI | None) -> Iterator[Piece]:
    """The lines by file, each as long as they follow one another."""
    for _, group in groupby(lines, key=lambda line: line.file):
        part = list(group)
        yield Piece(place_of(part[0], ci), tuple(clean_line(line.line, LONGEST_LINE) for line in part))


def _verdict(sources: Stored, of: FailedBuild) -> tuple[str | None, BuildVerdict | None]:
    """The case of a build and what was found then, as long as they are kept."""
    for told in sources.records.of_change(of.change, MOST_CASES):
        case, verdict = told.record.case, told.record.verdict
        if verdict is None or not may_be_told(case.report.change, sources.settings.public_projects):
            continue
        for found in verdict.builds:
            if build_id(case.key, case.report.at, found.build) == of.identity:
                return case.id, found
    return None, None
