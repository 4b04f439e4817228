"""What a build's result says: the CI's own word, or the free text that a site put in its place."""

import re

from gerritbot_er.model import NOT_FAILED

_WORDS = frozenset(
    """
    ABORTED CANCELED CONFIG_ERROR DEQUEUED DISCONNECT DISK_FULL ERROR EXCEPTION FAILURE LOST MERGER_FAILURE
    MERGE_CONFLICT MERGE_FAILURE NODE_FAILURE NOT_BUILT NOT_REGISTERED NO_HANDLE NO_JOBS POST_FAILURE RETRY RETRY_LIMIT
    SKIPPED SUCCESS TIMED_OUT UNSTABLE
    """.split()  # noqa: SIM905 - words read better than 25 lines of quotes
)
"""The words of Zuul's versions and of Jenkins."""

_FIRST = re.compile(r"([A-Z]+(?:_[A-Z]+)*)(?:\s|\Z)")
_BAD = re.compile(r"(?i)fail|error|abort|unstable|time[ds]?[ _-]?out|unable|broken|wrong|cannot|not ok|unsuccess")
_GOOD = re.compile(r"(?i)(?<![a-z])(?:success\w*|succeed\w*|pass(?:ed|es)?|ok|good|green)(?![a-z])")


def split_result(text: str) -> tuple[str, str | None]:
    """The result word and the detail after it; a text that opens with no result word is all result.

    A word that is not known yet counts where it stands alone, or holds an underscore as only result words do.
    """
    found = _FIRST.match(text)
    if found is None:
        return " ".join(text.split()), None
    word, detail = found[1], text[found.end(1) :].strip()
    if word in _WORDS or "_" in word or not detail:
        return word, detail or None
    return " ".join(text.split()), None


def opens_with_result(text: str) -> bool:
    """Whether the text begins as a result word does; for lines that nothing else tells from prose."""
    word = split_result(text)[0]
    return bool(word) and _FIRST.fullmatch(word) is not None


def is_unfinished(word: str) -> bool:
    """Whether a word at the end of a cut text may be the first half of a longer one."""
    return word not in _WORDS or any(known.startswith(word) for known in _WORDS - {word})


def is_failed(result: str, *, voting: bool, succeeded: bool | None) -> bool:
    """Whether a result means that its build failed.

    ``succeeded`` is what the report's opening says of all voting builds together (None: it does not say).  A known
    word decides by itself.  Another text follows the opening, but for one that plainly tells of a success in a report
    that failed, and for a non-voting build's, of which the opening says nothing: there only its own words count.
    """
    if result in _WORDS:
        return result not in NOT_FAILED
    if succeeded:
        return not voting and bool(_BAD.search(result))
    return bool(_BAD.search(result)) or not _GOOD.search(result)
