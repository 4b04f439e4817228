"""The comments and notices, whole, as contributors read them."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.model import (
    Build,
    BuildVerdict,
    Case,
    Change,
    CIReport,
    Evidence,
    Match,
    Notice,
    Outcome,
    Signature,
    Verdict,
)
from gerritbot_er.settings import CI, ChannelRule
from gerritbot_er.triage import wording
from gerritbot_er.triage.comment_parts import fitted, sets_off
from gerritbot_er.triage.literal import literal
from gerritbot_er.triage.notice_words import notices
from gerritbot_er.triage.speaking import Say

ZUUL = "https://zuul.example.org"
PAGE = ZUUL + "/t/example/build/"
CI_SETTINGS = CI(
    name="zuul",
    kind="zuul",
    account="zuul",
    log_store="local",
    web=ZUUL,
    tenant="example",
    log_hosts=("logs.example.org",),
)
CHANGE = Change(4711, "example/widgets", "master", "https://review.example.org/c/example/widgets/+/4711", "Keep it")
SIGNATURES = {
    s.name: s
    for s in (
        Signature(
            "registry-rate-limit",
            "q",
            title="the image registry refused the pull (rate limit)",
            bug="https://bugs.example.org/browse/CI-42",
            advice="recheck",
        ),
        Signature("1449136", "q", bug="https://bugs.launchpad.net/bugs/1449136"),
        Signature("disk-full", "q", title="the disk of a test machine is full", advice="wait"),
        Signature("dns", "q", title="a host name could not be resolved", bug="https://bugs.example.org/7"),
        Signature("mirror", "q", title="a package mirror is down", bug="https://bugs.example.org/8"),
        Signature("own-fault", "q", title="the release note is missing", advice="fix"),
    )
}
OCCASION = wording.Occasion(SIGNATURES, CI_SETTINGS)


def build(job: str, *, voting: bool = True, uuid: str = "0cc175b9c0f1b6a831c399e269772661") -> Build:
    return Build(
        identity=uuid + job,
        job=job,
        result="FAILURE",
        ci="zuul",
        project="example/widgets",
        branch="master",
        change=4711,
        patchset=3,
        reported_at=1_800_000_000,
        pipeline="check",
        uuid=uuid,
        web_url=PAGE + uuid,
        voting=voting,
    )


def explained(
    job: str, *bugs: str, line: str = "ERROR: toomanyrequests: You have reached your pull rate limit."
) -> BuildVerdict:
    b = build(job)
    evidence = Evidence(line, "job-output.txt", 217, f"{b.web_url}/log/job-output.txt#217")
    return BuildVerdict(b, Outcome.EXPLAINED, tuple(Match(bug, evidence) for bug in bugs))


def traced(job: str, *more: Evidence, captured: tuple[tuple[str, str], ...] = ()) -> BuildVerdict:
    """A build in which a compound signature found lines, of which values are shown."""
    found = explained(job, "registry-rate-limit")
    match = replace(found.bugs[0], more=more, captured=captured)
    return replace(found, bugs=(match,))


IMAGE = (("image", "docker.io/library/redis"),)
REQUEST = "req-11111111-2222-4333-8444-555555555555"
NOVA = Evidence("ERROR nova.compute: no valid host", "screen-n-cpu.txt", 40, None)
SAME = Evidence("ERROR: pull failed", "job-output.txt", 219, None)


def verdict(*builds: BuildVerdict, private: bool = False) -> Verdict:
    change = CHANGE if not private else Change(4711, "example/widgets", "master", private=True)
    report = CIReport("zuul", change, 3, 1_800_000_000, (), failed=True, digest="d", pipeline="check")
    return Verdict(Case("3f9a2c71d05b", "builds:x", report, 1_800_000_001.0), builds)


def comment(told: Verdict, *bugs: str, say: Say = Say.COMMENT, repeats: int = 0, ci: CI = CI_SETTINGS) -> str:
    text = wording.comment(told, say, bugs or told.bugs, repeats, wording.Occasion(SIGNATURES, ci))
    assert text is not None
    return text


def test_one_build_with_a_known_bug() -> None:
    assert (
        comment(verdict(explained("unit-tests", "registry-rate-limit")))
        == """\
Known bug: the image registry refused the pull (rate limit)
https://bugs.example.org/browse/CI-42

