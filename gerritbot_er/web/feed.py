"""The feed (Atom, RFC 4287): bugs that hit for the first time or again, and new groups of unexplained failures.

Ids are tag URIs of what an entry tells of, so that they stay whatever address the pages have.  A feed needs absolute
links, so there are only as many as the configured address of the pages gives.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree import ElementTree as ET

from flask import Flask, Response

from gerritbot_er.cleaning import clean_line
from gerritbot_er.insight.news import FRESH, NewBug, NewGroup

from .bugs import named
from .remembered import Remembered
from .sources import Sources
from .views import LONGEST_LINE, job_words
from .words import iso, moment, number

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
SINCE = "2026"
"""The year from which on our tag URIs are ours (RFC 4151)."""
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is new: ``id`` tells it from all others, ``path`` its page's below the root; ``at`` in UTC seconds."""

    id: str
    title: str
    text: str
    path: str
    at: float


def add_feed(app: Flask, sources: Sources, remembered: Remembered) -> None:
    """``/feed.atom`` of the application."""

    def find_out(over: Callable[[], bool]) -> bytes:
        with sources.within(over) as bounded:
            return atom(bounded)

    def feed() -> Response:
        return Response(remembered.ask(("feed", sources.statistics.hidden()), find_out), mimetype=MEDIA_TYPE)

    app.add_url_rule("/feed.atom", "feed", feed)


def atom(sources: Sources) -> bytes:
    """The feed's document."""
    now = sources.clock.now()
    news = sources.statistics.news(now)
    entries = [*(_bug(sources, one) for one in news.bugs), *map(_group, news.groups)]
    entries.sort(key=lambda one: one.at, reverse=True)
    host, page = sources.settings.gerrit.host, sources.settings.speaking.page
    root = ET.Element("feed", xmlns=ATOM)
    _put(root, "id", f"tag:{host},{SINCE}:gerritbot-er")
    _put(root, "title", f"gerritbot-er: what is new in the failures of {host}")
    _put(root, "updated", iso(entries[0].at if entries else now - FRESH))
    _put(ET.SubElement(root, "author"), "name", "gerritbot-er")
    if page:
        ET.SubElement(root, "link", rel="self", type=MEDIA_TYPE, href=f"{page}/feed.atom")
        ET.SubElement(root, "link", rel="alternate", type="text/html", href=f"{page}/")
    for one in entries:
        element = ET.SubElement(root, "entry")
        _put(element, "id", f"tag:{host},{SINCE}:{one.id}")
        _put(element, "title", one.title)
        _put(element, "updated", iso(one.at))
        _put(element, "content", one.text, type="text")
        if page:
            ET.SubElement(element, "link", rel="alternate", type="text/html", href=f"{page}/{one.path}")
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _bug(sources: Sources, new: NewBug) -> Entry:
    bug = named(sources, new.signature)
    what = "hit for the first time" if new.before is None else f"hits again, the last time was {moment(new.before)} UTC"
    lines = [f"It {what}: {_spread(new.builds, new.changes)} since {moment(new.at)} UTC.", *filter(None, (bug.url,))]
    title = f"{'New' if new.before is None else 'Again'}: {bug.title}"
    path = f"bugs/{quote(new.signature, safe='')}"
    return Entry(f"{path}/{new.at:.0f}", title, "\n".join(lines), path, new.at)


def _group(new: NewGroup) -> Entry:
    told = new.lines[0] if new.lines else None
    line = clean_line(told.line, LONGEST_LINE) if told else ""
    spread = f"It is on more than one change now: {_spread(new.builds, new.changes)}, the last of {job_words(new.job)}."
    lines = [spread, f"First seen {moment(new.began_at)} UTC.", *_said(line)]
    title = f"Unexplained: {clean_line(line, 120) or f'group {new.id}'}"
    return Entry(f"unexplained/{new.id}", title, "\n".join(lines), f"unexplained/{new.id}", new.at)


def _said(line: str) -> Iterator[str]:
    if line:
        yield f"A log says: {line}"


def _spread(builds: int, changes: int) -> str:
    return f"{_counted(builds, 'build')} on {_counted(changes, 'change')}"


def _counted(count: int, what: str) -> str:
    return f"{number(count)} {what}{'' if count == 1 else 's'}"


def _put(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = _representable(text)


def _representable(text: str) -> str:
    """Characters that XML 1.0 has no place for become U+FFFD: without that no reader takes any of it."""
    return _NO_XML.sub("\ufffd", text)
