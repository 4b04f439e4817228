"""Compound signatures as files: what they may say, and what is told of those that could never match."""

import pytest

from gerritbot_er.model import Compound, Within
from gerritbot_er.signatures.files import read_signature
from gerritbot_er.typed_yaml import YamlProblems


def compound(text: str) -> Compound | None:
    return read_signature(text, "x.yaml").compound


def problems(text: str) -> list[str]:
    with pytest.raises(YamlProblems) as raised:
        read_signature(text, "x.yaml")
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all_of: [a, b]\n", Compound(("a", "b"))),
        ("query: a\nall_of: b\n", Compound(("a", "b"))),
        ("query: a\nnone_of: [b]\nwithin: 20 lines\n", Compound(("a",), (), ("b",), Within(lines=20))),
        ("any_of: [a, b]\nnone_of: c\nsame: host\n", Compound((), ("a", "b"), ("c",), None, ("host",))),
        (
            "all_of: [a, a]\nwithin: 1.5m\nsame: [request_id, file]\nordered: true\n",
            Compound(("a", "a"), (), (), Within(seconds=90.0), ("request_id", "file"), ordered=True),
        ),
        (
            "all_of: [a, b]\nsame: volume\ncapture: 'volume (?P<volume>\\S+)'\n",
            Compound(("a", "b"), same=("volume",)),
        ),
        ("query: a\n", None),
    ],
)
def test_what_a_file_may_say(text: str, expected: Compound | None) -> None:
    assert compound(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("none_of: [a]\n", 'query is missing; write what the log line holds, such as message:"No space left"'),
        ("query: a\nwithin: 5s\n", "within, same and ordered compare lines; name them with all_of, any_of or none_of"),
        (
            "query: a\nany_of: [b, c]\nordered: true\n",
            "ordered is about the lines of all_of: write two of them at least, or remove it",
        ),
        ("all_of: [a, b]\nsame: [file, file]\n", "same names file twice; write it once"),
        (
            "all_of: [a, b]\nnone_of: [b]\n",
            "all_of asks for what none_of forbids, so that nothing would ever match: b",
        ),
        (
            "all_of: [a, b]\nsame: volume\n",
            "same knows file, host, request_id and the named groups of capture, but not volume",
        ),
    ],
)
def test_what_could_never_match_is_told(text: str, told: str) -> None:
    assert problems(text) == [f"x.yaml:1:1: {told}"]


def test_the_place_of_a_bad_key_is_told() -> None:
    assert problems("all_of: [a, b]\nwithin: soon\n") == [
        'x.yaml:2:1: within: write how far apart the lines may be, as 5s, 2m, 1h or 20 lines, not "soon"'
    ]
