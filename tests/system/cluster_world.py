"""A real cluster, a store that asks it through a proxy that counts, and the documents of failed builds."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import pytest

from gerritbot_er.logs.cluster import ClusterStore, open_cluster
from gerritbot_er.model import Build
from gerritbot_er.settings import ClusterStore as StoreSettings

from .servers.http_proxy import HttpProxy, http_proxy
from .servers.search import SearchServer

Kind = Literal["elasticsearch", "opensearch"]
KINDS: Mapping[str, Kind] = {
    "elasticsearch": "elasticsearch",
    "elasticsearch_7": "elasticsearch",
    "opensearch": "opensearch",
}
"""The fixtures of the servers, and what a configuration calls them."""


@dataclass(frozen=True, slots=True)
class World:
    """A real server, a store that asks it, and the proxy between that counts."""

    server: SearchServer
    proxy: HttpProxy
    kind: Kind
    store: ClusterStore

    def other(self, index: str) -> ClusterStore:
        """A store over other indices."""
        return open_cluster(StoreSettings(kind=self.kind, url=self.proxy.url, index=index), {})


@contextmanager
def cluster_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """On the server whose fixture is the request's parameter; it is empty before and after."""
    server: SearchServer = request.getfixturevalue(request.param)
    kind = KINDS[request.param]
    server.delete_documents()
    with http_proxy(server.port) as proxy, open_cluster(StoreSettings(kind=kind, url=proxy.url), {}) as store:
        yield World(server, proxy, kind, store)
    server.delete_documents()


def build_of(number: int, uuid: str | None = None) -> Build:
    uuid = uuid or f"{number:032x}"
    page = f"https://zuul.example.org/t/acme/build/{uuid}"
    return Build(uuid, "unit", "FAILURE", "zuul", "acme/widgets", "main", 12, 3, 0, uuid=uuid, web_url=page)


def line_of(build: Build, message: str, second: int = 0, filename: str = "job-output.txt") -> dict[str, object]:
    """A document as a log's line becomes one, so many seconds after the first."""
    return {
        "@timestamp": f"2026-11-21T08:{second // 60:02d}:{second % 60:02d}.000Z",
        "message": message,
        "filename": filename,
        "tags": ["console", "console.html", filename],
        "build_uuid": build.uuid,
        "build_change": build.change,
        "build_patchset": str(build.patchset),
        "log_url": "https://logs.example.org/",
    }
