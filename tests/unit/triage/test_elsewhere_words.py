"""What comments and notices say of other changes, whole, as contributors read them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.model import BuildVerdict, Evidence, Failure, Notice, Outage, Outcome, Reach, Verdict
from gerritbot_er.settings import ChannelRule
from gerritbot_er.triage.comment_parts import sets_off
from gerritbot_er.triage.elsewhere import seen_elsewhere
from gerritbot_er.triage.elsewhere_words import elsewhere_comment
from gerritbot_er.triage.notice_words import notices, outage_begins, outage_ends, outage_words
from gerritbot_er.triage.reach_words import reach_lines, span_in_words, utc
from gerritbot_er.triage.speaking import Say
from gerritbot_er.triage.wording import Occasion, comment, token_of
from tests.unit.triage.worded import CI_SETTINGS, PAGE, SIGNATURES, build, explained, verdict

NOON = 1_800_014_400
RATE = Failure("registry-rate-limit")
GROUP = Failure("0cc175b9c0f1", known=False)
OTHER = Failure("92eb5ffee6ae", known=False)
LOG = PAGE + "0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#40"
LINE = Evidence("ERROR frobnicator: the flux capacitor is out of phase", "job-output.txt", 40, LOG)
SITE = "https://er.example.org"


def unexplained(job: str, line: str = LINE.line) -> BuildVerdict:
    return BuildVerdict(build(job), Outcome.UNEXPLAINED, lines=(replace(LINE, line=line),))


def reach(failure: Failure, others: int | None, *builds: BuildVerdict, alone: bool = False) -> Reach:
    return Reach(failure, frozenset(found.build.identity for found in builds), others, alone)


def outage(failure: Failure, changes: int = 23, **more: object) -> Outage:
    made = Outage(1, failure, NOON + 300, NOON + 900, changes, "", ("#gate",), "3f9a2c71d05b")
    return replace(made, **more)  # type: ignore[arg-type]


def known(told: Verdict, *reaches: Reach, outages: Sequence[Outage] = (), **more: object) -> str:
    occasion = Occasion(SIGNATURES, CI_SETTINGS, reaches=reaches, outages={one.failure: one for one in outages})
    text = comment(told, Say.COMMENT, told.bugs, 0, replace(occasion, **more))  # type: ignore[arg-type]
    assert text is not None
    return text


def unknown(told: Verdict, *reaches: Reach, repeats: int = 0, outages: Sequence[Outage] = (), page: str = "") -> str:
    lasting = {one.failure: one for one in outages}
    occasion = Occasion(SIGNATURES, CI_SETTINGS, page=page or None, reaches=reaches, outages=lasting)
    text = elsewhere_comment(told, [one.failure.key for one in reaches], repeats, occasion)
    assert text is not None
    return text


@pytest.mark.parametrize(
    ("others", "alone", "line"),
    [
        (14, False, "The same failure hit 14 other changes in the last 24 hours."),
        (1, False, "The same failure hit 1 other change in the last 24 hours."),
        (0, True, "Seen only on this change so far."),
        (0, False, "It hit no other change in the last 24 hours."),
    ],
)
def test_a_known_bug_is_told_with_how_many_other_changes_it_hit(others: int, line: str, *, alone: bool) -> None:
    found = explained("unit-tests", RATE.name)
    text = known(verdict(found), reach(RATE, others, found, alone=alone))
    assert f"\n\n{line}\nWhat to do: this is known and not caused by your change. Run CI again.\n" in text


def test_where_only_changes_were_hit_that_may_not_be_told_of_nothing_is_said() -> None:
    found = explained("unit-tests", RATE.name)
    assert known(verdict(found), reach(RATE, None, found)) == known(verdict(found))


def test_a_sentence_that_would_start_a_run_is_left_out_and_the_comment_is_said() -> None:
    found = explained("unit-tests", RATE.name)
    touchy = replace(CI_SETTINGS, trigger_patterns=("other change",))
    assert known(verdict(found), reach(RATE, 14, found), ci=touchy) == known(verdict(found))


def test_an_outage_stands_in_place_of_the_count() -> None:
    found = explained("unit-tests", RATE.name)
    text = known(verdict(found), reach(RATE, 22, found), outages=[outage(RATE)])
    advice = (
        "What to do: wait until it is over, then run CI again; until then it will most likely fail in the same way."
    )
    assert f"\n\nThis is an outage since 12:05 UTC, 23 changes hit.\n{advice}\n" in text
    assert "The same failure" not in text


def test_of_several_bugs_each_is_told_by_its_title() -> None:
    one, two = explained("unit-tests", RATE.name), explained("docs", "dns")
    three = explained("lint", "mirror")
    reaches = (reach(RATE, 14, one), reach(Failure("dns"), 1, two), reach(Failure("mirror"), 0, three, alone=True))
    assert (
        "\nSeen elsewhere in the last 24 hours: the image registry refused the pull (rate limit) (14 other changes);"
        " a host name could not be resolved (1 other change).\n"
    ) in known(verdict(one, two, three), *reaches)
    assert (
        "\nThis is an outage since 12:05 UTC, 23 changes hit: the image registry refused the pull (rate limit).\n"
        "Seen elsewhere in the last 24 hours: a host name could not be resolved (1 other change).\n"
    ) in known(verdict(one, two, three), *reaches, outages=[outage(RATE)])


def test_beside_a_known_bug_a_failure_without_one_is_told_with_its_reach() -> None:
    one, two, three = explained("unit-tests", RATE.name), unexplained("docs"), unexplained("lint", "ERROR what else")
    text = known(verdict(one, two, three), reach(GROUP, 7, two), elsewhere=(GROUP.key,))
    assert (
        "\ndocs: no known bug, but the same failure hit 7 other changes in the last 24 hours. lint: no known bug.\n"
    ) in text


def test_a_failure_without_a_known_bug_that_others_have() -> None:
    found = unexplained("unit-tests")
    assert (
        unknown(verdict(found), reach(GROUP, 7, found), page=SITE)
        == f"""\
