"""Builds and buildsets of the sandbox CI, and how Zuul's REST API and Jenkins show them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

Json = dict[str, object]


@dataclass(slots=True)
class Buildset:
    """One run of a pipeline for one patch set of a change."""

    uuid: str
    tenant: str
    project: str
    branch: str
    change: int
    patchset: int
    pipeline: str
    created: float
    ref_url: str
    builds: list["Build"] = field(default_factory=list)

    @property
    def result(self) -> Literal["SUCCESS", "FAILURE"]:
        """FAILURE as soon as one voting build is neither good nor skipped."""
        good = ("SUCCESS", "SKIPPED")
        return "FAILURE" if any(build.voting and build.result not in good for build in self.builds) else "SUCCESS"

    def ref(self) -> Json:
        """The change as builds and buildsets name it since version 10."""
        return {
            "project": self.project,
            "branch": self.branch,
            "change": self.change,
            "patchset": str(self.patchset),
            "ref": f"refs/changes/{self.change % 100:02d}/{self.change}/{self.patchset}",
            "oldrev": None,
            "newrev": None,
            "ref_url": self.ref_url,
        }

    def shown(self) -> Json:
        """The answer to ``buildset/UUID``."""
        known = [build for build in self.builds if build.known]
        return {
            "uuid": self.uuid,
            "result": self.result,
            "message": f"Build {'failed' if self.result == 'FAILURE' else 'succeeded'} ({self.pipeline} pipeline).\n",
            "pipeline": self.pipeline,
            "event_id": self.uuid[::-1],
            "event_timestamp": _utc(self.created),
            "first_build_start_time": _utc(min((build.end - build.duration for build in known), default=self.created)),
            "last_build_end_time": _utc(max((build.end for build in known), default=self.created)),
            "user_id": None,
            "refs": [self.ref()],
            "builds": [build.shown() for build in known],
            "events": [],
        }


@dataclass(slots=True)
class Build:
    """One build of Zuul's, its ``end`` in epoch seconds.

    ``known`` is whether the API has its row, ``log_url`` is None until logs were uploaded.
    """

    uuid: str
    job: str
    result: str
    buildset: Buildset
    voting: bool
    end: float
    duration: float
    error_detail: str | None
    final: bool
    known: bool
    log_url: str | None = None

    def shown(self) -> Json:
        """The build as a buildset holds it."""
        manifest = f"{self.log_url}zuul-manifest.json"
        artifact: Json = {"name": "Zuul Manifest", "url": manifest, "metadata": {"type": "zuul_manifest"}}
        return {
            "uuid": self.uuid,
            "job_name": self.job,
            "result": self.result,
            "held": False,
            "start_time": _utc(self.end - self.duration),
            "end_time": _utc(self.end),
            "duration": self.duration,
            "voting": self.voting,
            "log_url": self.log_url,
            "nodeset": "ubuntu-noble",
            "error_detail": self.error_detail,
            "final": self.final,
            "artifacts": [artifact] if self.log_url else [],
            "provides": [],
            "ref": self.buildset.ref(),
        }

    def shown_alone(self) -> Json:
        """The answer to ``build/UUID``, and an entry of ``builds``."""
        return self.shown() | {
            "pipeline": self.buildset.pipeline,
            "event_id": self.buildset.uuid[::-1],
            "event_timestamp": _utc(self.buildset.created),
            "buildset": {"uuid": self.buildset.uuid, "refs": [self.buildset.ref()]},
        }


@dataclass(slots=True)
class JenkinsBuild:
    """One build of a Jenkins; ``result`` is None while it runs. ``description`` is the Build Failure Analyzer's."""

    job: str
    number: int
    url: str
    result: str | None
    started: float
    duration: float
    console: bytes = b""
    artifacts: Mapping[str, bytes] = field(default_factory=dict)
    failure_text: str = ""
    description: str = ""

    def shown(self, tree: str) -> Json:
        """The answer to ``api/json``; with ``tree=result,artifacts[relativePath]`` those keys only."""
        artifacts = [
            {"displayPath": path, "fileName": path.rpartition("/")[2], "relativePath": path} for path in self.artifacts
        ]
        whole: Json = {
            "number": self.number,
            "url": self.url,
            "building": self.result is None,
            "result": self.result,
            "timestamp": int(self.started * 1000),
            "duration": int(self.duration * 1000),
            "fullDisplayName": f"{self.job} #{self.number}",
            "artifacts": artifacts,
        }
        wanted = {part.partition("[")[0] for part in tree.split(",")} if tree else set(whole)
        if "artifacts[relativePath]" in tree:
            whole["artifacts"] = [{"relativePath": path} for path in self.artifacts]
        return {"_class": "hudson.model.FreeStyleBuild"} | {key: whole[key] for key in whole if key in wanted}


def _utc(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"
