"""What a query asks when some fields are not known yet: whether any values of these could make it match; pure."""

from collections.abc import Collection

from .evaluate import Matcher, compile_plan
from .plan import Combined, Everything, Nothing, Plan
from .syntax import Modifier


def relaxed(matcher: Matcher, unknown: Collection[str]) -> Matcher:
    """A matcher that passes each document for which ``matcher`` may pass one with other values of ``unknown``.

    It may pass others too: two clauses about one unknown field are not compared with each other.
    """
    plan = _Relaxing(matcher, frozenset(unknown)).plan(matcher.plan, hoped=True)
    return compile_plan(matcher.query, plan, matcher.fields)


class _Relaxing:
    def __init__(self, matcher: Matcher, unknown: frozenset[str]) -> None:
        self._fields = matcher.fields
        self._unknown = unknown

    def plan(self, plan: Plan, *, hoped: bool) -> Plan:
        """The plan with each clause about an unknown field as it is ``hoped`` to be."""
        if isinstance(plan, Combined):
            return _shorter(
                [
                    (modifier, self.plan(each, hoped=hoped is not (modifier is Modifier.PROHIBITED)))
                    for modifier, each in plan.clauses
                ]
            )
        if isinstance(plan, Everything | Nothing) or self._fields.source(plan.field) not in self._unknown:
            return plan
        return Everything() if hoped else Nothing()


def _shorter(clauses: list[tuple[Modifier, Plan]]) -> Plan:
    """The same without clauses that decide nothing, and with those that decide all."""
    required = [plan for modifier, plan in clauses if modifier is Modifier.REQUIRED]
    optional = [plan for modifier, plan in clauses if modifier is Modifier.NONE]
    prohibited = [plan for modifier, plan in clauses if modifier is Modifier.PROHIBITED and plan != Nothing()]
    fails = Nothing() in required or Everything() in prohibited
    if fails or (not required and all(plan == Nothing() for plan in optional)):
        return Nothing()
    asked = [(Modifier.REQUIRED, plan) for plan in required if plan != Everything()]
    if not required and Everything() not in optional:
        asked = [(Modifier.NONE, plan) for plan in optional]
    elif not asked:
        asked = [(Modifier.REQUIRED, Everything())]
    if not prohibited and asked == [(Modifier.REQUIRED, Everything())]:
        return Everything()
    return Combined((*asked, *((Modifier.PROHIBITED, plan) for plan in prohibited)))
