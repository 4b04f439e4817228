"""An explained build in words and as a JSON object; pure."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from gerritbot_er.cleaning import clean_line
from gerritbot_er.model import Build, BuildVerdict, Evidence, Match, Outcome, Signature
from gerritbot_er.triage.bug_words import title_of
from gerritbot_er.triage.captured_words import label_of
from gerritbot_er.triage.wording import advice_text

from .explain_near import Near
from .explain_search import Explained, Files

_NAMES = 8
"""Files that are named; of more only the number is told."""
_NEAREST = 3
"""Signatures that nearly matched and are shown."""
_LINE = 400
_URL = 1000


def words(found: Explained) -> list[str]:
    """The lines for people."""
    build = found.verdict.build
    lines = [_heading(build, known=found.known), *_facts(build, known=found.known)]
    lines += _where(found)
    lines.append(_signatures(found))
    by_name = {one.name: one for one in found.asked}
    for match in found.verdict.bugs:
        lines += _bug(match, by_name[match.signature])
    lines += (_of_other_tests(match, by_name[match.signature]) for match in found.other_tests)
    if not found.verdict.bugs:
        lines.append(_no_bug(found))
    for near in found.near[:_NEAREST]:
        lines += _nearly(near)
    if len(found.near) > _NEAREST:
        lines.append(f"{len(found.near) - _NEAREST} more nearly match: see them with --json.")
    lines += _telling(found.verdict.lines)
    return lines


def _heading(build: Build, *, known: bool) -> str:
    named = f"{_one(build.job)} (build {build.uuid})" if build.job else f"build {build.uuid}"
    what = named if build.uuid else _one(build.job)
    if not known:
        place = _url(build.log_urls[0] if build.log_urls else build.identity)
        return f"Logs of {what} at {place}" if what else f"Logs at {place}"
    where = f" of {_one(build.project)}" if build.project else ""
    change = f" {build.change},{build.patchset}" if build.change else ""
    details = ", ".join(
        filter(
            None,
            (
                f"{_one(build.pipeline)} pipeline" if build.pipeline else "",
                f"branch {_one(build.branch)}" if build.branch else "",
            ),
        )
    )
    return f"{what or 'The CI run'}{where}{change}" + (f", {details}" if details else "")


def _facts(build: Build, *, known: bool) -> Iterator[str]:
    if not known:
        return
    if build.result:
        yield f"  result: {_one(build.result)}" + ("" if build.voting else " (non-voting)")
    if build.detail:
        yield f"  detail: {_one(build.detail)}"
    if build.web_url:
        yield f"  page:   {_url(build.web_url)}"
    for number, url in enumerate(build.log_urls):
        yield f"  logs:   {_url(url)}" + (" (an earlier attempt)" if number else "")


def _where(found: Explained) -> Iterator[str]:
    """What was searched, what was not, and why."""
    if found.searched_in:
        yield f"Searched in {_one(found.searched_in)}."
    elif found.known and found.asked and not found.trouble and not found.verdict.build.log_urls:
        yield "No logs were uploaded: the signatures are asked about the CI's own words."
    if found.files:
        yield from _files(found.files)
    yield from (f"Left out: {_one(note)}" for note in found.verdict.notes)
    if found.trouble:
        yield f"Not searched: {_one(found.trouble)}"


def _files(files: Files) -> Iterator[str]:
    if files.searched:
        yield f"To search: {_counted(files.searched, 'text log')}: {_named(files.searched)}"
    if files.others:
        yield f"Not searched: {_counted(files.others, 'other file')}, no log by name or kind: {_named(files.others)}"
    if files.beyond:
        yield f"Not searched: {files.beyond} more text logs, beyond the limit of files for one build"


def _signatures(found: Explained) -> str:
    total = "1 signature" if found.total == 1 else f"{found.total} signatures"
    scopes = "" if found.known else "; of the build nothing else is known, so their scopes are left aside"
    aside = "".join(f"; {count} {'counts' if count == 1 else 'count'} {reason}" for count, reason in found.aside)
    return f"Asked: {len(found.asked)} of {total}{scopes}{aside}."


def _bug(match: Match, signature: Signature) -> Iterator[str]:
    yield f"Known bug: {title_of(signature)} [{signature.name}]"
    if signature.bug:
        yield f"  {_url(signature.bug)}"
    for evidence in (match.evidence, *match.more) if match.evidence else ():
        yield f"  {_place(evidence)}:"
        yield f"      {_one(evidence.line)}"
        if evidence.url:
            yield f"  {_url(evidence.url)}"
    for name, value in match.captured:
        yield f"  {label_of(name)}: {_one(value)}"
    yield f"  {advice_text(signature.advice)}"


def _nearly(near: Near) -> Iterator[str]:
    yield f"Nearly: {title_of(near.signature)} [{near.signature.name}] would match, but {_one(near.lacks)}"
    for evidence in near.lines:
        yield f"  {_place(evidence)}:"
        yield f"      {_one(evidence.line)}"


def _telling(lines: Sequence[Evidence]) -> Iterator[str]:
    if lines:
        yield "Lines that may tell why:"
    for file, some in groupby(lines, lambda line: line.file):
        yield f"  {_one(file)}:"
        for line in some:
            yield f"      {line.number}: {_one(line.line)}" if line.number else f"      {_one(line.line)}"


def _of_other_tests(match: Match, signature: Signature) -> str:
    where = f" in {_place(match.evidence)}" if match.evidence else ""
    tests = "the test it names did not fail" if len(signature.test_ids) == 1 else "none of the tests it names failed"
    return f"Does not count: {title_of(signature)} [{signature.name}] was found{where}, but {tests}."


def _place(evidence: Evidence) -> str:
    if not evidence.file:
        return "the CI says"
    return f"{_one(evidence.file)} line {evidence.number}" if evidence.number else _one(evidence.file)


def _no_bug(found: Explained) -> str:
    outcome = found.verdict.outcome
    if not found.asked:
        return "No signature counts for this build, so its logs were not searched."
    if outcome is Outcome.WAITING or (found.trouble and not found.verdict.bugs):
        return (
            "No known bug in what the CI says itself. Try again when the logs are there; where they stay away, see "
            "whether the address is right and whether the CI still keeps logs of that age."
            if found.known
            else "There is nothing to search. See whether the address is right, or try again when the logs are there."
        )
    if outcome is Outcome.UNDECIDED:
        return "No known bug matches what could be searched; not everything could."
    return "No known bug matches."


def as_json(found: Explained, target: str) -> dict[str, object]:
    """The object for scripts; ``files`` is null where no list of them was read."""
    build = found.verdict.build
    files = found.files
    return {
        "target": target,
        "build": {
            "job": build.job or None,
            "uuid": build.uuid,
            "result": build.result or None,
            "detail": build.detail,
            "voting": build.voting if found.known else None,
            "project": build.project or None,
            "branch": build.branch or None,
            "change": build.change or None,
            "patchset": build.patchset or None,
            "pipeline": build.pipeline,
            "url": build.web_url,
            "logs": list(build.log_urls),
        },
        "files": {"searched": list(files.searched), "others": list(files.others)} if files else None,
        "not_searched": [*found.verdict.notes, *([found.trouble] if found.trouble else [])],
        "signatures": {"asked": len(found.asked), "total": found.total},
        "outcome": found.verdict.outcome.value,
        "bugs": _bugs(found.verdict, found.asked),
        "of_other_tests": [match.signature for match in found.other_tests],
        "near": [_near_as_json(near) for near in found.near],
        "lines": [_line_as_json(one) for one in found.verdict.lines],
    }


def _bugs(verdict: BuildVerdict, asked: Sequence[Signature]) -> list[dict[str, object]]:
    by_name = {one.name: one for one in asked}
    return [_bug_as_json(match, by_name[match.signature]) for match in verdict.bugs]


def _bug_as_json(match: Match, signature: Signature) -> dict[str, object]:
    evidence = match.evidence
    return {
        "signature": signature.name,
        "title": title_of(signature),
        "bug": signature.bug,
        "advice": signature.advice,
        "category": signature.category,
        "file": (evidence.file or None) if evidence else None,
        "number": evidence.number if evidence else None,
        "line": evidence.line if evidence else None,
        "url": evidence.url if evidence else None,
        "more": [_line_as_json(one) for one in match.more],
        "captured": dict(match.captured),
    }


def _near_as_json(near: Near) -> dict[str, object]:
    return {
        "signature": near.signature.name,
        "lacks": near.lacks,
        "lines": [_line_as_json(one) for one in near.lines],
    }


def _line_as_json(evidence: Evidence) -> dict[str, object]:
    return {
        "file": evidence.file or None,
        "number": evidence.number,
        "line": evidence.line,
        "url": evidence.url,
    }


def _counted(things: Sequence[str], what: str) -> str:
    return f"{len(things)} {what}{'' if len(things) == 1 else 's'}"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(map(_one, names[:_NAMES])) + more


def _one(text: str) -> str:
    return clean_line(text, _LINE)


def _url(text: str) -> str:
    return clean_line(text, _URL)
