"""The log server's tree: files as a CI stores them, with Zuul's manifest or as plain directories."""

import gzip
import html
import json
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from gerritbot_er.sandbox.ci_http import Response, not_found

Stored = Literal["plain", "encoded", "gz", "gz-encoded"]
"""How a file lies on the server: as it is; gzipped under its own name with ``Content-Encoding``; gzipped as
``NAME.gz``; or as ``NAME.gz`` with ``Content-Encoding`` on top."""

_TYPES = {".txt": "text/plain", ".log": "text/plain", ".json": "application/json", ".html": "text/html"}
_MANIFEST = "zuul-manifest.json"


@dataclass(frozen=True, slots=True)
class LogFile:
    """One stored file."""

    data: bytes
    content_type: str
    encoding: str | None
    modified: int


class LogTree:
    """All log files of the CI, by their path from the server's root."""

    def __init__(self) -> None:
        self._files: dict[str, LogFile] = {}

    def put(self, folder: str, files: Mapping[str, bytes], *, stored: Stored, manifest: bool, modified: int) -> None:
        """Store files below ``folder`` (``/logs/…/``); the manifest lists all that lie there then."""
        for path, data in files.items():
            kind = _TYPES.get(posixpath.splitext(path)[1], "application/octet-stream")
            name = f"{path}.gz" if stored in ("gz", "gz-encoded") else path
            if stored != "plain":
                data = gzip.compress(data, 6, mtime=0)  # noqa: PLW2901 - the same file, packed
            encoding = "gzip" if stored in ("encoded", "gz-encoded") else None
            content_type = "application/gzip" if stored == "gz" else kind
            self._files[folder + name] = LogFile(data, content_type, encoding, modified)
        if manifest:
            listed = {"tree": self._tree(folder), "index_links": False}
            data = json.dumps(listed).encode()
            self._files[folder + _MANIFEST] = LogFile(data, "application/json", None, modified)

    def text(self, path: str) -> bytes | None:
        """The unpacked content of a file, however it is stored; None if there is no such file."""
        for name in (path, f"{path}.gz"):
            if found := self._files.get(name):
                return gzip.decompress(found.data) if found.data[:2] == b"\x1f\x8b" else found.data
        return None

    def get(self, path: str) -> Response:
        """A file, or the listing of a folder without a manifest (object stores list nothing), or 404."""
        if found := self._files.get(path):
            headers = {"Content-Encoding": found.encoding} if found.encoding else {}
            return Response(found.data, found.content_type, headers=headers)
        folder = path.rstrip("/") + "/"
        below = [name for name in self._files if name.startswith(folder)]
        if not below or any(folder.startswith(posixpath.dirname(name) + "/") for name in self._manifests()):
            return not_found(path)
        if path != folder:
            return Response(b"", status=301, headers={"Location": folder})
        return Response(self._listing(folder, below).encode())

    def _manifests(self) -> list[str]:
        return [name for name in self._files if name.endswith("/" + _MANIFEST)]

    def _tree(self, folder: str) -> list[dict[str, object]]:
        """The manifest's entries of one folder, folders first."""
        nodes: list[dict[str, object]] = []
        names = sorted(name.removeprefix(folder) for name in self._files if name.startswith(folder))
        for name in dict.fromkeys(name.partition("/")[0] for name in names if "/" in name):
            children = self._tree(f"{folder}{name}/")
            nodes.append({"name": name, "mimetype": "application/directory", "encoding": None, "children": children})
        for name in names:
            if "/" not in name and name != _MANIFEST:
                found = self._files[folder + name]
                nodes.append(
                    {
                        "name": name,
                        "mimetype": found.content_type,
                        "encoding": found.encoding,
                        "last_modified": found.modified,
                        "size": len(found.data),
                    }
                )
        return nodes

    def _listing(self, folder: str, below: list[str]) -> str:
        """A page like those of Apache's mod_autoindex, its sorting links and parent included."""
        rows = [f'<tr><td><a href="{html.escape(posixpath.dirname(folder[:-1]))}/">Parent Directory</a></td></tr>']
        for name in sorted({path.removeprefix(folder).partition("/")[0] for path in below}):
            found = self._files.get(folder + name)
            shown = html.escape(name if found else f"{name}/")
            date = f"{datetime.fromtimestamp(found.modified, UTC):%Y-%m-%d %H:%M}" if found else "-"
            size = str(len(found.data)) if found else "-"
            rows.append(f'<tr><td><a href="{shown}">{shown}</a></td><td>{date}</td><td>{size}</td></tr>')
        head = "".join(
            f'<th><a href="?C={key};O=A">{title}</a></th>'
            for key, title in (("N", "Name"), ("M", "Last modified"), ("S", "Size"))
        )
        title = f"Index of {html.escape(folder.rstrip('/'))}"
        table = "\n".join([f"<table>\n<tr>{head}</tr>", *rows, "</table>"])
        return f"<!DOCTYPE HTML>\n<head><title>{title}</title></head>\n<body><h1>{title}</h1>\n{table}\n</body>\n"
