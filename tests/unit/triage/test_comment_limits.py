"""What does not stand in a comment: what would start a run, links of others, markup, and what is too long."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.model import BuildVerdict, Evidence, Match, Outcome, Signature
from gerritbot_er.triage import wording
from gerritbot_er.triage.comment_parts import fitted, sets_off
from gerritbot_er.triage.literal import literal
from gerritbot_er.triage.speaking import Say

from .worded import CI_SETTINGS, OCCASION, build, comment, explained, verdict


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
