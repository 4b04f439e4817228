"""A finding of lint for people: its place, what is wrong, the line with a mark, and what to write instead."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import click

from gerritbot_er.cleaning import clean, clean_name
from gerritbot_er.signatures.lint.remarks import Finding, Level

_COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.HINT: "cyan"}
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_SHOWN = 100


def findings_text(findings: Sequence[Finding], texts: Mapping[str, str]) -> Iterator[str]:
    """Each finding; what is only missing is told once for all files with it."""
    for finding in findings:
        if finding.rule != "missing":
            yield _finding(finding, texts)
    missing: dict[str, list[str]] = {}
    for finding in findings:
        if finding.rule == "missing":
            missing.setdefault(finding.message, []).append(clean_name(finding.file))
    for message, files in missing.items():
        yield f"{_listed(files)}: {_kind(Level.HINT, 'missing')} {message}"


def _listed(files: Sequence[str]) -> str:
    return files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"


def _kind(level: Level, rule: str) -> str:
    return click.style(f"{level.value}[{rule}]", fg=_COLOURS[level], bold=True)


def _finding(finding: Finding, texts: Mapping[str, str]) -> str:
    place = click.style(f"{clean_name(finding.file)}:{finding.line}:{finding.column}:", bold=True)
    lines = [f"{place} {_kind(finding.level, finding.rule)} {clean(finding.message)}"]
    source = _LINE_END.split(texts.get(finding.file, ""))
    if 0 < finding.line <= len(source) and source[finding.line - 1]:
        lines += _pointed(source[finding.line - 1], finding)
    if finding.mended is not None:
        instead = clean(finding.mended).replace("\n", " ")
        lines.append(f"       {click.style(f'= write  {instead}' if instead else '= take it out', fg='green')}")
    return "\n".join(lines)


def _pointed(line: str, finding: Finding) -> list[str]:
    """The line, cut to what is near, with a mark under the part that is meant."""
    start = finding.column - 1
    width = finding.width or len(line) - start
    cut = max(0, min(start - 20, len(line) - _SHOWN)) if len(line) > _SHOWN else 0
    shown = line[cut : cut + _SHOWN]
    before = "…" if cut else ""
    after = "…" if cut + _SHOWN < len(line) else ""
    room = len(before) + start - cut
    marks = "^" * max(1, min(width, len(shown) - (start - cut)))
    number = f"{finding.line:>5}"
    blank = re.sub(r"[^\t]", " ", (before + shown)[:room])
    return [f"{number}  {_visible(before + shown + after)}", f"       {blank}{click.style(marks, fg='red')}"]


def _visible(line: str) -> str:
    """One character for each, so that the mark stands right."""
    return "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in line)


def summary(findings: Iterable[Finding], files: int) -> str:
    """How many files were read, and what was found."""
    counts = Counter(finding.level for finding in findings)
    told = [counted(counts[level], level.value) for level in Level if counts[level]]
    return f"{counted(files, 'file')}: {', '.join(told) or 'nothing found'}"


def counted(number: int, what: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
