"""The builds that a target of ``explain`` means, each with all that is needed to read its logs.

A URL needs no configuration: the host that was typed and the log hosts that its server names may be asked; private
addresses only where the typed host is private itself.  A change and a uuid are looked up as the configuration says.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from gerritbot_er.builds import build_info, client_for
from gerritbot_er.builds.answers import ask, number, text
from gerritbot_er.builds.zuul import from_build
from gerritbot_er.ci import find_report
from gerritbot_er.ci.build_urls import job_of, pipeline_of, uuid_of
from gerritbot_er.errors import Misconfigured, Transient
from gerritbot_er.gerrit.history import GerritHistory
from gerritbot_er.gerrit.ssh import Connection
from gerritbot_er.http_client.addresses import is_public, resolve
from gerritbot_er.model import Build, BuildFacts, Change, CIReport, ReportedBuild
from gerritbot_er.ports import Clock
from gerritbot_er.settings import CI, LocalStore, LogStore, Settings
from gerritbot_er.triage.cases import builds_of, with_facts

from .explain_target import AskedChange, JenkinsPage, LogFolder, Page, ZuulPage

_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
_THIS_MACHINE = ("127.0.0.0/8", "::1/128")
_PLAIN_HOST = re.compile(r"[A-Za-z0-9._:-]+")
"""A host's name that is no pattern."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One build to explain: the CI it ran at and the log store to search.

    ``known`` is whether anybody said anything of the build; where only its logs are known, no scope can be checked.
    ``told`` is whether its CI's own server told of it: without that nobody knows whether there are logs.
    """

    build: Build
    ci: CI
    store: LogStore
    known: bool = True
    told: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """What a target came to: its builds, and in ``words`` how they were found or why there are none."""

    subjects: tuple[Subject, ...]
    words: str = ""


def of_page(page: Page, clock: Clock) -> Asked:
    """The build of a URL.  Transient where its CI does not know it (yet)."""
    private = private_networks(page.host)
    store = LocalStore(kind="local", workers=1, allow_private=private)
    if isinstance(page, ZuulPage):
        ci = CI(name="zuul", kind="zuul", account="-", log_store="local", web=page.web, tenant=page.tenant)
        build = _zuul_build(ci, page.uuid, clock)
        return Asked((Subject(build, _with_log_hosts(ci, build), store),))
    if isinstance(page, JenkinsPage):
        parts = urlsplit(page.url)
        ci = CI(name="jenkins", kind="jenkins", account="-", log_store="local", web=f"{parts.scheme}://{parts.netloc}")
        build = _jenkins_build(ci, page.url, clock)
        return Asked((Subject(build, _with_log_hosts(ci, build), store),))
    ci = CI(name="logs", kind="jenkins", account="-", log_store="local")
    build = _folder_build(page, clock)
    return Asked((Subject(build, _with_log_hosts(ci, build), store, known=False),))


def of_uuid(uuid: str, settings: Settings, clock: Clock) -> Asked:
    """A build of the first Zuul of the configuration."""
    for ci in settings.cis:
        if ci.kind == "zuul" and ci.web and ci.tenant:
            return Asked((Subject(_zuul_build(ci, uuid, clock), ci, settings.log_stores[ci.log_store]),))
    raise Misconfigured(
        "no CI of the configuration is a zuul with web and tenant: add them, or give the URL of the build's page"
    )


def of_change(asked: AskedChange, settings: Settings, clock: Clock) -> Asked:
    """The failed builds of the last failing report on a patch set.  Permanent where there is no such change."""
    with closing(Connection(settings.gerrit)) as connection:
        history = GerritHistory(connection).change(asked.number)
    patchset = asked.patchset or history.patchset
    name = f"{asked.number},{patchset} of {history.change.project}"
    if patchset > history.patchset:
        return Asked((), f"There is no {name} yet: the latest patch set is {history.patchset}.")
    found = [find_report(comment, settings.cis) for comment in history.comments if comment.patchset == patchset]
    reports = [report for report in found if report is not None]
    failing = [report for report in reports if report.failed]
    if not failing:
        accounts = ", ".join(ci.account for ci in settings.cis)
        said = f"none of its {len(reports)} CI reports failed" if reports else f"it has no CI report of {accounts}"
        return Asked((), f"Nothing to explain on {name}: {said}.")
    report = failing[-1]
    ci = next(ci for ci in settings.cis if ci.name == report.ci)
    with client_for(ci, clock.monotonic) as http:
        facts = build_info(ci, http).facts(report)
    builds = with_facts(report, builds_of(report), facts)
    where = f" in the {report.pipeline} pipeline" if report.pipeline else ""
    count = "1 failed build" if len(builds) == 1 else f"{len(builds)} failed builds"
    words = f"The last failing report on {name} is of {ci.name}{where}: {count}."
    store = settings.log_stores[ci.log_store]
    return Asked(tuple(Subject(build, ci, store, told=_is_told(build, facts)) for build in builds), words)


def _is_told(build: Build, facts: Iterable[BuildFacts]) -> bool:
    """A job that never began has neither id nor page of its own, so that there is nothing to tell of."""
    never_began = build.uuid is None and build.identity in (build.job, "report")
    return never_began or any(build.identity in (fact.uuid, fact.url) for fact in facts)


def _zuul_build(ci: CI, uuid: str, clock: Clock) -> Build:
    """What Zuul's API says of a build and of its earlier attempts."""
    api = f"{ci.web}/api/tenant/{quote(ci.tenant or '', safe='')}"
    pages = f"{ci.web}/t/{quote(ci.tenant or '', safe='')}"
    with client_for(ci, clock.monotonic) as http:
        row = ask(http, f"{api}/build/{uuid}")
        if row is None:
            raise Transient(
                f"{ci.web} does not know the build {uuid} (yet): builds appear there when they have ended; "
                "see whether host and tenant are right, or try again in a minute"
            )
        alone = from_build(row, frozenset(), pages)
        if not alone.result:
            raise Transient(f"the build {uuid} still runs: try again when it has ended")
        report = _report(ci, row, alone, clock)
        facts = [found for found in build_info(ci, http).facts(report) if found.uuid == uuid]
    return with_facts(report, builds_of(report), facts or [alone])[0]


