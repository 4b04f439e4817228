"""How long a server asks us to wait, out of the headers that it sends; pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 3600.0
"""Seconds that a server is believed: some send the second of the day, or a date in the year 9999."""


_A_SECOND_OF_UTC = 1e9
"""What is more is a time, what is less a span."""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds by ``Retry-After``, a number or a date; a date is read against the server's own ``Date``.

    Without it, where nothing is left of what may be asked, by ``X-RateLimit-Reset``: GitHub says the UTC second there,
    others how many are left.  None where there is nothing that can be read.
    """
    named = {name.lower(): text.strip() for name, text in headers.items()}
    value, now = named.get("retry-after", ""), _date(named.get("date", ""))
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST)
    at = _date(value)
    if at is not None and now is not None:
        return min(max((at - now).total_seconds(), 0.0), LONGEST)
    reset = named.get("x-ratelimit-reset", "")
    if named.get("x-ratelimit-remaining") != "0" or not (reset.isascii() and reset.isdigit()):
        return None
    second = float(reset[:12])
    if second < _A_SECOND_OF_UTC:
        return min(second, LONGEST)
    return LONGEST if now is None else min(max(second - now.timestamp(), 0.0), LONGEST)


def _date(text: str) -> datetime | None:
    """One without a zone is in UTC, as HTTP has it."""
    try:
        date = parsedate_to_datetime(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
