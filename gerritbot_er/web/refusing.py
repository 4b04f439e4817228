"""How a refusal is answered: as a page in the frame of all pages, as JSON where that was asked for, else as text."""

import logging

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound

from gerritbot_er.errors import GerritbotError, TookTooLong

from .asked import Unreadable, read_asked
from .refusals import (
    BUSY,
    GONE,
    NO_PAGE,
    SHORT,
    UNREADABLE_STATE,
    Refusal,
    other,
    took_too_long,
    unreadable_filters,
)
from .turns import LONGEST, Busy

log = logging.getLogger(__name__)

_DEEPEST = 8
"""Parts of a path behind which the root is sought; what lies deeper leads to nothing of ours."""
_OF_PROGRAMS = (".yaml", ".atom", "/metrics", "/healthz", "/readyz")


def add_refusals(app: Flask) -> None:
    """Whatever the application's pages cannot show."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Unreadable, _unreadable_filters)
    app.register_error_handler(Busy, _busy)
    app.register_error_handler(TookTooLong, _took_too_long)
    app.register_error_handler(GerritbotError, _unreadable_state)


def _refused(error: HTTPException) -> Response:
    if isinstance(error, NotFound):
        first = request.path.split("/")[1]
        return _answer(GONE.get(first, NO_PAGE) if request.url_rule else NO_PAGE)
    response = _answer(other(error.code or InternalServerError.code))
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(error.valid_methods or ())
    return response


def _unreadable_filters(error: Unreadable) -> Response:
    return _answer(unreadable_filters(error.problems, error.rest.query()))


def _busy(error: Busy) -> Response:
    response = _answer(BUSY)
    response.headers["Retry-After"] = f"{error.after or 0:.0f}"
    return response


def _took_too_long(_: TookTooLong) -> Response:
    try:
        asked = read_asked(request.args.items(multi=True), SHORT)
    except Unreadable as error:
        asked = error.rest
    return _answer(took_too_long(asked, LONGEST))


def _unreadable_state(error: GerritbotError) -> Response:
    """Why is in the log, not on a page."""
    log.error("a page could not be made: %s", error)
    return _answer(UNREADABLE_STATE)


def _answer(refusal: Refusal) -> Response:
    path = request.path
    if path.endswith(".json"):
        return Response(refusal.as_json(), refusal.status, mimetype="application/json")
    if not refusal.says or path.endswith(_OF_PROGRAMS) or path.startswith("/static/"):
        return Response(refusal.as_text(), refusal.status, mimetype="text/plain")
    root = "../" * min(path.count("/") - 1, _DEEPEST)
    here = path.split("/")[1]
    return Response(render_template("refusal.html", content=refusal, root=root, here=here, kept=""), refusal.status)
