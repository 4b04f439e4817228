r"""What a log line tells of a failure: what went wrong, where, or merely that something did; pure.

Lines are judged one after another, since the line behind a frame of a traceback is that frame's code, and the one that
ends a traceback is the exception.  Events of several lines that were folded into one (with ``\n`` in it, as Ansible and
oslo.log write them) are unfolded.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice

from gerritbot_er.model import Evidence

from .shapes import LONGEST, message_of, shape_of

_MOST_LINES = 200
_MOST_PIECES = 300
_FOLDED = 8
"""So many times ``LONGEST`` characters of a line are looked at where it may be a folded one."""
_BEHIND_A_FRAME = 2
"""So many other lines may stand between a traceback's last frame and its exception."""


class Kind(StrEnum):
    """What a line tells of a failure."""

    EXCEPTION = "exception"  # an exception's class and its words
    ERROR = "error"  # said at level ERROR or above, or as an error
    TROUBLE = "trouble"  # speaks of something that did not work
    PLAIN = "plain"
    PLACE = "place"  # where: a frame of a traceback and its code
    END = "end"  # that something failed, not what


TELLING = frozenset({Kind.EXCEPTION, Kind.ERROR, Kind.TROUBLE})
"""Those that say what went wrong."""


@dataclass(frozen=True, slots=True)
class ClassifiedLine:
    """A line or a part of a folded one, its shape, and the place of the line among those looked at, from 0."""

    kind: Kind
    shape: str
    line: int


_PACKAGES = r"(?:[A-Za-z_][\w$]{0,80}\.){0,12}"
_CLASS = rf"{_PACKAGES}[A-Z]\w{{0,80}}"
_EXCEPTION = re.compile(
    r"(?:(?:E|Caused by:|Exception in thread \S{1,80}|Uncaught|panic:|error:|ERROR:|Details:) +)?"
    rf"(?:{_CLASS}(?:Error|Exception|Failure|Failed|Timeout|Interrupt|Exceeded|Refused|NotFound|Conflict|Invalid|InUse"
    r"|Exists|Denied|Mismatch|Unavailable|Forbidden|Fault)"
    rf"|{_PACKAGES}(?:[A-Z]\w{{0,40}})?(?:Bad|Invalid|Missing|Not?|Unknown|Unsupported)[A-Z]\w{{0,40}})(?::|$| \()"
)
_ENDS_A_TRACEBACK = re.compile(rf"{_CLASS}(?::|$)")
_NAMES_AN_EXCEPTION = re.compile(r"\b[A-Z]?[a-z]\w{0,60}(?:Error|Exception)\b")
_OPENS_A_TRACEBACK = re.compile(
    r"Traceback \(most recent call last\)|Stack ?trace:?$|During handling of the above|The above exception"
)
_PLACE = re.compile(
    r"File ['\"]\S|File \S+, line |at [\w$.<>]{1,200}\(|in <module>|[\^~]{2,}|goroutine <n>|#<n>\s|\.{3} <n> more"
)
_END = re.compile(
    "(?i)"
    r"\bexit(?:ed|ing)?(?: with)?(?: an?)?(?: exit)?(?: code| status| value)|\breturn(?:ed)? (?:code|value)|\bnon-?zero"
    r"|\binvocationerror|buildfail|\bbuild (?:failed|failure)|build step '|marked build as|finished: [a-z]+$"
    r"|result: [a-z_]+$|\brun end\b|job complete|play recap|unreachable: \S+ failed: |commands? failed|task failed"
    r"|\bfailed=|\bfailures?=|\berrors?=|\berrored: |process-returncode|: fail(?:ed)? code|evaluation failed"
    r"|recipe for target|leaving directory|make(?:\[<n>\])?: \*\*\* |error summary|rerun failed|\bran <n> tests?"
    r"|\btests? run\b|- failed:|- passed:|\btotals\b|following tests? failed|\bfailed tests?:"
    r"|(?:see|check) (?:the )?logs?"
)
"""How builds, tools and test runners say that something failed."""
_CERTAIN_END = re.compile(r"InvocationError|BuildFail")
"""Exceptions that say no more."""
_ERROR = re.compile(
    r"(?i)(?:\W{0,3}(?:\w[\w.-]{0,40}[: ] ?)?(?:error|fatal|critical|panic|failure)\b|e: |npm err!|go: .*:)"
)
_TROUBLE = re.compile(
    r"(?i)\b(?:errors?|fatal|fail(?:ed|s|ure|ures|ing)?|panic|cannot|can\\?'t|could ?n(?:o|\\?')t|unable|refused|denied"
    r"|tim(?:ed|e)[ -]?out|timeout|no such|not found|missing|unknown|undefined|invalid|illegal|segfault|segmentation"
    r"|killed|exceed(?:s|ed)?|unreachable|abort(?:ed|ing)?|crash(?:ed)?|corrupt(?:ed)?|conflict(?:s|ing)?|unexpected"
    r"|unavailable|unresolved|offline|lost|reset by peer|broken|out of memory|oom|no space|forbidden|unauthorized"
    r"|rejected|too (?:many|long|large|big|old|small|few)|does(?: not|n\\?'t) (?:exist|match|allow|support|have)"
    r"|did(?: not|n\\?'t)|bad|wrong|assert(?:ion)?|exception|violates|deadlock|stopp?ed|insufficient|not enough"
    r"|inconsistent|mismatch(?:es|ed)?|incompatible|incorrect|malformed|unrecognized|unsupported|unmet|expired|duplicate"
    r"|stuck|hung|kernel bug|is down|disconnected|still (?:running|in use|referenced)"
    r"|already (?:in use|exists|running|mounted|reserved|has|been|appears)|appears to already|in use|file exists"
    r"|(?:has|have) not been|is not (?:a|an|up|in|the)|was not|were not|no (?:attribute|more|valid|matching|route)"
    r"|not (?:reachable|reach|start|started|respond|responding|available|permitted|allowed|supported|installed|running"
    r"|deleted|created|assigned|ready|active|match|matching|exist|accessible|configured|defined|recognized|authorized)"
    r"|40[0-9]|50[0-9])\b"
)
_VALUES = re.compile(
    r"[\"'](?:(?P<why>msg|exception|reason|error|message|detail)|stderr|stdout|module_stderr|module_stdout)[\"']: "
    r"u?(?P<quote>[\"'])(?P<text>(?:[^\"'\\]|\\.|(?!(?P=quote))[\"']){3,})"
)
"""What tells, of the answer of one of Ansible's modules."""
_NEWLINE = re.compile(r"\n|\\r\\n|(?<!\\)\\n(?:', u?')?")


