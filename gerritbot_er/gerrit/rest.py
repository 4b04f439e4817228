"""Authenticated reading from Gerrit's web server: its REST API, and the plugins that answer beside it.

Facts about the peer (Gerrit 3.10.2, 3.13.5): requests below ``/a/`` take the account's HTTP password (basic) at once;
JSON comes behind a line ``)]}'``, which keeps browsers from running it; a wrong password is 401.
"""

import base64
from collections.abc import Callable
from urllib.parse import urlsplit

from gerritbot_er import settings
from gerritbot_er.errors import GerritbotError, Misconfigured, Permanent, Transient
from gerritbot_er.http_client import HttpClient, Limits, Refused
from gerritbot_er.http_client.addresses import Gate
from gerritbot_er.secret import Secret

from .events import load_json

MOST_BYTES = 64 * 1024 * 1024
"""Plain bytes that one answer may have."""

LIMITS = Limits(connect=10, silence=60, total=180, rate=1024, packed=MOST_BYTES, plain=MOST_BYTES)
"""A query over many changes is silent while it is worked on."""

_MAGIC = b")]}'"
_SERVER_ERRORS = 500
_CHANGES = "changes/"


class GerritRest:
    """Asks the one server that ``web`` names, wherever it lies, and follows it nowhere else; to be closed."""

    def __init__(
        self,
        gerrit: settings.Gerrit,
        password: Secret,
        *,
        limits: Limits = LIMITS,
        most: int = MOST_BYTES,
        clock: Callable[[], float],
    ) -> None:
        """``gerrit`` has a ``web``; ``most`` bytes are taken of an answer; ``clock`` counts seconds monotonically."""
        self.web = gerrit.web or ""
        self._username = gerrit.username
        self._most = most
        credentials = base64.b64encode(f"{gerrit.username}:{password.reveal()}".encode()).decode()
        self._http = HttpClient(
            Gate((), own_hosts=(urlsplit(self.web).hostname or "",)),
            limits=limits,
            ca_file=gerrit.ca_file,
            authorization=Secret(f"Basic {credentials}"),
            redirects=0,
            clock=clock,
        )

    def close(self) -> None:
        """Close the connections that are kept."""
        self._http.close()

    def json(self, path: str) -> object:
        """The JSON value at this path below ``/a/``, which holds no text of others but quoted.

        Raises MalformedEvent where it is none, and as ``read`` does.
        """
        body = self.read(path)
        return load_json(body.removeprefix(_MAGIC).strip() or b"null")

    def read(self, path: str) -> bytes:
        """The bytes at this path below ``/a/``.

        Raises ``http_client.Absent`` (404), ``TooLarge``, other Transient errors, Permanent where Gerrit refuses this
        request, and Misconfigured where it refuses the account or answers from elsewhere.
        """
        try:
            return self._http.read(f"{self.web}/a/{path}", most=self._most)
        except Refused as refused:
            raise self._told(refused, path) from None

    def _told(self, refused: Refused, path: str) -> GerritbotError:
        status = refused.status
        where = _CHANGES if path.startswith(_CHANGES) else path.partition("?")[0]  # a board names no change
        if status == 401:  # noqa: PLR2004 - Unauthorized
            return Misconfigured(
                f"Gerrit at {self.web} refuses the HTTP password of {self._username}: make a new one at its Settings, "
                "HTTP Credentials, and write it where http_password_file (or http_password_env) says"
            )
        if status == 403:  # noqa: PLR2004 - Forbidden
            return Misconfigured(
                f"Gerrit at {self.web} does not let {self._username} read {where}: see that the account is active and "
                "may read over HTTP, or remove http_password_file, so that all goes over SSH"
            )
        if status < 400:  # noqa: PLR2004 - redirects
            return Misconfigured(
                f"Gerrit at {self.web} sends us elsewhere (HTTP {status} for {where}), where the password does not "
                "go: set web of gerrit to the address where it answers itself"
            )
        told = f"Gerrit at {self.web} answers {status} for {where}"
        return Transient(told) if status >= _SERVER_ERRORS else Permanent(told)
