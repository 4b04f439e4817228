"""Which signatures nearly matched a build, and what of them it lacks, for ``explain``: their weaker forms are asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gerritbot_er.errors import GerritbotError
from gerritbot_er.model import BuildAnswer, Evidence, Signature
from gerritbot_er.signatures.lucene import OPENDEV
from gerritbot_er.signatures.near import weaker
from gerritbot_er.triage.masking import masked

Ask = Callable[[Sequence[Signature]], BuildAnswer]
"""Asks the same log store about the same build."""


@dataclass(frozen=True, slots=True)
class Near:
    """A signature that did not match: what the build lacks for it, and the lines that met all else."""

    signature: Signature
    lacks: str
    lines: tuple[Evidence, ...]
    kept: int


def nearly_matched(signatures: Sequence[Signature], answer: BuildAnswer, ask: Ask) -> tuple[Near, ...]:
    """The nearest first; none where the store does not answer a second time."""
    matched = {match.signature for match in answer.matches}
    forms = [(one, form) for one in signatures if one.name not in matched for form in weaker(one, OPENDEV)]
    if answer.absent or not forms:
        return ()
    try:
        said = ask([form.signature for _, form in forms])
    except GerritbotError:
        return ()
    matches = {match.signature: match for match in said.matches}
    found: dict[str, Near] = {}
    for signature, form in forms:
        match = matches.get(form.signature.name)
        if match is not None and match.evidence is not None:
            lines = tuple(replace(line, line=masked(line.line)) for line in (match.evidence, *match.more))
            found.setdefault(signature.name, Near(signature, form.lacks, lines, form.kept))
    return tuple(sorted(found.values(), key=lambda near: (-near.kept, near.signature.name)))
