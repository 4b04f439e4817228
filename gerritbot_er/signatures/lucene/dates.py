"""Dates as Elasticsearch's ``strict_date_optional_time||epoch_millis`` reads them, as spans of milliseconds."""

import re
from datetime import UTC, datetime, timedelta, timezone

_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?"
    r"(?:(?<=-[0-9]{2}-[0-9]{2})T(?:(?P<hour>[0-9]{2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})"
    r"(?:[.,](?P<fraction>[0-9]{1,9}))?)?)?(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?)?"
)
_MILLIS = re.compile(r"-?[0-9]+")


def span(text: str) -> tuple[int, int] | None:
    """The first and last millisecond (UTC, since 1970) that a date means; None if it is no date.

    A day, an hour or a minute means all of it; a number that is no year is one millisecond.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        return (int(text), int(text)) if _MILLIS.fullmatch(text) and len(text) < 20 else None  # noqa: PLR2004 - a long
    fraction = (found["fraction"] or "000")[:3].ljust(3, "0")
    try:
        start = datetime(
            int(found["year"]),
            int(found["month"] or 1),
            int(found["day"] or 1),
            int(found["hour"] or 0),
            int(found["minute"] or 0),
            int(found["second"] or 0),
            int(fraction) * 1000,
            _zone(found["zone"]),
        )
        first = _millis(start)
    except (ValueError, OverflowError):
        return None
    return first, first + _length(found) - 1


def _length(found: re.Match[str]) -> int:
    """How many milliseconds a date covers; a year or month stands for its first day, as Elasticsearch rounds it."""
    if found["fraction"]:
        return 1
    for name, millis in (("second", 1000), ("minute", 60_000), ("hour", 3_600_000)):
        if found[name]:
            return millis
    return 24 * 3_600_000


def _zone(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _millis(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
