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
    r"|\[?(?:DEBUG|TRACE|INFO|AUDIT|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)\]?(?: [a-z_]\w*(?:\.\w+)+(?= ))?:?(?= )"
    r"|\[[^\[\]]{0,200}\breq-[^\[\]]{0,300}\]|\[-\]|\[instance: [^\[\]]{1,100}\]"  # oslo.log's context
    r"|\|"
    r") *"
)
_LEVEL = re.compile(r"\[?(?:(?P<bad>ERROR|CRITICAL|FATAL)|(?P<fair>DEBUG|TRACE|INFO|AUDIT|NOTICE|WARN|WARNING))\b")

_CODE = r"(?:errno|error|code|status|rc|exit|exited|http(?:/\d(?:\.\d)?)?|signal|returned|returning|return|(?:Error\)) \()"
_HEX = "[0-9a-fA-F]"
_NAMED = r"(?:com|org|net|io|dev|edu|gov|info|cloud|local|localdomain|internal|example|test|lan|invalid)"
_PART = r"[\w.@%+~=,-]"
_VARIABLE = re.compile(
    rf"(?P<url>\b[A-Za-z][A-Za-z0-9+.-]{{1,15}}://[^\s'\"<>()\[\]{{}}|]+)"
    rf"|(?P<change>\brefs/changes/\d+/\d+/\d+\b|\bI{_HEX}{{40}}\b|(?<![\w,.])\d{{3,9}},\d{{1,3}}(?![\w,.]))"
    rf"|(?P<id>(?:\b(?:req|instance|volume|snapshot|tx)-)?(?<!{_HEX}){_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}(?!{_HEX}))"
    r"|(?P<time>(?<!\d)\d{4}[-/]\d\d?[-/]\d\d?(?:[ T_]\d\d[:h]?\d\d[:m]?\d\d(?:[.,]\d{1,9})?)?(?:Z\b| ?[+-]\d\d:?\d\d\b)?(?!\d)"
    r"|(?<!\d)\d{1,2}/[A-Z][a-z]{2}/\d{4}(?:[:/]\d\d){3}(?: [+-]\d{4})?"
    r"|(?:\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:\b\d\d? )?\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"(?: {1,2}\d{1,2})?(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d{1,9})?(?: [A-Z]{3,4}\b)?(?: \d{4}\b)?"
    r"|(?<![\d:.])\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?(?![\d:])"
    r"|\b\d+h \d+m \d+s\b|\b\d+m \d+(?:\.\d+)?s\b)"
    rf"|(?P<address>(?<![\w.])\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?::\d+|/\d+)?(?![\w.]*\d)"
    rf"|(?<![\w:])(?:{_HEX}{{2}}:){{5}}{_HEX}{{2}}(?![\w:])"
    rf"|(?<![\w:.])(?:{_HEX}{{1,4}}:){{3,7}}{_HEX}{{1,4}}(?:/\d+)?(?![\w:])"
    rf"|(?<![\w:.])(?:{_HEX}{{1,4}}:){{1,6}}:(?:{_HEX}{{1,4}}(?::{_HEX}{{1,4}}){{0,5}})?(?:/\d+)?(?![\w:]))"
    rf"|(?P<host>\b[\w.+-]{{1,60}}@[\w.-]{{1,100}}\w"
    rf"|\b(?:[A-Za-z0-9](?:[A-Za-z0-9-]{{0,60}}[A-Za-z0-9])?\.){{1,8}}{_NAMED}\b(?::\d+)?(?![.\w(/])"
    rf"|\b[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+){{2,8}}-\d{{3,12}}\b)"
    rf"|(?P<path>(?<![\w<>/])(?:~|[A-Za-z]:(?=\\))?(?:[/\\]{_PART}+){{2,}}[/\\]?|(?<![\w<>/])/{_PART}*\d{_PART}*/?|"
    rf"(?<![\w<>/.@%+~=,-])[\w.]{_PART}{{0,80}}(?:/{_PART}+){{2,}}/?)"
    rf"|(?P<hex>\b0x{_HEX}+\b|(?<![\w-])(?=[a-fA-F]*\d){_HEX}{{7,}}(?![\w-])|(?<!{_HEX}){_HEX}{{32,}}(?!{_HEX})|"
    r"(?<![\w+/=-])(?=[A-Za-z0-9+/=-]*\d[A-Za-z0-9+/=-]*[A-Z]|[A-Za-z0-9+/=-]*[A-Z][A-Za-z0-9+/=-]*\d)"
    r"[A-Za-z0-9+/=-]{20,}(?![\w]))"
    r"|(?P<mixed>(?<![A-Za-z0-9])(?=(?:[A-Za-z]*\d+[A-Za-z]+){2}|(?:\d+[A-Za-z]+){2}|[A-Za-z]+\d+[A-Za-z]+\d)"
    r"[A-Za-z0-9]{6,}(?![A-Za-z0-9]))"
    rf"|(?P<code>(?i:\b{_CODE})[\s:=('\"]{{0,3}}-?\d{{1,4}}(?![\w.]))"
    r"|(?P<word>(?<![A-Za-z0-9<])[A-Za-z]+(?:\d{1,2}|(?:\d\.)+\d{1,3})(?![A-Za-z0-9]))"
    r"|(?P<n>[-+]?\d+(?:[.,:]\d+)*(?:%|(?: ?(?:[KMGT]i?B|[kmgt]b|[nmu]s|bytes|seconds|secs?|minutes|hours)\b)|[smhdKMGT]\b)?)"
)
_ROW = re.compile(r"(<[a-z]{1,7}>)(?:[\s,;|/.:_-]{1,3}\1){1,400}")
_KEPT = frozenset({"code", "word"})
_NAMES = {"hex": "id", "mixed": "id"}


def message_of(line: str) -> tuple[str, str]:
    """What a line says, without its time, host, process, level, logger and request; and its level, "" where it has none."""
    text = clean_line(line, LONGEST)
    level, at = "", 0
    while found := _OPENING.match(text, at):
        named = _LEVEL.match(found[0])
        if named is None:
            words = found[0].split()
            named = next(filter(None, map(_LEVEL.match, words)), None)
        if named:
            level = "bad" if named["bad"] else "fair"
        at = found.end()
    return text[at:], level


def normalised(line: str) -> str:
    """The shape of a line; doing it twice changes nothing more."""
    text, _ = message_of(line)
    while True:  # each round takes digits, slashes or at signs away, and seldom is there a third
        once = _ROW.sub(r"\1", _VARIABLE.sub(_placeholder, text))
        once = message_of(once)[0]
        if once == text:
            return text
        text = once


def _placeholder(found: re.Match[str]) -> str:
    kind = found.lastgroup or "n"
    return found[0] if kind in _KEPT else f"<{_NAMES.get(kind, kind)}>"
