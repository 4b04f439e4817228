"""A log line → its shape: what changes from build to build becomes a placeholder; pure, in time linear in the line.

==============  =====================================================================================================
``<time>``      dates, times of day, both together
``<url>``       a URL
``<address>``   IPv4, IPv6 and Ethernet addresses, with port or mask
``<host>``      names of hosts and of nodes ("ubuntu-jammy-rax-iad-0034567"), addresses of mail
``<path>``      a path of two or more parts, absolute or not
``<change>``    a change's ref, its Change-Id, or "12345,6"
``<id>``        uuids, hashes, hexadecimal numbers, tokens
``<n>``         any other number, with its unit; a code stays ("exit code 137", "HTTP 503", "Errno 28", "status=500")
==============  =====================================================================================================

A row of the same placeholder is one.
"""

import re
from functools import lru_cache

from gerritbot_er.cleaning import clean_line

LONGEST = 1000
"""Characters of a line that are looked at: those that masking leaves of it."""

_OPENING = re.compile(
    r"(?:"
    r"\[?\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?Z\b| ?[+-]\d\d:?\d\d)?\]?(?: -)?"  # ISO 8601
    r"|[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,9})? (?![A-Za-z]+Error)[\w.-]{1,100}"  # syslog, with its host
    r"|\[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\]?"  # Jenkins' timestamper
    r"|[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{1,9} +\d+ [\w.-]{1,100}:\d+\]"  # klog
    r"|\[[ \d]{1,12}\.\d{1,9}\]"  # the kernel's seconds
    r"|[\w.@/-]{1,100}\[\d+\]:"  # syslog's program and process
    r"|[\w.-]{1,100} \|"  # the node that Zuul's console names
    r"|\d{1,10}(?= (?:DEBUG|TRACE|INFO|AUDIT|WARN|WARNING|ERROR|CRITICAL|FATAL)\b)"  # oslo.log's process id
    r"|\[?(?:DEBUG|TRACE|INFO|AUDIT|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)\]?"
    r"(?: [a-z_]\w*(?:\.\w+)+(?= |$))?:?(?= |$)"  # and oslo.log's module
    r"|\[[^\[\]]{0,200}\breq-[^\[\]]{0,300}\]|\[-\]|\[instance: [^\[\]]{1,100}\]"  # oslo.log's context
    r"|\|"
    r") *"
)
_LEVEL = re.compile(r"\[?(?:(?P<bad>ERROR|CRITICAL|FATAL)|(?P<fair>DEBUG|TRACE|INFO|AUDIT|NOTICE|WARN|WARNING))\b")