unit-tests failed with it. job-output.txt line 217 says:

    ERROR: toomanyrequests: You have reached your pull rate limit.

https://zuul.example.org/t/example/build/0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

What to do: this is known and not caused by your change. Run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case 3f9a2c71d05b"""
    )


def test_a_bug_known_by_its_number_alone() -> None:
    text = comment(verdict(explained("nova-next", "1449136", line="No matching distribution found for oslo.config")))
    assert (
        text
        == """\
Known bug: bug 1449136
https://bugs.launchpad.net/bugs/1449136

nova-next failed with it. job-output.txt line 217 says:

    No matching distribution found for oslo.config

https://zuul.example.org/t/example/build/0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

What to do: see the bug. If your change has nothing to do with it, run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case 3f9a2c71d05b"""
    )


def test_five_builds_in_25_lines() -> None:
    told = verdict(
        explained("tempest-full", "registry-rate-limit"),
        explained("nova_next", "disk-full", line="OSError: [Errno 28] No space left on device"),
        explained("grenade", "dns", "mirror", line="Could not resolve host: git.example.org"),
        explained("functional", "mirror", line="All mirrors were tried"),
        explained("<b>docs", "disk-full", line="<script>alert(1)</script> *bold* No space left on device"),
    )
    head = (
        "Known bug: the disk of a test machine is full; a host name could not be resolved; a package mirror is down"
        " and 1 more (5 of 5 failed jobs)"
    )
    text = comment(told)
    assert (
        text
        == f"""\
{head}

tempest-full: the image registry refused the pull (rate limit), https://bugs.example.org/browse/CI-42
job-output.txt line 217: {PAGE}0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

    ERROR: toomanyrequests: You have reached your pull rate limit.
nova_next: the disk of a test machine is full
job-output.txt line 217: {PAGE}0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

    OSError: [Errno 28] No space left on device
grenade: a host name could not be resolved, https://bugs.example.org/7; a package mirror is down, https://bugs.example.org/8
job-output.txt line 217: {PAGE}0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

    Could not resolve host: git.example.org
functional: a package mirror is down
job-output.txt line 217: {PAGE}0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

    All mirrors were tried
`<b>docs`: the disk of a test machine is full
job-output.txt line 217: {PAGE}0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

    <script>alert(1)</script> *bold* No space left on device

What to do: wait until the bug is fixed; until then CI will most likely fail the same way.
gerritbot-er case 3f9a2c71d05b"""
    )
    assert text.count("\n") + 1 == 25


def test_what_was_captured_stands_below_its_line() -> None:
    assert (
        comment(verdict(traced("unit-tests", captured=IMAGE)))
        == """\
Known bug: the image registry refused the pull (rate limit)
https://bugs.example.org/browse/CI-42

unit-tests failed with it. job-output.txt line 217 says:

    ERROR: toomanyrequests: You have reached your pull rate limit.

image: docker.io/library/redis
https://zuul.example.org/t/example/build/0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

What to do: this is known and not caused by your change. Run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case 3f9a2c71d05b"""
    )


def test_the_lines_of_a_compound_signature_stand_together() -> None:
    told = verdict(traced("unit-tests", SAME, NOVA, NOVA, captured=(("request_id", REQUEST), ("image", "redis:7"))))
    assert (
        comment(told)
        == f"""\
Known bug: the image registry refused the pull (rate limit)
https://bugs.example.org/browse/CI-42

unit-tests failed with it. job-output.txt line 217 says:

    ERROR: toomanyrequests: You have reached your pull rate limit.
    ERROR: pull failed
    screen-n-cpu.txt line 40: ERROR nova.compute: no valid host
    … and 1 more line

request id: {REQUEST}; image: redis:7
{PAGE}0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

What to do: this is known and not caused by your change. Run CI again.

gerritbot-er case 3f9a2c71d05b"""
    )


def test_of_several_builds_each_says_in_one_line_what_was_captured_and_where() -> None:
    report = Evidence("NODE_FAILURE", "", None, PAGE)
    link = f"{PAGE}0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217"
    told = verdict(
        traced("unit-tests", SAME, NOVA, captured=IMAGE),
        traced("functional", SAME),
        BuildVerdict(build("docs"), Outcome.EXPLAINED, (Match("dns", report, captured=(("host", "a.example.org"),)),)),
    )
    assert (
        comment(told)
        == f"""\
Known bug: a host name could not be resolved; the image registry refused the pull (rate limit) (3 of 3 failed jobs)

