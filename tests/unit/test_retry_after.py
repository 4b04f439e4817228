"""What a server's headers say about asking again, however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.retry_after import LONGEST, retry_after

AT_TEN = "Sat, 21 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": " 120 "}, 120.0),
        ({"retry-after": "-5"}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "1795283208"}, LONGEST),
        ({"retry-after": "٣"}, None),
        ({"retry-after": "soon", "date": "soon"}, None),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT"}, None),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30 GMT", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:00 GMT", "date": "Sat, 21 Nov 2026 10:00:30 GMT"}, 0.0),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:30", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 -0100", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, LONGEST),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795255230", "date": AT_TEN}, 30.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795255230"}, LONGEST),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795255100", "date": AT_TEN}, 0.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "45"}, 45.0),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "45"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "45", "retry-after": "7"}, 7.0),
    ],
)
def test_f15_seconds_and_dates(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@given(st.text(), st.text())
def test_any_headers_are_read(value: str, date: str) -> None:
    seconds = retry_after({"retry-after": value, "date": date})
    assert seconds is None or 0 <= seconds <= LONGEST
    seconds = retry_after({"x-ratelimit-remaining": "0", "x-ratelimit-reset": value, "date": date})
    assert seconds is None or 0 <= seconds <= LONGEST
