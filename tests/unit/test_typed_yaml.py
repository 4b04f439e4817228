"""YAML text becomes plain data with places, or problems that say where and what to do."""

from dataclasses import field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from gerritbot_er.cleaning import clean
from gerritbot_er.typed_yaml import Problem, YamlProblems, check, read_yaml


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Inner:
    """A part of a file."""

    names: tuple[str, ...] = ()
    loud: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Whole:
    """A file."""

    title: str
    inner: Inner = field(default_factory=Inner)
    extra: dict[str, str] = field(default_factory=dict)


ADAPTER = TypeAdapter(Whole)


def problems(text: str) -> list[str]:
    with pytest.raises(YamlProblems) as caught:
        check(read_yaml(text, "f.yaml"), ADAPTER)
    assert str(caught.value) == "\n".join(map(str, caught.value.problems))
    return [str(problem) for problem in caught.value.problems]


def test_a_right_file() -> None:
    text = "title: a\ninner:\n  names: [x, y]\n  loud: yes\n"
    assert check(read_yaml(text, "f.yaml"), ADAPTER) == Whole(title="a", inner=Inner(names=("x", "y"), loud=True))


def test_places_of_keys_and_items() -> None:
    document = read_yaml("title: a\ninner:\n  names: [x,\n    y]\n", "f.yaml")
    assert document.places[("inner", "names", 1)] == (4, 5)
    assert document.problem(("inner", "names", 7), "wrong") == Problem("f.yaml", 3, 3, "wrong")
    assert document.problem((), "wrong") == Problem("f.yaml", 1, 1, "wrong")


def test_all_errors_at_once_in_the_order_of_the_file() -> None:
    assert problems("inner:\n  names: x\n  lout: 1\nextra: []\ntitle: 3\n") == [
        'f.yaml:2:3: inner.names has to be a list, not "x"',
        'f.yaml:3:3: there is no key "lout"; did you mean "loud"?',
        "f.yaml:4:1: extra has to hold keys with their values",
        'f.yaml:5:1: title has to be text, not "3"; put it in quotes',
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1: title is missing; add it"),
        ("- a\n", "1:1: the file has to hold keys with their values"),
        ("title:\n", "1:1: title has no value; give it one, or take it out"),
        ("title: a\ntitle: b\n", '2:1: the key "title" stands here twice; keep one'),
        ("title: a\ninner: {loud: maybe}\n", '2:9: inner.loud has to be true or false, not "maybe"'),
        ("title: a\ninner: x\n", "2:1: inner has to hold keys with their values"),
        ("title: !secret a\n", '1:8: the tag "!secret" has no place here; take it out'),
        (
            "title: !!python/object/apply:os.system [ls]\n",
            '1:8: the tag "!!python/object/apply:os.system" has no place here; take it out',
        ),
        ("title: !!set {a}\n", '1:8: the tag "!!set" has no place here; take it out'),
        ("title: =\n", '1:8: "title" has a value that cannot be read; quote it'),
        ("title: !!bool maybe\n", '1:8: "title" has a value that cannot be read; quote it'),
        ('title: !!int ""\n', '1:8: "title" has a value that cannot be read; quote it'),
        ("title: !!timestamp x\n", '1:8: "title" has a value that cannot be read; quote it'),
        ("title: 2001-13-45\n", '1:8: "title" has a value that cannot be read; quote it'),
        ("title: a\n? [x]\n: y\n", "2:3: a key must be one word"),
        ("title: a\x07b\n", "1:9: the character U+0007 has no place in a YAML file; take it out"),
        ("title: a\nb: \x00\n", "2:4: the character U+0000 has no place in a YAML file; take it out"),
        (
            'title: "\\UFFFFFFFF"\n',
            "1:1: an escape such as \\U0001F600 stands for no character; write the character itself",
        ),
        ('title: "\\ud800"\n', "1:8: half of a character stands here (a lone surrogate); write it whole"),
        ('"\\ud800": a\n', "1:1: half of a character stands here (a lone surrogate); write it whole"),
        (
            "title: a\n---\ntitle: b\n",
            "2:1: this is no YAML: expected a single document in the stream, but found another document",
        ),
        ('title: "a\n', "2:1: this is no YAML: found unexpected end of stream"),
        ("\ttitle: a\n", "1:1: this is no YAML: found character '\\t' that cannot start any token"),
        ("title: *b\n", "1:8: this is no YAML: found undefined alias 'b'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, told: str) -> None:
    assert problems(text) == [f"f.yaml:{told}"]


@pytest.mark.parametrize(
    "text",
    [
        "- " * 3000,
        "{" * 3000,
        "[" * 60 + "]" * 60,
        "title: &a [*a]\n",
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{name}: &{name} [{','.join([f'*{above}'] * 9)}]\n"
            for above, name in zip("abcdefgh", "bcdefghi", strict=True)
        ),
    ],
)
def test_depth_and_bombs_of_aliases_are_refused(text: str) -> None:
    assert problems(text) == [
        (
            "f.yaml:1:1: this is no YAML that can be read: it is nested too deeply or refers to itself too often; "
            "write it out plainly"
        )
    ]


def test_a_file_that_is_too_long() -> None:
    assert problems("#" * 1024 * 1024 + "\n") == ["f.yaml:1:1: the file is over 1048576 bytes; split it"]


YAML_PIECES = st.lists(
    st.sampled_from(
        [
            "title",
            "inner",
            "names",
            "a",
            ": ",
            "\n",
            "  ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "&a ",
            "*a",
            "!",
            "!!int ",
            "? ",
            "!!timestamp ",
            "!!bool ",
            '"',
            "'",
            "\\",
            "|",
            ">-",
            "#",
            "%YAML 1.1\n",
            "---",
            "...",
            "<<",
            "~",
            "0x",
            "1e9",
            "2001-01-01",
            "\t",
            "\x85",
            "\u2028",
            "\ufeff",
            "�",
            "\x00",
            "!!binary ",
            "!!set ",
            "!!omap ",
            "\\U",
        ]
    ),
    max_size=30,
).map("".join)


@given(st.one_of(st.text(), YAML_PIECES))
def test_any_text_gives_data_or_problems(text: str) -> None:
    lines = text.count("\n") + text.count("\r") + text.count("\x85") + text.count("\u2028") + text.count("\u2029") + 2
    found: tuple[Problem, ...] = ()
    try:
        check(read_yaml(text, "f.yaml"), ADAPTER)
    except YamlProblems as error:
        found = error.problems or (Problem("f.yaml", 0, 0, "an error without a problem"),)
    assert all(1 <= problem.line <= lines and problem.column >= 1 for problem in found)
    assert all(problem.message == clean(problem.message) for problem in found)
