"""What comments and notices say of a bug's title and state, whole, as contributors read them."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.model import BugFacts, BuildVerdict, LogsSeen, Outcome, Signature, Verdict
from gerritbot_er.settings import ChannelRule
from gerritbot_er.triage import wording
from gerritbot_er.triage.bug_words import STATE_HOLDS, as_told, marked, plain_or_code, title_in_comment, title_of
from gerritbot_er.triage.comment_parts import sets_off
from gerritbot_er.triage.notice_words import notices
from gerritbot_er.triage.speaking import Say
from tests.unit.triage.worded import CI_SETTINGS, SIGNATURES, build, explained, verdict
from tests.unit.triage.world import START, UUID, World, report, reported

URL = "https://bugs.launchpad.net/bugs/1449136"
OPEN = BugFacts(URL, "No matching distribution found for a pinned package", "Triaged", False, False, START)  # noqa: FBT003 - as stored
FIXED = replace(OPEN, state="Fix Released", closed=True, fixed=True)
REFUSED = replace(OPEN, state="Won't Fix", closed=True)
DNS = BugFacts("https://bugs.example.org/7", "x", "Resolved (Fixed)", True, True, START)  # noqa: FBT003 - as stored


def comment(told: Verdict, *bugs: BugFacts, say: Say = Say.COMMENT) -> str:
    occasion = wording.Occasion(SIGNATURES, CI_SETTINGS, bugs={bug.url: bug for bug in bugs})
    text = wording.comment(told, say, told.bugs, 1, occasion)
    assert text is not None
    return text


def one() -> Verdict:
    return verdict(explained("nova-next", "1449136", line="No matching distribution found for oslo.config"))


def test_the_tracker_s_title_stands_where_the_signature_has_none() -> None:
    assert (
        comment(one(), OPEN)
        == """\
Known bug: No matching distribution found for a pinned package
https://bugs.launchpad.net/bugs/1449136

nova-next failed with it. job-output.txt line 217 says:

    No matching distribution found for oslo.config

https://zuul.example.org/t/example/build/0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

What to do: see the bug. If your change has nothing to do with it, run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case 3f9a2c71d05b"""
    )


def test_a_bug_that_is_fixed_elsewhere_already() -> None:
    assert (
        comment(one(), FIXED)
        == """\
Known bug: No matching distribution found for a pinned package
https://bugs.launchpad.net/bugs/1449136
The bug is marked Fix Released. If your branch should have the fix, say so on the bug.

nova-next failed with it. job-output.txt line 217 says:

    No matching distribution found for oslo.config

https://zuul.example.org/t/example/build/0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

What to do: see the bug. If your change has nothing to do with it, run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case 3f9a2c71d05b"""
    )


def test_a_bug_that_nobody_means_to_mend() -> None:
    assert comment(one(), REFUSED).splitlines()[:3] == [
        "Known bug: No matching distribution found for a pinned package",
        "https://bugs.launchpad.net/bugs/1449136",
        "The bug is marked Won't Fix. If it should be mended all the same, say so on the bug.",
    ]


def test_of_several_bugs_those_that_are_closed_are_marked() -> None:
    told = verdict(
        explained("nova-next", "1449136"),
        explained("unit-tests", "dns"),
        BuildVerdict(build("docs"), Outcome.UNEXPLAINED),
    )
    assert (
        comment(told, FIXED, DNS)
        == """\
Known bug: No matching distribution found for a pinned package; a host name could not be resolved (2 of 3 failed jobs)

nova-next: No matching distribution found for a pinned package, https://bugs.launchpad.net/bugs/1449136 (marked Fix Released)
job-output.txt line 217: https://zuul.example.org/t/example/build/0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

    ERROR: toomanyrequests: You have reached your pull rate limit.

unit-tests: a host name could not be resolved, https://bugs.example.org/7 (marked Resolved (Fixed))
job-output.txt line 217: https://zuul.example.org/t/example/build/0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

    ERROR: toomanyrequests: You have reached your pull rate limit.

docs: no known bug.

