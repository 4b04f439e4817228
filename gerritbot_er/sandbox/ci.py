"""The sandbox CI: Zuul's REST API, a log server and a Jenkins behind one HTTP port, with faults on cue."""

import hashlib
import html
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs

from gerritbot_er.sandbox import ci_comments
from gerritbot_er.sandbox.ci_builds import Build, Buildset, JenkinsBuild
from gerritbot_er.sandbox.ci_http import (
    Answer,
    Cut,
    Endless,
    Fault,
    GzipBomb,
    HttpServer,
    Redirect,
    Request,
    Response,
    Trickle,
    not_found,
)
from gerritbot_er.sandbox.ci_logs import LogTree, Stored

__all__ = [
    "Answer",
    "Build",
    "Buildset",
    "Cut",
    "Endless",
    "Fault",
    "GzipBomb",
    "JenkinsBuild",
    "Redirect",
    "Request",
    "SandboxCI",
    "Trickle",
]

_DEFAULT_ROWS = 50
_API = re.compile(r"/api/tenant/([^/]+)/(builds|build/([0-9a-f]{32})|buildset/([0-9a-f]{32}))")
_VIEWER = re.compile(r"/t/([^/]+)/(build|buildset)/([0-9a-f]{32})(?:/log/(.+))?")
_JENKINS_JOB = re.compile(r"(/job/.+?)/api/json")
_JENKINS_TREE = re.compile(r"builds\[(.*)\]\{0,(\d+)\}")
_JENKINS = re.compile(r"(/job/.+?/\d+/)(consoleText|api/json|artifact/(.+))")


