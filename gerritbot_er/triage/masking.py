"""Secrets that a log line may hold are masked before it is kept or quoted: pure."""

import re

from gerritbot_er.cleaning import clean_line

LONGEST = 1000
MASK = "***"

_KEYWORD = r"(?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)"
_RULES = (
    # user:password@ in a URL
    (re.compile(r"(\b[a-z][a-z0-9+.-]{0,20}://)[^\s/@'\"<>]{1,300}@", re.IGNORECASE), rf"\1{MASK}@"),
    # Authorization: Bearer …, as a header or in a dictionary's or curl's form
    (
        re.compile(r"(\b(?:proxy-)?authorization['\"]?\s*[:=]\s*['\"]?(?:[a-z]{3,20}\s+)?)[^\s'\",;}]+", re.IGNORECASE),
        rf"\1{MASK}",
    ),
    # X-Auth-Token: …, password=…, "api_key": "…", --password …
    (
        re.compile(rf"(\b[\w.-]{{0,40}}{_KEYWORD}['\"]?\s*(?:=>|[:=])\s*[bu]?['\"]?)[^\s'\",;&}})\]]+", re.IGNORECASE),
        rf"\1{MASK}",
    ),
    (re.compile(rf"(--[\w-]{{0,30}}{_KEYWORD}\s+['\"]?)[^\s'\"-][^\s'\"]*", re.IGNORECASE), rf"\1{MASK}"),
    # tokens that show by their shape what they are
    (re.compile(r"\bgh[pousr]_[A-Za-z0-9]{16,}"), MASK),
    (re.compile(r"\bgithub_pat_\w{16,}"), MASK),
    (re.compile(r"\bglpat-[\w-]{16,}"), MASK),
    (re.compile(r"\bxox[abeprs]-[A-Za-z0-9-]{10,}"), MASK),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), MASK),
    (re.compile(r"\bnpm_[A-Za-z0-9]{30,}"), MASK),
    (re.compile(r"\bpypi-[\w-]{30,}"), MASK),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), MASK),
    (re.compile(r"\bgAAAAA[\w=-]{30,}"), MASK),
    (re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*"), MASK),
)
"""Each pattern with what takes its place; every one is bounded, so that no line makes it slow."""


def masked(line: str) -> str:
    """The line, cut at 1,000 characters, with everything that looks like a secret replaced by three asterisks."""
    line = clean_line(line, LONGEST)
    for pattern, instead in _RULES:
        line = pattern.sub(instead, line)
    return line
