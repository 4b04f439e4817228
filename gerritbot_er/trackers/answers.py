"""What the trackers' answers say of a bug: its title, its state, and whether that means closed or fixed.  Pure.

Facts about the peers, by their own documentation (Launchpad's is its tests).
Launchpad, 1.0: ``bugs/N/bug_tasks`` holds in ``entries`` a task for each project, with ``title`` 'Bug #N in NAME: "…"',
``bug_target_display_name`` (that NAME), ``web_link``, ``status`` and ``is_complete``.
GitHub, v3: an issue's ``state`` is open or closed, its ``state_reason`` completed, not_planned, duplicate, reopened or
null; every pull request is an issue too, with ``pull_request.merged_at``.
Jira, 2: the names of ``status`` and ``resolution`` are a site's own, ``status.statusCategory.key`` is one of new,
indeterminate and done on each of them (before Jira 6.2 there is none).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from gerritbot_er.cleaning import clean_line
from gerritbot_er.errors import Permanent
from gerritbot_er.patterns import fits
from gerritbot_er.settings import OtherTracker

LONGEST_TITLE = 200
LONGEST_STATE = 60

_FIX_RELEASED = "Fix Released"
_OPEN = ("Fix Committed", "In Progress", "Triaged", "Confirmed", "New", "Incomplete")
"""Launchpad's states of a task that is at work, the furthest first; that a fix is committed helps nobody's run yet."""
_CLOSED = (_FIX_RELEASED, "Won't Fix", "Opinion", "Expired", "Invalid", "Does Not Exist")
"""Those of one that is not, what tells most first."""
_MENDED = frozenset({"fixed", "done", "resolved", "complete", "completed", "implemented", "delivered"})
"""The names of Jira's resolutions that mean so, of its own sets and those that sites use most."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says, in the tracker's words."""

    title: str
    state: str
    closed: bool
    fixed: bool


Reader = Callable[[object], Said]
"""Makes it out of the JSON value that was answered; ``Permanent`` where that has another shape."""


def launchpad_reader(project: str | None, number: str) -> Reader:
    """Of the tasks of a bug, of the page of ``project`` ("nova", "ubuntu/+source/linux") where one is named.

    A bug is closed where all of its tasks are, or that of the project that its URL names; it is fixed where one of them
    is "Fix Released".
    """
    page = f"/{project}/+bug/{number}"

    def read(answer: object) -> Said:
        tasks = [one for one in _list(_get(answer, "entries")) if _text(one.get("status"))]
        if not tasks:
            raise Permanent("Launchpad answers no task of it")
        named = [one for one in tasks if _path(_text(one.get("web_link"))) == page] or tasks
        at_work = [one for one in named if not _is_complete(one)]
        states = [_text(one.get("status")) for one in at_work or named]
        state = min(states, key=lambda word: _rank(word, _OPEN if at_work else _CLOSED))
        return _said(_launchpad_title(named[0], number), state, closed=not at_work, fixed=state == _FIX_RELEASED)

    return read


def _is_complete(task: Mapping[str, object]) -> bool:
    complete = task.get("is_complete")
    return complete if isinstance(complete, bool) else task.get("status") in _CLOSED


def _rank(word: str, words: Sequence[str]) -> int:
    return words.index(word) if word in words else len(words)


def _launchpad_title(task: Mapping[str, object], number: str) -> str:
    """The bug's own title out of that of a task."""
    whole = _text(task.get("title"))
    before = f'Bug #{int(number)} in {_text(task.get("bug_target_display_name"))}: "'
    return whole[len(before) : -1] if whole.startswith(before) and whole.endswith('"') else whole


def github_issue(answer: object) -> Said:
    """An issue or a pull request: merged is fixed, and so is what was closed as completed."""
    title, state = _text(_get(answer, "title")), _text(_get(answer, "state"))
    reason = _text(_get(answer, "state_reason"))
    closed = state == "closed"
    merged = bool(_get(answer, "pull_request", "merged_at"))
    if closed and reason:
        state = f"{state} ({reason.replace('_', ' ')})"
    return _said(
        title, "merged" if merged else state, closed=closed, fixed=closed and (merged or reason == "completed")
    )


def jira_issue(answer: object) -> Said:
    """An issue is closed by its status's category, or, where there is none, by its having a resolution."""
    title, state = _text(_get(answer, "fields", "summary")), _text(_get(answer, "fields", "status", "name"))
    resolution = _text(_get(answer, "fields", "resolution", "name"))
    category = _text(_get(answer, "fields", "status", "statusCategory", "key"))
    closed = category == "done" if category else bool(resolution)
    if closed and resolution and resolution != state:
        state = f"{state} ({resolution})"
    return _said(title, state, closed=closed, fixed=closed and resolution.casefold() in _MENDED)


def other_reader(tracker: OtherTracker) -> Reader:
    """By the pointers and states of the configuration."""

    def read(answer: object) -> Said:
        title = _word(at_pointer(answer, tracker.title))
        state = " ".join(filter(None, (_word(at_pointer(answer, pointer)) for pointer in tracker.state)))
        fixed = any(fits(pattern, state) for pattern in tracker.fixed)
        closed = fixed or any(fits(pattern, state) for pattern in tracker.closed)
        return _said(title, state, closed=closed, fixed=fixed)

    return read


def at_pointer(value: object, pointer: str) -> object:
    """What a JSON pointer (RFC 6901) leads to; None where that is nothing."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            is_index = name.isascii() and name.isdecimal() and len(name) < 10  # noqa: PLR2004 - no list is that long
            value = value[int(name)] if is_index and int(name) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def _said(title: str, state: str, *, closed: bool, fixed: bool) -> Said:
    title, state = clean_line(title, LONGEST_TITLE), clean_line(state, LONGEST_STATE)
    if not title or not state:
        raise Permanent(f"what is answered has no {'state' if title else 'title'} of it")
    return Said(title, state, closed=closed, fixed=fixed)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _get(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _list(value: object) -> list[Mapping[str, object]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _word(value: object) -> str:
    """A text, a number or a truth as text; "" of anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else ""
