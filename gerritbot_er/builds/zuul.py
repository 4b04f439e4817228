"""What Zuul knows of the builds of a report: its REST API, one request for a whole buildset.

Source: Zuul's ``web`` (``/api/tenant/T/buildset/U``, ``/api/tenant/T/build/U``), answers captured from Zuul 14.3.
Before version 10 the keys of ``ref`` stood at the top of a build and ``ref`` was a string.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

from gerritbot_er.ci.build_urls import build_page
from gerritbot_er.http_client import HttpClient
from gerritbot_er.model import BuildFacts, CIReport, ReportedBuild
from gerritbot_er.settings import CI

from .answers import ask, number, text
from .places import log_folder


class ZuulBuilds:
    """The port BuildInfo for one Zuul."""

    def __init__(self, ci: CI, http: HttpClient) -> None:
        self._http = http
        self._pages = f"{ci.web}/t/{quote(ci.tenant or '', safe='')}"
        self._api = f"{ci.web}/api/tenant/{quote(ci.tenant or '', safe='')}" if ci.web and ci.tenant else None

    def facts(self, report: CIReport) -> Sequence[BuildFacts]:
        if report.buildset and self._api:
            answer = ask(self._http, f"{self._api}/buildset/{quote(report.buildset, safe='')}")
            return () if answer is None else from_buildset(answer, report, self._pages)
        return tuple(facts for build in report.builds for facts in self._of_one(build))

    def _of_one(self, build: ReportedBuild) -> Iterator[BuildFacts]:
        """Without a buildset: of Zuul 2, and wherever the build has no page at Zuul, its URL is its logs' folder."""
        page = build_page(build.url or "")
        if build.uuid and self._api and (page or not build.url):
            answer = ask(self._http, f"{self._api}/build/{quote(build.uuid, safe='')}")
            if answer is not None:
                yield from_build(answer, _changes(answer), self._pages)
            return
        folder = build.logs_url or (None if page else log_folder(build.url))
        if folder:
            yield as_reported(build, folder)


def as_reported(build: ReportedBuild, folder: str) -> BuildFacts:
    """What the comment alone tells."""
    return BuildFacts(
        uuid=build.uuid,
        job=build.job,
        result=build.result,
        voting=build.voting,
        url=build.url,
        detail=build.detail,
        log_url=folder,
    )


def from_buildset(answer: Mapping[str, object], report: CIReport, pages: str) -> tuple[BuildFacts, ...]:
    """The builds of a buildset; earlier attempts (``RETRY``, not ``final``) stand in the facts of the last one.

    Of a report that is not truncated only the builds that it names are taken; a buildset holds the good ones too.
    """
    rows = [row for row in _list(answer.get("builds")) if text(row.get("job_name"))]
    changes = _changes(answer)
    attempts: dict[str, list[Mapping[str, object]]] = {}
    for row in sorted(rows, key=lambda row: text(row.get("end_time")) or "", reverse=True):
        if is_attempt(row):
            attempts.setdefault(str(row["job_name"]), []).append(row)
    named = {build.uuid for build in report.builds if build.uuid} | {build.job for build in report.builds}
    found = []
    for row in rows:
        if is_attempt(row) or not (report.truncated or named & {text(row.get("uuid")), text(row["job_name"])}):
            continue
        earlier = attempts.get(str(row["job_name"]), [])
        facts = from_build(row, changes | _changes(row), pages)
        found.append(replace(facts, attempts=_texts(earlier, "log_url"), attempt_uuids=_texts(earlier, "uuid")))
    return tuple(found)


def from_build(row: Mapping[str, object], changes: frozenset[tuple[int, int]], pages: str) -> BuildFacts:
    """One row of the API; ``pages`` is the tenant's root of web pages."""
    uuid = text(row.get("uuid"))
    return BuildFacts(
        uuid=uuid,
        job=text(row.get("job_name")) or "",
        result=text(row.get("result")) or "",
        voting=row.get("voting") is not False,
        url=f"{pages}/build/{quote(uuid, safe='')}" if uuid else None,
        detail=text(row.get("error_detail")),
        log_url=text(row.get("log_url")),
        changes=changes,
        started_at=_seconds(row.get("start_time")),
        ended_at=_seconds(row.get("end_time")),
    )


def is_attempt(row: Mapping[str, object]) -> bool:
    """Whether a row of the API is a build that was tried again."""
    return row.get("final") is False or row.get("result") == "RETRY"


def _texts(rows: Sequence[Mapping[str, object]], key: str) -> tuple[str, ...]:
    return tuple(value for row in rows if (value := text(row.get(key))))


def _list(value: object) -> list[Mapping[str, object]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _changes(answer: Mapping[str, object]) -> frozenset[tuple[int, int]]:
    """The (change, patch set) pairs that a build or a buildset names, all of a cycle's."""
    refs = [answer, *_list(answer.get("refs"))]
    for key in ("ref", "buildset"):
        inner = answer.get(key)
        if isinstance(inner, dict):
            refs += [inner, *_list(inner.get("refs"))]
    pairs = ((number(ref.get("change")), number(ref.get("patchset"))) for ref in refs)
    return frozenset((change, patchset) for change, patchset in pairs if change is not None and patchset is not None)


def _seconds(value: object) -> float | None:
    """Zuul's times are UTC and say no zone."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if at is None:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
