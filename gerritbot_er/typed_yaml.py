"""A YAML text becomes a typed value, or every error in it at once, each with its line and what would be right."""

import difflib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from gerritbot_er.cleaning import clean_line

T = TypeVar("T")
Path = tuple[str | int, ...]

MOST_BYTES = 1024 * 1024
MOST_NODES = 100_000
DEEPEST = 50
_SHOWN = 60


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a file; ``line`` and ``column`` count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


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
    """A YAML text as plain data, with the place of every key and item."""

    file: str
    data: object = None
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, path: Sequence[str | int], message: str) -> Problem:
        """A problem at the deepest part of this path that stands in the file."""
        known: Path = ()
        for step in path:
            if (*known, step) in self.places:
                known = (*known, step)
        line, column = self.places.get(known, (1, 1))
        return Problem(self.file, line, column, message)


def read_yaml(text: str, file: str) -> YamlDocument:
    """Plain data of a YAML text: one document, no tags, no key twice.  Raises YamlProblems."""
    document = YamlDocument(file)
    if len(text) > MOST_BYTES:
        raise YamlProblems([Problem(file, 1, 1, f"the file is over {MOST_BYTES} bytes; split it")])
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is not None:
            document.data = _Builder(loader, document).build(node, (), 0)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = clean_line(str(error.problem or error.context or error), 200)
        raise YamlProblems([Problem(file, line, column, f"this is no YAML: {what}")]) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        what = clean_line(str(error), 200) or type(error).__name__
        raise YamlProblems([Problem(file, 1, 1, f"this is no YAML that can be read: {what}")]) from None
    if document.problems:
        raise YamlProblems(document.problems, document)
    return document


class _Builder:
    """Builds plain data from nodes by hand, so that places are known and aliases cannot blow it up."""

    def __init__(self, loader: yaml.SafeLoader, document: YamlDocument) -> None:
        self._loader = loader
        self._document = document
        self._left = MOST_NODES

    def build(self, node: yaml.Node, path: Path, depth: int) -> object:
        self._left -= 1
        if self._left < 0 or depth > DEEPEST:
            raise ValueError("it is nested too deeply or refers to itself too often; write it out plainly")
        self._document.places.setdefault(path, _place(node))
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
            if key in data:
                self._wrong(key_node, f"the key {_show(key)} stands here twice; keep one")
                continue
            self._document.places[(*path, key)] = _place(key_node)
            data[key] = self.build(value_node, (*path, key), depth + 1)
        return data

    def _scalar(self, node: yaml.Node, path: Path) -> object:
        try:
            return self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self._wrong(node, f"{_show(path[-1] if path else 'the file')} has a value that cannot be read; quote it")
            return None

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
    problems = {document.problem(detail["loc"], _words(detail, adapter)) for detail in details}
    raise YamlProblems(sorted(problems))


def _above(paths: set[Path]) -> set[Path]:
    return {path[:length] for path in paths for length in range(1, len(path) + 1)}


def _words(detail: ErrorDetails, adapter: TypeAdapter[Any]) -> str:
    """One pydantic error in a reader's words."""
    kind, path = detail["type"], ".".join(str(step) for step in detail["loc"])
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        wrong = str(detail["loc"][-1])
        near = difflib.get_close_matches(wrong, _names(adapter), n=1)
        return f"there is no key {_show(wrong)}" + (f"; did you mean {_show(near[0])}?" if near else "; take it out")
    if kind in ("missing", "missing_argument"):
        return f"{path} is missing; add it"
    if kind == "dataclass_type":
        return f"{path or 'the file'} has to hold keys with their values"
    if kind == "path_type":
        return f"{path} has to be a path"
    if kind == "union_tag_not_found":
        return f"{path}.{_tag(detail)} is missing; add it"
    if kind == "union_tag_invalid":
        expected = detail["ctx"]["expected_tags"].replace(", ", " or ")
        return f"{path}.{_tag(detail)}: input should be {expected}, not {_show(detail['ctx']['tag'])}"
    said = detail["msg"].removeprefix("Value error, ")
    value = detail["input"]
    given = f", not {_show(value)}" if isinstance(value, (str, int, float, bool)) else ""
    return f"{path}: {said[:1].lower()}{said[1:]}{given}"


def _tag(detail: ErrorDetails) -> str:
    """The key that tells which kind of thing this is."""
    return str(detail["ctx"]["discriminator"]).strip("'")


def _names(adapter: TypeAdapter[Any]) -> list[str]:
    """Every key that may stand anywhere in a file of this type."""
    schema = adapter.json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return sorted({name for part in parts for name in part.get("properties", {})})


def _show(value: object) -> str:
    return f'"{clean_line(str(value), _SHOWN)}"'
