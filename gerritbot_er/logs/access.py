"""The way to a cluster: address, credentials, trust in its certificate, proxy; the same for both clients."""

import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3

from gerritbot_er.errors import Misconfigured
from gerritbot_er.secret import Secret, read_secret
from gerritbot_er.settings import ClusterStore

_CONNECTIONS = 2
"""Kept open at a time: as many as there are calls in flight."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where the cluster is and how it is reached; ``prefix`` is the path before the API's own, "" or "/…".

    ``authorization`` is the whole value of that header; ``timeout`` is in seconds.
    """

    scheme: str
    host: str
    port: int
    prefix: str
    timeout: float
    authorization: Secret | None
    tls: ssl.SSLContext | None
    proxy: str | None

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        return {} if self.authorization is None else {"authorization": self.authorization.reveal()}

    def pool(self) -> urllib3.HTTPConnectionPool:
        """New connections to the cluster, through the proxy where there is one."""
        limit = urllib3.Timeout(total=self.timeout)
        if self.proxy is not None:
            return _ProxiedPool(self, limit)
        if self.tls is not None:
            return urllib3.HTTPSConnectionPool(
                self.host, self.port, timeout=limit, maxsize=_CONNECTIONS, ssl_context=self.tls
            )
        return urllib3.HTTPConnectionPool(self.host, self.port, timeout=limit, maxsize=_CONNECTIONS)


class _ProxiedPool(urllib3.HTTPConnectionPool):
    """A pool as the clients want one, over urllib3's proxy manager: neither client knows proxies."""

    def __init__(self, access: Access, limit: urllib3.Timeout) -> None:
        super().__init__(access.host, access.port)
        host = f"[{access.host}]" if ":" in access.host else access.host
        self._base = f"{access.scheme}://{host}:{access.port}"
        self._manager = urllib3.ProxyManager(
            access.proxy or "", timeout=limit, maxsize=_CONNECTIONS, ssl_context=access.tls
        )

    def urlopen(self, method: str, url: str, *args: Any, **options: Any) -> urllib3.BaseHTTPResponse:  # noqa: ANN401 - urllib3's own
        names = ("body", "headers", "retries")
        return self._manager.urlopen(method, self._base + url, False, **dict(zip(names, args, strict=False)), **options)  # noqa: FBT003

    def close(self) -> None:
        self._manager.clear()
        super().close()


def access(settings: ClusterStore, environ: Mapping[str, str]) -> Access:
    """The way to the cluster of these settings; ``Misconfigured`` where a file or variable is missing or empty."""
    parts = urlsplit(settings.url)
    secure = parts.scheme == "https"
    return Access(
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=parts.port or (443 if secure else 80),
        prefix=parts.path.rstrip("/"),
        timeout=settings.timeout,
        authorization=_authorization(settings, environ),
        tls=_trust(settings.ca_file) if secure else None,
        proxy=settings.proxy,
    )


def _authorization(settings: ClusterStore, environ: Mapping[str, str]) -> Secret | None:
    password = read_secret(settings.password_file, settings.password_env, environ)
    key = read_secret(settings.api_key_file, settings.api_key_env, environ)
    if key is not None:
        if settings.username is not None or password is not None:
            raise Misconfigured("a log store takes either username and password or an API key; remove one of them")
        # A key is handed out as "id:key" or as the base64 of that; only the latter goes over the wire.
        value = key.reveal()
        return Secret(f"ApiKey {_base64(value) if ':' in value else value}")
    if (settings.username is None) != (password is None):
        raise Misconfigured("a log store's username and its password_file (or password_env) go together; give both")
    if password is None:
        return None
    return Secret(f"Basic {_base64(f'{settings.username}:{password.reveal()}')}")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """The system's authorities, or those of the file alone."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise Misconfigured(f"ca_file {ca_file} cannot be used: {error}; it must hold PEM certificates") from None
