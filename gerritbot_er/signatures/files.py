"""Signature files: YAML text → Signature, or every error in it with its line; the format is in ``file_format``.

elastic-recheck's files load unchanged; the file's name is the bug's number there.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from gerritbot_er.cleaning import clean_name
from gerritbot_er.model import Example, Examples, Scope, Signature
from gerritbot_er.typed_yaml import Problem, YamlDocument, YamlProblems, check, read_yaml

from .file_format import SIGNATURE_FILE, QueryText, SignatureFile
from .lucene import FieldPreset, Matcher, QueryError, compile_query, parse

MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="ignore"))
class _QueryAlone:
    """The one key that every signature file has."""

    query: QueryText


_QUERY_ADAPTER = TypeAdapter(_QueryAlone)
_SEVERAL = ("all_of", "any_of", "none_of")
_SEVERAL_ELSEWHERE = "no document alone decides; try it with signature test, or with explain on a folder of logs"


def read_signature(text: str, file: str, bug_url: str | None = None) -> Signature:
    """The signature of a file's text; ``file`` is its path, whose last part without ".yaml" names it, made printable.

    ``bug_url`` with "{bug}" in it makes the bug's URL from a name that is a number.  Raises YamlProblems.
    """
    document = read_yaml(text, file)
    entry = check(document, SIGNATURE_FILE)
    if problems := list(_query_problems(document, entry)):
        raise YamlProblems(problems)
    return signature_of(entry, file, bug_url)


def signature_of(entry: SignatureFile, file: str, bug_url: str | None = None) -> Signature:
    """The signature that a file's content says; see ``read_signature``."""
    name = clean_name(Path(file).name.removesuffix(".yaml"))
    bug = entry.bug or (bug_url.replace("{bug}", name) if bug_url and name.isdigit() else None)
    return Signature(
        name=name,
        query=None if entry.compound else entry.query,
        compound=entry.compound,
        title=entry.title,
        bug=bug,
        scope=Scope(entry.jobs, entry.projects, entry.branches, entry.pipelines, entry.results),
        advice=entry.advice,
        category=entry.category,
        capture=entry.capture,
        examples=_examples(entry),
        test_ids=entry.test_ids,
        allow_nonvoting=entry.allow_nonvoting,
        suppress_graph=entry.suppress_graph,
        suppress_notification=entry.suppress_notification,
    )


def queries_of(entry: SignatureFile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each query of a file with its path in it, in the order in which ``parts_of`` numbers them."""
    if entry.query:
        yield ("query",), entry.query
    for key in _SEVERAL:
        written = getattr(entry, key)
        for number, query in enumerate(written):
            yield (key, number), query


def _query_problems(document: YamlDocument, entry: SignatureFile) -> Iterator[Problem]:
    for path, query in queries_of(entry):
        try:
            parse(query)
        except QueryError as error:
            yield _query_problem(document, path, error)


def read_query(text: str, file: str, fields: FieldPreset) -> Matcher:
    """The query of a file's text, ready for such documents, whatever its other keys hold.  Raises YamlProblems."""
    document = read_yaml(text, file)
    keys = document.data if isinstance(document.data, dict) else {}
    several = None if "query" in keys else next((key for key in _SEVERAL if key in keys), None)
    if several:
        raise YamlProblems([document.problem((several,), f"{several} is about several lines: {_SEVERAL_ELSEWHERE}")])
    query = check(document, _QUERY_ADAPTER).query
    try:
        return compile_query(parse(query), fields)
    except QueryError as error:
        raise YamlProblems([_query_problem(document, ("query",), error)]) from None


def _examples(entry: SignatureFile) -> Examples:
    """A text of several lines is one folded event to a plain signature, and several documents to a compound one."""
    match: tuple[Example, ...] = entry.examples.match
    no_match: tuple[Example, ...] = entry.examples.no_match
    if entry.compound is None:
        return Examples(match, no_match)
    return Examples(tuple(map(_unfolded, match)), tuple(map(_unfolded, no_match)))


def _unfolded(example: Example) -> Example:
    return tuple(
        {**document, "message": line}
        for document in example
        for line in str(document.get("message", "")).splitlines() or [""]
    )


def _query_problem(document: YamlDocument, path: tuple[str | int, ...], error: QueryError) -> Problem:
    """The problem at its place inside the query."""
    line, column = document.within(path, error.offset)
    return Problem(document.file, line, column, f"{path[0]}: {error.message}")


def read_folder(
    folders: Iterable[Path], bug_url: str | None = None
) -> tuple[Mapping[str, Signature], tuple[Problem, ...]]:
    """Every ``*.yaml`` in these folders, by name, and what is wrong with those that cannot be used.

    A bad file keeps only itself out.  A name that stands in two folders counts from the first.
    """
    signatures: dict[str, Signature] = {}
    problems: list[Problem] = []
    for folder in folders:
        try:
            paths = sorted(folder.glob("*.yaml"))
        except OSError as error:
            problems.append(Problem(str(folder), 1, 1, f"cannot be listed: {error.strerror}"))
            continue
        for path in paths:
            try:
                signature = read_signature(read_text(path), str(path), bug_url)
            except YamlProblems as bad:
                problems += bad.problems
            else:
                signatures.setdefault(signature.name, signature)
    return signatures, tuple(problems)


def _not_waiting(path: str, flags: int) -> int:
    """A pipe among the files would hold the start until somebody wrote into it."""
    return os.open(path, flags | os.O_NONBLOCK)


def read_text(path: Path) -> str:
    """The text of a signature file.  Raises YamlProblems where it cannot be read, is too long or no UTF-8."""
    try:
        with open(path, "rb", opener=_not_waiting) as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise YamlProblems([Problem(str(path), 1, 1, f"the file is over {MOST_BYTES} bytes; split it")])
        return data.decode()
    except OSError as error:
        raise YamlProblems([Problem(str(path), 1, 1, f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise YamlProblems([Problem(str(path), line, 1, "is no UTF-8; save it as UTF-8")]) from None