def classified(lines: Iterable[Evidence]) -> Iterator[ClassifiedLine]:
    """What each line tells, in order; at most 300 lines, folded ones counted as many."""
    raised, placed = 0, False
    for number, piece, level in islice(_pieces(lines), _MOST_PIECES):
        shape = shape_of(piece)
        if _OPENS_A_TRACEBACK.match(shape):
            raised, placed = _BEHIND_A_FRAME, False
            continue
        if _PLACE.match(shape):
            kind, raised, placed = Kind.PLACE, _BEHIND_A_FRAME, True
        elif _is_exception(shape) or (raised and _ENDS_A_TRACEBACK.match(shape) and not _END.search(shape)):
            kind, raised, placed = Kind.EXCEPTION, 0, False
        elif placed:
            kind, placed = Kind.PLACE, False
        else:
            kind, raised = _kind(shape, level), max(0, raised - 1)
        yield ClassifiedLine(kind, shape, number)


def _is_exception(shape: str) -> bool:
    return _EXCEPTION.match(shape) is not None and not _CERTAIN_END.search(shape)


@lru_cache(maxsize=2048)
def _kind(shape: str, level: str) -> Kind:
    if _END.search(shape):
        return Kind.END
    if _NAMES_AN_EXCEPTION.search(shape):
        return Kind.EXCEPTION
    if level == "bad" or _ERROR.match(shape):
        return Kind.ERROR
    return Kind.TROUBLE if _TROUBLE.search(shape) else Kind.PLAIN


def _pieces(lines: Iterable[Evidence]) -> Iterator[tuple[int, str, str]]:
    """The lines within each line: number, message, level."""
    for number, evidence in enumerate(islice(lines, _MOST_LINES)):
        text = evidence.line[: LONGEST * _FOLDED]
        failed = "FAILED! => {" in text
        values = (
            [(found["text"], failed and found["why"]) for found in _VALUES.finditer(text)] if "=> {" in text else []
        )
        for part, why in values or [(text, None)]:
            for piece in _NEWLINE.split(part):
                message, level = message_of(piece)
                if message:
                    yield number, message, "bad" if why else level
