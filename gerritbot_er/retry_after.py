"""How long a server asks us to wait, out of the headers that it sends; pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 3600.0
"""Seconds that a server is believed: some send the second of the day, or a date in the year 9999."""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds by ``Retry-After``, a number or a date; a date is read against the server's own ``Date``.

    None where there is nothing that can be read.
    """
    named = {name.lower(): text for name, text in headers.items()}
    value = named.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST)
    at, now = _date(value), _date(named.get("date", ""))
    return None if at is None or now is None else min(max((at - now).total_seconds(), 0.0), LONGEST)


def _date(text: str) -> datetime | None:
    """One without a zone is in UTC, as HTTP has it."""
    try:
        date = parsedate_to_datetime(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
