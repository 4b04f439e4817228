"""A draft of a signature from a log line: its telling words as a query, the line as the example; pure.

Telling is what is the same the next time.  Times, ids, numbers, paths and addresses are not; they cut the line into
the phrases that are looked for.  Where more lines of the same failure are known, what not all of them have is not
either.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from gerritbot_er.cleaning import clean_line
from gerritbot_er.model import Category

from .lint.words import quoted
from .lucene import OPENDEV, compile_query, parse
from .lucene.analysis import tokens

_MOST_PHRASES = 3
_MOST_WORDS = 12
_LONGEST_TITLE = 80
_MOST_EXAMPLES = 3
_ERROR = re.compile(r"\w*(?:Error|Exception|Failure|Timeout)\b")
_CODE_BEFORE = re.compile(
    r"(?:errno|error|code|status|rc|exit|http(?:/[0-9.]{1,3})?|signal|return(?:ed|ing))[:=]?", re.IGNORECASE
)
_CODE = re.compile(r"-?[0-9]{1,3}")
_EDGES = "[](){}<>'\"`,;:.=|!"
_OPENING = re.compile(
    r"(?:[A-Z][a-z]{2} +[0-9]{1,2} [0-9:.]+ \S+ "  # syslog's time and host
    r"|\[?[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]\S+ (?:[0-9]+ )?"  # a time, and oslo's process id
    r"|[\w.-]+ \| )"  # the node that Zuul's console names
)
_NOISE = (
    re.compile(r".*[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-.*"),  # uuids
    re.compile(r"(?:req|rid|id|uuid|gid|tx)[-=_:].*[0-9].*", re.IGNORECASE),
    re.compile(r"(?=.*[0-9])[0-9a-fA-F]{6,}|0x[0-9a-fA-F]+"),
    re.compile(r"[^A-Za-z]*[0-9][^A-Za-z]*(?:[KMGT]?i?B|[num]?s|%)?"),  # numbers, times, sizes, IPv4 addresses
    re.compile(r".*[0-9]{3}.*|(?:[^0-9]*[0-9]){4}.*"),
    re.compile(r".*://.*|~?/.*|.*/.*/.*|[A-Za-z]:\\.*"),  # URLs and paths
    re.compile(r"(?:[\w-]+\.)+[A-Za-z][\w-]*(?::[0-9]+)?/.*"),  # images and pages on a host, without a scheme
    re.compile(r"(?:[0-9a-fA-F]{0,4}:){2,}[0-9a-fA-F.:]*(?:/[0-9]+)?"),  # IPv6 and Ethernet addresses
    re.compile(r".*@.*"),
    re.compile(r"(?:[\w-]+\.)+(?:com|org|net|io|dev|local|internal|example|test)(?::[0-9]+)?", re.IGNORECASE),
    re.compile(r"Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"),
    re.compile(r"DEBUG|TRACE|INFO|AUDIT|WARN|WARNING|ERROR|CRITICAL|FATAL"),
)
_CONTEXT = re.compile(r"\[[^\[\]]*(?:\breq-|[0-9a-f]{8}-[0-9a-f]{4}-)[^\[\]]*\]|(?<=fatal: )\[[^\]\s]+\]:")
"""What oslo.log writes of the request and of the instance, and Ansible of the host."""
_CUT = "\0"
_LOOSE_ENDS = frozenset(
    {"a", "an", "and", "at", "by", "for", "from", "in", "is", "of", "on", "or", "the", "to", "with"}
)
_SURELY_INFRA = (
    "No space left on device",
    "Temporary failure in name resolution",
    "Could not resolve host",
    "Connection reset by peer",
    "TLS handshake timeout",
    "toomanyrequests",
    "UNREACHABLE!",
    "503 Service Unavailable",
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a line stands, as its document says it; no ``filename``: not known."""

    filename: str = ""
    tags: tuple[str, ...] = ()


