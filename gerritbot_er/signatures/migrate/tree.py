"""A query as *all of*, *any of* and *not* over single clauses: what Lucene's modifiers come to; and back again; pure.

In Lucene a clause beside required ones is of no consequence, and one that holds no word vanishes, though its AND still
binds the clause before it (see ``lucene.plan``): both are gone here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gerritbot_er.signatures.lucene.analysis import tokens
from gerritbot_er.signatures.lucene.syntax import (
    DEFAULT_FIELD,
    Clause,
    Fuzzy,
    Group,
    Modifier,
    Part,
    Phrase,
    Prefix,
    Range,
    Regexp,
    Term,
    Wildcard,
    Words,
)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Two nodes or more, every one of which holds."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Two nodes or more, one of which holds."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """What must not hold."""

    node: "Node"


Leaf = Term | Words | Phrase | Prefix | Wildcard | Regexp | Fuzzy | Range
Node = AllOf | AnyOf | Not | Leaf


def all_of(nodes: Iterable[Node]) -> Node:
    """All of these nodes, at least one, as one node without AllOf directly within AllOf, and none twice."""
    flat = dict.fromkeys(each for node in nodes for each in (node.nodes if isinstance(node, AllOf) else (node,)))
    return next(iter(flat)) if len(flat) == 1 else AllOf(tuple(flat))


def any_of(nodes: Iterable[Node]) -> Node:
    """As ``all_of`` for one of these nodes."""
    flat = dict.fromkeys(each for node in nodes for each in (node.nodes if isinstance(node, AnyOf) else (node,)))
    return next(iter(flat)) if len(flat) == 1 else AnyOf(tuple(flat))


def negation(node: Node) -> Node:
    """Not this node; a NOT within it is resolved, so that none stands within another."""
    if isinstance(node, AllOf | AnyOf) and _has_not(node):
        return (any_of if isinstance(node, AllOf) else all_of)(map(negation, node.nodes))
    return node.node if isinstance(node, Not) else Not(node)


def _has_not(node: Node) -> bool:
    return isinstance(node, Not) or (isinstance(node, AllOf | AnyOf) and any(map(_has_not, node.nodes)))


def leaves(node: Node) -> Iterator[Leaf]:
    """The clauses of a node, in their order."""
    match node:
        case AllOf() | AnyOf():
            for each in node.nodes:
                yield from leaves(each)
        case Not():
            yield from leaves(node.node)
        case _:
            yield node


def node_of(group: Group) -> Node | None:
    """What a group means; None where it holds no word."""
    placed: list[tuple[Modifier, Node]] = []
    for clause in group.clauses:
        if clause.joined and placed and placed[-1][0] is Modifier.NONE:
            placed[-1] = (Modifier.REQUIRED, placed[-1][1])
        node = _node(clause.part)
        if node is not None:
            joined = clause.joined and clause.modifier is Modifier.NONE
            placed.append((Modifier.REQUIRED if joined else clause.modifier, node))
    if not placed:
        return None
    if any(modifier is Modifier.REQUIRED for modifier, _ in placed):
        placed = [(modifier, node) for modifier, node in placed if modifier is not Modifier.NONE]
    alternatives = [node for modifier, node in placed if modifier is Modifier.NONE]
    wanted = [any_of(alternatives)] if alternatives else []
    wanted += [
        node if modifier is Modifier.REQUIRED else negation(node)
        for modifier, node in placed
        if modifier is not Modifier.NONE
    ]
    return all_of(wanted)


def _node(part: Part) -> Node | None:
    if isinstance(part, Group):
        return node_of(part)
    silent = isinstance(part, Term | Words | Phrase) and part.field == DEFAULT_FIELD and not tokens(part.text)
    return None if silent else part


def group_of(node: Node) -> Group:
    """The syntax tree of a node."""
    match node:
        case AllOf():
            return Group(tuple(_clause(each, joined=index > 0) for index, each in enumerate(node.nodes)), 0)
        case AnyOf():
            return Group(tuple(Clause(_part(each)) for each in node.nodes), 0)
    return Group((_clause(node, joined=False),), 0)


def _clause(node: Node, *, joined: bool) -> Clause:
    if isinstance(node, Not):
        return Clause(_part(node.node), Modifier.PROHIBITED, joined)
    return Clause(_part(node), joined=joined)


def _part(node: Node) -> Part:
    """Bare words stand in parentheses, so that an operator or a field takes all of them."""
    if isinstance(node, Words):
        return Group((Clause(node),), 0)
    return group_of(node) if isinstance(node, AllOf | AnyOf | Not) else node