No known bug, but the same failure hit 7 other changes in the last 24 hours.
Unless those changes build on yours, it is most likely not your patch.

unit-tests failed with it. job-output.txt line 40 says:

    ERROR frobnicator: the flux capacitor is out of phase

{LOG}
All that is known of it: https://er.example.org/unexplained/0cc175b9c0f1

What to do: run CI again. If it fails in the same way, tell those who look after the job.

gerritbot-er case 3f9a2c71d05b https://er.example.org/case/3f9a2c71d05b"""
    )


def test_two_such_failures_and_jobs_of_other_outcomes() -> None:
    one, two, three = (
        unexplained("unit-tests"),
        unexplained("docs"),
        unexplained("lint", "FATAL: no route to the mirror"),
    )
    rest = [BuildVerdict(build("grenade"), Outcome.NO_LOGS), unexplained("pep8", "ERROR what else")]
    told = verdict(one, two, three, *rest)
    text = unknown(told, reach(OTHER, 4, three), reach(GROUP, 1200, one, two), outages=[outage(GROUP, 1201)])
    assert (
        text
        == f"""\
No known bug, but the same failure hit 1,200 other changes in the last 24 hours.
Unless those changes build on yours, it is most likely not your patch.

unit-tests, docs failed with it. job-output.txt line 40 says:

    ERROR frobnicator: the flux capacitor is out of phase

{LOG}

lint failed in another way, which hit 4 other changes. job-output.txt line 40 says:

    FATAL: no route to the mirror

{LOG}

pep8: no known bug. grenade: no logs came.

This is an outage since 12:05 UTC, 1,201 changes hit.
What to do: wait until it is over, then run CI again; until then it will most likely fail in the same way.

gerritbot-er case 3f9a2c71d05b"""
    )
    assert text.count("\n") < 25


def test_the_same_again_is_one_line() -> None:
    found = unexplained("unit-tests")
    assert unknown(verdict(found), reach(GROUP, 9, found), repeats=2) == (
        "No known bug again, the third time on this patch set, but the same failure hit 9 other changes in the last"
        " 24 hours.\ngerritbot-er case 3f9a2c71d05b"
    )


