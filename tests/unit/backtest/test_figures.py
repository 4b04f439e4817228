"""What is counted, and where: a few builds, told by what was found in them."""

from dataclasses import replace

import pytest

from gerritbot_er.backtest.figures import Explained, Figures, Report, Share, report
from gerritbot_er.backtest.judging import Judge, Seen, Trial
from gerritbot_er.backtest.past import PastBuild, latest
from gerritbot_er.backtest.tables import conclusion, explained, percent
from gerritbot_er.model import Build, BuildAnswer, Evidence, Match, Scope, Signature

ONE = Signature("one", "message:one")
OTHER = Signature("other", "message:other")
BUILD = Build("", "unit", "FAILURE", "zuul", "example/app", "main", 1, 1, 0)


def past(number: int, result: str = "FAILURE", *, stands_for: float = 1.0, voting: bool = True) -> PastBuild:
    build = replace(BUILD, identity=str(number), reported_at=number, result=result, voting=voting)
    return PastBuild(build, stands_for=stands_for)


def answer(*names: str, partial: bool = False, absent: bool = False) -> BuildAnswer:
    matches = tuple(Match(name, Evidence("line", "a.log", 1)) for name in names)
    return BuildAnswer(matches, partial, absent)


def told(trial: Trial, *found: tuple[PastBuild, BuildAnswer]) -> Report:
    judge = Judge(trial)
    seen: list[Seen] = [judge.see(one, said) for one, said in found]
    return report(trial, seen, judge, 5)


def only(trial: Trial, *found: tuple[PastBuild, BuildAnswer]) -> Figures:
    [figures] = told(trial, *found).figures
    return figures


def test_hits_new_ones_and_stolen_ones() -> None:
    whole = told(
        Trial((ONE,), (OTHER,)),
        (past(1), answer("one")),
        (past(2), answer("one", "other")),
        (past(3), answer("other")),
        (past(4), answer()),
        (past(5, "SUCCESS"), answer("other")),
        (past(6, "SUCCESS"), answer("one")),
    )
    [one] = whole.figures
    assert (one.whole.failed, one.whole.successful) == (Share(2, 4, 2.0), Share(1, 2, 1.0))
    assert (one.newly, one.stolen, one.lost, one.whole.precision) == (1, (("other", Share(1, 2)),), None, 2 / 3)
    assert whole.explained == Explained(Share(2, 4, 2.0), Share(3, 4, 3.0))


def test_a_kept_build_counts_for_those_of_its_kind() -> None:
    found = [(past(number), answer("one")) for number in range(18)]
    sample = [(past(50 + number, "SUCCESS", stands_for=20.0), answer(*["one"] * (number == 0))) for number in range(20)]
    one = only(Trial((ONE,)), *found, *sample)
    assert one.whole.successful == Share(1, 20, 20.0)
    assert one.whole.precision == 18 / 38
    assert one.over(0.1)


def test_what_a_changed_signature_loses() -> None:
    trial = Trial((ONE,), (OTHER,), {"one": Signature("one", "message:before")})
    one = only(
        trial,
        (past(1), answer("one", "before/one")),
        (past(2), answer("before/one")),
        (past(3), answer("one")),
    )
    assert [signature.name for signature in trial.asked] == ["one", "other", "before/one"]
    assert (one.newly, one.lost, one.stolen) == (1, 1, ())


def test_what_was_not_searched_whole_counts_neither_way_unless_it_was_hit() -> None:
    one = only(Trial((ONE,)), (past(1), answer(partial=True)), (past(2), answer("one", partial=True)))
    assert (one.whole.failed, one.unsure) == (Share(1, 1, 1.0), 1)
    assert one.notes[-1] == "1 build could not be searched whole and count neither way"


def test_a_build_without_logs_is_judged_by_what_the_ci_says() -> None:
    node = Signature("node", "message:NODE_FAILURE")
    one = only(Trial((node,)), (past(1, "NODE_FAILURE"), answer(absent=True)), (past(2), answer(absent=True)))
    assert one.whole.failed == Share(1, 2, 1.0)


