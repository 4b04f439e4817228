"""What a build's logs and report say about it: which signatures count for it, and the verdict they give."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from gerritbot_er.model import Build, BuildAnswer, BuildVerdict, Document, Evidence, Match, Outcome, Signature
from gerritbot_er.patterns import fits_any
from gerritbot_er.signatures.capture import captured
from gerritbot_er.signatures.library import Library
from gerritbot_er.signatures.named_tests import any_failed

from .masking import MASK, masked

RESULT_FILE = "custom-job-results.txt"
"""The name under which a build without logs stands in a log store: one line, the result word and its detail."""

_TESTS_UNKNOWN = "was found, but counts only where certain tests failed, and whether they did is not known"


def counts_for(signature: Signature, build: Build) -> bool:
    """Whether a hit of this signature in this build could count: voting, scope; pure names, no logs.

    One with ``test_ids`` counts only where one of these tests failed as well (``its_tests_failed``).
    """
    scope = signature.scope
    return (
        (build.voting or signature.allow_nonvoting)
        and fits_any(scope.jobs, build.job)
        and fits_any(scope.projects, build.project)
        and fits_any(scope.branches, build.branch)
        and fits_any(scope.pipelines, build.pipeline)
        and fits_any(scope.results, build.result)
    )


def lifted(signature: Signature) -> Signature:
    """The signature as successful builds are judged by: a scope of results names failures, so none would ever count."""
    return replace(signature, scope=replace(signature.scope, results=()))


def asked_for(signatures: Iterable[Signature], builds: Sequence[Build]) -> tuple[Signature, ...]:
    """The signatures that count for at least one of the builds."""
    return tuple(s for s in signatures if any(counts_for(s, build) for build in builds))


def its_tests_failed(signature: Signature, answer: BuildAnswer) -> bool | None:
    """Whether one of the tests that a signature names failed; None where that is not known, true where it names none.

    That a test is not among those that failed proves nothing where not everything was searched.
    """
    if not signature.test_ids or any_failed(signature.test_ids, answer.failed_tests or ()):
        return True
    return None if answer.failed_tests is None or answer.partial else False


def judge(build: Build, answer: BuildAnswer, library: Library) -> BuildVerdict:
    """The verdict of a build whose logs were searched: a hit counts, a miss only if everything was searched."""
    matches, undecided = [], []
    for match in sorted(answer.matches, key=lambda match: match.signature):
        signature = library.get(match.signature)
        if signature is None or not counts_for(signature, build):
            continue
        failed = its_tests_failed(signature, answer)
        if failed:
            matches.append(_shown(match, signature))
        elif failed is None:
            undecided.append(f"{signature.name} {_TESTS_UNKNOWN}")
    notes = (*answer.notes, *undecided)
    if matches:
        return BuildVerdict(build, Outcome.EXPLAINED, tuple(matches), notes)
    unsure = answer.partial or undecided
    return BuildVerdict(build, Outcome.UNDECIDED if unsure else Outcome.UNEXPLAINED, (), notes)


def of_other_tests(answer: BuildAnswer, asked: Iterable[Signature]) -> tuple[Match, ...]:
    """The matches that do not count, since other tests failed than those their signatures name."""
    by_name = {one.name: one for one in asked}
    found = ((match, by_name.get(match.signature)) for match in answer.matches)
    return tuple(_shown(match, one) for match, one in found if one and its_tests_failed(one, answer) is False)


def judge_report(build: Build, library: Library, otherwise: Outcome) -> BuildVerdict:
    """The verdict of a build without logs, from the CI's own words about it."""
    document = report_document(build)
    evidence = Evidence(str(document["message"]), "", None, build.web_url)
    hits = [one for one in library.signatures if counts_for(one, build) and library.matches(one, document)]
    matches = tuple(_shown(Match(one.name, evidence), one) for one in hits if not one.test_ids)
    notes = tuple(f"{one.name} {_TESTS_UNKNOWN}" for one in hits if one.test_ids)
    return BuildVerdict(build, Outcome.EXPLAINED if matches else otherwise, matches, notes)


def _shown(match: Match, signature: Signature) -> Match:
    """What is stored, quoted and shown of a match: its lines without secrets, and what is captured from these."""
    evidence = match.evidence and _without_secrets(match.evidence)
    more = tuple(map(_without_secrets, match.more))
    if signature.capture is None or evidence is None:
        return replace(match, evidence=evidence, more=more)
    found = captured(signature.capture, (one.line for one in (evidence, *more)))
    shown = tuple((name, value) for name, value in found if value != MASK)
    return replace(match, evidence=evidence, more=more, captured=shown)


def _without_secrets(evidence: Evidence) -> Evidence:
    return replace(evidence, line=masked(evidence.line))


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