class SandboxCI:
    """A CI on 127.0.0.1. Use it as a context manager; every method may be called from any thread."""

    def __init__(self, *, tenant: str = "example", now: Callable[[], float] = time.time) -> None:
        self.tenant = tenant
        self._now = now
        self._lock = threading.Lock()
        self._buildsets: dict[str, Buildset] = {}
        self._builds: dict[str, Build] = {}
        self._jenkins: dict[str, JenkinsBuild] = {}
        self._logs = LogTree()
        self._server = HttpServer(self._route)
        self.url = f"http://127.0.0.1:{self._server.port}"
        """The web root of Zuul and of Jenkins; logs lie below ``/logs/``."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all connections and threads."""
        self._server.close()

    # Zuul

    def add_buildset(
        self,
        change: int,
        patchset: int,
        *,
        project: str,
        branch: str = "master",
        pipeline: str = "check",
        ref_url: str = "",
    ) -> Buildset:
        """A buildset without builds, begun now."""
        with self._lock:
            uuid = _uuid("buildset", len(self._buildsets))
            found = Buildset(uuid, self.tenant, project, branch, change, patchset, pipeline, self._now(), ref_url)
            self._buildsets[uuid] = found
            return found

    def add_build(
        self,
        buildset: Buildset,
        job: str,
        result: str,
        *,
        voting: bool = True,
        duration: float = 83.0,
        error_detail: str | None = None,
        final: bool = True,
        known: bool = True,
    ) -> Build:
        """A finished build without logs. Set its ``known`` later for a row that the API gets after the comment."""
        with self._lock:
            uuid = _uuid("build", len(self._builds))
            found = Build(uuid, job, result, buildset, voting, self._now(), duration, error_detail, final, known)
            self._builds[uuid] = found
            buildset.builds.append(found)
            return found

    def upload_logs(
        self, uuid: str, files: Mapping[str, bytes], *, stored: Stored = "plain", manifest: bool = True
    ) -> str:
        """Store log files of a build, more of them in later calls; the log URL, which the API has from now on."""
        with self._lock:
            folder = f"/logs/{uuid[:3]}/{self.tenant}/{uuid}/"
            self._logs.put(folder, files, stored=stored, manifest=manifest, modified=int(self._now()))
            url = self.url + folder
            self._builds[uuid].log_url = url
            return url

    def comment(self, buildset: Buildset) -> str:
        """Zuul's comment on the change of this buildset, without Gerrit's prefix."""
        return ci_comments.zuul(buildset, self.url)

    # Jenkins

    def add_jenkins_build(
        self,
        job: str,
        number: int,
        result: str | None,
        *,
        console: bytes = b"",
        artifacts: Mapping[str, bytes] | None = None,
        duration: float = 83.0,
        failure_text: str = "",
        description: str = "",
    ) -> JenkinsBuild:
        """A build of a Jenkins job (``folder/job/name`` for one in a folder); its fields may be set anew later."""
        path = f"/job/{job}/{number}/"
        build = JenkinsBuild(job, number, self.url + path, result, self._now(), duration, console, artifacts or {})
        build.failure_text, build.description = failure_text, description
        with self._lock:
            self._jenkins[path] = build
        return build

    def jenkins_comment(self, *builds: JenkinsBuild) -> str:
        """The Gerrit Trigger's comment on these builds, without Gerrit's prefix."""
        return ci_comments.jenkins(builds)

    # What goes wrong, and what was asked

    def misbehave(self, pattern: str, fault: Fault, times: int | None = None) -> None:
        """Answer paths that match this glob with a fault, ``times`` times or until ``behave``; the first cue wins."""
        self._server.misbehave(pattern, fault, times)

    def behave(self) -> None:
        """Take back all faults."""
        self._server.behave()

    def requests(self, pattern: str = "*") -> list[Request]:
        """The requests so far whose path matches the glob, faulty ones too."""
        return self._server.requests(pattern)

    def _route(self, request: Request) -> Response:
        with self._lock:
            if found := _API.fullmatch(request.path):
                return self._api(request, found)
            if request.path.startswith("/logs/"):
                return self._logs.get(request.path)
            if found := _JENKINS.fullmatch(request.path):
                return self._jenkins_part(request, found)
            if found := _JENKINS_JOB.fullmatch(request.path):
                return self._jenkins_job(request, found[1])
            if found := _VIEWER.fullmatch(request.path):
                return self._viewer(request, found)
        return not_found(request.path)

    def _api(self, request: Request, found: re.Match[str]) -> Response:
        tenant, what, build, buildset = found.groups()
        if tenant != self.tenant:
            return not_found(request.path)
        if what == "builds":
            return _json(self._rows(parse_qs(request.query)))
        if buildset:
            known = self._buildsets.get(buildset)
            return _json(known.shown()) if known else not_found(request.path)
        row = self._builds.get(build)
        return _json(row.shown_alone()) if row and row.known else not_found(request.path)

    def _rows(self, asked: Mapping[str, list[str]]) -> list[dict[str, object]]:
        """Builds, newest first; each filter may be given several times."""
        limit, skip = int(asked.get("limit", [str(_DEFAULT_ROWS)])[0]), int(asked.get("skip", ["0"])[0])
        rows: list[dict[str, object]] = []
        for build in reversed(self._builds.values()):
            fields = {
                "uuid": build.uuid,
                "job_name": build.job,
                "project": build.buildset.project,
                "pipeline": build.buildset.pipeline,
                "change": str(build.buildset.change),
                "patchset": str(build.buildset.patchset),
                "result": build.result,
            }
            if build.known and all(value in asked.get(name, [value]) for name, value in fields.items()):
                rows.append(build.shown_alone())
        return rows[skip : skip + limit]

    def _jenkins_job(self, request: Request, job: str) -> Response:
        """The builds of a job, newest first, as ``tree=builds[…]{0,N}`` asks for them."""
        tree = parse_qs(request.query).get("tree", [""])[0]
        found = _JENKINS_TREE.fullmatch(tree)
        builds = [build for build in self._jenkins.values() if f"/job/{build.job}" == job]
        if not builds or found is None:
            return not_found(request.path)
        rows = [build.shown(found[1]) for build in reversed(builds)][: int(found[2])]
        return _json({"_class": "hudson.model.FreeStyleProject", "builds": rows})

    def _jenkins_part(self, request: Request, found: re.Match[str]) -> Response:
        build = self._jenkins.get(found[1])
        if build is None:
            return not_found(request.path)
        if found[2] == "consoleText":
            return Response(build.console, "text/plain;charset=utf-8")
        if found[2] == "api/json":
            return _json(build.shown(parse_qs(request.query).get("tree", [""])[0]))
        data = build.artifacts.get(found[3])
        return not_found(request.path) if data is None else Response(data, "application/octet-stream")

    def _viewer(self, request: Request, found: re.Match[str]) -> Response:
        """The pages behind a comment's links: a build, a buildset, a log file with an anchor for each line."""
        tenant, kind, uuid, path = found.groups()
        known = self._builds if kind == "build" else self._buildsets
        if tenant != self.tenant or uuid not in known:
            return not_found(request.path)
        if path is None:
            return Response(f"<!DOCTYPE html>\n<title>{kind} {uuid}</title>\n<h1>{kind} {uuid}</h1>\n".encode())
        text = self._logs.text(f"/logs/{uuid[:3]}/{self.tenant}/{uuid}/{path}")
        if text is None:
            return not_found(request.path)
        lines = enumerate(text.decode("utf-8", "replace").split("\n"), start=1)
        shown = "\n".join(f'<span id="{number}">{html.escape(line)}</span>' for number, line in lines)
        return Response(f"<!DOCTYPE html>\n<title>{html.escape(path)}</title>\n<pre>{shown}</pre>\n".encode())


def _json(value: object) -> Response:
    return Response(json.dumps(value).encode(), "application/json; charset=utf-8")


def _uuid(kind: str, number: int) -> str:
    """The same ids in every run, so that texts that name them can be compared as a whole."""
    return hashlib.sha256(f"sandbox {kind} {number}".encode()).hexdigest()[:32]
