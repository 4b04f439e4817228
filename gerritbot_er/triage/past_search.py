"""What signatures find in builds that have long been judged, by the rules of today; pure."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gerritbot_er.codec import to_json
from gerritbot_er.insight.quality import Tried
from gerritbot_er.model import Build, BuildAnswer, Document, Evidence, Match, Signature
from gerritbot_er.ports.past import PastFailure, Retried
from gerritbot_er.signatures.compound import Candidate, Chosen, decide
from gerritbot_er.signatures.file_tags import bare_name, tags
from gerritbot_er.signatures.library import Library
from gerritbot_er.signatures.parts import Role, parts_of
from gerritbot_er.signatures.sameness import same_of

from .classify import counts_for, judge, lifted, report_document


def digest_of(signature: Signature) -> str:
    """16 hex digits of all that decides in which builds it counts; its title, bug and advice are not in them.

    ``capture`` is, since lines of a compound signature may have to share what it finds.
    """
    asked = Signature(
        name=signature.name,
        query=signature.query,
        compound=signature.compound,
        scope=signature.scope,
        capture=signature.capture,
        test_ids=signature.test_ids,
        allow_nonvoting=signature.allow_nonvoting,
    )
    return hashlib.sha256(to_json(asked).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Searched:
    """A past failure with the answer of where it was searched; ``lines_only``: its logs are there no more."""

    failure: PastFailure
    build: Build
    answer: BuildAnswer
    lines_only: bool


def retried(searched: Sequence[Searched], library: Library) -> tuple[Sequence[Retried], Mapping[str, Tried]]:
    """What counts in past failures, and what that adds to the figures of each signature."""
    found, figures = [], {one.name: Tried() for one in library.signatures}
    for one in searched:
        verdict = judge(one.build, one.answer, library)
        found.append(Retried(one.failure.number, verdict.bugs, sure=not one.answer.partial))
        hit = {match.signature for match in verdict.bugs}
        for name in _in_scope(library, one.build):
            old = figures[name]
            if one.lines_only:
                figures[name] = replace(old, lines=old.lines + 1, line_hits=old.line_hits + (name in hit))
            elif not one.answer.partial or name in hit:
                figures[name] = replace(old, failed=old.failed + 1, failed_hits=old.failed_hits + (name in hit))
    return found, figures


def compared(answers: Iterable[tuple[Build, BuildAnswer]], signatures: Iterable[Signature]) -> Mapping[str, Tried]:
    """What searching successful builds adds to the figures of each signature.  A scope of results names failures."""
    library = Library(map(lifted, signatures))
    figures = {one.name: Tried() for one in library.signatures}
    for build, answer in answers:
        hit = {match.signature for match in judge(build, answer, library).bugs}
        for name in _in_scope(library, build):
            if hit or not (answer.partial or answer.absent):
                old = figures[name]
                figures[name] = replace(old, good=old.good + 1, good_hits=old.good_hits + (name in hit))
    return figures


def in_lines(signatures: Iterable[Signature], library: Library, build: Build, lines: Sequence[Evidence]) -> BuildAnswer:
    """What signatures find where only a few lines of a build are left.

    That a line is not among these proves nothing, so that a signature that rules lines out finds nothing.
    """
    documents = [(line, _document(build, line)) for line in lines]
    found = (_match(one, library, documents) for one in signatures)
    return BuildAnswer(tuple(match for match in found if match is not None))


def _in_scope(library: Library, build: Build) -> Iterator[str]:
    return (one.name for one in library.signatures if counts_for(one, build))


def _document(build: Build, line: Evidence) -> Document:
    return {
        **report_document(build),
        "message": line.line,
        "filename": bare_name(line.file),
        "tags": tags(line.file),
    }


def _match(signature: Signature, library: Library, documents: Sequence[tuple[Evidence, Document]]) -> Match | None:
    if signature.compound is None:
        proof = next((line for line, document in documents if library.parts_matching(signature, document)), None)
        return None if proof is None else Match(signature.name, proof)
    if any(part.role is Role.NONE for part in parts_of(signature)):
        return None
    same = same_of(signature)
    candidates = {
        Candidate(part, line.file, line.number or place + 1, None, line.line, same(document, line.file)): line
        for place, (line, document) in enumerate(documents)
        for part in library.parts_matching(signature, document)
    }
    chosen = decide(signature.compound, candidates)
    if not isinstance(chosen, Chosen):
        return None
    first, *more = (candidates[one] for one in chosen.lines)
    return Match(signature.name, first, tuple(more))
