"""Whether two signatures look for the same: a form of each in which order, doubles and needless brackets are gone."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from gerritbot_er.model import Compound, Signature
from gerritbot_er.signatures.lucene import FieldPreset, QueryError, parse
from gerritbot_er.signatures.lucene.plan import Combined, Everything, Fitting, Plan, Tokens, make_plan
from gerritbot_er.signatures.lucene.syntax import Modifier


@dataclass(frozen=True, slots=True)
class _All:
    """All of these and none of those."""

    required: frozenset[Hashable]
    prohibited: frozenset[Hashable]


@dataclass(frozen=True, slots=True)
class _Any:
    """Any of these."""

    optional: frozenset[Hashable]


def form_of(signature: Signature, fields: FieldPreset) -> Hashable:
    """Equal for signatures that match the same in the same builds; None where a query is refused."""
    rule = signature.compound or Compound(all_of=(signature.query or "",))
    try:
        wanted, alternatives, unwanted = (_forms(each, fields) for each in (rule.all_of, rule.any_of, rule.none_of))
    except QueryError:
        return None
    lines = tuple(wanted) if rule.ordered else frozenset(wanted)
    together = (rule.within, frozenset(rule.same), rule.ordered, signature.capture if rule.same else None)
    scope = signature.scope
    applies = (scope.jobs, scope.projects, scope.branches, scope.pipelines, scope.results, signature.test_ids)
    return lines, frozenset(alternatives), frozenset(unwanted), together, tuple(map(frozenset, applies))


def _forms(queries: Sequence[str], fields: FieldPreset) -> list[Hashable]:
    return [_form(make_plan(parse(query), fields)) for query in queries]


def _form(plan: Plan) -> Hashable:
    match plan:
        case Combined():
            return _combined(plan)
        case Tokens():
            return Tokens, plan.field, frozenset(plan.tokens), plan.number
        case Fitting():
            return Fitting, plan.field, plan.shown, plan.analysed
    return plan


def _combined(plan: Combined) -> Hashable:
    required = {_form(each) for each in plan.clauses_of(Modifier.REQUIRED)}
    optional = {_form(each) for each in plan.clauses_of(Modifier.NONE)}
    prohibited = {_form(each) for each in plan.clauses_of(Modifier.PROHIBITED)}
    if required:
        optional = set()
    for inner in [one for one in optional if isinstance(one, _Any)]:
        optional = optional - {inner} | inner.optional
    if len(optional) == 1:
        required, optional = optional, set()
    for each in [one for one in required if isinstance(one, _All)]:
        required = required - {each} | each.required
        prohibited |= each.prohibited
    if optional and not prohibited:
        return _Any(frozenset(optional))
    if optional:
        required = {_Any(frozenset(optional))}
    if len(required) > 1:
        required.discard(Everything())
    if len(required) == 1 and not prohibited:
        return next(iter(required))
    return _All(frozenset(required), frozenset(prohibited))
