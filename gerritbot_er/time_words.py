"""Times, spans and rates in words for people.  Pure; times are UTC seconds."""

import datetime as dt

DAY = 86400.0


def time_of_day(at: float) -> str:
    """The UTC time of day of a UTC second."""
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%H:%M:%S UTC")


def date_and_time(at: float) -> str:
    """The UTC date and time of a UTC second."""
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")


def span(seconds: float) -> str:
    """So many seconds in the unit that suits them."""
    for size, unit in ((DAY, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def rate_of(count: int, seconds: float) -> str:
    """So many in so many seconds."""
    rate = count / max(seconds, 1.0)
    return f"{rate:.0f} a second" if rate >= 10 else f"{rate:.1f} a second"  # noqa: PLR2004 - two digits tell enough