unit-tests: the image registry refused the pull (rate limit), https://bugs.example.org/browse/CI-42
image: docker.io/library/redis, seen in job-output.txt line 217 and 2 more lines: {link}

    ERROR: toomanyrequests: You have reached your pull rate limit.

functional: the image registry refused the pull (rate limit)
job-output.txt line 217 and 1 more line: {link}

    ERROR: toomanyrequests: You have reached your pull rate limit.

docs: a host name could not be resolved, https://bugs.example.org/7
host: a.example.org, seen in the CI's words: {PAGE}

    NODE_FAILURE

What to do: see the bug. If your change has nothing to do with it, run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case 3f9a2c71d05b"""
    )


def test_a_captured_value_is_neither_markup_nor_link_nor_a_trigger() -> None:
    shown = comment(verdict(traced("docs", captured=(("a", "[x](https://evil.example.net)"), ("b", "<b>`*x*")))))
    assert "\na: `[x](https://evil.example.net)`; b: `<b>'*x*`\n" in shown
    assert "\na: `https://evil.example.net/x`\n" in comment(
        verdict(traced("docs", captured=(("a", "https://evil.example.net/x"),)))
    )
    assert "\na: `www.evil.example.net`\n" in comment(
        verdict(traced("docs", captured=(("a", "www.evil.example.net"),)))
    )
    assert "recheck" not in comment(verdict(traced("docs", captured=(("a", "please recheck"),))))
    further = Evidence("to retry: recheck", "job-output.txt", 219, None)
    assert "recheck" not in comment(verdict(traced("docs", further, captured=IMAGE)))


def test_builds_without_a_bug_are_named() -> None:
    told = verdict(
        explained("unit-tests", "registry-rate-limit"),
        BuildVerdict(build("pep8"), Outcome.UNEXPLAINED),
        BuildVerdict(build("docs"), Outcome.UNEXPLAINED),
        BuildVerdict(build("grenade"), Outcome.WAITING),
        BuildVerdict(build("tempest"), Outcome.NO_LOGS),
        BuildVerdict(build("experimental", voting=False), Outcome.UNEXPLAINED),
    )
    assert (
        comment(told)
        == f"""\
Known bug: the image registry refused the pull (rate limit) (1 of 5 failed jobs)

unit-tests: the image registry refused the pull (rate limit), https://bugs.example.org/browse/CI-42
job-output.txt line 217: {PAGE}0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

    ERROR: toomanyrequests: You have reached your pull rate limit.

pep8, docs: no known bug. grenade: logs not here yet. tempest: no logs came.

What to do: this is known and not caused by your change. Run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case 3f9a2c71d05b"""
    )


def test_the_same_bugs_again() -> None:
    told = verdict(explained("unit-tests", "registry-rate-limit"))
    assert (
        comment(told, say=Say.AGAIN, repeats=2)
        == """\
Known bug again, the third time on this patch set: the image registry refused the pull (rate limit)
gerritbot-er case 3f9a2c71d05b"""
    )


def test_the_follow_up_tells_what_is_new() -> None:
    told = verdict(explained("unit-tests", "registry-rate-limit"), explained("docs", "own-fault", line="no note found"))
    text = comment(told, "own-fault", say=Say.ADDITION)
    assert (
        text
        == f"""\
One more known bug: the release note is missing

docs failed with it. job-output.txt line 217 says:

    no note found

{PAGE}0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

What to do: the cause lies in the change itself; mend what the log line says.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case 3f9a2c71d05b+"""
    )


def test_a_muted_bug_is_not_named() -> None:
    told = verdict(explained("unit-tests", "registry-rate-limit"), explained("docs", "disk-full"))
    assert "docs: a known bug that is muted here." in comment(told, "registry-rate-limit")


def test_the_page_stands_behind_the_case() -> None:
    occasion = wording.Occasion(SIGNATURES, CI_SETTINGS, page="https://er.example.org")
    text = wording.comment(verdict(explained("docs", "own-fault")), Say.COMMENT, ["own-fault"], 0, occasion)
    assert text is not None
    assert text.splitlines()[-1] == "gerritbot-er case 3f9a2c71d05b https://er.example.org/case/3f9a2c71d05b"
    assert wording.token_of(text) == "3f9a2c71d05b"


def test_a_line_that_would_start_ci_is_not_quoted() -> None:
    told = verdict(explained("unit-tests", "registry-rate-limit", line="to retry: recheck toomanyrequests"))
    assert (
        comment(told)
        == """\