def _report(ci: CI, row: Mapping[str, object], build: BuildFacts, clock: Clock) -> CIReport:
    """The report that Zuul would make of this build alone; before version 10 the keys of ``ref`` stood at the top."""
    inner = row.get("ref")
    ref = inner if isinstance(inner, dict) else row
    buildset = row.get("buildset")
    change = Change(number(ref.get("change")) or 0, text(ref.get("project")) or "", text(ref.get("branch")) or "")
    reported = ReportedBuild(build.job, build.result, build.uuid, build.url, build.detail, voting=build.voting)
    return CIReport(
        ci=ci.name,
        change=change,
        patchset=number(ref.get("patchset")) or 0,
        at=int(build.ended_at or clock.now()),
        builds=(reported,),
        failed=True,
        digest="",
        pipeline=text(row.get("pipeline")),
        buildset=text(buildset.get("uuid")) if isinstance(buildset, dict) else None,
    )


def _jenkins_build(ci: CI, url: str, clock: Clock) -> Build:
    reported = ReportedBuild(job_of(url), "", None, url)
    report = CIReport(ci.name, Change(0, "", ""), 0, int(clock.now()), (reported,), failed=True, digest="")
    with client_for(ci, clock.monotonic) as http:
        facts = build_info(ci, http).facts(report)
    if not facts:
        raise Transient(
            f"{url} is not known at its Jenkins, or still runs: see whether the URL is right, or try again when the "
            "build has ended"
        )
    [build] = with_facts(report, builds_of(report), facts)
    return replace(build, result=facts[0].result, web_url=url)


def _folder_build(page: LogFolder, clock: Clock) -> Build:
    """Of a folder of logs only its URL tells something of the build."""
    url = page.url
    reported = ReportedBuild(job_of(url), "", uuid_of(url), url)
    report = CIReport("logs", Change(0, "", ""), 0, int(clock.now()), (reported,), failed=True, digest="")
    [build] = builds_of(replace(report, pipeline=pipeline_of(url)))
    return replace(build, log_urls=(url,), web_url=None)


def _with_log_hosts(ci: CI, build: Build) -> CI:
    hosts = {urlsplit(url).hostname or "" for url in build.log_urls}
    return replace(ci, log_hosts=tuple(sorted(host for host in hosts if _PLAIN_HOST.fullmatch(host))))


def private_networks(host: str) -> tuple[str, ...]:
    """The private networks that may be asked beside a typed host: none for one of the Internet."""
    addresses = [ipaddress.ip_address(found) for found in resolve(host, 0)]
    private = [address for address in addresses if not is_public(address)]
    if not private or len(private) < len(addresses):
        return ()
    this_machine = _THIS_MACHINE if any(address.is_loopback for address in private) else ()
    return (*_PRIVATE, *this_machine, *(str(ipaddress.ip_network(address)) for address in private))
