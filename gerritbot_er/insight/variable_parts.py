"""What changes from build to build within what a log line says, as patterns; pure, in time linear in the line.

So that no line, whatever is in it, takes long: each choice opens with the characters that it can begin with (the
engine leaves it out at once elsewhere), begins only where a run of its characters does, and takes back none of them.
"""

import re

_HEX = "[0-9a-fA-F]"
_OF_URL = r"[^\s'\"<>()\[\]{}|]"
_OF_PATH = r"[\w.@%+~=,-]"
_OF_TOKEN = "[A-Za-z0-9+/=-]"  # noqa: S105 - characters
_LAST_LABEL = r"(?:com|org|net|io|dev|edu|gov|info|cloud|local|localdomain|internal|example|test|lan|invalid)"
_MONTH = r"[JFMASOND](?<!\w.)(?:an|eb|a[ry]|pr|u[nlg]|ep|ct|ov|ec)"
_CLOCK = r"(?: {1,2}\d\d?)?(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d{1,9}+)?(?: [A-Z]{3,4}\b)?(?: \d{4}\b)?"

TIME = re.compile(
    r"\d(?<!\d.)\d{3}[-/]\d\d?[-/]\d\d?(?:[ T_]\d\d[:h]?\d\d[:m]?\d\d(?:[.,]\d{1,9}+)?)?"
    r"(?:Z\b| ?[+-]\d\d:?\d\d\b)?(?!\d)"
    r"|\d(?<!\d.)\d?/[A-Z][a-z]{2}/\d{4}(?:[:/]\d\d){3}(?: [+-]\d{4})?"
    rf"|[MTWFS](?<!\w.)(?:on|ue|ed|hu|ri|at|un),? (?:\d\d? )?{_MONTH}{_CLOCK}"
    rf"|\d(?<!\w.)\d? {_MONTH}{_CLOCK}"
    rf"|{_MONTH}{_CLOCK}"
    r"|\d(?<![\d:.].)\d?:\d\d:\d\d(?:[.,]\d{1,9}+)?(?![\d:])"
    r"|\d(?<!\w.)\d*+(?:h \d++m \d++s|m \d++(?:\.\d++)?s)\b"
)
"""Dates, times of day, both together, and how long something took."""
MAY_BE_TIME = re.compile(r"\d(?:[-/:][\dA-Z]|[hm] \d)")
"""Every time has this; it is looked for much faster."""
CHANGES = re.compile(r"[\d/\\@]|\.\w|[A-Fa-f]{7}")
"""A word in which something may change has this."""
_URL = rf"[A-Za-z](?<!\w.)[A-Za-z0-9+.-]{{1,15}}+://{_OF_URL}++"
_CHANGE = (
    r"r(?<!\w.)efs/changes/\d++/\d++/\d++\b"
    rf"|I(?<!\w.){_HEX}{{40}}\b"
    r"|\d(?<![\w,.].)\d{2,8}+,\d{1,3}(?![\w,.])"
)
_UUID = rf"{_HEX}(?<!{_HEX}.){_HEX}{{7}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}(?!{_HEX})"
_ADDRESS = (
    r"\d(?<![\w.].)\d{0,2}+(?:\.\d{1,3}+){3}(?::\d++|/\d++)?+(?!(?:[^\W\d]|\.)*+\d)"
    rf"|{_HEX}(?<![\w:].){_HEX}:(?:{_HEX}{{2}}:){{4}}{_HEX}{{2}}(?![\w:])"
    rf"|{_HEX}(?<![\w:.].){_HEX}{{0,3}}+(?::{_HEX}{{1,4}}+){{3,7}}+(?:/\d++)?+(?![\w:])"
    rf"|{_HEX}(?<![\w:.].){_HEX}{{0,3}}+(?::{_HEX}{{1,4}}+){{0,5}}+::(?:{_HEX}{{1,4}}+(?::{_HEX}{{1,4}}+){{0,5}}+)?+"
    r"(?:/\d++)?+(?![\w:])"
)
_HOST = (
    r"[\w.+-](?<![\w.+-].)[\w.+-]{0,59}+@(?:[.-]*+\w){1,100}+"
    rf"|[A-Za-z0-9](?<![\w.-].)-*+(?:[A-Za-z0-9]-*+){{0,61}}+(?<!-)\.(?:[A-Za-z0-9](?:-*+[A-Za-z0-9]){{0,61}}+\.){{0,7}}+"
    rf"{_LAST_LABEL}\b(?::\d++)?+(?![.\w(/])"
    r"|[A-Za-z](?<![\w-].)[A-Za-z0-9]*+(?:-[A-Za-z0-9]++){2,8}-\d{3,12}+\b"
)
_PATH = (
    rf"[/\\](?<![\w<>/].){_OF_PATH}++(?:[/\\]{_OF_PATH}++)++[/\\]?+"
    rf"|~(?<![\w<>/].)(?:[/\\]{_OF_PATH}++){{2,}}+[/\\]?+"
    rf"|[A-Za-z](?<![\w<>/].):(?=\\)(?:[/\\]{_OF_PATH}++){{2,}}+[/\\]?+"
    rf"|/(?<![\w<>/].)(?:(?!\d){_OF_PATH})*+\d{_OF_PATH}*+/?+"
    rf"|[\w.](?<![\w<>/.@%+~=,-].){_OF_PATH}{{0,80}}+(?:/{_OF_PATH}++){{2,}}+/?+"
)
_TAIL = r"(?:[-_](?:[A-Za-z]*+\d[A-Za-z0-9]*+|[0-9a-f]{2,4}+(?![A-Za-z0-9])))*+"
"""Parts with digits in them behind a token."""
_LONG = rf"{_OF_TOKEN}{{19,}}+(?!\w)"
_TOKEN = (
    rf"0(?<!\w.)x{_HEX}++\b"
    rf"|\d(?<![\w-].)(?=\d*+[a-fA-F]){_HEX}{{6,}}+(?![\w-])"
    rf"|[a-fA-F](?<![\w-].)(?=[a-fA-F]*+\d){_HEX}{{6,}}+(?![\w-])"
    rf"|{_HEX}(?<!{_HEX}.){_HEX}{{31,}}+"
    rf"|\d(?<![\w+/=-].)(?=[a-z0-9+/=-]*+[A-Z]){_LONG}"
    rf"|[A-Z](?<![\w+/=-].)(?=[A-Za-z+/=-]*+\d){_LONG}"
    rf"|[a-z+/=-](?<![\w+/=-].)(?=[a-z+/=-]*+(?:\d[a-z0-9+/=-]*+[A-Z]|[A-Z][A-Za-z+/=-]*+\d)){_LONG}"
    rf"|[A-Za-z](?<![A-Za-z0-9].)(?=[A-Za-z0-9]{{5}})[A-Za-z]*+\d++[A-Za-z]++\d[A-Za-z0-9]*+{_TAIL}"
    rf"|\d(?<![A-Za-z0-9].)(?=[A-Za-z0-9]{{5}})\d*+[A-Za-z]++\d++[A-Za-z]++[A-Za-z0-9]*+{_TAIL}"
)
_CODE = (
    r"[CEHRScehrs](?<!\w.)(?i:(?<=e)(?:rrno|rror|xit)|(?<=c)ode|(?<=s)tatus|(?<=r)c|(?<=h)ttp)"
    r"['\"]?[=:/]['\"]?-?\d{1,4}(?![\w.])"
    r"|HTTP/\d(?:\.\d)?\b"
)
_WORD = r"[A-Za-z](?<![A-Za-z0-9<].)[A-Za-z]*+(?:\d{1,2}(?:\.\d{1,3})*|\d[A-Za-z]++)(?![A-Za-z0-9])"
_UNIT = r"(?:%|[KMGTkmgt]i?[Bb]?\b|[nmu]?s\b|[hd]\b)?"
_NUMBER = rf"[-+](?<!\w.)\d++(?:[.,:]\d++)*+{_UNIT}|\d++(?:[.,:]\d++)*+{_UNIT}"

VARIABLE = re.compile(
    "|".join(
        f"(?:{pattern})(?P<{kind}>)"
        for kind, pattern in (
            ("url", _URL),
            ("change", _CHANGE),
            ("id", _UUID),
            ("address", _ADDRESS),
            ("host", _HOST),
            ("path", _PATH),
            ("token", _TOKEN),
            ("code", _CODE),
            ("word", _WORD),
            ("n", _NUMBER),
        )
    )
)
"""What may change, its kind the name of the last group; "code" and "word" are what does not, though it looks like it.

The groups are empty ones behind their patterns, so that these open with their characters.
"""
