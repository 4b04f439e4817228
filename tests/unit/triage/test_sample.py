"""The sample of good builds: which belong to it, in what order they are fetched, and when they are left out."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er import dependencies
from gerritbot_er.errors import Misconfigured, Permanent, Transient
from gerritbot_er.model import Build, BuildFacts, CIReport
from gerritbot_er.settings import Keep, LocalStore, Rule
from gerritbot_er.state import StoredSightings, open_sightings
from gerritbot_er.triage.cases import good_builds_of
from gerritbot_er.triage.sample import LANE, LONGEST_WAIT, MOST, Sample, SampledSightings, in_sample

from .world import UUID, FakeInfo, InlineCalls, KeptBoard, SimulatedClock, report, reported, settings


@dataclass
class FakeComparisons:
    """Keeps at once what is here: those in ``late`` are not."""

    busy: bool = False
    late: set[str] = field(default_factory=set)
    kept: list[str] = field(default_factory=list)
    trouble: Exception | None = None

    def keep(self, build: Build) -> bool:
        if self.trouble:
            raise self.trouble
        if build.identity in self.late or not build.log_urls:
            return False
        self.kept.append(build.identity)
        return True


class Counting(KeptBoard):
    """A board that counts."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def count(self, what: str, by: int = 1) -> None:
        self.counts[what] += by


class Sampling:
    """A sample of a local store, on simulated time."""

    def __init__(self, folder: Path, *, share: float = 100.0, rules: tuple[Rule, ...] = ()) -> None:
        self.clock, self.calls, self.board = SimulatedClock(), InlineCalls(), Counting()
        self.store, self.info = FakeComparisons(), FakeInfo()
        self.rung = 0
        local = LocalStore(kind="local", keep=Keep(directory=folder, successes=share))
        self.sample = Sample(
            replace(settings(folder, store="local"), log_stores={"local": local}, rules=rules),
            stores={"local": self.store},
            infos={"zuul": self.info},
            calls=self.calls,
            clock=self.clock,
            board=self.board,
            ring=self._ring,
        )

    def _ring(self) -> None:
        self.rung += 1

    def hear(self, *reports: CIReport) -> None:
        self.info.known += [_facts(str(build.uuid), build.job) for one in reports for build in one.builds]
        self.sample.heard([("key", one) for one in reports])

    def work(self, seconds: float = 0.0) -> None:
        """Everything that is due within so many seconds."""
        end = self.clock.seconds + seconds
        while True:
            for _ in range(6):
                wait = self.sample.step()
            if self.clock.seconds + max(wait, 0.001) > end:
                self.clock.seconds = end
                return
            self.clock.seconds += max(wait, 0.001)


def _facts(uuid: str, job: str) -> BuildFacts:
    return BuildFacts(uuid, job, "SUCCESS", log_url=f"https://logs.example.org/{uuid}/")


def good(number: int) -> CIReport:
    return report(reported(number, result="SUCCESS"), failed=False)


@pytest.fixture
def sampling(tmp_path: Path) -> Sampling:
    return Sampling(tmp_path)


def test_good_builds_are_fetched_one_after_the_other(sampling: Sampling) -> None:
    sampling.hear(good(1), good(2))
    assert sampling.rung == 2
    sampling.work()
    assert sampling.store.kept == [UUID(1), UUID(2)]
    assert sampling.calls.lanes == [LANE, LANE]


def test_of_a_failing_report_the_good_builds_alone_are_taken(sampling: Sampling) -> None:
    sampling.hear(report(reported(1), reported(2, result="SUCCESS"), reported(3, voting=False)))
    sampling.work()
    assert sampling.store.kept == [UUID(2)]


def test_what_never_ran_is_no_good_build() -> None:
    words = ("SKIPPED", "CANCELED", "DEQUEUED", "NO_JOBS", "NOT_BUILT", "tox_success", "SUCCESS")
    builds = [replace(reported(number, result=word), failed=False) for number, word in enumerate(words)]
    assert [build.result for _, build in good_builds_of(report(*builds))] == ["tox_success", "SUCCESS"]


def test_the_same_build_waits_once(sampling: Sampling) -> None:
    sampling.hear(good(1), good(1))
    sampling.work()
    assert sampling.store.kept == [UUID(1)]


