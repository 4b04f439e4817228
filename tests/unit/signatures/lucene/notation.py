"""Plans in Lucene's own notation, as its ``Query.toString()`` writes them."""

from gerritbot_er.signatures.lucene.fields import FieldPreset
from gerritbot_er.signatures.lucene.parser import parse
from gerritbot_er.signatures.lucene.plan import (
    Between,
    Combined,
    DateBetween,
    Everything,
    Exact,
    Exists,
    Fitting,
    Nothing,
    NumberBetween,
    Plan,
    TokenPhrase,
    Tokens,
    make_plan,
)


def notation(query: str, fields: FieldPreset) -> str:
    """What a query means for documents of these fields."""
    plan = make_plan(parse(query), fields)
    text = _plan(plan)
    return text[1:-1] if isinstance(plan, Combined) or text.startswith("(") else text


def _plan(plan: Plan) -> str:
    if isinstance(plan, Combined):
        return f"({' '.join(modifier.value + _plan(each) for modifier, each in plan.clauses)})"
    if isinstance(plan, Everything | Nothing | NumberBetween | DateBetween):
        return "*:*" if isinstance(plan, Everything) else type(plan).__name__
    if isinstance(plan, Tokens):
        words = " ".join(f"{plan.field}:{token}" for token in plan.tokens)
        return words if len(plan.tokens) == 1 else f"({words})"
    return f"exists:{plan.field}" if isinstance(plan, Exists) else f"{plan.field}:{_value(plan)}"


def _value(plan: TokenPhrase | Exact | Fitting | Between) -> str:
    match plan:
        case TokenPhrase():
            return f'"{" ".join(plan.tokens)}"' + (f"~{plan.slop}" if plan.slop else "")
        case Exact():
            return plan.text
        case Fitting():
            return plan.shown
        case Between():
            left, right = "[" if plan.includes_low else "{", "]" if plan.includes_high else "}"
            return f"{left}{plan.low or '*'} TO {plan.high or '*'}{right}"
