"""One elastic-recheck query → what asks the same of an index that holds one document per line; pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gerritbot_er.signatures.lucene import OPENDEV, QueryError, parse
from gerritbot_er.signatures.lucene.plan import make_plan
from gerritbot_er.signatures.lucene.syntax import DEFAULT_FIELD, Group, Part
from gerritbot_er.signatures.parts import MOST_PARTS

from .fields import with_fields_of_today
from .lines import EVENT_LINES, lines_ruled_out, may_be_folded, over_lines
from .notes import CannotCarry, Note, Rule
from .slashes import slashes_quoted
from .text import query_text
from .tree import AnyOf, Node, group_of, leaves, node_of


@dataclass(frozen=True, slots=True)
class Carried:
    """The queries that ask the same today: one, or several lines of one event.

    None of them where the old text says it still; ``notes`` tell what was changed, or finds more than it did.
    """

    queries: tuple[str, ...]
    notes: tuple[Note, ...]


def carry_over(query: str) -> Carried:
    """What to ask today.  Raises CannotCarry, and QueryError where Lucene refuses the query."""
    straight = slashes_quoted(query)
    parsed = parse(straight.text)
    old = node_of(parsed.root) if parsed.root else None
    if parsed.root is None or old is None:
        raise CannotCarry(
            0, Rule.NO_QUERY, "no clause of this query holds a word, so that it finds nothing; write what a line holds"
        )
    new, notes = with_fields_of_today(old)
    parts = _parts(old, new)
    known = (*_ruled_out(new), *_whole_files(new)) if new else ()
    notes = tuple(replace(note, at=straight.original(note.at)) for note in (*notes, *known))
    unchanged = parts == (old,) and not straight.notes
    queries = tuple(dict.fromkeys(query_text(group_of(part)) for part in parts))
    for text in (query,) if unchanged else queries:
        _check(text)
    if unchanged:
        return Carried((), notes)
    if len(queries) > 1:
        notes = (*notes, _spread(straight.original(_first_message(parts[0])), len(queries)))
    if sum(1 for _ in _clauses(parsed.root)) > sum(1 for _ in leaves(old)):
        notes = (*notes, Note(0, Rule.IDLE, "clauses that count for nothing beside required ones are left out"))
    return Carried(queries, tuple(sorted((*straight.notes, *notes))))


def _parts(old: Node, new: Node | None) -> tuple[Node, ...]:
    if new is None or (_asks_of_lines(old) and not _asks_of_lines(new)):
        raise CannotCarry(
            0,
            Rule.NOTHING_LEFT,
            "what is left of this query today would match whole files; ask for words of the message",
        )
    parts = over_lines(new)
    if parts is None:
        raise CannotCarry(
            0, Rule.TOO_MANY, f"this asks for more than {MOST_PARTS} lines of one event; ask for fewer of them"
        )
    return parts


def _asks_of_lines(node: Node) -> bool:
    return any(leaf.field == DEFAULT_FIELD for leaf in leaves(node))


def _ruled_out(node: Node) -> tuple[Note, ...]:
    if not may_be_folded(node):
        return ()
    said = "this NOT ruled out whole folded events, and rules out single lines now; it finds more than it did"
    return tuple(Note(leaf.at, Rule.NOT_OF_LINE, said) for leaf in lines_ruled_out(node))


def _whole_files(node: Node) -> tuple[Note, ...]:
    """What is kept although it was hardly meant."""
    alternatives = node.nodes if isinstance(node, AnyOf) and _asks_of_lines(node) else ()
    said = "this alone is enough, as it was: each line of such a file is matched; is an AND missing before it?"
    return tuple(
        Note(next(leaves(each)).at, Rule.WHOLE_FILES, said) for each in alternatives if not _asks_of_lines(each)
    )


def _first_message(node: Node) -> int:
    return next(leaf.at for leaf in leaves(node) if leaf.field == DEFAULT_FIELD)


def _spread(at: int, count: int) -> Note:
    now = f"{count} queries, for lines at most {EVENT_LINES} apart"
    return Note(at, Rule.FOLDED, f"these messages may stand in lines of their own today: {now}")


def _check(text: str) -> None:
    try:
        make_plan(parse(text), OPENDEV)
    except QueryError as error:
        raise CannotCarry(0, Rule.NOT_TODAY, f"the index of today refuses it: {error.message}") from None


def _clauses(part: Part) -> Iterator[Part]:
    if isinstance(part, Group):
        for clause in part.clauses:
            yield from _clauses(clause.part)
    else:
        yield part