@given(st.text(), st.text(), st.text())
def test_whatever_logs_hold_no_ci_is_set_off(job: str, line: str, file: str) -> None:
    said = Evidence(line + "\nrecheck" if len(line) % 2 else line, file, 1, f"https://logs.example.org/{file}")
    found = BuildVerdict(build(job + "recheck" if len(job) % 3 == 0 else job), Outcome.UNEXPLAINED, lines=(said,))
    for text in (
        unknown(verdict(found), reach(GROUP, 3, found)),
        unknown(verdict(found, found), reach(GROUP, 3, found)),
    ):
        assert not sets_off(text, CI_SETTINGS.trigger_patterns)
        assert token_of(text) == "3f9a2c71d05b"
        assert text.count("\n") < 25


def test_only_what_hit_enough_others_in_a_voting_build_is_spoken_of() -> None:
    one, two = unexplained("unit-tests"), unexplained("docs")
    quiet = replace(two, build=replace(two.build, voting=False))
    reaches = [reach(GROUP, 3, one), reach(OTHER, 9, quiet), reach(RATE, 30, one)]
    told = verdict(one, quiet)
    assert seen_elsewhere(told, reaches, 3, ()) == ("group 0cc175b9c0f1",)
    assert seen_elsewhere(told, reaches, 4, ()) == ()
    assert seen_elsewhere(told, reaches, 3, {"group 0cc175b9c0f1"}) == ()


def test_notices_of_failures_without_a_known_bug_go_to_channels_without_categories() -> None:
    found = unexplained("unit-tests")
    occasion = Occasion(SIGNATURES, CI_SETTINGS, page=SITE, reaches=(reach(GROUP, 7, found),))
    channels = (ChannelRule(name="#all"), ChannelRule(name="#infra", categories=("infra",)))
    assert notices(verdict(found), (GROUP.key,), occasion, channels) == (
        Notice(
            "#all",
            "example/widgets 4711,3 (check): unit-tests failed: no known bug, but the same failure hit 7 other changes"
            " in the last 24 hours https://er.example.org/unexplained/0cc175b9c0f1"
            " - https://review.example.org/c/example/widgets/+/4711",
        ),
    )


def test_an_outage_begins_and_ends_in_one_line_each() -> None:
    signature = SIGNATURES[RATE.name]
    what = outage_words(outage(RATE), signature, None, SITE)
    (begun,) = outage_begins(outage(RATE), what, verdict(), signature, (ChannelRule(name="#gate"),))
    (ended,) = outage_ends(outage(RATE), what, 3600.0)
    bug = "the image registry refused the pull (rate limit) https://bugs.example.org/browse/CI-42"
    assert begun.text == (
        f"Outage since 12:05 UTC: {bug} - 23 changes hit; further ones are not told here until it is over"
    )
    assert ended == Notice("#gate", f"Outage over: {bug} - no change hit for 1 hour; 23 changes hit since 12:05 UTC")


def test_an_outage_without_a_known_bug_is_told_by_its_line() -> None:
    made = outage(GROUP, line="ERROR \x03frobnicator:\n" + "x" * 200)
    assert outage_words(made, None, None, SITE) == (
        f'a failure without a known bug that says "ERROR frobnicator: {"x" * 100}…"'
        " https://er.example.org/unexplained/0cc175b9c0f1"
    )
    assert outage_words(outage(GROUP), None, None, None) == "a failure without a known bug"
    assert outage_words(outage(RATE), None, None, None) == "registry-rate-limit", "its file is gone"


def test_times_name_the_day_where_it_is_another() -> None:
    assert utc(NOON, NOON + 3600) == "12:00 UTC"
    assert utc(NOON, NOON + 86_400) == "2027-01-15 12:00 UTC"
    assert [span_in_words(s) for s in (1, 6, 90, 5400, 3600, 172_800)] == [
        "1 second", "6 seconds", "90 seconds", "90 minutes", "1 hour", "2 days",
    ]  # fmt: skip


def test_nothing_known_is_nothing_said() -> None:
    assert reach_lines([], {}, 1) == []
