"""Queries that do not fit how the log store indexes its documents: rules of lint for each preset of fields; pure.

Source of the fields: ci-log-processing's documents of today and logstash's up to 2021 (peer facts: "Log documents").
"""

import difflib
import json
import re
from collections.abc import Iterator, Mapping

from gerritbot_er.signatures.clauses import Condition, Counts
from gerritbot_er.signatures.document_fields import CLUSTER, EVERYWHERE, LEGACY, OF_THE_LINE
from gerritbot_er.signatures.lucene import LOGSTASH_LEGACY, FieldPreset
from gerritbot_er.signatures.lucene.analysis import tokens
from gerritbot_er.signatures.lucene.plan import Exists, NumberBetween
from gerritbot_er.signatures.lucene.syntax import DEFAULT_FIELD, Phrase, Prefix, Term, Wildcard, Words

from .remarks import Level, Remark
from .words import TRACEBACK, quoted

_SCOPES: Mapping[str, str] = {
    "build_name": "jobs",
    "project": "projects",
    "build_branch": "branches",
    "build_queue": "pipelines",
    "build_status": "results",
}
_FRAME = re.compile(r"\bline \d+,? in \w+\W+\w")
_DEBUG = re.compile(r"\bDEBUG\b")
_SPECIAL = re.compile(r"[^\w./-]|^[-.\d]")
_ROOT_FILES = frozenset({"console.html", "job-output.txt", "consoleText"})


def fit(leaf: Condition, fields: FieldPreset) -> Iterator[Remark]:
    """What does not fit in one clause."""
    field = leaf.plan.field if isinstance(leaf.plan, Exists) else leaf.field
    name = field.removesuffix(fields.exact_suffix) if fields.exact_suffix else field
    legacy = fields == LOGSTASH_LEGACY
    if name == "voting" and isinstance(leaf.plan, NumberBetween):
        said = "which builds vote is decided by the CI's report, never in the query; take it out (see allow-nonvoting)"
        yield _on(leaf, Level.WARNING, "voting", said, "")
    elif name not in EVERYWHERE | CLUSTER | (LEGACY if legacy else frozenset()):
        yield _unknown(leaf, name, legacy=legacy)
    elif not legacy and name in CLUSTER:
        said = f"only a cluster's documents have {name}; with logs that are fetched, nothing is matched"
        yield _on(leaf, Level.HINT, "cluster-only", said)
    yield from _file(leaf, legacy=legacy)
    if not legacy:
        yield from _one_line(leaf)


def _on(leaf: Condition, level: Level, rule: str, message: str, mended: str | None = None) -> Remark:
    return Remark(level, rule, message, leaf.start, leaf.end, mended)


def _text(leaf: Condition) -> str:
    return leaf.part.text if isinstance(leaf.part, Phrase | Term | Words) else ""


def _unknown(leaf: Condition, name: str, *, legacy: bool) -> Remark:
    text = _text(leaf)
    if name == "build_short_uuid":
        said = "documents of today have the whole build_uuid alone; compare its beginning"
        mended = f"build_uuid:{text}*" if re.fullmatch("[0-9a-f]+", text) else None
    elif name in OF_THE_LINE:
        said = f"documents of today have no {name}: it stands in the message; look for it there"
        mended = quoted("message", text) if text else None
    else:
        known = EVERYWHERE | CLUSTER | (LEGACY if legacy else frozenset())
        near = difflib.get_close_matches(name.replace("-", "_"), sorted(known), n=1)
        said = f"no document has {name}, so that this matches nothing; "
        said += f"did you mean {near[0]}?" if near else "if it is text, put it in quotes"
        value = leaf.text.partition(":")[2]
        mended = f"{near[0]}:{value}" if near and value else None
    return _on(leaf, Level.WARNING, "unknown-field", said, mended)


def _file(leaf: Condition, *, legacy: bool) -> Iterator[Remark]:
    part, text = leaf.part, _text(leaf)
    if leaf.field != "filename" or not isinstance(part, Phrase | Term):
        return
    if legacy:
        if "/" not in text and text not in _ROOT_FILES:
            said = "file names have their folder before them on this index; write logs/ as well"
            yield _on(leaf, Level.WARNING, "bare-filename", said, quoted("filename", f"logs/{text}"))
        return
    bare = text.rpartition("/")[2].removesuffix(".gz")
    if bare != text:
        said = "documents of today have the file's bare name, without folders and .gz; leave them out"
        yield _on(leaf, Level.WARNING, "path-in-filename", said, quoted("filename", bare) if bare else None)
    elif text == "console.html":
        said = "the console of today is job-output.txt; the tag console finds it under any name"
        yield _on(leaf, Level.WARNING, "old-console", said, 'tags:"console"')


def _one_line(leaf: Condition) -> Iterator[Remark]:
    """What no single line holds, where each line is a document of its own."""
    part, text = leaf.part, _text(leaf)
    if leaf.field == "tags" and text == "multiline":
        said = "documents of today are single lines, none is tagged multiline; take it out"
        yield _on(leaf, Level.WARNING, "folded", said, "")
    if leaf.field != DEFAULT_FIELD or not isinstance(part, Phrase | Term | Words):
        return
    words = tokens(text)
    if (
        (len(words) > len(TRACEBACK) and tuple(words[: len(TRACEBACK)]) == TRACEBACK)
        or _FRAME.search(text)
        or "\n" in text.strip()
    ):
        said = (
            "this reaches over several lines, and documents of today are single lines: nothing is matched; "
            "write a query for each line under all_of, with same: file"
        )
        yield _on(leaf, Level.WARNING, "folded", said)
    if _DEBUG.search(text) and leaf.counts is not Counts.PROHIBITED:
        said = "DEBUG lines are left out of the logs that are searched: nothing is matched; look for another line"
        yield _on(leaf, Level.WARNING, "debug", said)


def folded(query: Condition) -> Iterator[Remark]:
    """A traceback's first line asked for together with others of it, in one document."""
    for group in query.groups():
        lines = [each for each in group.inner if each.counts is Counts.REQUIRED and _is_line(each)]
        for each in lines:
            if len(lines) > 1 and tuple(tokens(_text(each))) == TRACEBACK:
                said = (
                    "no line of a traceback holds its first line as well, and documents of today are single lines: "
                    "nothing is matched; write a query for each line under all_of, with same: file"
                )
                yield _on(each, Level.WARNING, "folded", said)


def _is_line(condition: Condition) -> bool:
    return all(leaf.field == DEFAULT_FIELD for leaf in condition.leaves())


def scope(query: Condition, fields: FieldPreset) -> Iterator[Remark]:
    """Conditions on the build that the signature's scope says more exactly."""
    for each in query.inner:
        key = _SCOPES.get(each.field)
        if key is None or each.counts is not Counts.REQUIRED:
            continue
        wide = "" if fields == LOGSTASH_LEGACY else ", and here names that only contain it are matched as well"
        said = f"the key {key} says the same, exactly and before any log is read{wide}"
        mended = _as_scope(key, each)
        yield Remark(Level.HINT, "scope-in-query", said, each.start, each.end, mended, key=True)


def _as_scope(key: str, leaf: Condition) -> str | None:
    part = leaf.part
    if isinstance(part, Phrase | Term):
        value = part.text
    elif isinstance(part, Prefix):
        value = f"{part.text}*"
    elif isinstance(part, Wildcard) and not re.search(r"[?\\]", part.pattern):
        value = part.pattern
    else:
        return None
    return f"{key}: [{json.dumps(value, ensure_ascii=False) if _SPECIAL.search(value) else value}]"
