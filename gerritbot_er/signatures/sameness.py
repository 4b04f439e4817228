"""What a log line has in common with others: its file, its host, its request ids, what a ``capture`` names; pure.

The host of a line is, in this order: what the document itself calls ``host``, ``hostname`` or ``node``; the folder that
its file lies in, the first below the build's logs that is not merely called "logs" (``controller/logs/syslog.txt``,
``logs/undercloud/var/log/messages``); the node that Zuul's console names before its second bar; the host name behind
the time of a syslog or journal line.  Lines for which none of these tells anything share one host, that of the job.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from gerritbot_er.model import Document, Signature

from .capture import capturing

FILE, HOST, REQUEST_ID = "file", "host", "request_id"
SHARED = (FILE, HOST, REQUEST_ID)
"""What ``same`` knows, besides the named groups of a signature's ``capture``."""

Values = Callable[[Document, str], frozenset[str]]
"""The values of one thing in a line: its document, and the path of its file within the build's logs."""

_REQUEST = re.compile(r"\breq-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
_NODE = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,252}) \| ")
_SYSLOG = re.compile(
    r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)? "
    r"([A-Za-z0-9][A-Za-z0-9_.-]{0,252}) [^\s:\[]+(?:\[\d+\])?: "
)
_CONSOLE = "job-output.txt"
_HOST_FIELDS = ("host", "hostname", "node")
_NO_HOSTS = frozenset({"logs", "log"})
_MOST_VALUES = 20
"""Different values of one thing in a line that are looked at."""


def same_of(signature: Signature) -> Callable[[Document, str], tuple[frozenset[str], ...]]:
    """What a line has of each thing in the signature's ``same``, in that order: see ``Candidate.same``."""
    names = signature.compound.same if signature.compound else ()
    each: Sequence[Values] = [_values(name, signature.capture or "") for name in names]
    return lambda document, path: tuple(values(document, path) for values in each)


def host_of(document: Document, path: str) -> str:
    """The host of a line, "" where nothing tells it."""
    for field in _HOST_FIELDS:
        value = document.get(field)
        if isinstance(value, str) and value:
            return value
    if folder := next((name for name in path.split("/")[:-1] if name not in _NO_HOSTS), ""):
        return folder
    pattern = _NODE if document.get("filename") == _CONSOLE else _SYSLOG
    found = pattern.match(_message(document))
    return found[1] if found else ""


def _values(name: str, capture: str) -> Values:
    if name == FILE:
        return lambda _, path: frozenset({path})
    if name == HOST:
        return lambda document, path: frozenset({host_of(document, path)})
    if name == REQUEST_ID:
        return lambda document, _: _first(found.group().lower() for found in _REQUEST.finditer(_message(document)))
    pattern = capturing(capture)
    return lambda document, _: _first(found.group(name) for found in pattern.finditer(_message(document)))


def _message(document: Document) -> str:
    return str(document.get("message", ""))


def _first(values: Iterable[str | None]) -> frozenset[str]:
    found: set[str] = set()
    for value in values:
        if value:
            found.add(value)
        if len(found) == _MOST_VALUES:
            break
    return frozenset(found)
