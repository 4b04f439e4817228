"""What a build's logs and report say about it: which signatures count for it, and the verdict they give."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gerritbot_er.model import (
    Build,
    BuildAnswer,
    BuildVerdict,
    Document,
    Evidence,
    Match,
    Outcome,
    Signature,
)
from gerritbot_er.patterns import fits_any
from gerritbot_er.signatures.library import Library

from .masking import masked

RESULT_FILE = "custom-job-results.txt"
"""The name under which a build without logs stands in a log store: one line, the result word and its detail."""


def counts_for(signature: Signature, build: Build) -> bool:
    """Whether a hit of this signature in this build would count: voting, scope; pure names, no logs.

    A signature with ``test_ids`` counts only where one of these tests is known to have failed, which no log line of
    a build tells by itself.
    """
    scope = signature.scope
    return (
        (build.voting or signature.allow_nonvoting)
        and not signature.test_ids
        and fits_any(scope.jobs, build.job)
        and fits_any(scope.projects, build.project)
        and fits_any(scope.branches, build.branch)
        and fits_any(scope.pipelines, build.pipeline)
        and fits_any(scope.results, build.result)
    )


def asked_for(signatures: Iterable[Signature], builds: Sequence[Build]) -> tuple[Signature, ...]:
    """The signatures that count for at least one of the builds."""
    return tuple(s for s in signatures if any(counts_for(s, build) for build in builds))


def judge(build: Build, answer: BuildAnswer, library: Library) -> BuildVerdict:
    """The verdict of a build whose logs were searched: a hit counts, a miss only if everything was searched."""
    matches = tuple(
        _without_secrets(match)
        for match in sorted(answer.matches, key=lambda match: match.signature)
        if (signature := library.get(match.signature)) is not None and counts_for(signature, build)
    )
    if matches:
        return BuildVerdict(build, Outcome.EXPLAINED, matches, answer.notes)
    return BuildVerdict(build, Outcome.UNDECIDED if answer.partial else Outcome.UNEXPLAINED, (), answer.notes)


def judge_report(build: Build, library: Library, otherwise: Outcome) -> BuildVerdict:
    """The verdict of a build without logs, from the CI's own words about it."""
    document = report_document(build)
    matches = tuple(
        _without_secrets(Match(signature.name, Evidence(str(document["message"]), "", None, build.web_url)))
        for signature in library.signatures
        if counts_for(signature, build) and library.matches(signature, document)
    )
    return BuildVerdict(build, Outcome.EXPLAINED if matches else otherwise, matches)


def _without_secrets(match: Match) -> Match:
    """Masked here, before it is stored, quoted or shown anywhere."""
    if match.evidence is None:
        return match
    return replace(match, evidence=replace(match.evidence, line=masked(match.evidence.line)))


def report_document(build: Build) -> Document:
    """A build without logs as the one log document that it would have in a log store."""
    return {
        "message": f"{build.result} {build.detail or ''}".strip(),
        "filename": RESULT_FILE,
        "tags": [RESULT_FILE, "console", "console.html"],
        "build_uuid": build.uuid or "",
        "build_status": build.result,
        "build_name": build.job,
        "build_branch": build.branch,
        "build_queue": build.pipeline or "",
        "build_change": build.change,
        "build_patchset": str(build.patchset),
        "project": build.project,
        "voting": int(build.voting),
    }
