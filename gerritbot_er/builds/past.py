"""The last builds that a CI's own server knows, for backtests: Zuul's list of builds, a Jenkins job's.

Source: Zuul's REST API, ``/api/tenant/T/builds?job_name=&limit=&skip=`` (newest first; running builds and earlier
attempts are among them); Jenkins' remote access API.
"""

import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode, urlsplit

from gerritbot_er.errors import Misconfigured
from gerritbot_er.http_client import Absent, HttpClient
from gerritbot_er.model import Build

from .answers import ask, number, text
from .zuul import from_build, is_attempt

_MOST_PAGES = 20
_LEAST_ROWS = 50
_BODY = 64 * 1024 * 1024
_RUNNING = 10
"""Builds of one Jenkins job that may run now, and so stand before those that have ended."""


def tenants(http: HttpClient, web: str) -> Sequence[str] | None:
    """The tenants of the Zuul at this root; None where there is none.  Raises as ``HttpClient.get`` does."""
    answer = _listed(http, f"{web}/api/tenants")
    if answer is None:
        return None
    return [name for one in answer if (name := text(one.get("name")))]


def zuul_builds(http: HttpClient, web: str, tenant: str, jobs: Sequence[str], last: int) -> Sequence[Build]:
    """The last builds that ended, of these jobs (none: of any), newest first.

    Transient where the server does not answer, Misconfigured where it knows no such tenant.
    """
    place = quote(tenant, safe="")
    found: dict[str, Build] = {}
    size = max(last, _LEAST_ROWS)
    for page in range(_MOST_PAGES):
        asked = [("job_name", job) for job in jobs] + [("limit", str(size)), ("skip", str(page * size))]
        rows = _listed(http, f"{web}/api/tenant/{place}/builds?{urlencode(asked)}")
        if rows is None:
            raise Misconfigured(f"{web} lists no builds of the tenant {tenant}: see whether URL and tenant are right")
        for row in rows:
            build = _of_row(row, f"{web}/t/{place}")
            if build is not None and len(found) < last:
                found[build.identity] = build
        if len(found) >= last or len(rows) < size:
            break
    return tuple(found.values())


def _of_row(row: Mapping[str, object], pages: str) -> Build | None:
    """None for a build that runs, and for an attempt that was tried again."""
    facts = from_build(row, frozenset(), pages)
    if is_attempt(row) or not facts.result or not facts.uuid:
        return None
    inner = row.get("ref")
    ref = inner if isinstance(inner, dict) else row  # before version 10 its keys stood at the top
    return Build(
        identity=facts.uuid,
        job=facts.job,
        result=facts.result,
        ci=ci_name(pages),
        project=text(ref.get("project")) or "",
        branch=text(ref.get("branch")) or "",
        change=number(ref.get("change")) or 0,
        patchset=number(ref.get("patchset")) or 0,
        reported_at=int(facts.ended_at or 0),
        pipeline=text(row.get("pipeline")),
        uuid=facts.uuid,
        web_url=facts.url,
        log_urls=(facts.log_url,) if facts.log_url else (),
        detail=facts.detail,
        voting=facts.voting,
    )


def ci_name(web: str) -> str:
    """What stands for a CI that no configuration names: its host, as far as names may hold it."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", urlsplit(web).netloc)


def jenkins_builds(http: HttpClient, web: str, job: str, last: int) -> Sequence[Build]:
    """The last builds of a job that ended, newest first; ``job`` may be in folders, "folder/job".

    Transient where the server does not answer, Misconfigured where it knows no such job.
    """
    place = web + "".join(f"/job/{quote(name, safe='')}" for name in job.split("/"))
    tree = quote(f"builds[number,result,building,timestamp,duration]{{0,{last + _RUNNING}}}", safe="[],")
    answer = ask(http, f"{place}/api/json?tree={tree}")
    if answer is None:
        raise Misconfigured(
            f"{web} knows no job {job}, and lists no tenants as a Zuul does: see whether URL, tenant and job are right"
        )
    rows = answer.get("builds")
    entries = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    found = (_of_entry(row, place, job) for row in entries)
    return tuple(build for build in found if build is not None)[:last]


def _of_entry(row: Mapping[str, object], place: str, job: str) -> Build | None:
    at, result = number(row.get("number")), text(row.get("result"))
    if at is None or result is None or row.get("building") is True:
        return None
    url = f"{place}/{at}/"
    ended = (number(row.get("timestamp")) or 0) + (number(row.get("duration")) or 0)
    return Build(url, job, result, ci_name(place), "", "", 0, 0, ended // 1000, web_url=url, log_urls=(url,))


def _listed(http: HttpClient, url: str) -> Sequence[Mapping[str, object]] | None:
    """The objects of a JSON list; None where there is none, or one of something else."""
    try:
        answer = json.loads(http.read(url, most=_BODY))
    except (Absent, ValueError, RecursionError):
        return None
    rows = [one for one in answer if isinstance(one, dict)] if isinstance(answer, list) else []
    return rows if rows or answer == [] else None
