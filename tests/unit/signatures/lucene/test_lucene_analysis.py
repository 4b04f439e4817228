"""Tokens, as the standard analyzer of Lucene 9 (Elasticsearch 8, OpenSearch 2) gave them for the same texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.signatures.lucene.analysis import tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("___ -- *** []", []),
        ("[ERROR] nova.compute.manager", ["error", "nova.compute.manager"]),
        ("foo_bar __init__ _a", ["foo_bar", "__init__", "_a"]),
        ("key:value a:1 1:2 ::x", ["key:value", "a", "1", "1", "2", "x"]),
        ("can't u'x' 'a'", ["can't", "u'x", "a"]),
        ("1,024 2.5 1;2 a,b a;b", ["1,024", "2.5", "1;2", "a", "b", "a", "b"]),
        ("a.1 1.a a_.b a..b .a.", ["a", "1", "1", "a", "a_", "b", "a", "b", "a"]),
        ("screen-n-cpu.txt/2013-12-01T10:00:00.5Z", ["screen", "n", "cpu.txt", "2013", "12", "01t10", "00", "00.5z"]),
        ("ÜNÏ cafe\u0301s Σας İ", ["ünï", "cafe\u0301s", "σας", "i"]),
        ("中文 ひら カタカナ 한글 ไทย", ["中", "文", "ひ", "ら", "カタカナ", "한글", "ไทย"]),
        ("カa カ_a", ["カ", "a", "カ_a"]),
        ("א'ב א\"ב א'", ["א'ב", 'א"ב', "א'"]),
        ("א.ב' א\"ב'ג אב'", ["א.ב", 'א"ב', "ג", "אב'"]),
        ("a👍🏻 🏻🏻 👍\ufe0f\u200d\u200d🏻", ["a", "👍🏻", "🏻🏻", "👍\ufe0f", "🏻"]),
        ("a\u02e5\u058a 1\ufe102 \u0600", ["a", "1\ufe102"]),
        (
            "👍🏻 👩\u200d👩 🇩🇪🇫🇷 #\ufe0f\u20e3 #1 ★ ✓ ©",
            ["👍🏻", "👩\u200d👩", "🇩🇪", "🇫🇷", "#\ufe0f\u20e3", "1", "★", "©"],
        ),
        ("\u2139a \u2139\u200d👍", ["\u2139a", "\u2139\u200d👍"]),
        ("a\u00adb a\u200bb\ufeffc", ["a\u00adb", "a", "b\ufeffc"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_a_long_token_goes_on_after_255_characters() -> None:
    assert tokens("A" * 300) == ["a" * 255, "a" * 45]
    assert tokens("a" * 254 + "." + "b" * 300) == ["a" * 254, "b" * 255, "b" * 45]
    assert tokens("é" * 300) == ["é" * 255, "é" * 45]
    assert tokens("_" * 600 + "a") == ["_" * 254 + "a"]
    assert tokens("é " + "_" * 600 + "a") == ["é", "_" * 254 + "a"]


@given(st.text())
def test_a_token_has_no_blank_and_no_more_than_255_units(text: str) -> None:
    for token in tokens(text):
        assert token
        assert " " not in token
        assert len(token.encode("utf-16-le", "surrogatepass")) <= 510


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_ascii_is_read_alike_beside_other_text(text: str) -> None:
    assert tokens(f"{text} é") == [*tokens(text), "é"]


@given(st.lists(st.text(alphabet=st.characters(exclude_characters=" "))))
def test_words_are_read_alike_alone_and_in_a_line(words: list[str]) -> None:
    assert tokens(" ".join(words)) == [token for word in words for token in tokens(word)]
