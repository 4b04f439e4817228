"""Signatures that come run over past builds: what that finds and takes back, in what order, and after a kill."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gerritbot_er import dependencies
from gerritbot_er.errors import Misconfigured, Permanent, Transient
from gerritbot_er.insight.quality import Tried
from gerritbot_er.insight.steps import Steps
from gerritbot_er.model import Compound, Evidence, Failure, Match, Outcome, Scope, Signature
from gerritbot_er.state import StoredTrials
from gerritbot_er.triage.cases import builds_of
from gerritbot_er.triage.past_builds import AT_ONCE, FIRST_REST, PATIENCE, SINCE
from gerritbot_er.triage.past_search import digest_of

from .past import DISK, DNS, EVER, LINES, Past, bare
from .world import CHANGE, START, UUID, report, reported


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    made = Past(tmp_path)
    yield made
    made.close()


def test_what_a_new_signature_explains_is_found_later_and_nothing_is_posted(past: Past) -> None:
    past.fail(1)
    past.fail(2)
    past.store.hits = {UUID(1): ("disk-full",)}
    assert past.statistics.unexplained(EVER, START, 10).builds == 2
    past.use(DISK)
    past.work()
    outcome, later, _, bugs = past.build(1)
    assert (outcome, later, bugs) == ("explained", True, ("disk-full",))
    assert past.build(2)[:2] == ("unexplained", False)
    assert past.statistics.unexplained(EVER, START, 10).builds == 1
    rates = past.statistics.failures(EVER, Steps(0, 1 << 40, 1), 5)
    assert (rates.outcomes.explained, rates.later) == (1, 1)
    (bug,) = past.statistics.bugs(EVER)
    assert (bug.signature, bug.spread.builds) == ("disk-full", 1)
    with past.state.reading() as db:
        assert db.execute("SELECT count(*) FROM outbox").fetchone()[0] == 0
    assert past.board.counts == {dependencies.EXPLAINED_LATER: 1}
    assert past.board.last == {dependencies.PAST_BUILDS: "working: every signature is through"}
    assert bare(past.tried("disk-full")) == Tried(failed=2, failed_hits=1)


def test_f46_good_builds_of_which_pages_may_not_tell_are_not_searched(past: Past) -> None:
    good = [
        (place, replace(builds_of(report(reported(place), change=replace(CHANGE, number=place)))[0], project=project))
        for place, project in ((1, "example/widgets"), (2, "secret/plans"), (3, "example/widgets"))
    ]
    past.trials = StoredTrials(past.file, past.clock, ("example/*",))
    past.store.good_builds = good
    past.sightings.made_private([(3, int(START))])
    past.start()
    past.use(DISK)
    past.work()
    asked = {identity for _, identities in past.store.asked for identity in identities}
    assert asked == {UUID(1)}
    assert bare(past.tried("disk-full")) == Tried(good=1)


def test_the_newest_come_first_and_nothing_is_searched_twice(past: Past) -> None:
    for number in range(1, 46):
        past.fail(number, ago=7200.0 - number)
    past.use(DISK)
    past.work()
    asked = [identity for _, identities in past.store.asked for identity in identities]
    assert asked == [UUID(number) for number in range(45, 0, -1)]
    assert [len(identities) for _, identities in past.store.asked] == [AT_ONCE, AT_ONCE, 5]
    past.fail(46)  # judged with the signature in use
    past.start()
    past.work()
    assert len(past.store.asked) == 3
    assert past.tried("disk-full").failed == 45


def test_one_that_comes_later_catches_up_and_then_both_go_together(past: Past) -> None:
    for number in range(1, 31):
        past.fail(number)
    past.use(DISK)
    past.work(6.0)
    past.fail(31)
    past.use(DISK, DNS)
    past.work()
    assert [(names, len(identities)) for names, identities in past.store.asked] == [
        (("disk-full",), 20),
        (("dns",), 20),
        (("dns",), 1),
        (("disk-full", "dns"), 10),
    ]
    assert (past.tried("disk-full").failed, past.tried("dns").failed) == (30, 31)


def test_what_a_changed_signature_does_not_explain_any_more_is_taken_back(past: Past) -> None:
    past.fail(1)
    past.fail(2, bugs=("disk-full",))  # at its time
    before = past.build(1)
    past.store.hits = {UUID(1): ("disk-full",), UUID(2): ("disk-full",)}
    past.use(DISK)
    past.work()
    assert past.build(1)[1]
    past.store.hits = {}
    past.use(replace(DISK, query='message:"No space left" AND message:"harmless"'))
    past.work()
    assert past.build(1) == before
    assert before[2] is not None
    assert past.build(2) == ("explained", False, None, ("disk-full",))
    assert past.statistics.unexplained(EVER, START, 10).builds == 1
    assert bare(past.tried("disk-full")) == Tried(failed=1)


def test_what_two_have_found_is_taken_back_from_one(past: Past) -> None:
    past.fail(1)
    past.store.hits = {UUID(1): ("disk-full", "dns")}
    past.use(DISK, DNS)
    past.work()
    assert past.build(1)[3] == ("disk-full", "dns")
    past.store.hits = {}
    past.use(replace(DISK, query="message:nothing"), DNS)
    past.work()
    assert past.build(1)[1:] == (True, past.build(1)[2], ("dns",))


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "the disk is full"},
        {"bug": "https://bugs.example.org/1"},
        {"advice": "recheck"},
        {"suppress_notification": True},
    ],
)
def test_words_alone_make_no_other_signature(past: Past, changed: dict[str, str]) -> None:
    past.fail(1)
    past.use(DISK)
    past.work()
    past.use(replace(DISK, **changed))  # type: ignore[arg-type]
    past.work()
    assert len(past.store.asked) == 1


@pytest.mark.parametrize(
    "changed",
    [{"query": "message:other"}, {"scope": Scope(jobs=("unit*",))}, {"test_ids": ("a.b",)}, {"allow_nonvoting": True}],
)
def test_what_decides_where_it_counts_makes_another(changed: dict[str, str]) -> None:
    assert digest_of(replace(DISK, **changed)) != digest_of(DISK)  # type: ignore[arg-type]


def test_where_no_logs_are_left_the_lines_that_tell_why_have_to_do(past: Past) -> None:
    past.fail(1)
    past.fail(2, lines=(Evidence("all is well", "job-output.txt", 1),))
    past.store.gone = {UUID(1), UUID(2)}
    past.use(DISK)
    past.work()
    assert past.build(1)[1]
    assert not past.build(2)[1]
    assert bare(past.tried("disk-full")) == Tried(lines=2, line_hits=1)
    past.use(replace(DISK, query="message:elsewhere"))
    past.work()
    assert past.build(1)[0] == "unexplained"


def test_a_store_that_keeps_nothing_has_lines_alone(past: Past) -> None:
    past.fail(1)
    past.start(logs=False)
    past.use(DISK)
    past.work()
    assert past.build(1)[3] == ("disk-full",)
    assert past.store.asked == []


def test_a_compound_signature_is_tried_on_lines_as_well(past: Past) -> None:
    lines = (Evidence("mounting volume 7", "job-output.txt", 6), *LINES)
    past.fail(1, lines=lines)
    past.fail(2)
    past.start(logs=False)
    both = Compound(all_of=('message:"mounting volume"', 'message:"No space left"'), same=("file",), ordered=True)
    never = Compound(all_of=('message:"No space left"',), none_of=("message:other",))
    past.use(Signature("both", compound=both), Signature("never", compound=never))
    past.work()
    assert past.build(1)[3] == ("both",)
    assert past.build(2)[0] == "unexplained"


def test_builds_explained_at_their_time_are_searched_where_that_asks_nobody(past: Past) -> None:
    past.fail(1, bugs=("dns",))
    past.store.hits = {UUID(1): ("disk-full",)}
    past.store.all_failures = True
    past.use(DISK)
    past.work()
    assert past.build(1) == ("explained", False, None, ("disk-full", "dns"))
    assert past.statistics.failures(EVER, Steps(0, 1 << 40, 1), 5).later == 0


def test_f46_no_count_tells_what_logs_say_of_which_no_page_may_tell(past: Past) -> None:
    past.fail(1, private=True)
    past.fail(2)
    past.store.hits = {UUID(1): ("disk-full",)}
    past.use(DISK)
    past.work()
    assert past.store.asked == [(("disk-full",), (UUID(2),))]
    assert bare(past.tried("disk-full")) == Tried(failed=1)


def test_what_is_too_old_stays_as_it_is(past: Past) -> None:
    past.fail(1, ago=SINCE + 60.0)
    past.fail(2, ago=SINCE - 3600.0)
    past.use(DISK)
    past.work()
    assert past.store.asked == [(("disk-full",), (UUID(2),))]


def test_a_scope_counts_as_it_does_at_the_time(past: Past) -> None:
    past.fail(1)
    past.store.hits = {UUID(1): ("disk-full",)}
    past.use(replace(DISK, scope=Scope(jobs=("docs",))))
    past.work()
    assert past.build(1)[0] == "unexplained"
    assert bare(past.tried("disk-full")) == Tried()


def test_good_builds_are_compared_once_and_new_ones_when_they_come(past: Past) -> None:
    good = replace(builds_of(report(reported(90)))[0], result="SUCCESS")
    past.store.good_builds = [(number, replace(good, identity=UUID(number))) for number in range(100, 125)]
    past.store.hits = {UUID(110): ("disk-full",)}
    past.use(replace(DISK, scope=Scope(results=("FAILURE",))))
    past.work()
    assert bare(past.tried("disk-full")) == Tried(good=25, good_hits=1)
    past.store.good_builds.append((130, replace(good, identity=UUID(130))))
    past.work(120.0)
    past.start()
    past.work(120.0)
    assert bare(past.tried("disk-full")) == Tried(good=26, good_hits=1)
    assert [len(identities) for _, identities in past.store.asked] == [20, 5, 1]


def test_one_that_comes_later_is_compared_with_what_others_were(past: Past) -> None:
    good = replace(builds_of(report(reported(90)))[0], result="SUCCESS")
    past.store.good_builds = [(number, replace(good, identity=UUID(number))) for number in range(100, 110)]
    past.use(DISK)
    past.work()
    past.store.good_builds = [*past.store.good_builds[5:], (120, replace(good, identity=UUID(120)))]
    past.use(DISK, DNS)
    past.work(200.0)
    assert (past.tried("disk-full").good, past.tried("dns").good) == (11, 6)


def test_more_urgent_work_comes_first(past: Past) -> None:
    past.fail(1)
    past.fail(2)
    past.use(DISK)
    past.store.busy = True
    past.work()
    assert past.store.asked == []
    past.store.busy, past.store.busy_after = False, 1
    past.work(6.0)
    assert past.tried("disk-full").failed == 1
    past.store.busy_after = 0
    past.work()
    assert past.tried("disk-full").failed == 1
    past.store.busy_after = None
    past.work()
    assert past.tried("disk-full").failed == 2


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (Transient("no answer"), "degraded: local: no answer; 1 of 1 signatures to go"),
        (Misconfigured("no rights"), "misconfigured: local: no rights; 1 of 1 signatures to go"),
    ],
)
def test_a_store_that_fails_is_left_alone_for_a_while(past: Past, trouble: Exception, said: str) -> None:
    past.fail(1)
    past.use(DISK)
    past.store.trouble = trouble
    past.work(FIRST_REST)
    assert len(past.store.asked) == 1
    assert past.board.last[dependencies.PAST_BUILDS] == said
    past.work(3600.0)
    assert len(past.store.asked) < 16
    past.store.trouble = None
    past.work(3600.0)
    assert past.tried("disk-full").failed == 1
    assert past.board.last[dependencies.PAST_BUILDS] == "working: every signature is through"


def test_what_a_store_refuses_for_good_is_passed_over(past: Past) -> None:
    past.fail(1)
    past.use(DISK)
    past.store.trouble = Permanent("too much")
    past.work()
    assert len(past.store.asked) == 1
    assert bare(past.tried("disk-full")) == Tried()


def test_a_part_that_could_not_be_searched_is_asked_for_again_a_few_times(past: Past) -> None:
    past.fail(1)
    past.use(DISK)
    past.store.partial = {UUID(1)}
    past.work(3600.0)
    assert len(past.store.asked) == PATIENCE + 1
    assert bare(past.tried("disk-full")) == Tried()


def test_a_second_look_does_not_lose_what_was_found_between(past: Past) -> None:
    verdict = past.fail(1)
    past.store.hits = {UUID(1): ("disk-full",)}
    past.use(DISK)
    past.work()
    past.judge(verdict)
    assert past.build(1)[3] == ("disk-full",)
    found = replace(verdict.builds[0], outcome=Outcome.EXPLAINED, bugs=(Match("dns", LINES[0]),), lines=())
    past.judge(replace(verdict, builds=(found,)))
    assert past.build(1) == ("explained", False, None, ("dns",))


def test_a_group_is_not_seen_where_a_bug_was_found(past: Past) -> None:
    first, second = past.fail(1), past.fail(2)
    group = past.build(1)[2]
    assert group is not None
    assert past.sightings.changes_hit(Failure(group, known=False), 0) == 2
    past.store.hits = {UUID(1): ("disk-full",)}
    past.use(DISK)
    past.work()
    assert past.sightings.changes_hit(Failure(group, known=False), 0) == 1
    assert past.sightings.changes_hit(Failure("disk-full"), 0) == 1
    assert [one.failure for one in past.sightings.reach(first, START, 86_400.0)] == [Failure("disk-full")]
    assert [one.failure for one in past.sightings.reach(second, START, 86_400.0)] == [Failure(group, known=False)]


class Killed(BaseException):
    """SIGKILL: nothing of ours may catch it."""


def test_after_a_kill_at_any_step_it_goes_on_and_counts_once(past: Past, tmp_path: Path) -> None:
    del tmp_path
    for number in range(1, 30):
        past.fail(number)
    past.store.hits = {UUID(number): ("disk-full",) for number in range(1, 30, 2)}
    past.use(DISK)
    for _ in range(60):  # every step is the last of its process, its call has ended or not
        past.worker.step()
        past.clock.seconds += 6.0
        past.worker.step()
        past.clock.seconds += 1.0
        past.start()
        past.clock.seconds += 6.0
        past.worker.step()
        past.worker.step()
    assert bare(past.tried("disk-full")) == Tried(failed=29, failed_hits=15)
    assert past.statistics.failures(EVER, Steps(0, 1 << 40, 1), 5).later == 15
