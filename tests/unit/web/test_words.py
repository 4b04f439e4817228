"""Figures and names as pages word them."""

import pytest

from gerritbot_er.web.words import hours, iso, moment, number, percent, short


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(0, 0, "-"), (0, 7, "0 %"), (7, 7, "100 %"), (1, 3, "33 %"), (1, 9999, "1 %"), (9998, 9999, "99 %")],
)
def test_only_nothing_is_0_and_only_all_is_100_percent(part: int, whole: int, words: str) -> None:
    assert percent(part, whole) == words


def test_figures_have_as_many_digits_as_tell_something() -> None:
    assert [hours(seconds) for seconds in (0, 5400, 359_000, 36_000_000)] == ["0.0", "1.5", "99.7", "10,000"]
    assert number(1_234_567) == "1,234,567"


def test_times_are_utc_for_people_and_for_machines() -> None:
    assert (moment(1_763_596_860.0), iso(1_763_596_860.0)) == ("2025-11-20 00:01", "2025-11-20T00:01:00Z")


def test_a_long_name_is_cut_and_what_reorders_it_is_gone() -> None:
    assert short("a\u202eb\n" + "c" * 1_000_000) == "ab " + "c" * 116 + "…"
