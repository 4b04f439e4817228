"""Why an example fails: the clause that is to blame, in the words of the file."""

import pytest

from gerritbot_er.signatures.example_checks import check_examples
from gerritbot_er.signatures.files import read_signature
from gerritbot_er.signatures.lucene import LOGSTASH_LEGACY, OPENDEV, FieldPreset


def why(text: str, fields: FieldPreset = OPENDEV) -> list[str]:
    checks = check_examples(read_signature(text, "f.yaml"), fields)
    assert all(bool(check.why) is not check.passed for check in checks)
    return [f"{check.key}[{check.number}]: {check.why}" for check in checks if not check.passed]


@pytest.mark.parametrize(
    ("query", "line", "told"),
    [
        ("message:a AND message:b", "b", ["message:a is not in it"]),
        ("message:a AND (message:b OR tags:x)", "c", ["message:a is not in it; (message:b OR tags:x) is not in it"]),
        ("message:a OR message:b", "c", ["none of message:a and message:b is in it"]),
        ("message:a", "c", ["message:a is not in it"]),
        ("message:a AND NOT tags:console", "a", ["tags:console is in it, and is excluded"]),
        ("message:a AND tags:console", "a", []),
        ("+message:a message:b", "a", []),
    ],
)
def test_a_line_that_is_not_matched(query: str, line: str, told: list[str]) -> None:
    assert why(f"query: {query}\nexamples: {{match: [{line}]}}\n") == [f"match[0]: {one}" for one in told]


def test_a_line_that_is_matched() -> None:
    assert why("query: message:a message:b\nexamples: {no-match: [c, b, a b]}\n") == [
        "no-match[1]: message:b is in it",
        "no-match[2]: message:a and message:b are in it",
    ]


def test_of_several_lines_the_nearest_tells() -> None:
    assert why("query: message:a AND message:b\nexamples: {match: [[c, a]]}\n") == [
        "match[0]: message:b is not in it",
    ]


def test_the_fields_decide() -> None:
    text = "query: message:a AND tags:CONSOLE\nexamples: {match: [a]}\n"
    assert why(text) == []
    assert why(text, LOGSTASH_LEGACY) == ["match[0]: tags:CONSOLE is not in it"]


COMPOUND = "all_of: [message:a, message:b]\nany_of: [message:c, message:d]\nnone_of: message:x\nwithin: 3 lines\n"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("[a, b, c]", []),
        ("[a, c]", ["no line of it has message:b"]),
        ("[a, b]", ["no line of it has any of message:c and message:d"]),
        ("[a, b, d, x]", ["a line of it has message:x"]),
        ("[a, b, z, z, d]", ["it has a line for each query, but they do not go together as within asks"]),
    ],
)
def test_lines_that_do_not_belong_together(lines: str, told: list[str]) -> None:
    assert why(f"{COMPOUND}examples: {{match: [{lines}]}}\n") == [f"match[0]: {one}" for one in told]


def test_lines_that_belong_together_and_should_not() -> None:
    assert why(f"{COMPOUND}examples: {{no-match: [[a, b, c, z]]}}\n") == [
        "no-match[0]: these lines belong together: a, b and c",
    ]


def test_lines_without_a_time() -> None:
    text = "all_of: [message:a, message:b]\nwithin: 5s\nexamples: {match: [[a, b]]}\n"
    assert why(text) == [
        "match[0]: it has a line for each query, but a line of job-output.txt has no time to compare",
    ]