_HEX = "[0-9a-fA-F]"
_NAMED = r"(?:com|org|net|io|dev|edu|gov|info|cloud|local|localdomain|internal|example|test|lan|invalid)"
_PART = r"[\w.@%+~=,-]"
_MONTH = r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = re.compile(
    r"(?<!\d)\d{4}[-/]\d\d?[-/]\d\d?(?:[ T_]\d\d[:h]?\d\d[:m]?\d\d(?:[.,]\d{1,9})?)?(?:Z\b| ?[+-]\d\d:?\d\d\b)?(?!\d)"
    r"|(?<!\d)\d{1,2}/[A-Z][a-z]{2}/\d{4}(?:[:/]\d\d){3}(?: [+-]\d{4})?"
    rf"|(?:\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:\b\d\d? )?{_MONTH}"
    r"(?: {1,2}\d{1,2})?(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d{1,9})?(?: [A-Z]{3,4}\b)?(?: \d{4}\b)?"
    r"|(?<![\d:.])\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?(?![\d:])"
    r"|\b\d+h \d+m \d+s\b|\b\d+m \d+(?:\.\d+)?s\b"
)
_MAY_BE_TIME = re.compile(r"\d(?:[-/:][\dA-Z]|[hm] \d)")
"""Every time has this; it is looked for much faster."""
_CHANGES = re.compile(r"[\d/\\@]|\.\w|[A-Fa-f]{7}")
"""A word in which something may change has this."""
_VARIABLE = re.compile(
    rf"(?P<url>\b[A-Za-z][A-Za-z0-9+.-]{{1,15}}://[^\s'\"<>()\[\]{{}}|]+)"
    rf"|(?P<change>\brefs/changes/\d+/\d+/\d+\b|\bI{_HEX}{{40}}\b|(?<![\w,.])\d{{3,9}},\d{{1,3}}(?![\w,.]))"
    rf"|(?P<id>(?<!{_HEX}){_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}(?!{_HEX}))"
    rf"|(?P<address>(?<![\w.])\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?::\d+|/\d+)?(?![\w.]*\d)"
    rf"|(?<![\w:])(?:{_HEX}{{2}}:){{5}}{_HEX}{{2}}(?![\w:])"
    rf"|(?<![\w:.])(?:{_HEX}{{1,4}}:){{3,7}}{_HEX}{{1,4}}(?:/\d+)?(?![\w:])"
    rf"|(?<![\w:.])(?:{_HEX}{{1,4}}:){{1,6}}:(?:{_HEX}{{1,4}}(?::{_HEX}{{1,4}}){{0,5}})?(?:/\d+)?(?![\w:]))"
    rf"|(?P<host>\b[\w.+-]{{1,60}}@[\w.-]{{1,100}}\w"
    rf"|\b(?:[A-Za-z0-9](?:[A-Za-z0-9-]{{0,60}}[A-Za-z0-9])?\.){{1,8}}{_NAMED}\b(?::\d+)?(?![.\w(/])"
    r"|\b[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+){2,8}-\d{3,12}\b)"
    rf"|(?P<path>(?<![\w<>/])(?:~|[A-Za-z]:(?=\\))?(?:[/\\]{_PART}+){{2,}}[/\\]?|(?<![\w<>/])/{_PART}*\d{_PART}*/?"
    rf"|(?<![\w<>/.@%+~=,-])[\w.]{_PART}{{0,80}}(?:/{_PART}+){{2,}}/?)"
    rf"|(?P<hex>\b0x{_HEX}+\b|(?<![\w-])(?=\d*[a-fA-F])(?=[a-fA-F]*\d){_HEX}{{7,}}(?![\w-])|(?<!{_HEX}){_HEX}{{32,}}(?!{_HEX})"
    r"|(?<![\w+/=-])(?=[a-z+/=-]*(?:\d[A-Za-z0-9+/=-]*[A-Z]|[A-Z][A-Za-z+/=-]*\d))[A-Za-z0-9+/=-]{20,}(?!\w)"
    r"|(?<![A-Za-z0-9])(?=(?:[A-Za-z]*+\d++[A-Za-z]++){2}|(?:\d++[A-Za-z]++){2}|[A-Za-z]++\d++[A-Za-z]++\d)"
    r"[A-Za-z0-9]{6,}(?:[-_](?:[A-Za-z]*+\d[A-Za-z0-9]*|[0-9a-f]{2,4}))*(?![A-Za-z0-9]))"
    r"|(?P<code>(?i:\b(?:errno|error|code|status|rc|exit|http))['\"]?[=:/]['\"]?-?\d{1,4}(?![\w.])|HTTP/\d(?:\.\d)?\b)"
    r"|(?P<word>(?<![A-Za-z0-9<])[A-Za-z]+(?:\d{1,2}(?:\.\d{1,3})*|\d[A-Za-z]+)(?![A-Za-z0-9]))"
    r"|(?P<n>(?:(?<!\w)[-+])?\d+(?:[.,:]\d+)*(?:%|[KMGTkmgt]i?[Bb]?\b|[nmu]?s\b|[hd]\b)?)"
)
_CODED = re.compile(
    r"(?i:\b(?:errno|error|code|status|rc|exit|exited|http|http/\d(?:\.\d)?|signal|return(?:s|ed|ing)?)['\":=]{0,2}"
    r"|Error\)) [('\"]?\Z"
)
"""What stands before a number that is a code."""
_A_CODE = re.compile(r"[('\"]{0,2}-?\d{1,4}(?![\d.\w:/-])")
_REASON = re.compile(
    r" (?:Bad (?:Request|Gateway)|Conflict|Forbidden|Gateway Time|Internal Server|Not Found|Service (?:Un|Temp)"
    r"|Too Many|Unauthorized)"
)
"""What stands behind an HTTP status."""
_LONGEST_BEFORE = 16
_ROW = re.compile(r"(<[a-z]{1,7}>)(?:[\s,;|/.:_-]{1,3}\1){1,400}")
_KEPT = frozenset({"code", "word"})


def message_of(line: str) -> tuple[str, str]:
    """What a line says, without its time, host, process, level, logger and request; and its level.

    The level is "bad" (ERROR and worse), "fair", or "" where the line says none.
    """
    text = clean_line(line, LONGEST)
    level, at = "", 0
    while found := _OPENING.match(text, at):
        named = _LEVEL.match(found[0])
        if named:
            level = "bad" if named["bad"] else "fair"
        at = found.end()
    return text[at:], level


def normalised(line: str) -> str:
    """The shape of a line; doing it twice changes nothing more."""
    return shape_of(message_of(line)[0])


@lru_cache(maxsize=2048)
def shape_of(message: str) -> str:
    """The shape of what a line says, see ``message_of``; builds of a job say the same again and again."""
    text = message
    while True:  # each round takes digits, slashes, dots or at signs away, and seldom is there a third
        once = _TIME.sub("<time>", text) if _MAY_BE_TIME.search(text) else text
        once, _ = message_of(_ROW.sub(r"\1", _words_shaped(once)))
        if once == text:
            return text
        text = once


def _words_shaped(text: str) -> str:
    shaped, place = [], 0
    for word in text.split(" "):
        shaped.append(_word(text, word, place) if _CHANGES.search(word) else word)
        place += len(word) + 1
    return " ".join(shaped)


def _word(text: str, word: str, start: int) -> str:
    """The shape of a word that stands there in a text."""
    code = _A_CODE.match(word)
    if code:
        before = text[max(0, start - _LONGEST_BEFORE) : start]
        if _CODED.search(before) or _REASON.match(text, start + len(word)):
            return code[0] + _shape_of_word(word[code.end() :])
    return _shape_of_word(word)


@lru_cache(maxsize=4096)
def _shape_of_word(word: str) -> str:
    return _VARIABLE.sub(_placeholder, word)


def _placeholder(found: re.Match[str]) -> str:
    kind = found.lastgroup or "n"
    if kind in _KEPT:
        return found[0]
    return "<id>" if kind == "hex" else f"<{kind}>"
