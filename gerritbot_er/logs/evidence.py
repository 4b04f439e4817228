"""A found log document becomes the evidence that people see: its line, its file, and a link that opens it; pure."""

from dataclasses import replace
from urllib.parse import urlsplit

from gerritbot_er.ci.build_urls import build_page, log_page
from gerritbot_er.cleaning import clean_line
from gerritbot_er.model import Build, Evidence

from .answer import Hit

_LINE_LENGTH = 1000
_NAME_LENGTH = 200
_ON_TOP = frozenset({"job-output.txt"})
"""Files that lie on top of every Zuul build's logs; of others the documents tell the bare name only."""


def evidence(hit: Hit, build: Build) -> Evidence:
    """The line, its file, and where it can be read; the number of the line is not known in a cluster."""
    name = clean_line(hit.filename, _NAME_LENGTH)
    return Evidence(clean_line(hit.message, _LINE_LENGTH), name, None, _link(name, hit.log_url, build))


def of_attempt(build: Build, uuid: str) -> Build:
    """The build as seen from one of its attempts: that one's own page; unchanged for the last attempt."""
    page = build_page(build.web_url or "")
    if page is None or page.uuid in (None, uuid):
        return build
    return replace(build, web_url=replace(page, uuid=uuid).url)


def _link(name: str, log_url: str, build: Build) -> str | None:
    """The CI's viewer at the file where its path is known, else what the document itself says, if that is a URL."""
    path = _path(name, log_url, build)
    if build.web_url and path:
        return log_page(build.web_url, path)
    return log_url if _is_url(log_url) else None


def _path(name: str, log_url: str, build: Build) -> str | None:
    """The file's path inside the build's logs, where the documents tell it."""
    for folder in build.log_urls:
        root = folder.rstrip("/") + "/"
        inside = log_url.removeprefix(root)
        if name and inside != log_url and inside.endswith(name) and ".." not in inside.split("/"):
            return inside
    return name if name in _ON_TOP else None


def _is_url(text: str) -> bool:
    if any(not character.isprintable() or character == " " for character in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
