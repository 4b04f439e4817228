"""What lies in a folder of logs: Zuul's manifest, a web server's index pages, a Jenkins build, or a log by itself.

Object stores give no listing of a folder, so Zuul uploads ``zuul-manifest.json``; web servers give index pages (Apache,
nginx and others write links in a page, that is all that is relied on).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import quote, unquote, urljoin, urlsplit

from gerritbot_er.errors import Permanent, Transient
from gerritbot_er.http_client import Absent, HttpClient, TooLarge, TooSlow

from .fetch_choice import LogFile

_MANIFEST_BYTES = 32 * 1024 * 1024
_PAGE_BYTES = 4 * 1024 * 1024
_MOST_FILES = 20_000
_MOST_FOLDERS = 100
_DEEPEST = 8
_JENKINS_BUILD = re.compile(r".*/job/[^/]+/\d+/")


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a build; ``viewable`` where Zuul's page of the build shows them; ``notes`` say what is missing."""

    files: tuple[LogFile, ...]
    viewable: bool = False
    notes: tuple[str, ...] = ()


def listing(http: HttpClient, log_url: str) -> Listing:
    """The files at a log URL; Absent where there is nothing (yet), other errors as ``HttpClient.get`` raises them."""
    if _JENKINS_BUILD.fullmatch(urlsplit(log_url).path):
        return _jenkins(http, log_url)
    folder = log_url if log_url.endswith("/") else f"{log_url}/"
    found = _manifest(http, folder)
    if found is not None:
        return found
    try:
        return _index(http, folder)
    except Absent:
        if folder == log_url:
            raise
        return _index(http, log_url)


def _manifest(http: HttpClient, folder: str) -> Listing | None:
    """None where there is none: then it is a plain web server, or the logs are not here yet."""
    try:
        body = http.read(f"{folder}zuul-manifest.json", most=_MANIFEST_BYTES)
    except (Absent, TooLarge):
        return None
    try:
        tree = json.loads(body)["tree"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    files = tuple(_tree(tree, folder, "", _DEEPEST * 4))
    return Listing(files[:_MOST_FILES], viewable=True, notes=_too_many(len(files)))


def _tree(entries: object, folder: str, above: str, deeper: int) -> Iterator[LogFile]:
    for entry in entries if isinstance(entries, list) and deeper else ():
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or name in ("", ".", "..") or "/" in name:
            continue
        path = f"{above}{name}".encode("utf-8", "replace").decode()  # JSON may hold halves of characters
        if entry.get("mimetype") == "application/directory" or "children" in entry:
            yield from _tree(entry.get("children"), folder, f"{path}/", deeper - 1)
        else:
            size = entry.get("size")
            mimetype = entry.get("mimetype")
            yield LogFile(
                path,
                folder + quote(path),
                size if isinstance(size, int) else None,
                mimetype if isinstance(mimetype, str) else "",
            )


def _jenkins(http: HttpClient, build: str) -> Listing:
    """The console, and the artifacts that Jenkins names."""
    console = LogFile("consoleText", f"{build}consoleText")
    try:
        answer = json.loads(http.read(f"{build}api/json?tree=artifacts[relativePath]", most=_MANIFEST_BYTES))
    except (Absent, TooLarge, ValueError, RecursionError):
        return Listing((console,))
    artifacts = answer.get("artifacts") if isinstance(answer, Mapping) else None
    paths = [entry.get("relativePath") for entry in artifacts or () if isinstance(entry, Mapping)]
    files = [LogFile(path, f"{build}artifact/{quote(path)}") for path in paths if isinstance(path, str) and path]
    return Listing((console, *files[:_MOST_FILES]), notes=_too_many(len(files)))


def _too_many(count: int) -> tuple[str, ...]:
    return (f"{count - _MOST_FILES} files beyond {_MOST_FILES} were not looked at",) if count > _MOST_FILES else ()


class _Links(HTMLParser):
    """The targets of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value.strip() for name, value in attrs if name == "href" and value]


def links(page: str, base: str) -> list[str]:
    """The URLs on an index page that lie below the page itself, in its order, each once; those to sort it are not."""
    parser = _Links()
    parser.feed(page)
    below = base[: base.rindex("/") + 1]
    found = []
    for href in parser.found:
        if href.startswith(("#", "?")):
            continue
        try:
            url = urljoin(base, href)
        except ValueError:
            continue
        rest = url.removeprefix(below)
        if rest not in (url, "") and "?" not in rest and "#" not in rest and ".." not in rest.split("/"):
            found.append(url)
    return list(dict.fromkeys(found))


def _index(http: HttpClient, top: str) -> Listing:
    """The files below a page of links; where there is a text instead of a page, that text is the log."""
    files: dict[str, LogFile] = {}
    notes: list[str] = []
    waiting = [(top, 0)]
    visited: set[str] = set()
    root = ""
    while waiting and len(visited) < _MOST_FOLDERS and len(files) < _MOST_FILES:
        url, depth = waiting.pop(0)
        if url in visited:
            continue
        visited.add(url)
        page = _page(http, url, needed=not root)
        if page is None:
            if not root:
                return Listing((LogFile(unquote(url.rstrip("/").rpartition("/")[2]), url),))
            continue
        base, text = page
        root = root or base[: base.rindex("/") + 1]
        for link in links(text, base):
            path = unquote(link.removeprefix(root))
            if not link.startswith(root):
                continue
            if not link.endswith("/"):
                files.setdefault(path, LogFile(path, link))
            elif depth < _DEEPEST:
                waiting.append((link, depth + 1))
    if waiting:
        notes.append(f"{len(waiting)} folders beyond {_MOST_FOLDERS} were not looked into")
    return Listing(tuple(files.values()), notes=tuple(notes))


def _page(http: HttpClient, url: str, *, needed: bool) -> tuple[str, str] | None:
    """The last URL and the text of a page; None for what is no page, or where a folder further down is not there."""
    try:
        with http.get(url, most=_PAGE_BYTES) as answer:
            if "html" not in answer.content_type:
                return None
            return answer.url, answer.body().decode("utf-8", "replace")
    except (Permanent, Transient) as error:
        if needed or isinstance(error, TooSlow):
            raise
        return None
