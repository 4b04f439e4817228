"""Which lines of a build's logs may tell why it failed: its console's last ones and its error lines; pure.

Every log store gathers them by this rule, so that they are the same wherever the logs lie.  A console goes on for long
after the failure: logs are collected and sent, nodes are cleaned.  What stands before that is its end, for our purpose.
"""

import re
from collections.abc import Sequence

ERROR_WORDS = (
    "error",
    "fail",
    "fatal",
    "traceback",
    "exception",
    "panic",
    "critical",
    "timed out",
    "timeout",
    "abort",
    "killed",
    "denied",
    "refused",
    "unreachable",
    "cannot",
    "unable to",
    "no space left",
    "segmentation fault",
)
"""One of these stands in each error line of a console, in capitals or not."""
GRAVE_WORDS = ("error", "critical", "fatal", "traceback", "exception", "panic")
"""The same for the logs of services, which tell of many a failure that they are made for."""
ENDS = (
    "POST-RUN START",
    "Build step '",
    "[SCP]",
    "[PostBuildScript]",
    "[WS-CLEANUP]",
    "Performing Post build task",
    "Archiving artifacts",
    "[Zuul] Task exit code",
    "[Zuul] Job complete",
    "[Pipeline] End of Pipeline",
    "Finished: ",
)
"""One of these stands in each line of a console after which only the cleaning up is told of (Zuul, Jenkins)."""

LONGEST = 1000
"""Characters of a line that are looked at."""
EARLY, LATE = 40, 40
"""Error lines of a console that are kept: so many from its beginning, and so many up to its end."""
LAST = 60
"""Lines kept of a console before its end, whatever they say."""
AFTER, VERY_LAST = 20, 10
"""Error lines kept from behind a console's end, and last lines of all."""
FILES, FIRST_OF_FILE, LAST_OF_FILE = 10, 4, 4
"""How many other files error lines are kept of, and how many of each."""

# Each choice of the next two patterns begins with a letter, what must not stand before it is looked for behind it: so
# Python passes over all other letters, which is three times as fast.
_GRAVE = re.compile(
    "|".join(
        (
            *(rf"{word}(?<!\w{word})\b(?!\.log)" for word in ("ERROR", "CRITICAL", "FATAL", "TRACE")),
            r"\[(?:error|crit|alert|emerg|fatal)\]",
            r"level(?<!\wlevel)=['\"]?(?:error|fatal|panic)",
            r"Traceback \(most recent",
            r"panic(?<!\wpanic):",
            *(rf"{word}(?::| in )" for word in ("Error", "Exception")),
            *(rf"{word}:(?<=^{word}:)" for word in ("error", "fatal")),
        )
    )
)
_COUNTED = r"\s+(?:error|fail|exception|timeout)(?:s|ed|ures?)?\b"
_NOTHING = r"(?:s|ed|ures?)?['\"]?\s{0,3}[:=]\s{0,3}['\"]?(?:0\b(?!\.)|no\b|none\b|false\b|null\b|\[\]|\{\})"
_OF_A_FILE = r"\w{0,30}\.(?:log|txt|py|rst|html?|c|h|hpp|go|js|css|json|ya?ml|conf|xml|sh|so|rb|java|deb|rpm|gz|whl)\b"
_HARMLESS = re.compile(
    "|".join(
        (
            *(before + _COUNTED for before in (r"0(?<!\w0)", r"no(?<!\wno)", r"without(?<!\wwithout)(?: any)?")),
            *(
                word + _NOTHING
                for word in ("error", "fail", "fatal", "exception", "unreachable", "abort", "killed", r"timed[_ ]out")
            ),
            r"time-?outs?['\"]?\s{0,3}[:=]\s{0,3}['\"]?\d",
            r"ignore[_-]\w{0,20}error\w{0,10}",
            r"-(?<!\S-)[\w-]{1,30}(?<=error|-fail|abort|fatal|meout)[\w-]{0,30}",
            r"fail(?:over|safe|fast|-fast)\w{0,10}",
            *(word + _OF_A_FILE for word in ("error", "fail", "exception", "abort", "timeout", "panic")),
        )
    )
)
"""What holds a word of an error and tells of none, in small letters: "failed: 0", "no errors", "--fail-fast",
"errors.py"."""
_REPEATED = re.compile(r"(?:[\d:., -]{8,60})?(?:[\w.-]{1,60} \| )?(?:\++ |\s{0,8}#)")
"""How a line begins that repeats a command ("+ timeout 60 sh"), or a remark ("# on failure")."""
_END = re.compile(
    r"POST-RUN START: \[|\bBuild step '.{1,200}' (?:marked build as failure|changed build result to )"
    r"|\[(?:SCP|PostBuildScript|WS-CLEANUP)\]|Performing Post build task|Archiving artifacts\s*$"
    r"|\[Zuul\] (?:Task exit code|Job complete)|\[Pipeline\] End of Pipeline|^Finished: [A-Z]"
)
_CONSOLES = frozenset(
    {"job-output.txt", "console.html", "consoletext", "console.log", "console.log.txt", "console.txt", "consolefull"}
)


def is_console(file: str) -> bool:
    """Whether a file, with or without the path that it lies at, is the console of a build."""
    return file.rpartition("/")[2].removesuffix(".gz").lower() in _CONSOLES


def is_error(line: str) -> bool:
    """Whether a line of a console tells of an error."""
    line = line[:LONGEST].lower()
    return _holds_one(ERROR_WORDS, line) and not _REPEATED.match(line) and _holds_one(ERROR_WORDS, _harmful(line))


def is_grave(line: str) -> bool:
    """Whether a line of a service's log tells of an error: by its level, or as programs write what ended them."""
    return "DEBUG" not in line[:LONGEST] and _GRAVE.search(line[:LONGEST]) is not None


def ends_work(line: str) -> bool:
    """Whether from this line of a console on only the cleaning up is told of."""
    return _holds_one(ENDS, line) and _END.search(line[:LONGEST]) is not None


def end_of_work(lines: Sequence[str]) -> int:
    """The index of the first such line of a console, the count of its lines where there is none."""
    return next((index for index, line in enumerate(lines) if ends_work(line)), len(lines))


def shortlist(lines: Sequence[str], errors: Sequence[int] | None = None) -> list[int]:
    """The indices of the lines of a console that are kept, in their order: at most 171.

    ``lines`` may have gaps, where nothing tells of an error.  ``errors`` are the indices of those that do, from who
    knows them.
    """
    end, count = end_of_work(lines), len(lines)
    if errors is None:
        errors = [index for index, line in enumerate(lines) if is_error(line)]
    before = [index for index in errors if index < end]
    behind = [index for index in errors if index > end]
    chosen = {*before[:EARLY], *before[-LATE:], *behind[-AFTER:]}
    chosen.update(range(max(end - LAST, 0), min(end + 1, count)))
    chosen.update(range(max(count - VERY_LAST, end), count))
    return sorted(chosen)


def of_file(lines: Sequence[str]) -> list[int]:
    """The indices of the error lines that are kept of any other file, in their order."""
    errors = [index for index, line in enumerate(lines) if is_grave(line)]
    return sorted({*errors[:FIRST_OF_FILE], *errors[-LAST_OF_FILE:]})


def _harmful(line: str) -> str:
    return _HARMLESS.sub(" ", line)


def _holds_one(words: Sequence[str], line: str) -> bool:
    for word in words:  # noqa: SIM110 - a loop is twice as fast as any(), and both much faster than a pattern of them
        if word in line:
            return True
    return False
