"""Figures, times and names as the pages word them.  Pure."""

import datetime as dt

from gerritbot_er.cleaning import clean_line

LONGEST = 120
"""Characters of a name or line that a table shows."""


def iso(at: float) -> str:
    """A UTC second as machines read it."""
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(at: float) -> str:
    """A UTC second as people read it; a footer says that it is UTC."""
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%d %H:%M")


def number(count: float) -> str:
    """A number with its thousands apart."""
    return f"{count:,.0f}"


def hours(seconds: float) -> str:
    """So many seconds in hours, with as many digits as tell something."""
    value = seconds / 3600
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"  # noqa: PLR2004 - three digits tell enough


def percent(part: float, whole: float) -> str:
    """A share; a dash where there is nothing to have a share of.  Only all is 100 %, only nothing is 0 %."""
    if not whole:
        return "-"
    rounded = round(100 * part / whole)
    return f"{rounded if part in (0, whole) else min(max(rounded, 1), 99)} %"


def short(text: str) -> str:
    """A name or line of others, as much of it as a table has room for."""
    return clean_line(text, LONGEST)


FORMS = (hours, iso, moment, number, short)
"""What templates use as filters, by these names."""
