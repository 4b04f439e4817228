"""A real Elasticsearch or OpenSearch with log documents in daily indices, as OpenStack's log processing leaves them."""

from __future__ import annotations

import json
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import fetch
from .life import OneProcess
from .processes import HOST, ServerFailed, free_port, spawn

READY_SECONDS = 120.0
INDEX_PREFIX = "logstash-logs-"

# Every string analysed, with the exact value beside it as `.keyword`: the servers' own dynamic mapping. Without
# `date_detection: false` a first message that looks like a date would make `message` a date field.
_TEMPLATE = {
    "index_patterns": [f"{INDEX_PREFIX}*"],
    "template": {
        "settings": {"number_of_shards": 1, "number_of_replicas": 0},
        "mappings": {"date_detection": False, "properties": {"@timestamp": {"type": "date"}}},
    },
}


@dataclass(frozen=True, slots=True)
class Distribution:
    """One version of a search server, as its makers publish it to Maven for integration tests."""

    name: str
    group: str
    version: str

    @property
    def coordinates(self) -> str:
        return f"{self.group}.distribution.integ-test-zip:{self.name}:{self.version}:zip"


ELASTICSEARCH_8 = Distribution("elasticsearch", "org.elasticsearch", "8.19.21")
ELASTICSEARCH_7 = Distribution("elasticsearch", "org.elasticsearch", "7.17.29")
OPENSEARCH_2 = Distribution("opensearch", "org.opensearch", "2.19.6")


class SearchError(Exception):
    """The search server refused a request; ``status`` is its HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text[:1000]}")
        self.status = status


class SearchServer(OneProcess):
    """A single node without security, with a heap of 512 MB, on loopback."""

    host = HOST

    def __init__(self, distribution: Distribution, settings: Mapping[str, str] | None = None) -> None:
        """:param settings: of its YAML file, such as ``{"thread_pool.search.queue_size": "1"}``."""
        self.distribution = distribution
        self._settings = dict(settings or {})
        packed = fetch.unpacked(fetch.maven(distribution.coordinates))
        super().__init__(distribution.name)
        self._home = self.folder / "home"
        # As root the server runs as nobody, who cannot look into root's cache, but into this folder.
        shutil.copytree(packed, self._home, copy_function=_link_or_copy)
        for name in ("data", "logs", "tmp"):
            (self.folder / name).mkdir()
        self._place_logs()
        if os.geteuid() == 0:
            for path in (self.folder, *self.folder.rglob("*")):
                if self._home not in path.parents or (self._home / "config") in (path, *path.parents):
                    shutil.chown(path, "nobody", "nogroup")
        self.port = free_port()
        self._transport_port = free_port()
        self.url = f"http://{HOST}:{self.port}"

    # -- its life

    def start(self) -> None:
        """Start it, always on the same port; returns when it is green or yellow and has the index template."""
        program = self._home / "bin" / self.distribution.name
        options = {
            "discovery.type": "single-node",
            "network.host": HOST,
            "http.port": str(self.port),
            "transport.port": str(self._transport_port),
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        }
        if (self._home / "modules" / "x-pack-security").exists():
            options["xpack.security.enabled"] = "false"  # else HTTPS and passwords, from version 8 on
        options |= self._settings
        words = [f"-E{key}={value}" for key, value in options.items()]
        self._process = spawn(
            self.distribution.name, [program, *words], self.folder, env=self._environment(), as_nobody=True
        )
        try:
            self._process.await_ready(self._healthy, READY_SECONDS)
        except ServerFailed:
            self._process.kill()
            raise
        self.request("PUT", "/_index_template/logs", _TEMPLATE)

    # -- documents

    def request(self, method: str, path: str, body: object = None) -> Any:
        """One request with a JSON body (bytes go as they are, as ndjson); a SearchError when it is refused."""
        raw = isinstance(body, bytes)
        data = body if isinstance(body, bytes) else (None if body is None else json.dumps(body).encode())
        kind = "application/x-ndjson" if raw else "application/json"
        request = urllib.request.Request(self.url + path, data, {"Content-Type": kind}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            raise SearchError(refused.code, refused.read().decode(errors="replace")) from None

    def index(self, documents: Iterable[Mapping[str, object]], *, day: str = "", refresh: bool = True) -> int:
        """Send documents by ``_bulk``, each to the index of its day; returns how many.

        :param day: ``YYYY-MM-DD``; by default each document's own, of its ``@timestamp``.
        :param refresh: make them visible to searches at once, as a second later they would be anyway.
        """
        lines = []
        for document in documents:
            date = (day or str(document["@timestamp"])[:10]).replace("-", ".")
            lines += [json.dumps({"create": {"_index": INDEX_PREFIX + date}}), json.dumps(document)]
        if not lines:
            return 0
        answer = self.request(
            "POST", f"/_bulk?refresh={'true' if refresh else 'false'}", "\n".join([*lines, ""]).encode()
        )
        if answer["errors"]:
            refused = next(item for item in answer["items"] if "error" in item["create"])
            raise SearchError(refused["create"]["status"], json.dumps(refused))
        return len(answer["items"])

    def refresh(self) -> None:
        self.request("POST", f"/{INDEX_PREFIX}*/_refresh")

    def search(self, body: Mapping[str, object], index: str = f"{INDEX_PREFIX}*") -> Any:
        """A search of our own, past all code under test."""
        return self.request("POST", f"/{index}/_search", body)

    def delete_documents(self, index: str = f"{INDEX_PREFIX}*") -> None:
        """Remove the indices that match, with their documents; the template stays."""
        names = self.request("GET", f"/_cat/indices/{index}?format=json&h=index")
        for one in names:
            self.request("DELETE", f"/{one['index']}")

    # -- inside

    def _healthy(self) -> bool:
        # Not `GET /`: the stripped Elasticsearch 8 answers it with 405.
        try:
            return bool(self.request("GET", "/_cluster/health")["status"] in ("green", "yellow"))
        except (OSError, SearchError, ValueError):
            return False

    def _place_logs(self) -> None:
        options = self._home / "config" / "jvm.options"
        text = options.read_text()
        options.unlink()  # it may be a link to the one in the cache
        options.write_text(text.replace("=logs/", f"={self.folder}/logs/").replace(":logs/", f":{self.folder}/logs/"))

    def _environment(self) -> dict[str, str]:
        home = str(fetch.java().resolve().parent.parent)
        tmp = str(self.folder / "tmp")
        heap = "-Xms512m -Xmx512m"
        if self.distribution is OPENSEARCH_2:
            own = {"OPENSEARCH_JAVA_HOME": home, "OPENSEARCH_TMPDIR": tmp, "OPENSEARCH_JAVA_OPTS": heap}
        else:
            own = {"ES_JAVA_HOME": home, "ES_TMPDIR": tmp, "ES_JAVA_OPTS": heap}
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "LANG": "C.UTF-8", "JAVA_HOME": home, **own}


def _link_or_copy(source: str, target: str) -> None:
    # The configuration folder is written to by the server; everything else is shared with the cache where possible.
    if Path(source).parent.name != "config":
        try:
            os.link(source, target)
        except OSError:
            pass
        else:
            return
    shutil.copy2(source, target)


@contextmanager
def search_server(distribution: Distribution, settings: Mapping[str, str] | None = None) -> Iterator[SearchServer]:
    """A running search server for the time of a ``with`` block."""
    server = SearchServer(distribution, settings)
    try:
        server.start()
        yield server
    finally:
        server.close()
