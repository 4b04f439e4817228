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

from .variable_parts import CHANGES, MAY_BE_TIME, TIME, VARIABLE

LONGEST = 1000
"""Characters of a line that are looked at: those that masking leaves of it."""
_SAID = 400
"""Characters of what it says, without its opening: enough to know it by."""

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

_CODES = re.compile(
    r"(?:[CEHRScehrs](?<!\w.)(?i:(?<=e)(?:rrno|rror|xit(?:ed)?)|(?<=c)ode|(?<=s)(?:tatus|ignal)|(?<=r)(?:c|eturn(?:s|ed|ing)?)"
    r"|(?<=h)ttp(?:/\d(?:\.\d)?)?)['\":=]{0,2}|Error\)) (?=[('\"]{0,2}-?\d{1,4}(?![\w.:/-]))"
    r"|(?:\A| )(?=[('\"]{0,2}-?\d{1,4}(?![\w.:/-])\S{0,2} (?:Bad (?:Request|Gateway)|Conflict|Forbidden|Gateway Time"
    r"|Internal Server|Not Found|Service (?:Un|Temp)|Too Many|Unauthorized))"
)
"""What stands before a number that is a code, by what is said before it or, of an HTTP status, behind it."""
_A_CODE = re.compile(r"[('\"]{0,2}-?\d{1,4}")
_ROW = re.compile(r"(<[a-z]{1,7}>)(?:[\s,;|/.:_-]{1,3}\1){1,400}")
_KEPT = frozenset({"code", "word"})


def message_of(line: str) -> tuple[str, str]:
    """What a line says, without its time, host, process, level, logger and request; and its level.

    At most 400 characters of it.  The level is "bad" (ERROR and worse), "fair", or "" where the line says none.
    """
    text = clean_line(line, LONGEST)
    level, at = "", 0
    while found := _OPENING.match(text, at):
        named = _LEVEL.match(found[0])
        if named:
            level = "bad" if named["bad"] else "fair"
        at = found.end()
    return clean_line(text[at:], _SAID), level


def normalised(line: str) -> str:
    """The shape of a line; doing it twice changes nothing more."""
    return shape_of(message_of(line)[0])


@lru_cache(maxsize=2048)
def shape_of(message: str) -> str:
    """The shape of what a line says, see ``message_of``; builds of a job say the same again and again."""
    text = message
    while True:  # each round takes digits, slashes, dots or at signs away, and seldom is there a third
        once = TIME.sub("<time>", text) if MAY_BE_TIME.search(text) else text
        once, _ = message_of(_ROW.sub(r"\1", _words_shaped(once)))
        if once == text:
            return text
        text = once


def _words_shaped(text: str) -> str:
    codes = {found.end() for found in _CODES.finditer(text)}
    shaped, place = [], 0
    for word in text.split(" "):
        if CHANGES.search(word):
            code = _A_CODE.match(word) if place in codes else None
            shaped.append(code[0] + _shape_of_word(word[code.end() :]) if code else _shape_of_word(word))
        else:
            shaped.append(word)
        place += len(word) + 1
    return " ".join(shaped)


@lru_cache(maxsize=4096)
def _shape_of_word(word: str) -> str:
    return VARIABLE.sub(_placeholder, word)


def _placeholder(found: re.Match[str]) -> str:
    kind = found.lastgroup or "n"
    if kind in _KEPT:
        return found[0]
    return "<id>" if kind == "token" else f"<{kind}>"
