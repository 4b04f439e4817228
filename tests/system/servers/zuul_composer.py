"""Program: reads a report as JSON, writes the comment that Zuul's Gerrit reporter composes of it, as JSON.

Zuul is there without the thirty packages it depends on; what it imports of them is replaced by placeholders, since the
text of a comment is composed by Zuul's own code alone. Builds, jobs and pipelines are plain namespaces with the
attributes that this code reads; every piece of wording is Zuul's.
"""

# ruff: noqa: PLC0415 - Zuul can be imported once the placeholders are in place

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import logging
import sys
import types
from collections.abc import Sequence
from configparser import ConfigParser
from types import ModuleType, SimpleNamespace
from typing import Any

HOST = "review.example.org"
FIRST_CHANGE = 800123


class _AnythingKind(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls


class Anything(metaclass=_AnythingKind):
    """A placeholder that may be called, subclassed, asked for attributes, or used as a decorator without effect."""

    def __new__(cls, *words: Any, **_options: Any) -> Any:
        return words[0] if len(words) == 1 and callable(words[0]) else super().__new__(cls)

    def __init__(self, *words: Any, **options: Any) -> None:
        pass

    def __init_subclass__(cls, **options: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything

    def __call__(self, *words: Any, **_options: Any) -> Any:
        return words[0] if len(words) == 1 and callable(words[0]) else self

    def __or__(self, other: Any) -> Any:
        return self

    __ror__ = __or__


class _Placeholder(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        # Zuul derives exceptions of its own from some of these, beside real ones.
        return type(name, (Exception,), {}) if name.endswith(("Error", "Exception", "Failure")) else Anything


class Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes a placeholder of every module that is neither Python's nor Zuul's; the last of the finders."""

    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        top = name.partition(".")[0]
        if top == "zuul" or top in sys.stdlib_module_names:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = _Placeholder(spec.name)
        module.__path__ = []  # a package, whose modules are asked of us again
        return module

    def exec_module(self, module: ModuleType) -> None:
        pass


def compose(report: dict[str, Any]) -> str:
    """The comment on the first change of ``report`` (see ``zuul_comments.comment`` for its fields)."""
    from zuul.driver.gerrit.gerritreporter import GerritReporter  # type: ignore[import-not-found]

    posted: list[str] = []
    connection = SimpleNamespace(
        canonical_hostname=HOST,
        sched=SimpleNamespace(config=ConfigParser()),
        review=lambda _item, _change, message, *_rest, **_more: posted.append(message),
    )
    reporter = GerritReporter(None, connection, {})
    reporter.setAction(report["action"])
    reporter.report(_item(report))
    return posted[0]


def _item(report: dict[str, Any]) -> Any:
    """A queue item: the real methods that format it, over what they read of it."""
    from zuul import model  # type: ignore[import-not-found]

    jobs = [_job(build) for build in report["builds"]]
    error = report["config_error"]
    found = [SimpleNamespace(error=error, short_error=None, key=SimpleNamespace(context=None, mark=None))]
    build_set = _safe(
        {"uuid": report["buildset"]},
        result={"success": "SUCCESS", "start": None, "dequeue": "DEQUEUED"}.get(report["action"], "FAILURE"),
        warning_messages=list(report["warnings"]),
        debug_messages=[],
        has_blocking_errors=bool(error),
        getBuilds=lambda: [build for _, build in jobs],
        getBuild=lambda wanted: next(build for job, build in jobs if job is wanted),
    )
    item = SimpleNamespace(
        event=None,
        log=logging.getLogger("composer"),
        changes=[_change(FIRST_CHANGE + index) for index in range(report["cycle"])],
        current_build_set=build_set,
        manager=SimpleNamespace(
            pipeline=_pipeline(report),
            tenant=_safe({"name": "openstack"}, web_root=report["web_root"] or None),
        ),
        dequeued_needing_change=None,
        dequeued_missing_requirements=False,
        didMergerFail=lambda: report["merge_conflict"],
        getJobs=lambda: [job for job, _ in jobs],
        warning=build_set.warning_messages.append,
        getConfigErrors=lambda errors=True, **_kinds: found if error and errors else [],
    )
    item.getChangeForJob = lambda _job: item.changes[0]
    for method in ("formatJobResult", "formatItemUrl", "formatUrlPattern"):
        setattr(item, method, types.MethodType(getattr(model.QueueItem, method), item))
    return item


def _pipeline(report: dict[str, Any]) -> Any:
    # The messages that a pipeline has by default, from zuul/configloader.py.
    return _safe(
        {"name": report["pipeline"]},
        failure_message=report["failure_message"],
        success_message=report["success_message"],
        footer_message=report["footer"],
        start_message="Starting {pipeline.name} jobs.",
        dequeue_message="Build canceled.",
        no_jobs_message="",
        enqueue_message="",
        merge_conflict_message=(
            "Merge Failed.\n\nThis change or one of its cross-repo dependencies was unable to be automatically merged "
            "with the current state of its repository. Please rebase the change and upload a new patchset."
        ),
    )


def _job(build: dict[str, Any]) -> tuple[Any, Any]:
    job = _safe(
        {"name": build["job"]},
        voting=build["voting"],
        failure_message=build["failure_message"] or None,
        success_message=build["success_message"] or None,
    )
    started = build["seconds"] is not None
    finished = _safe(
        {"uuid": build["uuid"], "result": build["result"], "error_detail": build["detail"] or None},
        start_time=1000.0 if started else None,
        end_time=1000.0 + build["seconds"] if started else None,
        result_data={},
        job=SimpleNamespace(all_refs=[]),
    )
    return job, finished


def _change(number: int) -> Any:
    from zuul import model
    from zuul.driver.gerrit.gerritsource import GerritSource  # type: ignore[import-not-found]

    source = GerritSource.__new__(GerritSource)
    source.connection = SimpleNamespace(canonical_hostname=HOST)
    change = model.Change.__new__(model.Change)
    project = SimpleNamespace(name="openstack/nova", canonical_name=f"{HOST}/openstack/nova", source=source)
    change.__dict__.update(
        number=number,
        patchset=1,
        branch="master",
        files=[],
        commentable_files=None,
        cache_key=str(number),
        url=f"https://{HOST}/c/openstack/nova/+/{number}",
        project=project,
    )
    change.getSafeAttributes = lambda: model.Attributes(number=number, patchset=1, project=project.name)
    return change


def _safe(attributes: dict[str, Any], **more: Any) -> Any:
    """A namespace whose ``getSafeAttributes`` gives ``attributes``, as Zuul's objects do for message patterns."""
    from zuul import model

    return SimpleNamespace(**attributes, **more, getSafeAttributes=lambda: model.Attributes(**attributes))


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    sys.meta_path.append(Absent())
    json.dump(compose(json.load(sys.stdin)), sys.stdout)
