"""What becomes of the clauses of an elastic-recheck query in an index of today, field by field; pure.

The rule: an imported clause may find more than the old one, never less, and each change is told.  So a clause about
what no document of today tells is left out where that lets more through, and refused where it would change the rest.

Sources: the fields of today and of the time until 2021 in the peer facts ("Log documents").  A service's line has the
form of oslo.log, ``TIME PID LEVEL MODULE [CONTEXT] TEXT``, one of syslog ``TIME HOST PROGRAM[PID]: TEXT``; the old
index cut both into fields, the index of today keeps them whole.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from gerritbot_er.signatures.document_fields import CLUSTER, EVERYWHERE, OF_THE_LINE
from gerritbot_er.signatures.lucene import OPENDEV
from gerritbot_er.signatures.lucene.analysis import tokens
from gerritbot_er.signatures.lucene.fields import FieldKind
from gerritbot_er.signatures.lucene.syntax import DEFAULT_FIELD, Phrase, Prefix, Range, Term, Wildcard, Words

from .notes import CannotCarry, Note, Rule
from .text import escaped
from .tree import AllOf, AnyOf, Leaf, Node, Not, all_of, any_of, negation

_OF_TODAY = EVERYWHERE | CLUSTER
_CONSOLE = "console.html"
_RENAMED: Mapping[str, tuple[str, ...]] = {
    _CONSOLE: ("job-output.txt",),
    "grenade.sh.txt": ("grenade.sh_log.txt",),
    "tempest.txt": ("tempest_log.txt",),
}
"""Files of then, and what the same file is called today."""

_SPLIT = "@fields."
_OLDEST = {"@message": "message", "@tags": "tags"}
"""Names of logstash's first format, of 2012 and 2013; its other fields stood under ``@fields.``."""


def with_fields_of_today(node: Node) -> tuple[Node | None, tuple[Note, ...]]:
    """The node for documents of today, and what was changed; None where nothing is left of it.

    Raises CannotCarry at the first clause that has no form today.
    """
    mender = _Mender([])
    return mender.node(node, negative=False), tuple(sorted(mender.notes))


