"""Which URLs may stand in a comment: http(s) alone, of hosts that the CI's configuration names."""

import re
from urllib.parse import quote, urlsplit

from gerritbot_er.patterns import fits
from gerritbot_er.settings import CI

LONGEST_URL = 500
_PORTS = {"http": 80, "https": 443}


def safe_link(url: str | None, ci: CI) -> str | None:
    """The URL with every character that could end it or become markup percent-encoded; None where it may not stand."""
    if not url or len(url) > LONGEST_URL or re.search(r"\s", url):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    if parts.scheme not in _PORTS or "@" in parts.netloc or not host:
        return None
    own = urlsplit(ci.web).hostname if ci.web else None
    if host != own and not any(fits(pattern, name) for pattern in ci.log_hosts for name in (host, f"{host}:{port}")):
        return None
    return quote(url, safe=":/?#=&%+,;@~.-_")