def test_scope_and_voting() -> None:
    scoped = replace(ONE, scope=Scope(results=("FAILURE",)))
    found = [
        (past(1), answer("one")),
        (past(2, "TIMED_OUT"), answer("one")),
        (past(3, "SUCCESS"), answer("one")),
        (past(4, voting=False), answer("one")),
    ]
    assert only(Trial((scoped,)), *found).whole.failed == Share(1, 1, 1.0)
    assert only(Trial((scoped,)), *found).whole.successful.hit == 1
    assert only(Trial((replace(ONE, allow_nonvoting=True),)), *found).whole.failed == Share(3, 3, 3.0)


def test_tests_that_must_have_failed() -> None:
    named = replace(ONE, test_ids=("tests.a",))
    failed = replace(answer("one"), failed_tests=frozenset({"tests.a"}))
    others = replace(answer("one"), failed_tests=frozenset({"tests.b"}))
    assert only(Trial((named,)), (past(1), failed), (past(2), others)).whole.failed == Share(1, 2, 1.0)


@pytest.mark.parametrize(
    ("failed", "good", "of", "words"),
    [
        (0, 0, 30, "It hits nothing."),
        (9, 1, 30, "Within the limit of 10 % for hits on successful builds."),
        (8, 1, 30, ("Over the limit of 10 %: 1 of 30 (3.3 %) successful builds are hit, and 11.1 % of its hits are on "
         "such builds.")),
        (90, 2, 10, ("Over the limit of 10 %: 2 of 10 (20 %) successful builds are hit, and 2.2 % of its hits are on "
         "such builds.")),
    ],
)  # fmt: skip
def test_the_limit(failed: int, good: int, of: int, words: str) -> None:
    hits = [(past(number), answer("one")) for number in range(failed)]
    fine = [(past(100 + number, "SUCCESS"), answer(*["one"] * (number < good))) for number in range(of)]
    one = only(Trial((ONE,)), *hits, *fine)
    assert (conclusion(one, 0.1).plain, one.over(0.1)) == (words, words.startswith("Over"))


def test_notes() -> None:
    nothing = only(Trial((Signature("x", 'message:a AND build_status:"FAILURE"'),)))
    assert nothing.notes == (
        "no failed build is in its scope: see its jobs, projects, branches and pipelines, or take more builds",
        "no successful build is in its scope, so that nothing tells whether its lines are harmless ones",
        "its query asks for build_status, so that it cannot hit successful builds, whatever their logs say",
    )
    assert explained(told(Trial((ONE,)))) == "No failed build was searched."


def test_samples_are_of_each_job_in_turn_the_latest_first() -> None:
    found = [(past(number), answer("one")) for number in range(8)]
    docs = PastBuild(replace(BUILD, identity="d", job="docs", reported_at=2))
    one = only(Trial((ONE,)), *found[:2], (docs, answer("one")), *found[2:])
    assert [(sample.build.job, sample.build.reported_at) for sample in one.samples] == [
        ("unit", 7),
        ("docs", 2),
        ("unit", 6),
        ("unit", 5),
        ("unit", 4),
    ]


def test_the_last_builds_that_count() -> None:
    builds = [past(3), past(1), past(2, "CANCELED"), past(4, "SUCCESS"), past(5, "SKIPPED")]
    assert [one.build.reported_at for one in latest(builds, None, None)] == [1, 3, 4]
    assert [one.build.reported_at for one in latest(builds, 2, None)] == [3, 4]
    assert [one.build.reported_at for one in latest(builds, None, 2)] == [3, 4]


@pytest.mark.parametrize(
    ("part", "words"),
    [(0, "0 %"), (0.0001, "< 0.1 %"), (0.125, "12.5 %"), (0.9999, "> 99.9 %"), (1, "100 %"), (0.1, "10 %")],
)
def test_percent(part: float, words: str) -> None:
    assert percent(part) == words
