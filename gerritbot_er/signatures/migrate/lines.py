"""What was asked of one folded event, asked of single lines: one query, or several of a compound signature; pure.

The old index folded a traceback, with the line that it belongs to, into one document.  Where each line is a document of
its own, messages joined by AND may stand in several lines.  Nobody can tell from the query whether they do, so that a
query for each is made, and one line may stand for all of them.  Only a console's and syslog's lines were never folded.

A query is split along its ORs and ANDs: *(a and b) or c* holds for an event if *a or c* holds for one of its lines and
*b or c* for one.  Conditions on the file and on the build are the same for all lines of an event and go with each
query.  So does ``NOT`` of a message, which then rules out single lines: it lets more through than it did, never less.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, pairwise, product

from gerritbot_er.signatures.lucene.analysis import tokens
from gerritbot_er.signatures.lucene.syntax import DEFAULT_FIELD, Phrase, Term
from gerritbot_er.signatures.parts import MOST_PARTS

from .tree import AllOf, AnyOf, Leaf, Node, Not, all_of, any_of, leaves

EVENT_LINES = 100
"""How far apart two lines of one event may be.

The longest of the folded events among the documents of 2013 and 2014 had 58; other threads write between them.
"""

_NEVER_FOLDED = frozenset({"console", "console.html", "job-output.txt", "syslog", "syslog.txt"})
_END_OF_LINE = re.compile(r"\n|Traceback \(most recent call last\):?(?=\s)|\bline \d+,? in \w+(?=\s)")
"""Where a line ends in a traceback as Python writes it."""


def over_lines(node: Node) -> tuple[Node, ...] | None:
    """What has to hold, each of one line, all of them near each other in one file; None: over MOST_PARTS of it."""
    found = list(islice(_queries(node, single=False), MOST_PARTS + 1))
    return None if len(found) > MOST_PARTS else tuple(dict.fromkeys(found))


def may_be_folded(node: Node) -> bool:
    """Whether the query looked into files whose lines could be folded."""
    return not any(_is_single(each) for each in (node.nodes if isinstance(node, AllOf) else (node,)))


def lines_ruled_out(node: Node) -> Iterator[Leaf]:
    """The clauses about the message within NOT: they ruled out whole events, and rule out single lines now."""
    match node:
        case AllOf() | AnyOf():
            for each in node.nodes:
                yield from lines_ruled_out(each)
        case Not():
            yield from (each for each in leaves(node.node) if each.field == DEFAULT_FIELD)


def _queries(node: Node, *, single: bool) -> Iterator[Node]:
    """``single``: only files whose lines were never folded are meant."""
    match node:
        case AllOf() if _most_lines(node, single=single) > 1:
            single = single or any(_is_single(each) for each in node.nodes)
            asking = [(each, _most_lines(each, single=single) > 0) for each in node.nodes]
            everywhere = [each for each, of_lines in asking if not of_lines]
            for each, of_lines in asking:
                if of_lines:
                    yield from (all_of([query, *everywhere]) for query in _queries(each, single=single))
        case AnyOf() if _most_lines(node, single=single) > 1:
            alternatives = [list(islice(_queries(each, single=single), MOST_PARTS + 1)) for each in node.nodes]
            yield from (any_of(each) for each in product(*alternatives))
        case Phrase() if node.field == DEFAULT_FIELD:
            yield from (replace(node, text=line) for line in _lines(node.text))
        case _:
            yield node


def _most_lines(node: Node, *, single: bool) -> int:
    """In how many lines at most what a node asks for may stand; 0 for what every line of a file says."""
    match node:
        case AllOf():
            single = single or any(_is_single(each) for each in node.nodes)
            lines = [_most_lines(each, single=single) for each in node.nodes]
            return max(lines) if single else sum(lines)
        case AnyOf():
            return max(_most_lines(each, single=single) for each in node.nodes)
        case Not():
            return 0
        case Phrase() if node.field == DEFAULT_FIELD:
            return len(_lines(node.text))
    return int(node.field == DEFAULT_FIELD)


def _lines(text: str) -> list[str]:
    """A phrase cut where a line surely ends, what holds no word left out."""
    cuts = [0, *(found.end() for found in _END_OF_LINE.finditer(text)), len(text)]
    lines = [line for start, end in pairwise(cuts) if tokens(line := text[start:end].strip())]
    return lines if len(lines) > 1 else [text]


def _is_single(node: Node) -> bool:
    """Whether a condition lets only files through whose lines were never folded."""
    match node:
        case AnyOf():
            return all(_is_single(each) for each in node.nodes)
        case Phrase() | Term():
            return node.field in ("tags", "filename") and node.text in _NEVER_FOLDED
    return False
