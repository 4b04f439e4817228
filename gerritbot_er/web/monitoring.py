"""What monitoring asks for: whether the daemon is alive, whether comments come about, and the metrics."""

from flask import Flask, Response, jsonify, request

from .health import alive, readiness
from .metrics import exposition
from .sources import Sources


def add_monitoring(app: Flask, sources: Sources) -> None:
    """``/healthz``, ``/readyz`` and ``/metrics`` of the application."""
    metrics = exposition(sources)

    def healthz() -> tuple[Response, int]:
        status, body = alive(sources.health())
        return jsonify(body), status

    def readyz() -> tuple[Response, int]:
        status, body = readiness(sources.health(), sources.clock.now())
        return jsonify(body), status

    def as_text() -> Response:
        text, media_type = metrics.text(request.headers.get("Accept", ""))
        return Response(text, content_type=media_type, headers={"Vary": "Accept"})

    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/readyz", view_func=readyz)
    app.add_url_rule("/metrics", "metrics", as_text)
