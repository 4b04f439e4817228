"""Scope patterns, captured values, idle keys and what is missing: rules of lint beside the queries; pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from gerritbot_er.model import NOT_FAILED, Signature
from gerritbot_er.patterns import fits, regex_of
from gerritbot_er.signatures.capture import capturing
from gerritbot_er.signatures.file_format import SignatureFile

from .remarks import KeyRemark, Level, listed

_SCOPES = ("jobs", "projects", "branches", "pipelines", "results")
_MOST_COMPARED = 100
_REGEX_SIGNS = re.compile(r"\.\*|\.\+|^\^|\$$|[|()\[\]\\+]")
_SECRET = re.compile(r"pass|secret|token|credential|(?:api|private)_?key", re.IGNORECASE)
_GREEDY_END = re.compile(r"\(\?P<(?P<name>\w+)>\.[*+]\)\$?\Z")


def keys(entry: SignatureFile, signature: Signature) -> Iterator[KeyRemark]:
    """What is wrong with the keys of one file."""
    for key in _SCOPES:
        patterns: Sequence[str] = getattr(entry, key)
        for number, pattern in enumerate(patterns):
            yield from _pattern(key, number, pattern)
        yield from _idle_patterns(key, patterns)
    yield from _capture(signature)
    yield from _idle(entry)
    yield from _missing(entry)


def _pattern(key: str, number: int, pattern: str) -> Iterator[KeyRemark]:
    path = (key, number)
    if regex_of(pattern) is not None:
        return
    if pattern != pattern.strip():
        said = "there is a blank at its end, and no name has one; take it out"
        yield KeyRemark(Level.ERROR, "scope-pattern", said, path, pattern.strip())
    elif _REGEX_SIGNS.search(pattern):
        said = f"{pattern} is compared as it stands, only * is a pattern there; write a regular expression in slashes"
        yield KeyRemark(Level.WARNING, "scope-pattern", said, path, f"/{pattern.removeprefix('^').removesuffix('$')}/")
    elif key == "results":
        yield from _result(path, pattern)


def _result(path: tuple[str, int], pattern: str) -> Iterator[KeyRemark]:
    if pattern in NOT_FAILED:
        said = f"{pattern} is no failure, and builds that did not fail are never looked at; take it out"
        yield KeyRemark(Level.WARNING, "scope-pattern", said, path)
    elif pattern.upper() != pattern and pattern.isidentifier():
        said = "the result words of CIs are in capitals, and case counts here"
        yield KeyRemark(Level.WARNING, "scope-pattern", said, path, pattern.upper())


def _idle_patterns(key: str, patterns: Sequence[str]) -> Iterator[KeyRemark]:
    for one, other in combinations(range(min(len(patterns), _MOST_COMPARED)), 2):
        for wide, narrow in ((one, other), (other, one)):
            if regex_of(patterns[narrow]) is None and "*" not in patterns[narrow] and _covers(patterns, wide, narrow):
                said = f"{patterns[narrow]} is matched by {patterns[wide]} already; take one of them out"
                yield KeyRemark(Level.HINT, "idle", said, (key, narrow))
                break
    if "*" in patterns:
        said = f"* is every name, as is leaving {key} out; take it out"
        yield KeyRemark(Level.HINT, "idle", said, (key, patterns.index("*")))


def _covers(patterns: Sequence[str], wide: int, narrow: int) -> bool:
    return patterns[wide] != "*" and fits(patterns[wide], patterns[narrow])


def _capture(signature: Signature) -> Iterator[KeyRemark]:
    pattern = signature.capture
    if pattern is None:
        return
    compiled = capturing(pattern)
    for name in compiled.groupindex:
        if _SECRET.search(name):
            said = f"{name} would be shown to everybody in a comment; capture nothing that is secret"
            yield KeyRemark(Level.WARNING, "capture", said, ("capture",))
    if compiled.search("") is not None:
        said = "it fits even an empty line, so that it may show nothing or anything; write words that stand beside it"
        yield KeyRemark(Level.WARNING, "capture", said, ("capture",))
    elif _GREEDY_END.search(pattern):
        said = "it shows all of the line up to its end; write \\S+ for one word"
        yield KeyRemark(Level.HINT, "capture", said, ("capture",))
    lines = [str(line.get("message", "")) for example in signature.examples.match for line in example]
    if lines and not any(compiled.search(line) for line in lines):
        said = "it finds nothing in any line of examples.match; mend it, or add a line in which it does"
        yield KeyRemark(Level.WARNING, "capture", said, ("capture",))


def _idle(entry: SignatureFile) -> Iterator[KeyRemark]:
    if entry.resolved_at:
        said = "the bug is noted as gone; if it is, take the file out, else this line"
        yield KeyRemark(Level.HINT, "stale", said, ("resolved_at",))
    if entry.compound is not None and not entry.compound.within and not entry.compound.same:
        parts = len(entry.compound.all_of) + len(entry.compound.none_of) + bool(entry.compound.any_of)
        if parts > 1:
            key = "all_of" if entry.all_of else "any_of" if entry.any_of else "none_of"
            said = (
                "nothing says what the lines have in common, so that any lines of a build go together; write within "
                "or same"
            )
            yield KeyRemark(Level.WARNING, "loose", said, (key,))


def _missing(entry: SignatureFile) -> Iterator[KeyRemark]:
    wanted = [key for key in ("title", "advice") if getattr(entry, key) is None]
    wanted += [] if entry.examples.match else ["examples"]
    if wanted:
        yield KeyRemark(Level.HINT, "missing", f"{listed(wanted)} would tell people more", ())
