"""Patterns of names: what fits, and that no pattern makes a name take long."""

import time

import pytest

from gerritbot_er.patterns import fits, fits_any, linear


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("unit", "unit"),
        ("*", ""),
        ("tempest-*", "tempest-full"),
        ("*-n-cpu.txt", "screen-n-cpu.txt"),
        ("a*é*", "a\nébc"),
        ("/unit-[0-9]+/", "unit-7"),
        ("/(?i)Unit/", "uNIT"),
        (r"/(?!wip)\w+/", "main"),
    ],
)
def test_fits(pattern: str, name: str) -> None:
    assert fits(pattern, name)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("unit", "unit2"),
        ("u.it", "unit"),
        ("Unit", "unit"),
        ("tempest-*", "tempest"),
        ("/unit/", "unit-7"),
        (r"/(?!wip)\w+/", "wip"),
    ],
)
def test_does_not_fit(pattern: str, name: str) -> None:
    assert not fits(pattern, name)


def test_no_patterns_fit_everything_and_an_unknown_name_nothing_else() -> None:
    assert fits_any((), None)
    assert fits_any(["a", "b"], "b")
    assert not fits_any(["*"], None)


@pytest.mark.parametrize("pattern", ["/(a+)+b/", "*a" * 40 + "b", "/(a|a)*b/", "/(a*)*(a*)*b/"])
def test_no_name_takes_long(pattern: str) -> None:
    started = time.process_time()
    assert not fits(pattern, "a" * 5000)
    assert time.process_time() - started < 1


def test_what_is_no_expression_is_said_in_words() -> None:
    with pytest.raises(ValueError, match=r"^this is no regular expression: missing \): \($"):
        linear("(")
