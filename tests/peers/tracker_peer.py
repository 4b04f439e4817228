"""A server that answers as Launchpad, GitHub and Jira do, in the shapes of their documentation, with tags."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from gerritbot_er.sandbox.ci_http import HttpServer, Request, Response

JSON = "application/json; charset=utf-8"


def tasks(number: int, **statuses: str) -> dict[str, object]:
    """Launchpad's tasks of a bug, by project."""
    return {
        "start": 0,
        "total_size": len(statuses),
        "resource_type_link": "https://api.launchpad.net/1.0/#bug_task-page-resource",
        "entries": [
            {
                "assignee_link": None,
                "bug_link": f"https://api.launchpad.net/1.0/bugs/{number}",
                "bug_target_display_name": project,
                "bug_target_name": project,
                "date_created": "2026-01-04T03:49:22.790240+00:00",
                "importance": "High",
                "is_complete": status in ("Fix Released", "Won't Fix", "Invalid"),
                "self_link": f"https://api.launchpad.net/1.0/{project}/+bug/{number}",
                "status": status,
                "title": f'Bug #{number} in {project}: "No valid host was found"',
                "web_link": f"https://bugs.launchpad.net/{project}/+bug/{number}",
            }
            for project, status in statuses.items()
        ],
    }


def issue(number: int, state: str, reason: str | None = None) -> dict[str, object]:
    """GitHub's issue."""
    return {
        "url": f"https://api.github.com/repos/acme/widgets/issues/{number}",
        "html_url": f"https://github.com/acme/widgets/issues/{number}",
        "id": number,
        "number": number,
        "title": "The widget falls off",
        "user": {"login": "somebody", "id": 1},
        "labels": [],
        "state": state,
        "locked": False,
        "comments": 3,
        "closed_at": "2026-11-20T10:00:00Z" if state == "closed" else None,
        "body": "It does.",
        "state_reason": reason,
    }


def ticket(key: str, status: str, category: str, resolution: str | None = None) -> dict[str, object]:
    """Jira's issue, of the three fields that are asked for."""
    return {
        "expand": "renderedFields,names,schema",
        "id": "10001",
        "self": "https://jira.example.org/rest/api/2/issue/10001",
        "key": key,
        "fields": {
            "summary": "The registry refuses the pull",
            "resolution": resolution and {"id": "1", "name": resolution, "description": ""},
            "status": {
                "name": status,
                "id": "5",
                "statusCategory": {"id": 3, "key": category, "colorName": "green", "name": category.title()},
            },
        },
    }


class TrackerPeer:
    """``answers`` are JSON values by path, with the query; ``limits`` are whole responses that come first."""

    def __init__(self, server: HttpServer | None = None) -> None:
        self.answers: dict[str, object] = {}
        self.limits: list[Response] = []
        self.http = server or HttpServer(self._route)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.http.port}"

    def asked(self) -> list[str]:
        """The paths that were asked for, with the tags that were sent."""
        return [f"{one.path} {one.headers.get('if-none-match', '')}".strip() for one in self.http.requests("*")]

    def _route(self, request: Request) -> Response:
        if self.limits:
            return self.limits.pop(0)
        path = request.path + (f"?{request.query}" if request.query else "")
        if path not in self.answers:
            return Response(b'{"message":"Not Found","status":"404"}', JSON, status=404)
        answer = self.answers[path]
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        tag = f'W/"{len(body)}-{body[-40:].hex()[:16]}"'
        if request.headers.get("if-none-match") == tag:
            return Response(b"", JSON, status=304, headers={"ETag": tag})
        return Response(body, JSON, headers={"ETag": tag})


@contextmanager
def tracker_peer(answers: Mapping[str, object] | None = None) -> Iterator[TrackerPeer]:
    """The peer, until the end of the block."""
    peer = TrackerPeer()
    peer.answers.update(answers or {})
    try:
        yield peer
    finally:
        peer.http.close()
