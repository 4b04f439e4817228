"""The comments, whole, as contributors read them."""

from gerritbot_er.model import BuildVerdict, Evidence, Match, Outcome
from gerritbot_er.triage import wording
from gerritbot_er.triage.speaking import Say

from .worded import CI_SETTINGS, PAGE, SIGNATURES, build, comment, explained, traced, verdict

IMAGE = (("image", "docker.io/library/redis"),)


REQUEST = "req-11111111-2222-4333-8444-555555555555"


NOVA = Evidence("ERROR nova.compute: no valid host", "screen-n-cpu.txt", 40, None)


SAME = Evidence("ERROR: pull failed", "job-output.txt", 219, None)


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


def test_tokens_are_read_from_the_last_line_alone() -> None:
    assert wording.token_of("Patch Set 1:\n\nKnown bug\n\ngerritbot-er case 3f9a2c71d05b+\n") == "3f9a2c71d05b+"
    assert wording.token_of("gerritbot-er case 3f9a2c71d05b\n\nthanks!") is None
    assert wording.token_of("> gerritbot-er case 3f9a2c71d05b") is None
