"""What a page is asked for: the filters in its URL, read and written again.  Pure."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from gerritbot_er.cleaning import clean_line
from gerritbot_er.insight.figures import Where
from gerritbot_er.insight.steps import step_within

LONGEST_NAME = 200
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


def read_asked(arguments: Mapping[str, str], last: str) -> Asked:
    """The filters of a URL; what is none of ours counts as not there.  ``last`` is the page's own span."""
    given = {one.name: clean_line(arguments.get(one.name, ""), LONGEST_NAME) for one in fields(Asked)}
    for name in ("since", "until"):
        given[name] = given[name] if _day(given[name]) is not None else ""
    given["stale"] = given["stale"] if _DAYS.fullmatch(given["stale"]) else ""
    given["last"] = given["last"] if given["last"] in SPANS else last
    return Asked(**given)


def _day(text: str) -> float | None:
    """The UTC second in which a day such as 2026-11-21 begins; None where it is none, or one before 1970."""
    try:
        second = dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC).timestamp()
    except ValueError:
        return None
    return second if second >= 0 else None  # the first years of all have none before them, where a span would begin
