"""A YAML text becomes a typed value, or every error in it at once, each with its line and what would be right."""

import difflib
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from gerritbot_er.cleaning import clean_line, clean_name

from .scalar_places import line_and_column, scalar_places

T = TypeVar("T")
Path = tuple[str | int, ...]

MOST_BYTES = 1024 * 1024
MOST_NODES = 100_000
DEEPEST = 50
_SHOWN = 60
_TOO_DEEP = "it is nested too deeply or refers to itself too often; write it out plainly"
_YAML = "tag:yaml.org,2002:"
_TAGS: Mapping[type[yaml.Node], frozenset[str]] = {
    yaml.MappingNode: frozenset({_YAML + "map"}),
    yaml.SequenceNode: frozenset({_YAML + "seq"}),
    yaml.ScalarNode: frozenset(
        _YAML + kind for kind in ("bool", "float", "int", "merge", "null", "str", "timestamp", "value")
    ),
}
"""What a node may be: plain data; "merge" and "value" are what ``<<`` and ``=`` stand for by themselves."""
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a file; ``line`` and ``column`` count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{clean_name(self.file)}:{self.line}:{self.column}: {self.message}"


class YamlProblems(ValueError):
    """Everything that is wrong with one file; its text has a line for each.

    ``document`` is what could be read in spite of it, where a reader wants to look for more.
    """

    def __init__(self, problems: Sequence[Problem], document: "YamlDocument | None" = None) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
        self.document = document


@dataclass(slots=True)
class YamlDocument:
    """A YAML text as plain data, with the place of every key and item, and every text as it is written."""

    file: str
    text: str = ""
    data: object = None
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    texts: dict[Path, yaml.ScalarNode] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _written: dict[Path, list[int]] = field(default_factory=dict)

    def problem(self, path: Sequence[str | int], message: str) -> Problem:
        """A problem at the deepest part of this path that stands in the file."""
        known: Path = ()
        for step in path:
            if (*known, step) in self.places:
                known = (*known, step)
        line, column = self.places.get(known, (1, 1))
        return Problem(self.file, line, column, message)

    def within(self, path: Path, offset: int) -> tuple[int, int]:
        """The line and column of a character of the text at this path, or of the text that stands for a list of one."""
        node = self._text(path)
        if node is None:
            return self.places.get(path, (1, 1))
        places = self._written.get(path)
        if places is None:
            places = self._written[path] = scalar_places(self.text, node)
        return line_and_column(self.text, places[min(offset, len(places) - 1)])

    def style(self, path: Path) -> str | None:
        """How that text is written: the quotation mark around it, ``|``, ``>``, or None."""
        node = self._text(path)
        return node.style if node else None

    def _text(self, path: Path) -> yaml.ScalarNode | None:
        return self.texts.get(path) or self.texts.get(path[:-1])


class _Loader(yaml.SafeLoader):
    """The library's, stopped at a depth that is refused anyway: open brackets cost it the square of their number."""

    def fetch_flow_collection_start(self, TokenClass: type[yaml.Token]) -> None:  # noqa: N803 - the library's name
        if self.flow_level > DEEPEST:
            raise RecursionError
        super().fetch_flow_collection_start(TokenClass)


def read_yaml(text: str, file: str) -> YamlDocument:
    """Plain data of a YAML text: one document, no tags, no key twice.  Raises YamlProblems."""
    document = YamlDocument(file, text)
    if len(text) > MOST_BYTES:
        raise YamlProblems([Problem(file, 1, 1, f"the file is over {MOST_BYTES} bytes; split it")])
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is not None:
            document.data = _Builder(loader, document).build(node, (), 0)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise YamlProblems([Problem(file, line, column, f"this is no YAML: {_complaint(error)}")]) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        what = f"the character U+{int(error.character):04X} has no place in a YAML file; take it out"
        raise YamlProblems([Problem(file, line, column, what)]) from None
    except RecursionError:
        raise YamlProblems([Problem(file, 1, 1, f"this is no YAML that can be read: {_TOO_DEEP}")]) from None
    except OverflowError:
        what = "an escape such as \\U0001F600 stands for no character; write the character itself"
        raise YamlProblems([Problem(file, 1, 1, what)]) from None
    except (yaml.YAMLError, ValueError) as error:
        what = clean_line(str(error), 200) or type(error).__name__
        raise YamlProblems([Problem(file, 1, 1, f"this is no YAML that can be read: {what}")]) from None
    if document.problems:
        raise YamlProblems(document.problems, document)
    return document


def _complaint(error: yaml.MarkedYAMLError) -> str:
    """The parser's own words; those that begin with "but" go on with what it says it expected."""
    problem = error.problem or error.context or str(error)
    whole = f"{error.context}, {problem}" if problem.startswith("but ") and error.context else problem
    return clean_line(whole, 200)