def draft(message: str, source: Source, others: Sequence[str] = ()) -> str | None:
    """The YAML text of a signature that matches this line and ``others``; None where they hold no word in common.

    Each is a line without its console's time stamp.  A few of the others become examples as well.
    """
    line = clean_line(message, len(message))
    same = [clean_line(other, len(other)) for other in others]
    phrases = _phrases(line, same)
    if not phrases:
        return None
    clauses = [quoted("message", phrase) for phrase in phrases] + _where(source)
    query = " AND\n  ".join(clauses)
    title = max(phrases, key=len).strip(_EDGES + " ") or line
    sure = next((each for each in _SURELY_INFRA if each.lower() in line.lower()), None)
    examples = list(dict.fromkeys([line, *same]))[:_MOST_EXAMPLES]
    return "".join(
        [
            f"title: {_scalar(clean_line(title, _LONGEST_TITLE))}\n",
            "# bug: https://bugs.example.org/42\n",
            f"query: >-\n  {query}\n",
            f"category: {Category.INFRA.value}\n" if sure else "# category: infra, product or test\n",
            "# advice: recheck, wait, fix, or a sentence\n",
            "examples:\n  match:\n",
            *(f"    - {_example(each, source)}\n" for each in examples),
            "  # no-match: lines that are like it and are not of this bug\n",
        ]
    )


def _where(source: Source) -> list[str]:
    if "console" in source.tags:
        return ['tags:"console"']
    named = tokens(source.filename) and _usable(source.filename)
    return [quoted("filename", source.filename)] if named else []


def _example(line: str, source: Source) -> str:
    if not source.filename:
        return _scalar(line)
    listed = ", ".join(_scalar(tag) for tag in source.tags)
    tags = f", tags: [{listed}]" if source.tags else ""
    return f"{{message: {_scalar(line)}, filename: {_scalar(source.filename)}{tags}}}"


def _scalar(text: str) -> str:
    """A YAML text in double quotes: JSON's escapes are YAML's, and what YAML does not print is escaped as well."""
    plain = re.fullmatch(r"[A-Za-z][\w ./-]*[\w./-]", text, re.ASCII) and text.lower() not in _NOT_TEXT
    if plain:
        return text
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in shown)


_NOT_TEXT = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})


def _phrases(line: str, others: Sequence[str]) -> list[str]:
    """The phrases to look for, in the line's order; each is in all lines by the analyzer's own words."""
    opening = _OPENING.match(line)
    told = _CONTEXT.sub(f" {_CUT} ", line[opening.end() :] if opening else line)
    words = [word for word in told.split(" ") if word]
    runs = _runs(words, [frozenset(tokens(other)) for other in others])
    rich = [run for run in runs if len(tokens(" ".join(run))) > 1 or _ERROR.search(run[0])]
    chosen = sorted(rich or runs, key=_worth, reverse=True)[:_MOST_PHRASES]
    phrases = [" ".join(run[:_MOST_WORDS]).rstrip(":,;") for run in runs if run in chosen]
    lines = (line, *others)
    held = [phrase for phrase in dict.fromkeys(phrases) if _held(phrase, lines)][:_MOST_PHRASES]
    if held:
        return held
    words = [word for word in line.split(" ") if _usable(word) and _held(word, lines)]
    every = words or [token for token in tokens(line) if token.isprintable() and _held(token, lines)]
    return sorted(every, key=len, reverse=True)[:1]


def _runs(words: Sequence[str], others: Sequence[frozenset[str]]) -> list[list[str]]:
    """The words that tell something and are in the other lines as well, as long as they follow one another."""
    runs: list[list[str]] = [[]]
    for before, word in zip(["", *words], words, strict=False):
        if _tells(word, before) and all(other.issuperset(tokens(word)) for other in others):
            runs[-1].append(word)
        else:
            runs.append([])
    for run in runs:
        while run and run[-1].lower() in _LOOSE_ENDS:
            run.pop()
    return [run for run in runs if tokens(" ".join(run))]


def _tells(word: str, before: str) -> bool:
    core = word.strip(_EDGES)
    if not _usable(word):
        return False
    if _CODE.fullmatch(core) and _CODE_BEFORE.fullmatch(before.strip("[](){}'\"")):
        return True
    return not any(noise.fullmatch(core) for noise in _NOISE)


def _usable(word: str) -> bool:
    """Whether a word can stand in a query's quotes and mean itself."""
    return word.isprintable() and "*" not in word


def _worth(run: list[str]) -> tuple[bool, int]:
    text = " ".join(run)
    return bool(_ERROR.search(text)), sum(map(len, tokens(text)))


def _held(phrase: str, lines: Sequence[str]) -> bool:
    if not tokens(phrase):
        return False
    matcher = compile_query(parse(quoted("message", phrase)), OPENDEV)
    return all(matcher.matches({"message": line}) for line in lines)
