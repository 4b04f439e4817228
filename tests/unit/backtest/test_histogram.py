"""Hits over time as rows and bars."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.backtest.histogram import Row, Step, bar, histogram


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("last", "step", "first", "rows"),
    [
        ("2026-11-02 10:30", Step.HOUR, "2026-11-02 10:00", 1),
        ("2026-11-03 16:00", Step.HOUR, "2026-11-02 10:00", 31),
        ("2026-11-03 17:00", Step.DAY, "2026-11-02", 2),
        ("2026-12-02 01:00", Step.DAY, "2026-11-02", 31),
        ("2026-12-03 01:00", Step.WEEK, "2026-11-02", 5),
        ("2027-06-07 01:00", Step.MONTH, "2026-11", 8),
        ("2031-01-01 01:00", Step.YEAR, "2026", 6),
    ],
)
def test_the_rows_fit_a_page(last: str, step: Step, first: str, rows: int) -> None:
    found, made = histogram([(at("2026-11-02 10:00"), True), (at(last), False)])
    assert (found, made[0].label, len(made)) == (step, first, rows)


def test_rows_have_no_gaps() -> None:
    moments = [(at("2026-11-02 10:00"), True), (at("2026-11-02 12:59"), False), (at("2026-11-02 12:00"), True)]
    assert histogram(moments) == (
        Step.HOUR,
        [Row("2026-11-02 10:00", 1, 0), Row("2026-11-02 11:00", 0, 0), Row("2026-11-02 12:00", 1, 1)],
    )
    assert histogram([]) == (Step.DAY, ())


@given(st.lists(st.tuples(st.integers(0, 4_000_000_000), st.booleans()), max_size=30))
def test_every_hit_of_the_last_rows_is_counted_once(moments: list[tuple[int, bool]]) -> None:
    step, rows = histogram(moments)
    assert len(rows) <= 31
    counted = sum(row.failed + row.successful for row in rows)
    assert counted == len(moments) or (step is Step.YEAR and counted < len(moments))


@given(st.integers(0, 1000), st.integers(1, 1000), st.integers(1, 50))
def test_a_bar_is_never_too_long_and_never_hides_a_hit(count: int, most: int, width: int) -> None:
    drawn = bar(min(count, most), most, width)
    assert len(drawn) <= width
    assert bool(drawn) == bool(min(count, most))


def test_bars() -> None:
    assert [bar(count, 8, 2) for count in (0, 1, 4, 7, 8)] == ["", "▎", "█", "█▊", "██"]