Known bug: the image registry refused the pull (rate limit)
https://bugs.example.org/browse/CI-42

unit-tests failed with it.
https://zuul.example.org/t/example/build/0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

What to do: this is known and not caused by your change. Run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

gerritbot-er case 3f9a2c71d05b"""
    )


def test_a_job_whose_name_would_start_ci_is_not_named() -> None:
    told = verdict(explained("please-recheck", "registry-rate-limit"))
    assert "\nThe job failed with it.\n" in comment(told)


def test_how_to_answer_is_left_out_where_a_ci_listens_to_it() -> None:
    told = verdict(explained("unit-tests", "own-fault"))
    text = comment(told)
    hint = "\nDoes this fit? Answer with a line `er: confirm` or `er: wrong bug`."
    assert text.count(hint) == 1
    listening = replace(OCCASION, ci=replace(CI_SETTINGS, trigger_patterns=(r"\bconfirm\b",)))
    assert wording.comment(told, Say.COMMENT, told.bugs, 0, listening) == text.replace(hint, "")


def test_f27_a_link_that_would_start_a_run_is_left_out() -> None:
    evidence = Evidence("toomanyrequests", "recheck.log", 7, "https://logs.example.org/1/recheck.log")
    told = verdict(BuildVerdict(build("unit-tests"), Outcome.EXPLAINED, (Match("registry-rate-limit", evidence),)))
    assert comment(told) == (
        "Known bug: the image registry refused the pull (rate limit)\n"
        "https://bugs.example.org/browse/CI-42\n\n"
        "unit-tests failed with it.\n\n"
        "What to do: this is known and not caused by your change. Run CI again.\n"
        "Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.\n\n"
        "gerritbot-er case 3f9a2c71d05b"
    )


def test_a_title_that_would_start_ci_leaves_nothing_to_say() -> None:
    signatures = {"a": Signature("a", "q", title="recheck did it")}
    told = verdict(explained("docs", "a"))
    assert wording.comment(told, Say.COMMENT, ["a"], 0, wording.Occasion(signatures, CI_SETTINGS)) is None


LONG = "é" * 10_000


def test_f23_a_bug_whose_link_is_too_long_for_a_comment() -> None:
    known = {"long": Signature("long", "q", title=LONG, bug=f"https://bugs.example.org/{LONG}")}
    told = verdict(explained(LONG, "long", line=LONG))
    text = wording.comment(told, Say.COMMENT, ("long",), 0, wording.Occasion(known, CI_SETTINGS))
    assert (
        text
        == f"""\
Known bug: {"é" * 179}…

`{"é" * 99}…` failed with it. job-output.txt line 217 says:

    {"é" * 179}…

https://zuul.example.org/t/example/build/0cc175b9c0f1b6a831c399e269772661/log/job-output.txt#217

What to do: see the bug. If your change has nothing to do with it, run CI again.
Does this fit? Answer with a line `er: confirm` or `er: wrong bug`.

and 1 more line, too long for a comment

