"""The names of one test, and of others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.signatures.named_tests import any_failed, last_word

UUID = "3e6a5b1c-0000-4000-8000-00000000beef"
OTHER = "3e6a5b1c-0000-4000-8000-00000000cafe"


@pytest.mark.parametrize(
    ("wanted", "failed"),
    [
        ("a.TestB.test_c", "a.TestB.test_c"),
        ("a.TestB.test_c", f"a.TestB.test_c[id-{UUID},smoke]"),
        (f"a.TestB.test_c[id-{UUID},smoke]", "a.TestB.test_c"),
        (f"a.TestB.test_c[id-{UUID},smoke]", f"a.TestB.test_c[compute,id-{UUID.upper()}]"),
        ("a.TestB.test_c(one)", f"a.TestB.test_c[id-{UUID}](one)"),
        ("tests/unit/test_a.py::TestB::test_c", "tests.unit.test_a.TestB.test_c"),
        ("tests.unit.test_a.test_c", "tests/unit/test_a.py::test_c[x::y/z-1]"),
        ("setUpClass (a.TestB)", "setUpClass (a.TestB)"),
        (" a.TestB.test_c\n", "a.TestB.test_c"),
    ],
)
def test_one_test(wanted: str, failed: str) -> None:
    assert any_failed(["other", wanted], ["z.test_z", failed])
    assert any_failed([failed], [wanted])


@pytest.mark.parametrize(
    ("wanted", "failed"),
    [
        ("a.TestB.test_c", "a.TestB.test_cc"),
        ("test_c", "a.TestB.test_c"),
        ("a.TestB.test_c[one]", "a.TestB.test_c[two]"),
        (f"a.TestB.test_c[id-{UUID}]", f"a.TestB.test_c[id-{OTHER}]"),
        ("a.TestB.test_c(one)", f"a.TestB.test_c[id-{UUID}](two)"),
        ("a.TestB.test_c", "setUpClass (a.TestB)"),
    ],
)
def test_two_tests(wanted: str, failed: str) -> None:
    assert not any_failed([wanted], [failed])


def test_none_wanted_and_none_failed() -> None:
    assert not any_failed([], ["a"])
    assert not any_failed(["a"], [])


@pytest.mark.parametrize(
    "name",
    ["a.b.TestC.test_d[id-x,smoke]", "a/b.py::TestC::test_d[x.y]", "a.b.TestC.test_d(one)", "test_d"],
)
def test_the_last_word_is_the_same_for_all_tools(name: str) -> None:
    assert last_word(name) in ("test_d", "one")


@given(st.text(max_size=80))
def test_any_name_is_itself_once_its_blanks_are_gone(name: str) -> None:
    assert any_failed([name], [f" {name} "])
    assert isinstance(last_word(name), str)