@dataclass(frozen=True, slots=True)
class _Mender:
    """Walks a query; ``negative`` is within a NOT, where a clause that lets everything through is one that stops it."""

    notes: list[Note]

    def node(self, node: Node, *, negative: bool) -> Node | None:
        """What the node is today; None where it asks nothing any more."""
        match node:
            case Not():
                inner = self.node(node.node, negative=not negative)
                return None if inner is None else negation(inner)
            case AllOf():
                nodes = node.nodes if negative else self._with_whole_header(node.nodes)
                mended = [self.node(each, negative=negative) for each in nodes]
                return _joined(mended, all_of, needs_each=negative)
            case AnyOf():
                mended = [self.node(each, negative=negative) for each in node.nodes]
                return _joined(mended, any_of, needs_each=not negative)
        return self._leaf(node, negative=negative)

    def _with_whole_header(self, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        """Level and module stand side by side in a line, so that both together are one phrase."""
        level, module = (self._said(nodes, name) for name in ("loglevel", "module"))
        if level is None or module is None:
            return nodes
        header = Phrase(DEFAULT_FIELD, f"{level.text} {module.text}", 0, level.at)
        self._note(
            level.at, Rule.HEADER, f'loglevel and module stand in the message today; it is asked for "{header.text}"'
        )
        return tuple(header if each is level else each for each in nodes if each is not module)

    def _said(self, nodes: Iterable[Node], name: str) -> Term | Phrase | None:
        return next((each for each in nodes if isinstance(each, Term | Phrase) and _plain(each.field) == name), None)

    def _leaf(self, part: Leaf, *, negative: bool) -> Node | None:
        name = _plain(part.field)
        if name != part.field:
            self._note(part.at, Rule.RENAMED_FIELD, f"the field {part.field} is called {name} today")
            part = replace(part, field=name)
        if name in (DEFAULT_FIELD, "*"):
            return part
        if name == "_exists_" and isinstance(part, Term | Phrase) and part.text in _OF_TODAY:
            return part
        if name in OF_THE_LINE:
            return self._header(part, negative=negative)
        special = {
            "filename": self._file,
            "tags": self._tag,
            "build_status": self._status,
            "voting": self._voting,
            "build_short_uuid": self._short_uuid,
        }.get(name)
        if special is not None:
            return special(part, negative)
        if name.removesuffix(".keyword") in _OF_TODAY:
            return self._value(part, negative)
        near = difflib.get_close_matches(name, sorted(_OF_TODAY), n=1, cutoff=0.5)
        remedy = f"; is {near[0]} meant?" if near else "; ask for words of the message instead"
        raise CannotCarry(part.at, Rule.NO_FIELD, f"no document of today has a field {name}{remedy}")

    def _value(self, part: Leaf, negative: bool) -> Node:  # noqa: FBT001 - one of a table of methods
        """A field that was one exact value and is analysed text today."""
        if OPENDEV.kind(part.field) is not FieldKind.TEXT or _is_any(part):
            return part
        exact = f"{part.field}.keyword"
        if isinstance(part, Term | Words | Phrase):
            if negative:
                self._note(
                    part.at,
                    Rule.WHOLE_VALUE,
                    f"within NOT, {part.field} would stop longer names too; {exact} is the exact value",
                )
                return Phrase(exact, part.text, 0, part.at)
            if isinstance(part, Phrase) or len(tokens(part.text)) <= 1:
                return part
            self._note(
                part.at, Rule.QUOTED, f'without quotes any word of {part.text} would do; quoted as "{part.text}"'
            )
            return Phrase(part.field, part.text, 0, part.at)
        self._note(
            part.at,
            Rule.WHOLE_VALUE,
            f"patterns and ranges see single words of {part.field} today; {exact} is the whole value",
        )
        return replace(part, field=exact)

    def _file(self, part: Leaf, negative: bool) -> Node | None:  # noqa: FBT001
        """The bare name of a file, and what it is called today."""
        if isinstance(part, Term | Words | Phrase):
            return self._named_file(part, negative)
        pattern = _name_pattern(part)
        if pattern is None:
            raise CannotCarry(
                part.at, Rule.NOT_TODAY, "filename holds the bare name of the file today; name the file in quotes"
            )
        if pattern == "*":
            self._note(
                part.at, Rule.BARE_NAME, "filename holds the bare name today, which this pattern lets be any; left out"
            )
            return None
        self._note(part.at, Rule.BARE_NAME, f"filename holds the bare name today; its whole value has to fit {pattern}")
        also = [new for old, names in _RENAMED.items() if fnmatchcase(old, pattern) for new in names]
        named = [Phrase("filename.keyword", name, 0, part.at) for name in also if not fnmatchcase(name, pattern)]
        return any_of([Wildcard("filename.keyword", pattern, part.at), *named])

    def _named_file(self, part: Term | Words | Phrase, negative: bool) -> Node:  # noqa: FBT001
        name = _bare_name(part.text)
        if name != part.text:
            self._note(part.at, Rule.BARE_NAME, f'filename holds the bare name today; it is asked for "{name}"')
        if name == _CONSOLE and not negative:
            self._note(
                part.at, Rule.CONSOLE, "the console may be called job-output.txt today; its tag covers all its names"
            )
            return Phrase("tags", "console", 0, part.at)
        return self._known_as(name, replace(part, text=name), negative)

    def _tag(self, part: Leaf, negative: bool) -> Node | None:  # noqa: FBT001
        """Tags name the kind of file, and the file itself."""
        if not isinstance(part, Term | Words | Phrase):
            return self._value(part, negative)
        if part.text == "multiline":
            self._note(
                part.at,
                Rule.FOLDED_TAG,
                "no event is folded into one document today, so none has the tag multiline; left out",
            )
            return None
        name = _bare_name(part.text)
        if name != part.text:
            self._note(part.at, Rule.BARE_NAME, f'tags hold the bare name of a file today; it is asked for "{name}"')
        if name == _CONSOLE:
            return self._value(replace(part, text=name), negative)
        return self._known_as(name, replace(part, text=name), negative)

    def _known_as(self, name: str, part: Term | Words | Phrase, negative: bool) -> Node:  # noqa: FBT001
        """The file's name as it was, and as it is."""
        now = self._value(part, negative)
        new = _RENAMED.get(name, ())
        if new:
            self._note(part.at, Rule.RENAMED_FILE, f"{name} is called {' or '.join(new)} today; each name is asked for")
        field = f"{part.field}.keyword" if negative else part.field
        return any_of([now, *(Phrase(field, each, 0, part.at) for each in new)])

    def _status(self, part: Leaf, negative: bool) -> Node:  # noqa: FBT001
        """FAILURE was every failure; today it is one of several words for one."""
        if isinstance(part, Term | Phrase) and part.text == "FAILURE":
            self._note(
                part.at, Rule.STATUS, "build_status tells how a build failed today (TIMED_OUT …): anything but SUCCESS"
            )
            return Not(Phrase("build_status.keyword", "SUCCESS", 0, part.at))
        return self._value(part, negative)

    def _voting(self, part: Leaf, negative: bool) -> Node | None:  # noqa: FBT001
        if isinstance(part, Term | Phrase) and part.text == "1":
            self._note(
                part.at, Rule.VOTING, "whether a build votes is read in the CI's report, not in its logs; left out"
            )
            return None
        return self._value(part, negative)

    def _short_uuid(self, part: Leaf, negative: bool) -> Node:  # noqa: ARG002, FBT001
        """Its first seven digits are what was the short one."""
        if not isinstance(part, Term | Phrase):
            raise CannotCarry(
                part.at,
                Rule.NOT_TODAY,
                "there is only the whole build_uuid today; name its beginning, as build_uuid:4f440b7*",
            )
        self._note(
            part.at, Rule.SHORT_UUID, f"there is only the whole build_uuid today; it has to begin with {part.text}"
        )
        return Prefix("build_uuid.keyword", part.text, part.at)

    def _header(self, part: Leaf, *, negative: bool) -> Node:
        if negative or isinstance(part, Range):
            what = f"{part.field} is a word among others of the message today, so that it cannot be ruled out"
            raise CannotCarry(part.at, Rule.NOT_TODAY, f"{what}; rule out words that only the unwanted lines hold")
        self._note(part.at, Rule.HEADER, f"{part.field} stands in the message today and is looked for there")
        if isinstance(part, Term | Words):
            return Phrase(DEFAULT_FIELD, part.text, 0, part.at)
        return replace(part, field=DEFAULT_FIELD)

    def _note(self, at: int, rule: Rule, message: str) -> None:
        self.notes.append(Note(at, rule, message))


def _joined(mended: Iterable[Node | None], join: Callable[[list[Node]], Node], *, needs_each: bool) -> Node | None:
    nodes = list(mended)
    kept = [each for each in nodes if each is not None]
    return None if not kept or (needs_each and len(kept) < len(nodes)) else join(kept)


def _plain(name: str) -> str:
    """A field's name without what indices of then put around it; with a hyphen for its underscore none is known."""
    name = _OLDEST.get(name, name.removeprefix(_SPLIT))
    if name.endswith(".raw"):
        return f"{name.removesuffix('.raw')}.keyword"
    known = name.replace("-", "_")
    return known if known in _OF_TODAY else name


def _is_any(part: Leaf) -> bool:
    return isinstance(part, Wildcard) and part.pattern == "*"


def _bare_name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2].removesuffix(".gz")


def _name_pattern(part: Leaf) -> str | None:
    """The pattern of the bare name that a pattern of a path leaves; None where it cannot be told.

    Of ``logs*screen-n-cpu.txt`` the star also stood for folders, so that nothing is known of the name's beginning.
    """
    if isinstance(part, Prefix):
        path = f"{escaped(part.text)}*".replace("\\/", "/")
    elif isinstance(part, Wildcard):
        path = part.pattern.replace("\\/", "/")
    else:
        return None
    return _bare_name(path).removeprefix("logs") if path.startswith("logs*") else _bare_name(path)
