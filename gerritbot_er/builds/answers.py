"""JSON answers of a CI's server read with care: absent, late or of another shape is "not known yet"."""

import json
from collections.abc import Mapping

from gerritbot_er.cleaning import clean
from gerritbot_er.http_client import Absent, HttpClient

_MOST = 64 * 1024 * 1024


def ask(http: HttpClient, url: str) -> Mapping[str, object] | None:
    """The JSON object at this URL; None where there is none (yet).  Raises as ``HttpClient.get`` does.

    A build's row appears when the build ends, a moment before or after the comment; until then Zuul answers 404 with
    an HTML page, and some proxies answer 200 with one.
    """
    try:
        body = http.read(url, most=_MOST)
    except Absent:
        return None
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def text(value: object) -> str | None:
    """A string of others, cleaned; None for anything else and for an empty one."""
    return (clean(value) or None) if isinstance(value, str) else None


def number(value: object) -> int | None:
    """A whole number, also one written as a string (Zuul's ``patchset``)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10 else None  # noqa: PLR2004 - a change's number has nine digits at most
