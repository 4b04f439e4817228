"""A signature drafted for a group of unexplained failures from what their lines have in common, and its trial; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from gerritbot_er.model import Evidence
from gerritbot_er.signatures.draft import Source, draft
from gerritbot_er.signatures.file_tags import bare_name, tags
from gerritbot_er.signatures.files import read_signature
from gerritbot_er.signatures.lint.files import lint
from gerritbot_er.signatures.lucene import OPENDEV, AnalysedDocument, Matcher, QueryError, compile_query, parse

from .likeness import ALIKE, Trait, alike, traits
from .line_kinds import TELLING

MOST_MEMBERS = 30
"""Builds of a group that a draft is made from."""
_TRIES = 5
_LINTED = 2
_ENOUGH = 0.9
"""The share of a group that a draft matches and nothing else, which is not to be bettered."""

Lines = Sequence[Evidence]
"""What one build says."""


@dataclass(frozen=True, slots=True)
class Counterexamples:
    """Builds that a group's signature should not match: those of other groups, by their id, and explained ones."""

    groups: Mapping[str, Sequence[Lines]]
    explained: Sequence[Lines] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """What a draft matches of the builds at hand: ``hits`` of ``members`` in the group, and what else.

    ``others`` counts builds of the other groups, which are named; ``explained`` those that a signature explains.
    """

    hits: int
    members: int
    others: Mapping[str, int]
    of_others: int
    explained: int
    of_explained: int

    @property
    def wrong(self) -> int:
        """Builds that it should not match."""
        return sum(self.others.values()) + self.explained


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """The YAML text of a signature, what it matches, and what lint has to say of it."""

    text: str
    trial: Trial
    remarks: tuple[str, ...] = ()


def drafted(members: Sequence[Lines], against: Counterexamples) -> GroupDraft | None:
    """The draft that matches most of a group's builds and least else; None where their lines have no word in common.

    Lines that tell most are tried first, and the first draft that leaves nothing to be bettered is taken.
    """
    at_hand = _prepared(members, against)
    found: list[GroupDraft] = []
    for text in _texts(members[:MOST_MEMBERS]):
        trial = _trial(text, at_hand)
        found.append(GroupDraft(text, trial))
        if trial.hits >= _ENOUGH * len(members) and not trial.wrong:
            break
    best = [_with_remarks(each) for each in sorted(found, key=_worth, reverse=True)[:_LINTED]]
    return min(best, key=lambda each: bool(each.remarks), default=None)


def tried(text: str, members: Sequence[Lines], against: Counterexamples) -> Trial:
    """What a signature's text matches of these builds; nothing where it cannot be read."""
    return _trial(text, _prepared(members, against))


@dataclass(frozen=True, slots=True)
class _BuildsAtHand:
    """The lines of builds as documents, which are analysed once for all drafts that are tried on them."""

    members: Sequence[Sequence[AnalysedDocument]]
    groups: Mapping[str, Sequence[Sequence[AnalysedDocument]]]
    explained: Sequence[Sequence[AnalysedDocument]]


def _prepared(members: Sequence[Lines], against: Counterexamples) -> _BuildsAtHand:
    return _BuildsAtHand(
        [_documents(lines) for lines in members],
        {name: [_documents(lines) for lines in builds] for name, builds in against.groups.items()},
        [_documents(lines) for lines in against.explained],
    )


def _trial(text: str, at_hand: _BuildsAtHand) -> Trial:
    matcher = _matcher(text)
    others = {name: _hits(matcher, builds) for name, builds in at_hand.groups.items()}
    return Trial(
        _hits(matcher, at_hand.members),
        len(at_hand.members),
        {name: hits for name, hits in others.items() if hits},
        sum(map(len, at_hand.groups.values())),
        _hits(matcher, at_hand.explained),
        len(at_hand.explained),
    )


def _worth(found: GroupDraft) -> float:
    """How much of the group it finds, times how much of what it finds is of the group."""
    trial = found.trial
    return trial.hits / max(trial.members, 1) * trial.hits / max(trial.hits + trial.wrong, 1)


def _with_remarks(found: GroupDraft) -> GroupDraft:
    said = tuple(one.message for one in lint({"draft": found.text}, OPENDEV) if one.counts)
    return replace(found, remarks=said)


def _texts(members: Sequence[Lines]) -> Iterator[str]:
    """Drafts, from what most members say and what tells most on; each once."""
    known = [traits(lines) for lines in members]
    counted: dict[str, tuple[float, Trait]] = {}
    for found in known:
        for trait in found:
            before = counted.get(trait.shape)
            counted[trait.shape] = (trait.weight + (before[0] if before else 0.0), trait)
    ranked = sorted(counted.values(), key=lambda pair: (pair[1].kind not in TELLING, -pair[0], pair[1].shape))
    texts = (_text(trait, known, members) for _, trait in ranked)
    yield from islice(dict.fromkeys(filter(None, islice(texts, 2 * _TRIES))), _TRIES)


def _text(trait: Trait, known: Sequence[Sequence[Trait]], members: Sequence[Lines]) -> str | None:
    """A draft from all lines that say what this one does."""
    said: list[Evidence] = []
    for found, lines in zip(known, members, strict=True):
        near = max(found, key=lambda one: (alike(trait.shape, one.shape), -one.line), default=None)
        if near and alike(trait.shape, near.shape) >= ALIKE:
            said.append(lines[near.line])
    if not said:
        return None
    files = {bare_name(each.file) for each in said}
    source = Source(*_source(said[0].file)) if len(files) == 1 else Source()
    first, *others = dict.fromkeys(each.line for each in said)
    return draft(first, source, others)


def _source(file: str) -> tuple[str, tuple[str, ...]]:
    return (bare_name(file), tuple(tags(file))) if file else ("", ())


def _matcher(text: str) -> Matcher | None:
    query = read_signature(text, "draft.yaml").query
    try:
        return compile_query(parse(query), OPENDEV) if query else None
    except QueryError:
        return None


def _hits(matcher: Matcher | None, builds: Sequence[Sequence[AnalysedDocument]]) -> int:
    return sum(any(map(matcher.matches, documents)) for documents in builds) if matcher else 0


def _documents(lines: Lines) -> Sequence[AnalysedDocument]:
    found = []
    for each in lines:
        name, tagged = _source(each.file)
        found.append(AnalysedDocument({"message": each.line, "filename": name, "tags": list(tagged)}))
    return found
