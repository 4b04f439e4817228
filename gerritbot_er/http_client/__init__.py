"""A guarded HTTP client for servers that need not be trusted: bounded in hosts, bytes, time and redirects.

A client may be used from several threads; connections are kept for the next request to the same host.  Retries are
the caller's.
"""

from .answers import Answer, Limits
from .client import HttpClient
from .errors import Absent, Refused, TooLarge, TooSlow

__all__ = [
    "Absent",
    "Answer",
    "HttpClient",
    "Limits",
    "Refused",
    "TooLarge",
    "TooSlow",
]
