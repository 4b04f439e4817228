"""What the CI's own server knows, asked of the sandbox's Zuul and Jenkins."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from gerritbot_er.builds import build_info, client_for
from gerritbot_er.errors import Transient
from gerritbot_er.model import BuildFacts, Change, CIReport, ReportedBuild
from gerritbot_er.ports import BuildInfo
from gerritbot_er.sandbox.ci import Answer, Build, Buildset, JenkinsBuild, SandboxCI
from gerritbot_er.settings import CI


@pytest.fixture
def ci() -> Iterator[SandboxCI]:
    with SandboxCI(now=lambda: 1_795_254_900.0) as sandbox:
        yield sandbox


@pytest.fixture
def zuul(ci: SandboxCI) -> Iterator[BuildInfo]:
    settings = CI(name="zuul", kind="zuul", account="zuul", log_store="local", web=ci.url, tenant=ci.tenant)
    with client_for(settings, time.monotonic) as http:
        yield build_info(settings, http)


@pytest.fixture
def jenkins(ci: SandboxCI) -> Iterator[BuildInfo]:
    settings = CI(name="jenkins", kind="jenkins", account="jenkins", log_store="local", web=ci.url)
    with client_for(settings, time.monotonic) as http:
        yield build_info(settings, http)


def _report(*builds: ReportedBuild, buildset: Buildset | None = None) -> CIReport:
    change = Change(7, "example/app", "main")
    uuid = buildset.uuid if buildset else None
    return CIReport("zuul", change, 2, 1_795_254_900, builds, failed=True, digest="d", buildset=uuid)


def _reported(ci: SandboxCI, build: Build) -> ReportedBuild:
    return ReportedBuild(build.job, build.result, build.uuid, f"{ci.url}/t/{ci.tenant}/build/{build.uuid}")


def _facts(ci: SandboxCI, build: Build, **more: object) -> BuildFacts:
    url = f"{ci.url}/t/{ci.tenant}/build/{build.uuid}"
    at = {"changes": frozenset({(7, 2)}), "started_at": 1_795_254_817.0, "ended_at": 1_795_254_900.0}
    return BuildFacts(build.uuid, build.job, build.result, url=url, **(at | more))  # type: ignore[arg-type]


def test_one_request_for_a_whole_buildset(ci: SandboxCI, zuul: BuildInfo) -> None:
    buildset = ci.add_buildset(7, 2, project="example/app")
    first = ci.add_build(buildset, "deploy", "RETRY", final=False)
    last = ci.add_build(buildset, "deploy", "RETRY_LIMIT")
    node = ci.add_build(buildset, "unit", "NODE_FAILURE", error_detail="Node(set) request 1 failed")
    ci.add_build(buildset, "lint", "SUCCESS")
    urls = [ci.upload_logs(build.uuid, {"job-output.txt": b"x\n"}) for build in (first, last)]
    assert zuul.facts(_report(_reported(ci, last), _reported(ci, node), buildset=buildset)) == (
        _facts(ci, last, log_url=urls[1], attempts=(urls[0],), attempt_uuids=(first.uuid,)),
        _facts(ci, node, detail="Node(set) request 1 failed"),
    )
    assert [request.path for request in ci.requests()] == [f"/api/tenant/{ci.tenant}/buildset/{buildset.uuid}"]


def test_without_a_buildset_each_build_is_asked_for(ci: SandboxCI, zuul: BuildInfo) -> None:
    buildset = ci.add_buildset(7, 2, project="example/app")
    known = ci.add_build(buildset, "unit", "FAILURE")
    late = ci.add_build(buildset, "late", "FAILURE", known=False)
    report = _report(_reported(ci, known), _reported(ci, late))
    assert zuul.facts(report) == (_facts(ci, known),)
    late.known = True
    assert zuul.facts(report) == (_facts(ci, known), _facts(ci, late))


def test_a_page_without_a_root_is_asked_for_at_the_configured_server(ci: SandboxCI, zuul: BuildInfo) -> None:
    build = ci.add_build(ci.add_buildset(7, 2, project="example/app"), "unit", "FAILURE")
    assert zuul.facts(_report(replace(_reported(ci, build), url=f"build/{build.uuid}"))) == (_facts(ci, build),)


def test_a_buildset_that_is_not_there_yet_is_nothing(zuul: BuildInfo) -> None:
    report = replace(_report(ReportedBuild("unit", "FAILURE", "0" * 32)), buildset="f" * 32)
    assert zuul.facts(report) == ()


def test_logs_named_in_the_comment_need_no_request(ci: SandboxCI, zuul: BuildInfo) -> None:
    url = "http://logs.example.org/61/65361/2/check/docs/8209fb4/html/"
    assert zuul.facts(_report(ReportedBuild("docs", "FAILURE", "8209fb4", url))) == (
        BuildFacts("8209fb4", "docs", "FAILURE", url=url, log_url=url.removesuffix("html/")),
    )
    assert ci.requests() == []


def test_the_logs_of_a_job_called_build_are_no_page_at_zuul(zuul: BuildInfo) -> None:
    url = f"http://logs.example.org/61/65361/2/check/build/{'0' * 32}/"
    assert zuul.facts(_report(ReportedBuild("build", "FAILURE", "0" * 32, url))) == (
        BuildFacts("0" * 32, "build", "FAILURE", url=url, log_url=url),
    )


def test_a_server_that_is_busy_is_asked_later(ci: SandboxCI, zuul: BuildInfo) -> None:
    ci.misbehave("/api/*", Answer(503, "20"))
    with pytest.raises(Transient) as caught:
        zuul.facts(replace(_report(), buildset="f" * 32))
    assert caught.value.after == 20.0


def _line(build: JenkinsBuild, logs_url: str | None = None) -> ReportedBuild:
    return ReportedBuild(build.job, "FAILURE", url=build.url, logs_url=logs_url)


def test_jenkins_tells_the_place_of_logs_when_a_build_has_ended(ci: SandboxCI, jenkins: BuildInfo) -> None:
    build = ci.add_jenkins_build("unit", 7, None, console=b"x\n")
    assert jenkins.facts(_report(_line(build))) == ()
    build.result = "UNSTABLE"
    expected = BuildFacts(
        None,
        "unit",
        "UNSTABLE",
        url=build.url,
        log_url=build.url,
        started_at=1_795_254_900.0,
        ended_at=1_795_254_983.0,
    )
    assert jenkins.facts(_report(_line(build))) == (expected,)
    elsewhere = "https://logs.example.org/production/j1/unit/7"
    assert jenkins.facts(_report(_line(build, elsewhere))) == (replace(expected, log_url=f"{elsewhere}/"),)


def test_only_the_jenkins_of_the_configuration_is_asked(ci: SandboxCI, jenkins: BuildInfo) -> None:
    strange = ReportedBuild("unit", "FAILURE", url="http://169.254.169.254/job/unit/1/")
    assert [facts.log_url for facts in jenkins.facts(_report(strange))] == ["http://169.254.169.254/job/unit/1/"]
    assert ci.requests() == []


def test_a_build_that_jenkins_threw_away_may_have_its_logs_elsewhere(ci: SandboxCI, jenkins: BuildInfo) -> None:
    gone = ReportedBuild("unit", "FAILURE", url=f"{ci.url}/job/unit/1/")
    assert jenkins.facts(_report(gone)) == ()
    kept = replace(gone, logs_url="https://logs.example.org/unit/1")
    assert [facts.log_url for facts in jenkins.facts(_report(kept))] == ["https://logs.example.org/unit/1/"]
