"""Which matches count in a build, and what is shown of them."""

import pytest

from gerritbot_er.codec import from_json, to_json
from gerritbot_er.model import (
    Build,
    BuildAnswer,
    BuildVerdict,
    Case,
    Change,
    CIReport,
    Evidence,
    Match,
    Outcome,
    Signature,
    Verdict,
)
from gerritbot_er.signatures.library import Library
from gerritbot_er.triage.classify import judge, judge_report, of_other_tests
from gerritbot_er.triage.work import unquoted

BUILD = Build("b", "unit", "FAILURE", "zuul", "example/widgets", "main", 7, 2, 0)
LINE = Evidence("pulling docker.io/library/redis: toomanyrequests", "job-output.txt", 7)
FURTHER = Evidence("request req-1 password=hunter2 refused", "screen-n-cpu.txt", 40)
PLAIN = Signature("plain", "toomanyrequests")
TESTS = Signature("tests", "toomanyrequests", test_ids=("a.TestB.test_c", "a.TestB.test_d"))
CAPTURING = Signature("capturing", "q", capture=r"pulling (?P<image>\S+):|request (?P<request_id>\S+)|=(?P<pass>\S+)")
LIBRARY = Library((PLAIN, TESTS, CAPTURING))
UNKNOWN = "tests was found, but counts only where certain tests failed, and whether they did is not known"


def answer(*signatures: Signature, failed: set[str] | None = None, partial: bool = False) -> BuildAnswer:
    tests = None if failed is None else frozenset(failed)
    return BuildAnswer(tuple(Match(one.name, LINE) for one in signatures), partial, failed_tests=tests)


@pytest.mark.parametrize(
    ("given", "outcome", "bugs", "notes"),
    [
        (answer(TESTS, failed={"a.TestB.test_d[smoke]"}), Outcome.EXPLAINED, ["tests"], ()),
        (answer(TESTS, failed={"a.TestB.test_e"}), Outcome.UNEXPLAINED, [], ()),
        (answer(TESTS, failed=set()), Outcome.UNEXPLAINED, [], ()),
        (answer(TESTS), Outcome.UNDECIDED, [], (UNKNOWN,)),
        (answer(TESTS, failed={"a.TestB.test_e"}, partial=True), Outcome.UNDECIDED, [], (UNKNOWN,)),
        (answer(TESTS, failed={"a.TestB.test_c"}, partial=True), Outcome.EXPLAINED, ["tests"], ()),
        (answer(TESTS, PLAIN), Outcome.EXPLAINED, ["plain"], (UNKNOWN,)),
        (answer(TESTS, PLAIN, failed={"a.TestB.test_c"}), Outcome.EXPLAINED, ["plain", "tests"], ()),
    ],
)
def test_a_signature_that_names_tests(
    given: BuildAnswer, outcome: Outcome, bugs: list[str], notes: tuple[str, ...]
) -> None:
    found = judge(BUILD, given, LIBRARY)
    assert (found.outcome, [match.signature for match in found.bugs], found.notes) == (outcome, bugs, notes)


def test_without_logs_nobody_knows_which_tests_failed() -> None:
    build = Build("b", "unit", "ERROR", "zuul", "example/widgets", "main", 7, 2, 0, detail="toomanyrequests")
    found = judge_report(build, LIBRARY, Outcome.UNEXPLAINED)
    assert [match.signature for match in found.bugs] == ["plain"]
    assert found.notes == (UNKNOWN,)
    alone = judge_report(build, Library((TESTS,)), Outcome.NO_LOGS)
    assert (alone.outcome, alone.bugs, alone.notes) == (Outcome.NO_LOGS, (), (UNKNOWN,))


def test_what_was_found_of_other_tests() -> None:
    asked = (PLAIN, TESTS)
    assert [match.signature for match in of_other_tests(answer(*asked, failed={"z"}), asked)] == ["tests"]
    assert of_other_tests(answer(*asked, failed={"a.TestB.test_c"}), asked) == ()
    assert of_other_tests(answer(*asked), asked) == ()


def captured_of(match: Match) -> Match:
    (found,) = judge(BUILD, BuildAnswer((match,)), LIBRARY).bugs
    return found


def test_what_is_captured_comes_from_every_proving_line_without_its_secrets() -> None:
    found = captured_of(Match("capturing", LINE, (FURTHER,)))
    assert found.captured == (("image", "docker.io/library/redis"), ("request_id", "req-1"))
    assert found.more == (Evidence("request req-1 password=*** refused", "screen-n-cpu.txt", 40),)
    secret = captured_of(Match("capturing", Evidence("password=hunter2", "job-output.txt")))
    assert secret.captured == ()


def test_a_report_has_no_line_to_capture_from() -> None:
    assert captured_of(Match("capturing")) == Match("capturing")


def test_what_was_captured_and_further_lines_are_kept_in_the_state() -> None:
    report = CIReport("zuul", Change(7, "example/widgets", "main"), 2, 0, (), failed=True, digest="d")
    found = judge(BUILD, BuildAnswer((Match("capturing", LINE, (FURTHER,)),)), LIBRARY)
    whole = Verdict(Case("c", "k", report, 1.0), (found,))
    assert from_json(Verdict, to_json(whole)) == whole
    old = to_json(whole).replace(',"more":[', ',"x":[').replace('"captured"', '"y"')
    assert from_json(Verdict, old).bugs == ("capturing",), "what an earlier version wrote is read"


def test_where_no_line_may_be_quoted_nothing_out_of_one_is_kept() -> None:
    found = unquoted(judge(BUILD, BuildAnswer((Match("capturing", LINE, (FURTHER,)),)), LIBRARY))
    assert found == BuildVerdict(
        BUILD,
        Outcome.EXPLAINED,
        (Match("capturing", Evidence("", "job-output.txt", 7), (Evidence("", "screen-n-cpu.txt", 40),)),),
    )