def test_a_failed_build_that_is_being_read_comes_first(sampling: Sampling) -> None:
    sampling.store.busy = True
    sampling.hear(good(1))
    sampling.work(600)
    assert sampling.calls.lanes == []
    sampling.store.busy = False
    sampling.work(10)
    assert sampling.store.kept == [UUID(1)]


def test_logs_that_are_not_here_yet_are_asked_for_again_and_hold_up_nobody(sampling: Sampling) -> None:
    sampling.store.late = {UUID(1)}
    sampling.hear(good(1), good(2))
    sampling.work(60)
    assert sampling.store.kept == [UUID(2)]
    sampling.store.late = set()
    sampling.work(900)
    assert sampling.store.kept == [UUID(2), UUID(1)]
    assert sampling.board.counts == {}


@pytest.mark.parametrize("trouble", [None, Transient("Zuul is away"), Misconfigured("the key is refused")])
def test_after_hours_a_build_is_left_out(
    sampling: Sampling, caplog: pytest.LogCaptureFixture, trouble: Exception | None
) -> None:
    caplog.set_level(logging.INFO)
    sampling.store.late, sampling.store.trouble = {UUID(1)}, trouble
    sampling.hear(good(1))
    sampling.work(LONGEST_WAIT)
    assert 20 < len(sampling.calls.lanes) < 40
    tried = len(sampling.calls.lanes)
    sampling.work(LONGEST_WAIT)
    assert len(sampling.calls.lanes) == tried
    why = str(trouble or "its logs are not all there")
    assert caplog.messages == [f"the logs of the successful build {UUID(1)} are not kept: {why}"]
    assert sampling.board.counts == {dependencies.NOT_COMPARED: 1}


def test_what_is_refused_is_not_asked_for_again(sampling: Sampling) -> None:
    sampling.store.trouble = Permanent("the host is not asked")
    sampling.hear(good(1))
    sampling.work(3600)
    assert sampling.calls.lanes == [LANE]
    assert sampling.board.counts == {dependencies.NOT_COMPARED: 1}


def test_an_error_of_ours_is_raised(sampling: Sampling) -> None:
    sampling.store.trouble = ZeroDivisionError()
    sampling.hear(good(1))
    with pytest.raises(ZeroDivisionError):
        sampling.work()


def test_no_more_wait_than_are_bearable(sampling: Sampling, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    sampling.store.busy = True
    sampling.hear(*(good(number) for number in range(MOST + 1)))
    assert caplog.messages == [
        f"the logs of the successful build {UUID(MOST)} are not kept: {MOST} others wait already"
    ]
    assert sampling.board.counts == {dependencies.NOT_COMPARED: 1}


@pytest.mark.parametrize("rule", [Rule(mode="on", quote=False), Rule(mode="off")])
def test_of_projects_whose_lines_may_not_be_kept_none_is_taken(tmp_path: Path, rule: Rule) -> None:
    sampling = Sampling(tmp_path, rules=(rule,))
    sampling.hear(good(1))
    sampling.work()
    assert sampling.calls.lanes == []


def test_a_ci_of_another_store_is_left_alone(sampling: Sampling) -> None:
    sampling.hear(replace(good(1), ci="other"))
    sampling.work()
    assert sampling.calls.lanes == []


def test_what_is_heard_is_remembered_as_well(tmp_path: Path, sampling: Sampling) -> None:
    with open_sightings(tmp_path) as file:
        heard = SampledSightings(StoredSightings(file, sampling.clock), sampling.sample)
        heard.reported([("key", good(1))])
        with file.reading() as db:
            assert db.execute("SELECT count(*) FROM reports").fetchone()[0] == 1
    assert sampling.rung == 1


def _build(identity: str) -> Build:
    return Build(identity, "unit", "SUCCESS", "zuul", "example/app", "main", 7, 2, 0)


def test_the_share_is_kept_to() -> None:
    builds = [_build(UUID(number)) for number in range(20_000)]
    counts: Mapping[float, int] = {share: sum(in_sample(one, share) for one in builds) for share in (0, 5, 50, 100)}
    assert (counts[0], counts[100]) == (0, 20_000)
    assert 900 < counts[5] < 1100
    assert 9800 < counts[50] < 10_200


@given(st.text(max_size=40), st.floats(0, 100), st.floats(0, 100))
def test_a_larger_sample_holds_the_smaller_one(identity: str, one: float, other: float) -> None:
    build = _build(identity)
    assert in_sample(build, max(one, other)) or not in_sample(build, min(one, other))
