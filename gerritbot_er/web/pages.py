"""The pages as a WSGI application: the status, one case, figures, and monitoring; nothing can be changed here.

Whatever a page shows was written by others: templates escape it, and the policy sent along lets no script run.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from gerritbot_er import dependencies, time_words
from gerritbot_er.codec import to_json

from .asked import SPANS, Asked, read_asked
from .bug import bug_page
from .bugs import bugs_page
from .build import build_page
from .case import case_page
from .change import change_page
from .feed import add_feed
from .monitoring import add_monitoring
from .now import now_page
from .plots import bars, sparkline
from .rates import rates_page
from .refusing import add_refusals
from .remembered import Remembered
from .signatures import signatures_page
from .sources import Sources
from .suggestions import Suggestions
from .turns import Turns
from .unexplained import add_drafts, group_page, unexplained_page
from .words import FORMS, percent

METHODS = ("GET", "HEAD")
HOME = "now"
"""What the first page is called where it needs a name."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def page_app(sources: Sources) -> Flask:
    """The application; every link in it is relative, so that it may lie under any path of a proxy."""
    app = Flask("gerritbot_er.web")
    app.url_map.merge_slashes = False  # its redirects would be made of the Host that a request claims
    app.before_request(_reading_alone)
    app.after_request(_guarded)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update({one.__name__: one for one in FORMS})
    app.jinja_env.globals.update(bars=bars, sparkline=sparkline, percent=percent, navigation=NAVIGATION)
    add_refusals(app)
    remembered, suggested = Remembered(sources.clock, Turns(sources.clock)), Suggestions(sources)
    for page in PAGES:
        _add(app, sources, page, remembered, suggested)
    add_feed(app, sources, remembered)
    add_drafts(app, sources, remembered)
    add_monitoring(app, sources)
    return app


@dataclass(frozen=True, slots=True)
class Page:
    """A page of figures: its path below the root, its template, what it shows, and the span that it shows by itself.

    What is of one change, build or case is not ``filtered``: whatever else a link to it brings along does no harm.
    ``content`` makes a frozen dataclass, which the template gets by that name and which is the page's JSON; further
    arguments are the parts of the path.  None: there is no such thing.
    """

    path: str
    template: str
    content: Callable[..., object | None]
    last: str
    filtered: bool = True


PAGES = (
    Page("", "now.html", now_page, "24h"),
    Page("bugs", "bugs.html", bugs_page, "7d"),
    Page("bugs/<signature>", "bug.html", bug_page, "14d"),
    Page("unexplained", "unexplained.html", unexplained_page, "14d"),
    Page("unexplained/<group>", "group.html", group_page, "14d"),
    Page("rates", "rates.html", rates_page, "7d"),
    Page("signatures", "signatures.html", signatures_page, "14d"),
    Page("change/<number>", "change.html", change_page, "14d", filtered=False),
    Page("build/<build>", "build.html", build_page, "14d", filtered=False),
    Page("case/<case_id>", "case.html", case_page, "14d", filtered=False),
)
NAVIGATION = (
    ("", "Now"),
    ("bugs", "Bugs"),
    ("unexplained", "Unexplained"),
    ("signatures", "Signatures"),
    ("rates", "Rates"),
)
"""The paths and names of the pages that every page leads to."""


def _add(app: Flask, sources: Sources, page: Page, remembered: Remembered, suggested: Suggestions) -> None:
    def made(parts: Mapping[str, str]) -> tuple[object, Asked, int]:
        asked = read_asked(request.args.items(multi=True), page.last) if page.filtered else Asked(page.last)
        hidden = sources.statistics.hidden()

        def find_out(over: Callable[[], bool]) -> object | None:
            with sources.within(over) as bounded:
                return page.content(bounded, asked, **parts)

        content = remembered.ask((page.path, asked, tuple(sorted(parts.items())), hidden), find_out)
        if content is None:
            raise NotFound
        return content, asked, hidden

    def unheard(asked: Asked) -> Mapping[str, str | None]:
        names = asked.names()
        return sources.statistics.unheard(names) if names else {}

    def as_page(**parts: str) -> str:
        content, asked, hidden = made(parts)
        return render_template(
            page.template,
            root="../" * page.path.count("/"),
            here=page.path.partition("/")[0],
            json=f"{quote(request.path.rpartition('/')[2] or HOME)}.json{asked.query()}",
            kept=asked.query(last="" if asked.last == page.last else asked.last, stale=""),
            content=content,
            asked=asked,
            spans=SPANS,
            names=suggested.names(hidden),
            unheard=unheard(asked),
            dependencies=dependencies,
            time_words=time_words,
        )

    def as_json(**parts: str) -> Response:
        content, asked, _ = made(parts)
        told, names = to_json(content), unheard(asked)
        if names:
            told = json.dumps({**json.loads(told), "unheard": names}, ensure_ascii=False)
        return Response(told, mimetype="application/json")

    app.add_url_rule(f"/{page.path}", f"{page.path} page", as_page)
    app.add_url_rule(f"/{page.path or HOME}.json", f"{page.path} json", as_json)


def _reading_alone() -> None:
    if request.method not in METHODS:
        raise MethodNotAllowed(valid_methods=METHODS)


def _guarded(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response