Where a bug is marked as closed and should be mended in your branch, say so on the bug.
What to do: see the bug. If your change has nothing to do with it, run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case 3f9a2c71d05b"""  # noqa: E501 - a comment's lines are as long as they are
    )


def test_a_second_bug_of_one_build_is_marked_behind_its_url() -> None:
    text = comment(verdict(explained("nova-next", "1449136", "dns")), DNS)
    assert text.splitlines()[2] == (
        "Also here: a host name could not be resolved, https://bugs.example.org/7 (marked Resolved (Fixed))"
    )


def test_five_builds_with_closed_bugs_are_25_lines_still() -> None:
    told = verdict(*(explained(f"job-{number}", "1449136") for number in range(5)))
    assert len(comment(told, FIXED).splitlines()) <= 27
    assert comment(told, FIXED).count("say so on the bug") == 1


def test_the_short_line_has_the_title_too() -> None:
    assert comment(one(), FIXED, say=Say.AGAIN) == (
        "Known bug again, the second time on this patch set: No matching distribution found for a pinned package\n"
        "gerritbot-er case 3f9a2c71d05b"
    )


def test_a_notice_says_where_the_bug_is_closed() -> None:
    occasion = wording.Occasion(SIGNATURES, CI_SETTINGS, bugs={URL: FIXED})
    (notice,) = notices(one(), ("1449136",), occasion, [ChannelRule(name="#gate")])
    assert notice.text == (
        "example/widgets 4711,3 (check): nova-next failed: No matching distribution found for a pinned package "
        "https://bugs.launchpad.net/bugs/1449136 (marked Fix Released) "
        "- https://review.example.org/c/example/widgets/+/4711"
    )


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("nova-compute: 100% of the tests fail (again!)", "nova-compute: 100% of the tests fail (again!)"),
        ("test_live_migration fails", "test_live_migration fails"),
        ("see [this](https://evil.example.org)", "`see [this](https://evil.example.org)`"),
        ("see http://evil.example.org", "`see http://evil.example.org`"),
        ("<script>alert(1)</script>", "`<script>alert(1)</script>`"),
        ("a `code` of **ours**", "`a 'code' of **ours**`"),
        ("__init__ is missing", "`__init__ is missing`"),
        ("mail root@example.org", "`mail root@example.org`"),
    ],
)
def test_a_title_of_others_is_plain_or_code(title: str, shown: str) -> None:
    assert comment(one(), replace(OPEN, title=title)).splitlines()[0] == f"Known bug: {shown}"


@pytest.mark.parametrize("bug", [replace(OPEN, title="recheck"), replace(FIXED, state="reverify me")])
def test_nothing_of_a_tracker_starts_a_run(bug: BugFacts) -> None:
    text = comment(one(), bug)
    assert text.splitlines()[0] == "Known bug: bug 1449136"
    assert "No matching distribution found for oslo.config" in text  # the evidence stays all the same
    assert not sets_off(text, CI_SETTINGS.trigger_patterns)


def test_a_title_of_the_signature_s_own_counts_more() -> None:
    titled = Signature("1449136", "q", title="the mirror lacks a package", bug=URL)
    assert title_of(titled, FIXED) == title_in_comment(titled, FIXED) == "the mirror lacks a package"
    assert title_of(Signature("1449136", "q"), None) == "bug 1449136"
    assert title_of(Signature("dns", "q"), None) == "dns"


def test_a_state_that_nobody_confirmed_for_a_week_is_told_no_more() -> None:
    assert as_told(FIXED, START + STATE_HOLDS) == FIXED
    old = as_told(FIXED, START + STATE_HOLDS + 1)
    assert (old.title, old.closed, old.fixed, marked(old)) == (FIXED.title, False, False, "")


@given(st.text(), st.text(), st.booleans())
def test_whatever_a_tracker_says_its_first_line_stays_one_without_links(title: str, state: str, closed: bool) -> None:  # noqa: FBT001 - drawn
    bug = BugFacts(URL, title or "x", state or "x", closed, closed, START)
    text = comment(one(), bug)
    assert text.count("\n\n") == 5
    first = text.splitlines()[0]
    assert first.startswith("Known bug: ")
    assert "://" not in first or "`" in first
    assert first.count("`") in (0, 2)


@given(st.text())
def test_text_of_others_is_made_code_once(text: str) -> None:
    assert plain_or_code(text) in (text, "`" + text.replace("`", "'") + "`")


class Known:
    """What is known of bugs."""

    def __init__(self, *bugs: BugFacts) -> None:
        self.bugs = {bug.url: bug for bug in bugs}

    def known(self, url: str) -> BugFacts | None:
        return self.bugs.get(url)


def test_the_desk_tells_what_is_known_when_it_speaks(tmp_path: Path) -> None:
    signature = Signature("1449136", 'message:"No matching distribution found"', bug=URL)
    world = World(tmp_path, (signature,), bugs=Known(replace(FIXED, seen_at=START)))
    world.arrive(report(reported(1)))
    world.store.logs[UUID(1)] = LogsSeen(500, console=True)
    world.store.hits[UUID(1)] = {"1449136": "No matching distribution found for oslo.config"}
    world.pass_(120)
    assert world.comments[0].splitlines()[:3] == [
        "Known bug: No matching distribution found for a pinned package",
        URL,
        "The bug is marked Fix Released. If your branch should have the fix, say so on the bug.",
    ]
    world.close()
