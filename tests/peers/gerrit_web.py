"""The web side of a sandbox Gerrit: its REST API and the plugin events-log, over a server that misbehaves on cue."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs

from gerritbot_er.gerrit.rest import LIMITS, MOST_BYTES, GerritRest
from gerritbot_er.http_client import Limits
from gerritbot_er.sandbox import gson
from gerritbot_er.sandbox.ci_http import HttpServer, Request, Response, not_found
from gerritbot_er.sandbox.gerrit import SandboxGerrit
from gerritbot_er.sandbox.gerrit_changes import Account, Change, Json
from gerritbot_er.sandbox.gerrit_query import parse
from gerritbot_er.secret import Secret
from gerritbot_er.settings import Gerrit

PASSWORD = "s3cret"  # noqa: S105 - of no real account
CHANGES = "/a/changes/"
EVENTS = "/a/plugins/events-log/events/"
_DEFAULT_LIMIT = 500
_SUBMITTABLE = " is:submittable"


@dataclass
class GerritWeb:
    """What is asked of ``gerrit`` over HTTP; the events log is on a server whose clock is ``zone`` seconds off UTC.

    ``remarks`` are comments on patch sets, by change, as REST shows them, and ``rights`` what it tells of our rights on
    a change; ``ready`` changes could be submitted; ``hidden`` projects are not ours to see.
    """

    gerrit: SandboxGerrit
    username: str
    installed: bool = True
    zone: int = 0
    return_limit: int = 5000
    hidden: frozenset[str] = frozenset()
    remarks: dict[int, list[Json]] = field(default_factory=dict)
    rights: dict[int, Json] = field(default_factory=dict)
    ready: frozenset[int] = frozenset()
    answers: dict[str, object] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)
    server: HttpServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = HttpServer(self._route)
        self.gerrit._changes.web_url = self.url

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def settings(self, ssh: Gerrit) -> Gerrit:
        return replace(ssh, web=self.url)

    def asked(self, pattern: str) -> list[str]:
        """The queries, as they were written, of the requests for paths that match."""
        return [request.query for request in self.server.requests(pattern)]

    def _route(self, request: Request) -> Response:
        credentials = base64.b64encode(f"{self.username}:{PASSWORD}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {credentials}":
            return Response(b"Unauthorized", "text/plain", 401)
        if request.path in self.raw:
            return Response(self.raw[request.path], "application/json; charset=UTF-8")
        wanted = {key: values[0] for key, values in parse_qs(request.query).items()}
        if request.path == EVENTS and self.installed:
            return Response(b"".join(self._logged(wanted.get("t1"))), "text/html")
        if request.path == CHANGES:
            return _json(self._changes(wanted["q"], int(wanted["n"]), int(wanted.get("S", "0"))))
        if request.path.startswith(CHANGES) and request.path.endswith("/comments"):
            number = int(request.path.removesuffix("/comments").rpartition("~")[2])
            return _json({"/PATCHSET_LEVEL": self.remarks.get(number, [])})
        if request.path in self.answers:
            return _json(self.answers[request.path])
        return not_found(request.path)

    def _changes(self, query: str, limit: int, start: int) -> list[Json]:
        with self.gerrit._changes.updated:
            wanted = parse(query.removesuffix(_SUBMITTABLE), 0.0)
            found = [change for change in self.gerrit._changes.newest_first() if wanted.matches(change)]
            if query.endswith(_SUBMITTABLE):
                found = [change for change in found if change.number in self.ready]
            page = [self._info(change) for change in found[start : start + min(limit, _DEFAULT_LIMIT)]]
        if page and start + len(page) < len(found):
            page[-1]["_more_changes"] = True
        return page

    def _info(self, change: Change) -> Json:
        current = change.patchsets[-1]
        messages = [
            {
                "id": f"{change.number}-{index}",
                "author": _account(message.author),
                "date": _date(message.timestamp),
                "message": message.text,
                "_revision_number": message.patchset,
                **({"tag": message.tag} if message.tag else {}),
            }
            for index, message in enumerate(change.messages)
        ]
        return {
            "project": change.project,
            "branch": change.branch,
            "subject": change.subject,
            "status": change.status,
            "updated": _date(change.updated),
            "_number": change.number,
            "owner": _account(change.owner),
            "messages": messages,
            "current_revision": current.revision,
            "revisions": {current.revision: {"_number": current.number, "created": _date(current.created)}},
            **({"is_private": True} if change.private else {}),
            **self.rights.get(change.number, {}),
        }

    def _logged(self, begin: str | None) -> Iterator[bytes]:
        events = self.gerrit.events
        if begin is None:
            events = events[-self.return_limit :]
        else:
            first = datetime.fromisoformat(begin).replace(tzinfo=UTC).timestamp() - self.zone
            events = [event for event in events if _at(event) >= first][: self.return_limit]
        for event in events:
            if event["project"] not in self.hidden:
                yield gson.line({**event, "project": {"name": event["project"]}})


def _at(event: Json) -> int:
    at = event["eventCreatedOn"]
    assert isinstance(at, int)
    return at


def _account(account: Account) -> Json:
    return {"_account_id": 1, **account.attribute()}


def _date(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S.000000000")


def _json(value: object) -> Response:
    return Response(b")]}'\n" + json.dumps(value).encode(), "application/json; charset=UTF-8")


@contextmanager
def rest(
    gerrit: Gerrit, clock: Callable[[], float], *, limits: Limits = LIMITS, most: int = MOST_BYTES
) -> Iterator[GerritRest]:
    opened = GerritRest(gerrit, Secret(PASSWORD), limits=limits, most=most, clock=clock)
    try:
        yield opened
    finally:
        opened.close()
