"""What a page is asked for: the filters in its URL, read and written again.  Pure."""

import datetime as dt
import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from gerritbot_er.cleaning import clean_line, clean_name
from gerritbot_er.insight.figures import Where
from gerritbot_er.insight.steps import step_within

LONGEST_NAME = 1000
"""Characters of a name that are read: more than any job has, less than a URL may."""
_SHOWN = 60
"""Characters of what cannot be read that are said again."""
_DAYS = re.compile(r"[1-9][0-9]{0,2}")
SPANS: Mapping[str, float] = {
    "6h": 6 * 3600.0,
    "24h": 86_400.0,
    "7d": 7 * 86_400.0,
    "14d": 14 * 86_400.0,
    "30d": 30 * 86_400.0,
    "90d": 90 * 86_400.0,
    "365d": 365 * 86_400.0,
}
"""The times back from now that a page may be asked for, in seconds."""


FILTERS = ("project", "branch", "pipeline", "job")
"""The filters that are names."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a page: a span back from now, or days ``since`` and ``until`` (both included), and exact names.

    Empty texts filter nothing.  ``stale`` are the days without a hit after which a signature is called so.
    """

    last: str
    since: str = ""
    until: str = ""
    project: str = ""
    branch: str = ""
    pipeline: str = ""
    job: str = ""
    stale: str = ""

    def where(self, now: float) -> Where:
        """The same for the statistics; ``now`` in UTC seconds.  A span begins with a whole step of its plot."""
        begin, end = _day(self.since), _day(self.until)
        span = SPANS[self.last]
        back = (end if end is not None else now) - span
        return Where(
            begin if begin is not None else back - back % step_within(span),
            end + 86_400.0 if end is not None else now + 86_400.0,
            *(name or None for name in (self.project, self.branch, self.pipeline, self.job)),
        )

    def given(self) -> dict[str, str]:
        """The filters beside the span, by their names."""
        return {one.name: value for one in fields(self) if one.name != "last" and (value := getattr(self, one.name))}

    def query(self, **changes: str) -> str:
        """The part of a URL that asks for the same, with these changes; "" where it would be the page as it comes."""
        changed = replace(self, **changes)
        named = {one.name: value for one in fields(changed) if (value := getattr(changed, one.name))}
        return f"?{urlencode(named)}" if named else ""

    def names(self) -> dict[str, str]:
        """The filters that are names, as far as they are given."""
        return {name: value for name in FILTERS if (value := getattr(self, name))}


_KNOWN = tuple(one.name for one in fields(Asked))


class Unreadable(ValueError):
    """Filters that cannot be read; ``problems`` are sentences for each, ``rest`` is what is asked without them."""

    def __init__(self, problems: Sequence[str], rest: Asked) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)
        self.rest = rest


def read_asked(arguments: Iterable[tuple[str, str]], last: str) -> Asked:
    """The filters of a URL, empty ones as if they were not there; ``last`` is the page's own span.

    ``Unreadable`` where one of them is none of ours, is there twice, or has a value that means nothing.
    """
    given = [(name, clean_name(value.strip())[:LONGEST_NAME]) for name, value in arguments]
    times = Counter(name for name, _ in given)
    wrong = {name: problem for name, value in given if (problem := _problem(name, value, times[name]))}
    asked = replace(Asked(last), **{name: value for name, value in given if value and name not in wrong})
    begin, end = _day(asked.since), _day(asked.until)
    if begin is not None and end is not None and end < begin:
        wrong["until"] = f"The last day, {asked.until}, lies before the first, {asked.since}: exchange them."
        asked = replace(asked, since="", until="")
    if wrong:
        raise Unreadable(tuple(wrong.values()), asked)
    return asked


def _problem(name: str, value: str, times: int) -> str | None:
    """What is wrong with a filter that is there so many times."""
    shown = clean_line(value, _SHOWN)
    if name not in _KNOWN:
        return f"“{clean_line(name, _SHOWN)}” is no filter: {_meant(name)}."
    if times > 1:
        return f"“{name}” is there more than once: give it once."
    if name == "last" and value and value not in SPANS:
        return f"“last={shown}” is no time that can be asked for: write one of {', '.join(SPANS)}."
    if name in ("since", "until") and value and _day(value) is None:
        return f"“{name}={shown}” is no day since 1970: write one such as {name}=2026-11-21, or last=7d for a week."
    if name == "stale" and value and not _DAYS.fullmatch(value):
        return f"“stale={shown}” is no number of days: write one from 1 to 999."
    return None


def _meant(name: str) -> str:
    near = difflib.get_close_matches(name.lower()[:_SHOWN], _KNOWN, n=1)
    return f"perhaps “{near[0]}” is meant" if near else f"there are {', '.join(_KNOWN[:-1])} and {_KNOWN[-1]}"


def _day(text: str) -> float | None:
    """The UTC second in which a day such as 2026-11-21 begins; None where it is none, or one before 1970."""
    try:
        second = dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC).timestamp()
    except ValueError:
        return None
    return second if second >= 0 else None  # the first years of all have none before them, where a span would begin