class _Builder:
    """Builds plain data from nodes by hand, so that places are known and aliases cannot blow it up."""

    def __init__(self, loader: yaml.SafeLoader, document: YamlDocument) -> None:
        self._loader = loader
        self._document = document
        self._left = MOST_NODES

    def build(self, node: yaml.Node, path: Path, depth: int) -> object:
        self._left -= 1
        if self._left < 0 or depth > DEEPEST:
            raise ValueError(_TOO_DEEP)
        self._document.places.setdefault(path, _place(node))
        if node.tag not in _TAGS[type(node)]:
            self._wrong(node, f"the tag {_show(node.tag.replace(_YAML, '!!'))} has no place here; take it out")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index), depth + 1) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path, depth: int) -> dict[Hashable, object]:
        data: dict[Hashable, object] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is None:
                self._wrong(key_node, "a key must be one word")
                continue
            if _LONE_SURROGATES.search(key):
                self._wrong(key_node, "half of a character stands here (a lone surrogate); write it whole")
                continue
            if key in data:
                self._wrong(key_node, f"the key {_show(key)} stands here twice; keep one")
                continue
            self._document.places[(*path, key)] = _place(key_node)
            data[key] = self.build(value_node, (*path, key), depth + 1)
        return data

    def _scalar(self, node: yaml.Node, path: Path) -> object:
        try:
            value = self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError, LookupError, AttributeError, ArithmeticError):
            # The library's constructors let through whatever their code meets in "!!bool maybe" or a year 0.
            self._wrong(node, f"{_show(path[-1] if path else 'the file')} has a value that cannot be read; quote it")
            return None
        if isinstance(value, str) and isinstance(node, yaml.ScalarNode):
            self._document.texts[path] = node
        if isinstance(value, str) and _LONE_SURROGATES.search(value):
            self._wrong(node, "half of a character stands here (a lone surrogate); write it whole")
        return value

    def _wrong(self, node: yaml.Node, message: str) -> None:
        line, column = _place(node)
        self._document.problems.append(Problem(self._document.file, line, column, message))


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def check(document: YamlDocument, adapter: TypeAdapter[T]) -> T:
    """The document's data as the adapter's type.  Raises YamlProblems with all errors, in the order of the file."""
    try:
        return adapter.validate_python(document.data if document.data is not None else {})
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
    deeper = {detail["loc"][:-1] for detail in details}  # a list all of whose items are wrong is said to be too short
    details = [detail for detail in details if detail["type"] != "too_short" or detail["loc"] not in _above(deeper)]
    problems = {document.problem(_where(detail), _words(detail, adapter)) for detail in details}
    raise YamlProblems(sorted(problems))


def _above(paths: set[Path]) -> set[Path]:
    return {path[:length] for path in paths for length in range(1, len(path) + 1)}


def _where(detail: ErrorDetails) -> Path:
    """The path to what is wrong; where that is the key that tells the kind of a thing, to that key."""
    return (*detail["loc"], _tag(detail)) if detail["type"].startswith("union_tag_") else detail["loc"]


def _words(detail: ErrorDetails, adapter: TypeAdapter[Any]) -> str:
    """One pydantic error in a reader's words."""
    kind, path = detail["type"], ".".join(str(step) for step in detail["loc"])
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        return _wrong_key(str(detail["loc"][-1]), _names(adapter))
    if kind in ("missing", "missing_argument"):
        return f"{path} is missing; add it"
    if kind == "dataclass_type":
        return f"{path or 'the file'} has to hold keys with their values"
    if kind.startswith("string_") or kind in _PLAIN_WORDS:
        return f"{path} {_plainly(detail)}"
    if kind == "path_type":
        return f"{path} has to be a path"
    if kind == "union_tag_not_found":
        return f"{path}.{_tag(detail)} is missing; add it"
    if kind == "union_tag_invalid":
        expected = detail["ctx"]["expected_tags"].replace(", ", " or ")
        return f"{path}.{_tag(detail)}: input should be {expected}, not {_show(detail['ctx']['tag'])}"
    said = detail["msg"].removeprefix("Value error, ")
    opening = f"{path}: " if path else ""
    return f"{opening}{said[:1].lower()}{said[1:]}" + _given(detail["input"])


def _plainly(detail: ErrorDetails) -> str:
    """The kinds of errors whose own words are a programmer's, as a reader of YAML calls them."""
    kind, value = detail["type"], detail["input"]
    if kind == "string_type" and value is None:
        return "has no value; give it one, or take it out"
    if kind == "string_type":
        return "has to be text" + _given(value, "; put it in quotes")
    if kind == "string_too_long":
        return f"is longer than {detail['ctx']['max_length']} characters; shorten it"
    return _PLAIN_WORDS.get(kind, "is no text that may stand here") + _given(value)


_PLAIN_WORDS = {
    "bool_parsing": "has to be true or false",
    "bool_type": "has to be true or false",
    "dict_type": "has to hold keys with their values",
    "string_too_short": "has to hold something",
    "tuple_type": "has to be a list",
}


def _given(value: object, remedy: str = "") -> str:
    """What stands in the file, where that is one word."""
    return f", not {_show(value)}{remedy}" if isinstance(value, (str, int, float, bool)) else ""


def _tag(detail: ErrorDetails) -> str:
    """The key that tells which kind of thing this is."""
    return str(detail["ctx"]["discriminator"]).strip("'")


def _wrong_key(wrong: str, names: list[str]) -> str:
    if wrong in names:
        return f"the key {_show(wrong)} does not belong here; put it where it does"
    near = difflib.get_close_matches(wrong, names, n=1)
    return f"there is no key {_show(wrong)}" + (f"; did you mean {_show(near[0])}?" if near else "; take it out")


def _names(adapter: TypeAdapter[Any]) -> list[str]:
    """Every key that may stand anywhere in a file of this type."""
    schema = adapter.json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return sorted({name for part in parts for name in part.get("properties", {})})


def _show(value: object) -> str:
    return f'"{clean_line(str(value), _SHOWN)}"'
