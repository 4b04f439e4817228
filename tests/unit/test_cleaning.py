"""Text of others is made safe once, and says the same as before where it was harmless."""

from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.cleaning import clean, clean_line, clean_name

ANY_TEXT = st.text(alphabet=st.characters(codec=None, categories=None), max_size=200)
NASTY = st.lists(st.sampled_from([*"a1 \t\n\r\x00\x07\x1b\x7f\x85\u2028\u202e\ud800\u200f", "\x1b[31m", "[0m", "\r\n"]))


def test_harmless_text_stays_as_it_is() -> None:
    text = "Patch Set 1:\n\n- tempest https://zuul/build/1 : FAILURE in 1h 2m 3s\n\té 中文 😀 \u200d"
    assert clean(text) == text


def test_newlines_are_kept_and_written_one_way() -> None:
    assert clean("one\r\ntwo\nthree\r\n") == "one\ntwo\nthree\n"


def test_what_only_some_programs_take_for_a_newline_is_a_blank() -> None:
    assert clean("a\rb\x0bc\x0cd\x1ce\x85f\u2028g\u2029h") == "a b c d e f g h"


def test_colours_of_a_terminal_leave_nothing_behind() -> None:
    assert clean("\x1b[31mred\x1b[0m \x1b]0;title\x07plain\x1b") == "red plain"


def test_f12_what_hides_or_reorders_vanishes() -> None:
    assert clean("abc\u202edef\u2066g\u200eh\x00i\x7fj\x9fk") == "abcdefghijk"


def test_f12_half_of_a_character_is_shown_as_lost() -> None:
    assert clean("a\ud83db\udc00") == "a\ufffdb\ufffd"


@given(ANY_TEXT | NASTY.map("".join))
def test_f12_cleaned_text_always_encodes_and_stays_clean(text: str) -> None:
    once = clean(text)
    once.encode("utf-8")
    assert clean(once) == once
    assert not [c for c in once if (c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f" or "\u202a" <= c <= "\u202e"]


@given(ANY_TEXT | NASTY.map("".join), st.integers(0, 40))
def test_a_clean_line_is_one_line_and_no_longer_than_asked(text: str, limit: int) -> None:
    line = clean_line(text, limit)
    assert len(line) <= limit
    assert line.split("\n") == [line]
    assert line == line.strip()
    line.encode("utf-8")


def test_a_long_line_is_cut_visibly() -> None:
    assert clean_line("one  two\n three", 100) == "one two three"
    assert clean_line("one two three", 9) == "one two…"


def test_no_name_becomes_another() -> None:
    assert clean_name("zuul") == "zuul"
    assert clean_name("zu\u200bul\n") == "zu\ufffdul\ufffd"


@given(ANY_TEXT)
def test_a_name_keeps_its_length_and_encodes(text: str) -> None:
    name = clean_name(text)
    name.encode("utf-8")
    assert len(name) == len(text)