gerritbot-er case 3f9a2c71d05b"""
    )


def test_f23_a_hundred_bugs_again() -> None:
    known = {str(n): Signature(str(n), "q", title=f"{n} {LONG}") for n in range(100)}
    told = verdict(explained("unit-tests", *known))
    text = wording.comment(told, Say.AGAIN, tuple(known), 1, wording.Occasion(known, CI_SETTINGS))
    titles = "; ".join(f"{n} {'é' * 177}…" for n in range(3))
    assert text == (
        f"Known bug again, the second time on this patch set: {titles} and 97 more\ngerritbot-er case 3f9a2c71d05b"
    )


@given(st.lists(st.text(alphabet="aé😀 ", max_size=60), max_size=60), st.integers(200, 600))
def test_f23_a_text_that_is_cut_keeps_whole_lines_and_its_proof(lines: list[str], limit: int) -> None:
    last = "gerritbot-er case 3f9a2c71d05b"
    text = "\n".join([*lines, last])
    cut = fitted(text, limit)
    assert len(cut.encode()) <= max(limit, 0)
    assert wording.token_of(cut) == "3f9a2c71d05b"
    if len(text.encode()) <= limit:
        assert cut == text
        return
    *kept, told, proof = cut.split("\n\n")
    shown, rest = "\n\n".join(kept).split("\n"), iter(lines)
    assert all(line in rest for line in shown if line), "whole lines, in their order"
    assert re.fullmatch(r"and \d+ more lines?, too long for a comment", told)
    assert proof == last


def test_links_of_other_hosts_do_not_stand_in_comments() -> None:
    b = build("docs")
    evidence = Evidence("line", "x.txt", 3, "https://evil.example.net/x.txt")
    told = verdict(BuildVerdict(b, Outcome.EXPLAINED, (Match("own-fault", evidence),)))
    assert "evil" not in comment(told)


def test_tokens_are_read_from_the_last_line_alone() -> None:
    assert wording.token_of("Patch Set 1:\n\nKnown bug\n\ngerritbot-er case 3f9a2c71d05b+\n") == "3f9a2c71d05b+"
    assert wording.token_of("gerritbot-er case 3f9a2c71d05b\n\nthanks!") is None
    assert wording.token_of("> gerritbot-er case 3f9a2c71d05b") is None


def test_notices_go_to_the_channels_whose_rules_fit() -> None:
    told = verdict(explained("unit-tests", "registry-rate-limit"), explained("docs", "registry-rate-limit"))
    channels = (
        ChannelRule(name="#all"),
        ChannelRule(name="#gate", pipelines=("gate",)),
        ChannelRule(name="#infra", categories=("infra",)),
        ChannelRule(name="#widgets", projects=("example/*",)),
    )
    text = (
        "example/widgets 4711,3 (check): unit-tests, docs failed: the image registry refused the pull (rate limit)"
        " https://bugs.example.org/browse/CI-42 - https://review.example.org/c/example/widgets/+/4711"
    )
    found = notices(told, told.bugs, OCCASION, channels)
    assert found == (Notice("#all", text), Notice("#widgets", text))


def test_a_notice_says_what_was_captured_where_that_is_short() -> None:
    def told(*captured: tuple[str, str]) -> str:
        found = verdict(traced("unit-tests", captured=captured))
        (notice,) = notices(found, found.bugs, OCCASION, (ChannelRule(name="#all"),))
        return notice.text.removeprefix("example/widgets 4711,3 (check): unit-tests failed: ").removesuffix(
            " - https://review.example.org/c/example/widgets/+/4711"
        )

    bug = "the image registry refused the pull (rate limit) https://bugs.example.org/browse/CI-42"
    assert told(("image", "docker.io/library/redis")) == f"{bug} (image: docker.io/library/redis)"
    assert told(("image", "x" * 90)) == bug
    assert told(("image", "https://evil.example.net")) == bug


def test_a_notice_about_a_report_without_jobs_names_the_run() -> None:
    told = verdict(explained("", "own-fault"))
    (notice,) = notices(told, told.bugs, OCCASION, (ChannelRule(name="#all"),))
    assert notice.text.startswith("example/widgets 4711,3 (check): The CI run failed: ")


def test_a_private_change_has_no_notice() -> None:
    told = verdict(explained("docs", "own-fault"), private=True)
    assert notices(told, told.bugs, OCCASION, (ChannelRule(name="#all"),)) == ()


@given(st.text(), st.text(), st.text(), st.text())
def test_whatever_logs_hold_no_ci_is_set_off_and_no_line_is_markup(job: str, line: str, file: str, value: str) -> None:
    b = build(job + "recheck" if len(job) % 3 == 0 else job)
    evidence = Evidence(line + "\nrecheck" if len(line) % 2 else line, file, 1, f"https://logs.example.org/{file}")
    captured = (("value", value), ("other", value + "recheck" if len(value) % 2 else value))
    match = Match("dns", evidence, (evidence, replace(evidence, file=value)), captured)
    told = verdict(BuildVerdict(b, Outcome.EXPLAINED, (match, Match("mirror", evidence))))
    text = comment(told)
    text.encode()
    assert not sets_off(text, CI_SETTINGS.trigger_patterns)
    assert wording.token_of(text) == "3f9a2c71d05b"
    assert text.count("\n") < 16


@given(st.text())
def test_a_literal_name_is_plain_or_code(name: str) -> None:
    shown = literal(name)
    assert "\n" not in shown
    assert shown[0] + shown[-1] == "``" or not set(shown) & set("*<>[]()!#~|&\\")
