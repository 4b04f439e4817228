"""Zuul's REST answers, as a real Zuul 14.3 gave them, become facts."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.builds.zuul import from_build, from_buildset
from gerritbot_er.model import BuildFacts, Change, CIReport, ReportedBuild

CAPTURED = Path("../shared/data/events/captured-zuul/rest")
PAGES = "https://zuul.example.org/t/example"

Json = dict[str, object]


def _report(*builds: ReportedBuild, truncated: bool = False) -> CIReport:
    change = Change(7, "openstack/nova", "master")
    return CIReport("zuul", change, 2, 1_700_000_000, builds, failed=True, digest="d", truncated=truncated)


def _row(job: str, result: str, uuid: str, **more: object) -> Json:
    ref = {"project": "openstack/nova", "branch": "master", "change": 7, "patchset": "2", "ref": "refs/changes/07/7/2"}
    row: Json = {"uuid": uuid, "job_name": job, "result": result, "voting": True, "log_url": None, "final": True}
    return row | {"error_detail": None, "start_time": None, "end_time": None, "ref": ref} | more


def test_a_row_becomes_facts() -> None:
    row = _row(
        "unit",
        "FAILURE",
        "a" * 32,
        voting=False,
        log_url="https://logs.example.org/aaa/",
        error_detail="it \x1b[31mbroke",
        start_time="2026-11-21T09:51:58",
        end_time="2026-11-21T09:52:13",
    )
    assert from_build(row, frozenset({(7, 2)}), PAGES) == BuildFacts(
        uuid="a" * 32,
        job="unit",
        result="FAILURE",
        voting=False,
        url=f"{PAGES}/build/{'a' * 32}",
        detail="it broke",
        log_url="https://logs.example.org/aaa/",
        changes=frozenset({(7, 2)}),
        started_at=1795254718.0,
        ended_at=1795254733.0,
    )


def test_earlier_attempts_stand_with_the_last_one_newest_first() -> None:
    rows = [
        _row("deploy", "RETRY", "1" * 32, final=False, log_url="https://l/1/", end_time="2026-11-21T09:00:00"),
        _row("deploy", "RETRY", "2" * 32, final=False, log_url="https://l/2/", end_time="2026-11-21T09:10:00"),
        _row("deploy", "RETRY_LIMIT", "3" * 32, log_url="https://l/3/", end_time="2026-11-21T09:20:00"),
        _row("deploy", "RETRY", "0" * 32, final=False, end_time="2026-11-21T08:00:00"),
        _row("other", "SUCCESS", "4" * 32),
    ]
    (found,) = from_buildset({"builds": rows}, _report(ReportedBuild("deploy", "RETRY_LIMIT", "3" * 32)), PAGES)
    assert (found.uuid, found.log_url, found.attempts) == ("3" * 32, "https://l/3/", ("https://l/2/", "https://l/1/"))
    assert found.attempt_uuids == ("2" * 32, "1" * 32, "0" * 32), "of one without a folder documents may have come"


def test_all_changes_of_a_cycle_are_named() -> None:
    other = {"change": 9, "patchset": "4", "project": "openstack/neutron"}
    answer: Json = {"refs": [{"change": 7, "patchset": "2"}, other], "builds": [_row("unit", "FAILURE", "5" * 32)]}
    (found,) = from_buildset(answer, _report(ReportedBuild("unit", "FAILURE", "5" * 32)), PAGES)
    assert found.changes == {(7, 2), (9, 4)}


def test_before_version_10_the_change_stood_at_the_top() -> None:
    old = _row("unit", "FAILURE", "6" * 32, ref="refs/changes/07/7/2", change=7, patchset="2", project="openstack/nova")
    (found,) = from_buildset({"builds": [old]}, _report(ReportedBuild("unit", "FAILURE", "6" * 32)), PAGES)
    assert found.changes == {(7, 2)}


def test_a_truncated_report_gets_all_of_its_buildset() -> None:
    answer: Json = {"builds": [_row("a", "FAILURE", "7" * 32), _row("b", "SUCCESS", "8" * 32)]}
    report = _report(ReportedBuild("a", "FAILURE", "7" * 32))
    assert [facts.job for facts in from_buildset(answer, report, PAGES)] == ["a"]
    assert [facts.job for facts in from_buildset(answer, replace(report, truncated=True), PAGES)] == ["a", "b"]


@pytest.mark.skipif(not CAPTURED.is_dir(), reason="needs ../shared/data (captured answers of a real Zuul)")
def test_the_captured_buildset_of_many_jobs() -> None:
    answer = json.loads((CAPTURED / "buildset_failure_many_jobs.json").read_text())
    found = {facts.job: facts for facts in from_buildset(answer, _report(truncated=True), PAGES)}
    assert {job: facts.result for job, facts in found.items()} == {
        "tox-pass": "SUCCESS",
        "unit-tests": "SUCCESS",
        "unit-py312": "FAILURE",
        "slow-tests": "TIMED_OUT",
        "publish-docs": "POST_FAILURE",
        "flaky-setup": "RETRY_LIMIT",
        "needs-node": "NODE_FAILURE",
        "experimental": "FAILURE",
        "integration-after-unit": "SKIPPED",
    }
    assert len(found["flaky-setup"].attempts) == 1
    assert found["needs-node"].detail == "Node(set) request af647fd2938b4db8af510bac16d52aa7 failed"
    assert found["needs-node"].log_url is None
    assert not found["experimental"].voting
    assert {facts.changes for facts in found.values()} == {frozenset({(1, 1)})}


@pytest.mark.skipif(not CAPTURED.is_dir(), reason="needs ../shared/data (captured answers of a real Zuul)")
def test_every_captured_build_is_read() -> None:
    paths = sorted(CAPTURED.glob("build_*.json"))
    assert paths
    for path in paths:
        row = json.loads(path.read_text())
        facts = from_build(row, frozenset(), PAGES)
        assert (facts.uuid, facts.job, facts.result) == (row["uuid"], row["job_name"], row["result"])
        assert facts.started_at is not None
        assert facts.ended_at is not None
        assert abs(facts.ended_at - facts.started_at - row["duration"]) <= 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["builds", "refs", "ref", "uuid", "job_name", "result", "final", "change", "log_url"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["builds", "refs", "ref", "buildset", "change", "patchset"]), _JSON))
def test_an_answer_of_any_shape_is_read_without_harm(answer: Json) -> None:
    for facts in from_buildset(answer, _report(truncated=True), PAGES):
        assert facts.job
