"""Many matchers against one document at the cost of few: each is tried only where a word that it needs stands."""

from collections.abc import Iterable, Mapping

from .evaluate import Matcher
from .fields import AnalysedDocument, FieldPreset
from .plan import Combined, Plan, TokenPhrase, Tokens
from .syntax import DEFAULT_FIELD, Modifier

Clue = tuple[str, str]
"""A field of the document and a token in it."""


class MatcherSet:
    """Named matchers; ``matching`` gives the names of those that hit a document, in the order they were given.

    A matcher without any word that it always needs (a bare wildcard, say) is tried on every document.
    """

    def __init__(self, matchers: Mapping[str, Matcher]) -> None:
        self._matchers = dict(matchers)
        self._always: list[int] = []
        self._by_clue: dict[str, dict[str, list[int]]] = {}
        self._listed = list(self._matchers.items())
        for index, (_, matcher) in enumerate(self._listed):
            clues = needed_clues(matcher.plan, matcher.fields)
            if clues is None:
                self._always.append(index)
            else:
                for field, token in clues:
                    self._by_clue.setdefault(field, {}).setdefault(token, []).append(index)

    def matching(self, document: Mapping[str, object] | AnalysedDocument) -> list[str]:
        """The names of the matchers that hit."""
        analysed = document if isinstance(document, AnalysedDocument) else AnalysedDocument(document)
        candidates = set(self._always)
        for field, by_token in self._by_clue.items():
            for tokens in analysed.values(field).tokens:
                for token in by_token.keys() & tokens:
                    candidates.update(by_token[token])
        return [self._listed[index][0] for index in sorted(candidates) if self._listed[index][1].matches(analysed)]


def needed_clues(plan: Plan, fields: FieldPreset) -> frozenset[Clue] | None:
    """Clues of which each match of the plan has at least one; None where there are none such."""
    match plan:
        case Tokens(number=None):
            return frozenset((fields.source(plan.field), token) for token in plan.tokens)
        case TokenPhrase():
            return frozenset({(fields.source(plan.field), max(plan.tokens, key=len))})
        case Combined() if required := plan.clauses_of(Modifier.REQUIRED):
            found = [clues for each in required if (clues := needed_clues(each, fields)) is not None]
            return min(found, key=_commonness) if found else None
        case Combined():
            return _together(needed_clues(each, fields) for each in plan.clauses_of(Modifier.NONE))
    return None


def _together(alternatives: Iterable[frozenset[Clue] | None]) -> frozenset[Clue] | None:
    united: frozenset[Clue] = frozenset()
    for clues in alternatives:
        if clues is None:
            return None
        united |= clues
    return united


def _commonness(clues: frozenset[Clue]) -> tuple[bool, int, int]:
    """How many documents a set of clues is likely to let through: those of the line itself and long words few."""
    return any(field != DEFAULT_FIELD for field, _ in clues), len(clues), -min(len(token) for _, token in clues)
