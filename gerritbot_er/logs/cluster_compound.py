"""Compound signatures in a cluster: which builds may match, and the few files that are read to decide it.

The one request tells in which files of a build each part has lines.  Only where every entry has some, these files are
fetched from where the CI keeps them and searched as the local store searches, so that both mean the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import reduce
from typing import Protocol

from gerritbot_er.model import Build, BuildAnswer, Compound, Signature
from gerritbot_er.signatures.compound import in_one_file

from .answer import Files
from .question import MOST_FILES

_READERS = 4
"""Builds whose files are read at once."""

NO_READER = "the log files have to be read for it, and nothing here fetches these"
NO_PLACE = "the log files have to be read for it, and the CI does not tell where these are"
NO_LOGS = "the log files have to be read for it, and these are not where the CI says (yet, or no more)"


class LogReader(Protocol):
    """Reads log files of builds."""

    def match_files(self, signatures: Sequence[Signature], build: Build, names: Iterable[str]) -> BuildAnswer:
        """All signatures against those files of a build that have these bare names, wherever they lie."""


@dataclass(frozen=True, slots=True)
class ToRead:
    """Of one build: the compound signatures that may match, the names of the files that tell, and ``notes``.

    The notes are of signatures that cannot be decided.
    """

    signatures: tuple[Signature, ...] = ()
    names: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def to_read(found: Iterable[tuple[Signature, Sequence[Files]]], *, partial: bool) -> ToRead:
    """What has to be read of one attempt of a build, from the files in which each part of the signatures has lines.

    ``partial``: there may be lines that the cluster did not find.
    """
    signatures: list[Signature] = []
    every: set[str] = set()
    notes: list[str] = []
    for signature, files in found:
        compound = signature.compound
        if compound is None or not _may_match(compound, files):
            continue
        names = None if partial and compound.none_of else _telling(compound, files)
        if names is None:
            why = "not everything was searched" if partial else f"its parts have lines in more than {MOST_FILES} files"
            notes.append(f"signature {signature.name} is undecided: {why}")
        elif names:
            signatures.append(signature)
            every |= names
    return ToRead(tuple(signatures), frozenset(every), tuple(notes))


def together(attempts: Iterable[ToRead]) -> ToRead:
    """What has to be read of all attempts of a build."""
    every = tuple(attempts)
    signatures = dict.fromkeys(signature for one in every for signature in one.signatures)
    notes = dict.fromkeys(note for one in every for note in one.notes)
    return ToRead(tuple(signatures), frozenset().union(*(one.names for one in every)), tuple(notes))


def with_compounds(
    answers: Mapping[str, BuildAnswer], wanted: Mapping[str, tuple[Build, ToRead]], reader: LogReader | None
) -> dict[str, BuildAnswer]:
    """The answers, with what the files of these builds tell, by build identity."""
    if not wanted:
        return dict(answers)
    with ThreadPoolExecutor(min(len(wanted), _READERS), "compound reader") as readers:
        told = readers.map(lambda one: _read(one[0], one[1], reader), wanted.values())
        return {**answers, **{one: _joined(answers[one], more) for one, more in zip(wanted, told, strict=True)}}


def _read(build: Build, wanted: ToRead, reader: LogReader | None) -> BuildAnswer:
    """What one build's files tell; ``partial`` where they could not all be read."""
    notes = wanted.notes
    if wanted.signatures:
        if reader is None or not build.log_urls:
            notes = (*notes, _undecided(wanted.signatures, NO_PLACE if reader else NO_READER))
        else:
            told = reader.match_files(wanted.signatures, build, wanted.names)
            if told.absent:
                told = BuildAnswer(partial=True, notes=(_undecided(wanted.signatures, NO_LOGS),))
            return replace(told, partial=told.partial or bool(notes), notes=(*notes, *told.notes))
    return BuildAnswer(partial=bool(notes), notes=notes)


def _joined(answer: BuildAnswer, told: BuildAnswer) -> BuildAnswer:
    return replace(
        answer,
        matches=(*answer.matches, *told.matches),
        partial=answer.partial or told.partial,
        notes=tuple(dict.fromkeys((*answer.notes, *told.notes))),
    )


def _undecided(signatures: Sequence[Signature], why: str) -> str:
    names = ", ".join(one.name for one in signatures)
    return f"signature {names} is undecided: {why}" if len(signatures) == 1 else f"undecided are {names}: {why}"


def _entries(compound: Compound, files: Sequence[Files]) -> list[Sequence[Files]]:
    """The parts that may stand for each entry."""
    required, alternatives = len(compound.all_of), len(compound.any_of)
    entries: list[Sequence[Files]] = [[one] for one in files[:required]]
    return [*entries, files[required : required + alternatives]] if alternatives else entries


def _may_match(compound: Compound, files: Sequence[Files]) -> bool:
    return all(any(one.names or one.more for one in entry) for entry in _entries(compound, files))


def _telling(compound: Compound, files: Sequence[Files]) -> frozenset[str] | None:
    """The files that have to be read, none where no file has lines of all; None where there are too many."""
    entries = _entries(compound, files)
    if in_one_file(compound):
        few = [_names(entry) for entry in entries if not any(one.more for one in entry)]
        if not few:
            return None
        names = reduce(frozenset.intersection, few)
    elif any(one.more for one in files):
        return None
    else:
        names = _names(files)
    return names if len(names) <= MOST_FILES else None


def _names(files: Iterable[Files]) -> frozenset[str]:
    return frozenset().union(*(one.names for one in files))
