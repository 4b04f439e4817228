"""Secrets that a log line may hold are masked before it is kept or quoted: pure."""

import re

from gerritbot_er.cleaning import clean_line

LONGEST = 1000
MASK = "***"

_KEYWORD = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?"
    r"|(?:api|access|private|secret|signing|encryption|ssh|auth|account)[_-]?key)"
)
_QUOTE = r"(?:\\{0,4}['\"])"
"""A quote, escaped where the line holds JSON within JSON, as Ansible shows what a command said."""
_RULES = (
    # user:password@ in a URL
    (re.compile(r"(\b[a-z][a-z0-9+.-]{0,20}://)[^\s/'\"<>]{1,300}@", re.IGNORECASE), rf"\1{MASK}@"),
    # Authorization: Bearer …, as a header or in a dictionary's or curl's form
    (
        re.compile(r"(\b(?:proxy-)?authorization['\"]?\s*[:=]\s*['\"]?(?:[a-z]{3,20}\s+)?)[^\s'\",;}]+", re.IGNORECASE),
        rf"\1{MASK}",
    ),
    # X-Auth-Token: …, password=…, "api_key": "…", --password …
    (
        re.compile(
            rf"({_KEYWORD}{_QUOTE}?\s*(?:=>|[:=])\s*[bu]?(?P<quote>{_QUOTE}))(?:(?!(?P=quote)).)+",
            re.IGNORECASE,
        ),
        rf"\1{MASK}",
    ),
    (
        re.compile(rf"({_KEYWORD}{_QUOTE}?\s*(?:=>|[:=])\s*)[^\s'\"\\,;&}})\]]+", re.IGNORECASE),
        rf"\1{MASK}",
    ),
    (re.compile(rf"(<[\w.-]{{0,40}}{_KEYWORD}>)[^<]+", re.IGNORECASE), rf"\1{MASK}"),
    # the names of cookies are anybody's
    (re.compile(r"(\b(?:set-)?cookie['\"]?\s*[:=]\s*['\"]?)[^\s'\"][^'\"]*", re.IGNORECASE), rf"\1{MASK}"),
    # curl -u user:password, sshpass -p password, docker login -p password, mysql -ppassword
    (re.compile(r"(\bcurl\b.{0,300}?\s(?:-u|--user)[\s=]['\"]?[^\s:'\"]{1,100}:)[^\s'\"]+"), rf"\1{MASK}"),
    (re.compile(r"(\b(?:sshpass|docker login|podman login)\b.{0,300}?\s-p\s?['\"]?)[^\s'\"]+"), rf"\1{MASK}"),
    (re.compile(r"(\bmysql(?:dump|admin)?\b.{0,300}?\s-p['\"]?)[^\s'\"]+"), rf"\1{MASK}"),
    (re.compile(rf"(--[\w-]{{0,30}}{_KEYWORD}\s+['\"]?)[^\s'\"-][^\s'\"]*", re.IGNORECASE), rf"\1{MASK}"),
    # tokens that show by their shape what they are
    (re.compile(r"\bgh[pousr]_[A-Za-z0-9]{16,}"), MASK),
    (re.compile(r"\bgithub_pat_\w{16,}"), MASK),
    (re.compile(r"\bglpat-[\w-]{16,}"), MASK),
    (re.compile(r"\bxox[abeprs]-[A-Za-z0-9-]{10,}"), MASK),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), MASK),
    (re.compile(r"\bnpm_[A-Za-z0-9]{30,}"), MASK),
    (re.compile(r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}"), MASK),
    (re.compile(r"\bsk-(?:[a-z]{2,8}-)?[A-Za-z0-9]{32,}"), MASK),
    (re.compile(r"\bAIza[\w-]{30,}"), MASK),
    (re.compile(r"\bhf_[A-Za-z0-9]{30,}"), MASK),
    (re.compile(r"\bdckr_pat_[\w-]{16,}"), MASK),
    # the signature of a URL that lets whoever has it in
    (re.compile(r"([?&](?:sig|signature|temp_url_sig|x-amz-signature)=)[^\s&'\"]+", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"\bpypi-[\w-]{30,}"), MASK),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), MASK),
    (re.compile(r"\bgAAAAA[\w=-]{30,}"), MASK),
    (re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*"), MASK),
    # a line of such a key
    (re.compile(r"(?<!\S)(?=\S{0,99}\d)(?=\S{0,99}[A-Z])(?=\S{0,99}[a-z])[A-Za-z0-9+/]{60,}={0,2}$"), MASK),
)
"""Each pattern with what takes its place; every one is bounded, so that no line makes it slow."""


def masked(line: str) -> str:
    """The line, cut at 1,000 characters, with everything that looks like a secret replaced by three asterisks."""
    line = clean_line(line, LONGEST)
    for pattern, instead in _RULES:
        line = pattern.sub(instead, line)
    return line
