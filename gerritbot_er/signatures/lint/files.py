"""Lint: all that is wrong, or likely to be wrong, with a folder of signature files, each at its place; pure.

The rules stand in ``logic``, ``words``, ``fields`` and ``keys``; here they are put to work.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from gerritbot_er.model import Signature
from gerritbot_er.scalar_places import as_scalar, inside_scalar
from gerritbot_er.signatures.clauses import Condition, conditions
from gerritbot_er.signatures.example_checks import MATCH, check_examples
from gerritbot_er.signatures.file_format import SIGNATURE_FILE, SignatureFile
from gerritbot_er.signatures.files import queries_of, signature_of
from gerritbot_er.signatures.lucene import LOGSTASH_LEGACY, FieldPreset, QueryError, parse
from gerritbot_er.typed_yaml import Problem, YamlDocument, YamlProblems, check, read_yaml

from .fields import fit, folded, scope
from .keys import keys
from .likeness import form_of
from .logic import logic
from .remarks import Finding, KeyRemark, Level, Path, Remark, in_order
from .words import bare_value, words


@dataclass(slots=True)
class _File:
    """One file while it is looked at."""

    document: YamlDocument
    findings: list[Finding] = field(default_factory=list)
    signature: Signature | None = None

    def add(self, remark: Remark, path: Path) -> None:
        line, column = self.document.within(path, remark.start)
        end_line, end_column = self.document.within(path, max(remark.start + 1, remark.end))
        if end_line != line:  # what follows may begin there
            end_line, last_column = self.document.within(path, max(remark.start, remark.end - 1))
            end_column = last_column + 1
        width = end_column - column if end_line == line else 0
        self._add(line, column, replace(remark, mended=self._written(remark, path)), width)

    def _written(self, remark: Remark, path: Path) -> str | None:
        """What to write instead, as YAML wants it there."""
        if remark.mended is None or remark.key:
            return remark.mended
        if remark.whole:
            opening = f"{path[0]}:" if len(path) == 1 else "-"
            return f"{opening} {as_scalar(remark.mended)}"
        return inside_scalar(remark.mended, self.document.style(path))

    def add_key(self, remark: KeyRemark) -> None:
        if remark.mended is not None and isinstance(remark.path[-1], int):  # a name is written for the one that stands
            line, column = self.document.within(remark.path, 0)
            end_line, end_column = self.document.within(remark.path, len(self.document.text))
            mended = inside_scalar(remark.mended, self.document.style(remark.path))
            self._add(line, column, replace(remark, mended=mended), end_column - column if end_line == line else 0)
            return
        place = self.document.problem(remark.path, "")
        self._add(place.line, place.column, remark, len(str(remark.path[-1])) if remark.path else 1)

    def _add(self, line: int, column: int, remark: Remark | KeyRemark, width: int) -> None:
        self.findings.append(
            Finding(self.document.file, line, column, remark.level, remark.rule, remark.message, remark.mended, width)
        )


def lint(texts: Mapping[str, str], fields: FieldPreset) -> list[Finding]:
    """The findings in the files' texts, by the files' names and places."""
    files = [_lint_file(file, text, fields) for file, text in texts.items()]
    _same_bug(files)
    _same_query(files, fields)
    return in_order([finding for file in files for finding in file.findings])


def from_problems(problems: Iterable[Problem], rule: str) -> list[Finding]:
    """What kept a file from being read."""
    return [Finding(one.file, one.line, one.column, Level.ERROR, rule, one.message) for one in problems]


def _lint_file(name: str, text: str, fields: FieldPreset) -> _File:
    file = _File(YamlDocument(name, text))
    rule = "yaml"
    try:
        file.document = read_yaml(text, name)
        rule = "schema"
        entry = check(file.document, SIGNATURE_FILE)
    except YamlProblems as error:
        file.findings += from_problems(error.problems, rule)
        return file
    sound = [_lint_query(file, path, query, entry, fields) for path, query in queries_of(entry)]
    file.signature = signature_of(entry, name)
    for remark in keys(entry, file.signature):
        file.add_key(remark)
    if all(sound):
        _run_examples(file, file.signature, fields)
    return file


def _run_examples(file: _File, signature: Signature, fields: FieldPreset) -> None:
    checks = check_examples(signature, fields)
    for one in checks:
        if not one.passed:
            said = f"this example {'is not' if one.key == MATCH else 'is'} matched: {one.why}"
            file.add_key(KeyRemark(Level.ERROR, "example", said, ("examples", one.key, one.number)))
    if any(one.passed and one.key == MATCH for one in checks):  # such a line there is
        file.findings[:] = [finding for finding in file.findings if finding.rule != "folded"]


def _lint_query(file: _File, path: Path, query: str, entry: SignatureFile, fields: FieldPreset) -> bool:
    """Whether the query can be asked at all."""
    try:
        parsed = parse(query)
        found = conditions(parsed, fields)
    except QueryError as error:
        file.add(_refused(query, error), path)
        return False
    if found is not None:
        for remark in _remarks(query, found, entry, fields):
            file.add(remark, path)
    return True


def _refused(query: str, error: QueryError) -> Remark:
    value = bare_value(query, error.offset) if query[error.offset : error.offset + 1] == "/" else None
    start, end, mended = value or (error.offset, error.offset + 1, None)
    return Remark(Level.ERROR, "query", error.message, start, end, mended)


def _remarks(query: str, found: Condition, entry: SignatureFile, fields: FieldPreset) -> Iterator[Remark]:
    yield from logic(found, narrowed=bool(entry.results), alone=entry.compound is None)
    if found.vanishes:
        return
    for leaf in found.leaves():
        yield from words(query, leaf)
        if not leaf.vanishes:
            yield from fit(leaf, fields)
    if fields != LOGSTASH_LEGACY:
        yield from folded(found)
    if entry.compound is None:
        yield from scope(found, fields)


def _same_bug(files: Iterable[_File]) -> None:
    def said(other: str) -> str:
        return f"{other} is about the same bug; write both queries into one file, joined with OR"

    _doubles(files, _bug, "duplicate-bug", said, ("bug",))


def _same_query(files: Iterable[_File], fields: FieldPreset) -> None:
    def said(other: str) -> str:
        return f"{other} asks for the same; keep one of the two"

    _doubles(files, lambda signature: form_of(signature, fields), "duplicate-query", said, ("query",))


def _doubles(
    files: Iterable[_File],
    identity: Callable[[Signature], Hashable],
    rule: str,
    said: Callable[[str], str],
    path: Path,
) -> None:
    """Tell of each file that has the same as one before it."""
    first: dict[Hashable, str] = {}
    for file in files:
        if file.signature is None:
            continue
        key = identity(file.signature)
        if key is None:
            continue
        if key in first:
            file.add_key(KeyRemark(Level.WARNING, rule, said(PurePath(first[key]).name), path))
        first.setdefault(key, file.document.file)


def _bug(signature: Signature) -> Hashable:
    """What a signature says its bug is: a number, where the URL ends with one, or else the URL."""
    if signature.bug is None:
        return signature.name if signature.name.isdigit() else None
    url = re.sub(r"^https?://(?:www\.)?|[/#]+$", "", signature.bug).lower()
    launchpad = re.search(r"launchpad\.net/.*?(\d+)$", url)
    return launchpad[1] if launchpad else url
