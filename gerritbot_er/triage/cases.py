"""A CI report becomes a case: its key, its id, its failed builds, and what the rules say is done about it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from gerritbot_er.ci.build_urls import build_page
from gerritbot_er.model import NOT_FAILED, TEXT_KEY, Build, BuildFacts, Case, Change, CIReport, ReportedBuild
from gerritbot_er.patterns import fits_any
from gerritbot_er.settings import Rule

Mode = Literal["on", "shadow", "off"]

_UNITS = (("days", 86_400), ("hours", 3600), ("minutes", 60), ("seconds", 1))


def case_key(report: CIReport) -> str:
    """The key that the stream and the history agree on: from the comment's text alone.

    Where no build has an id or a URL, job names would be the same again after every new run, so the text counts.
    """
    if any(build.identity != build.job for build in report.builds):
        kind, what = "builds:", sorted({build.identity for build in report.builds})
    else:
        kind, what = TEXT_KEY, [report.digest]
    facts = json.dumps([report.change.number, report.patchset, report.ci, what])
    return kind + hashlib.sha256(facts.encode()).hexdigest()


def open_case(report: CIReport, opened_at: float) -> Case:
    """The case of a failing report; ``opened_at`` in UTC seconds.  Its id is 12 hex digits."""
    key = case_key(report)
    return Case(case_id(key, report.at), key, report, opened_at)


def case_id(key: str, at: int) -> str:
    """The id of the case of this key, whose report is of this second."""
    unique = f"{key}@{at}" if key.startswith(TEXT_KEY) else key
    return hashlib.sha256(unique.encode()).hexdigest()[:12]


def build_id(key: str, at: int, build: Build) -> str:
    """What tells a build from all others, those of other reports included; ``key`` and ``at`` are its report's."""
    return build.identity if build.identity not in (build.job, "report") else f"{key}@{at} {build.job}"


def rule_of(report: CIReport, rules: Iterable[Rule]) -> Rule:
    """The first rule that fits; a report that no rule names is in shadow."""
    return _rule(report.change.project, report.change.branch, report.pipeline, rules)


def may_be_kept(build: Build, rules: Iterable[Rule]) -> bool:
    """Whether the logs of a build may stay on this machine: not where no line of them may be shown or kept."""
    rule = _rule(build.project, build.branch, build.pipeline, rules)
    return rule.quote and rule.mode != "off"


def _rule(project: str, branch: str, pipeline: str | None, rules: Iterable[Rule]) -> Rule:
    for rule in rules:
        if fits_any(rule.projects, project) and fits_any(rule.branches, branch) and fits_any(rule.pipelines, pipeline):
            return rule
    return Rule(mode="shadow")


def too_old(case: Case, oldest: float) -> str | None:
    """Why nothing is said of a report that was older than ``oldest`` seconds when it was found; None where it was not.

    The server's clock may be off by hours, so what counts is a matter of days.  A report without a date is new.
    """
    if not case.report.at or case.opened_at - case.report.at <= oldest:
        return None
    unit, seconds = next(one for one in _UNITS if oldest >= 2 * one[1] or one[1] == 1)
    return f"the report is older than {oldest / seconds:g} {unit}"


def builds_of(report: CIReport) -> tuple[Build, ...]:
    """The failed builds of a report, in its order; a report without jobs is one build without a job's name."""
    if not report.builds and report.reason is not None and not report.truncated:
        return (_build(report, ReportedBuild("", "", detail=report.reason)),)
    return tuple(_build(report, reported) for reported in report.builds if reported.failed)


def good_builds_of(report: CIReport) -> tuple[tuple[ReportedBuild, Build], ...]:
    """The builds of a report that ran and did not fail, as reported and as a build."""
    none = NOT_FAILED - {"SUCCESS"}
    good = (reported for reported in report.builds if not reported.failed and reported.result not in none)
    return tuple((reported, _build(report, reported)) for reported in good)


def report_of(build: Build) -> CIReport:
    """What its CI has reported of this build alone."""
    url = build.web_url or (build.identity if build.identity.startswith(("http://", "https://")) else None)
    reported = ReportedBuild(
        build.job, build.result, build.uuid, url, voting=build.voting, failed=build.result not in NOT_FAILED
    )
    change = Change(build.change, build.project, build.branch)
    return CIReport(
        build.ci,
        change,
        build.patchset,
        build.reported_at,
        (reported,),
        failed=False,
        digest="",
        pipeline=build.pipeline,
    )


def _build(report: CIReport, reported: ReportedBuild) -> Build:
    page = build_page(reported.url or "")
    return Build(
        identity=reported.identity or "report",
        job=reported.job,
        result=reported.result,
        ci=report.ci,
        project=report.change.project,
        branch=report.change.branch,
        change=report.change.number,
        patchset=report.patchset,
        reported_at=report.at,
        pipeline=report.pipeline,
        uuid=reported.uuid,
        web_url=page.url if page and page.web and page.uuid else None,
        detail=reported.detail,
        elapsed=reported.elapsed,
        voting=reported.voting,
    )


def with_facts(report: CIReport, builds: Iterable[Build], facts: Iterable[BuildFacts]) -> tuple[Build, ...]:
    """The builds with what the CI's server knows added; of a truncated report also those that the text lost.

    A fact belongs to the build of its uuid, else of its URL.  Only a fact of this change and patch set counts, or
    one of a server that does not tell: a forged job line may name anybody's build.
    """
    ours = {(report.change.number, report.patchset)}
    known = [fact for fact in facts if not fact.changes or fact.changes & ours]
    by_name = {name: fact for fact in known for name in (fact.uuid, fact.url) if name}
    merged = []
    for build in builds:
        fact = by_name.get(build.identity) or by_name.get(build.web_url or "")
        merged.append(_merge(build, fact) if fact else build)
    if report.truncated:
        named = {build.identity for build in report.builds}
        lost = [fact for fact in known if fact.uuid and fact.uuid not in named]
        merged += [_lost(report, fact) for fact in lost if fact.result not in NOT_FAILED]
    return tuple(merged)


def vouched_for(build: Build, facts: Iterable[BuildFacts]) -> bool:
    """Whether the CI's server says that this build ran for this change and patch set."""
    ours = (build.change, build.patchset)
    return any(ours in fact.changes and build.identity in (fact.uuid, fact.url) for fact in facts)


def left_no_logs(build: Build, facts: Iterable[BuildFacts]) -> bool:
    """Whether the CI's server says that this build has ended and that nothing of it or its attempts was uploaded.

    Zuul's row gets its end, its result and its log URL in one step, so that nothing comes later.
    """
    named = [fact for fact in facts if build.identity in (fact.uuid, fact.url)]
    return any(f.ended_at is not None and f.result and not f.log_url and not f.attempts for f in named)


def _merge(build: Build, fact: BuildFacts) -> Build:
    logs = tuple(url for url in (fact.log_url, *fact.attempts) if url)
    return replace(
        build,
        job=build.job or fact.job,
        uuid=build.uuid or fact.uuid,
        log_urls=logs or build.log_urls,
        detail=build.detail or fact.detail,
        attempt_uuids=fact.attempt_uuids or build.attempt_uuids,
    )


def _lost(report: CIReport, fact: BuildFacts) -> Build:
    reported = ReportedBuild(fact.job, fact.result, fact.uuid, fact.url, fact.detail, None, fact.voting)
    return _merge(_build(report, reported), fact)
