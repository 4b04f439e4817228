"""What counts as an answer in a comment, and what only looks like one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.model import Judgement
from gerritbot_er.triage.replies import LONGEST_BUG, ReplyLine, read_reply

CONFIRM, WRONG = ReplyLine(Judgement.CONFIRM), ReplyLine(Judgement.WRONG)
OURS = """\
Patch Set 3:

Known bug: the disk of a test machine is full
https://bugs.launchpad.net/bugs/1999001

Is it another one? ReplyLine with a line "er: wrong bug", or "er: bug NUMBER" if you know it.

gerritbot-er case 0123456789ab"""


def bug(name: str) -> ReplyLine:
    return ReplyLine(Judgement.BUG, name)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("er: wrong bug", WRONG),
        ("Patch Set 3:\n\ner: confirm", CONFIRM),
        ("Patch Set 3: Code-Review+1 Verified-1\n\n(2 comments)\n\nThank you.\n\nER:Confirmed!\n", CONFIRM),
        (
            "Patch Set 3:\n\nCopied votes on follow-up patch sets have been updated:\n* Code-Review-1\n\ner: wrong",
            WRONG,
        ),
        ("Er:   Wrong \t BUG, the disk was never full", WRONG),
        ("er: bug 1234567", bug("1234567")),
        ("er: bug #1234567.", bug("1234567")),
        ("er: BUG: CI-42, I think", bug("CI-42")),
        ("er: bug ci-42", bug("CI-42")),
        ("er: bug lp:1234567", bug("https://bugs.launchpad.net/bugs/1234567")),
        ("er: bug LP #1234567", bug("https://bugs.launchpad.net/bugs/1234567")),
        ("er: bug https://bugs.launchpad.net/nova/+bug/1234567", bug("https://bugs.launchpad.net/nova/+bug/1234567")),
        ("er: bug <HTTPS://GitHub.com/Acme/Widgets/issues/7>.", bug("https://github.com/Acme/Widgets/issues/7")),
        (
            "er: bug (https://bugs.example.org:8080/show?id=7&x=%20#c2)",
            bug("https://bugs.example.org:8080/show?id=7&x=%20#c2"),
        ),
    ],
)
def test_an_answer(text: str, answer: ReplyLine) -> None:
    assert read_reply(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "er:",
        "er: thanks",
        "er: bug",
        "er: bugs 7",
        "er: bug of ours",
        "er: bug 0",
        "er: bug 1234567890123",
        "er: bug lp",
        "er: bug javascript:alert(1)",
        "er: bug https://user:secret@bugs.example.org/7",
        "er: bug https://bugs.example.org/<script>",
        f"er: bug https://bugs.example.org/{'7' * LONGEST_BUG}",
        "er: confirmation of nothing",
        "er:\nconfirm",
        " er: confirm",
        "\ter: confirm",
        "> er: confirm",
        ">er: confirm",
        "* er: confirm",
        "I say er: confirm",
        "`er: confirm`",
        "```\ner: confirm\n```",
        "~~~ text\ner: confirm\n```\ner: confirm",
        "per: confirm",
        OURS,
        "\n".join(f"> {line}" for line in OURS.split("\n")),
    ],
)
def test_no_answer(text: str) -> None:
    assert read_reply(text) is None


def test_of_several_lines_the_last_one_counts() -> None:
    assert read_reply("er: confirm\ner: wrong bug\ner: thanks") == WRONG
    assert read_reply("er: wrong bug\n\ner: bug 7") == bug("7")
    assert read_reply("```\ner: bug 8\n```\ner: confirm\n> er: bug 9") == CONFIRM


lines = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=20).filter(
    lambda line: not re.match(r"(?i)er:| {0,3}(```|~~~)", line)
)
answers = st.sampled_from(["er: confirm", "ER: wrong bug", "er:bug 7", "Er: bug https://bugs.example.org/7 x"])


@given(before=st.lists(lines), answer=answers, after=st.lists(lines))
def test_whatever_else_a_comment_says_its_one_answer_is_found(before: list[str], answer: str, after: list[str]) -> None:
    assert read_reply("\n".join([*before, answer, *after])) == read_reply(answer) is not None


@given(text=st.text(), answer=answers)
def test_what_is_quoted_or_indented_is_no_answer(text: str, answer: str) -> None:
    quoted = [f"> {line}" for line in f"{text}\n{answer}".split("\n")]
    assert read_reply("\n".join([*quoted, f"    {answer}", f"\t{answer}"])) is None


@given(
    st.text()
    | st.from_regex(re.compile(r"er: ?bug[\s:]{0,3}[#<(]?(lp|https?://|x-)?.{0,40}", re.IGNORECASE | re.DOTALL))
)
def test_a_bug_is_a_short_number_key_or_url_whatever_is_written(text: str) -> None:
    answer = read_reply(text)
    if answer and answer.bug is not None:
        assert answer.judgement is Judgement.BUG
        assert len(answer.bug) <= LONGEST_BUG
        assert re.fullmatch(r"[1-9][0-9]*|[A-Z][A-Z0-9_]*-[1-9][0-9]*|https?://[a-z0-9][!-~]*", answer.bug)
        assert read_reply(f"er: bug {answer.bug}") == answer
