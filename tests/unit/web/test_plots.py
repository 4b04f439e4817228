"""Pictures of counts over time: where bars and labels stand, and the words for those who do not see them."""

from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.insight.figures import Series, Timeline
from gerritbot_er.web.plots import Row, Tick, bars, sparkline

DAY = 86_400.0
NOV_20 = 1_763_596_800.0

counts = st.integers(0, 10**7)


def timeline(*series: tuple[int, ...], step: float = DAY) -> Timeline:
    return Timeline(NOV_20, step, tuple(Series(f"series {n}", one) for n, one in enumerate(series)))


def test_bars_stand_on_each_other_and_say_what_they_are() -> None:
    drawn = bars(timeline((3, 0), (1, 8)))
    assert [(one.series, one.x, one.y, one.width, one.height, one.told) for one in drawn.bars] == [
        (0, 3.75, 62.5, 42.5, 37.5, "2025-11-20: 3 series 0"),
        (1, 3.75, 50.0, 42.5, 12.5, "2025-11-20: 1 series 1"),
        (1, 53.75, 0.0, 42.5, 100.0, "2025-11-21: 8 series 1"),
    ]
    assert [(one.at, one.text) for one in drawn.up] == [(100, "0"), (75, "2"), (50, "4"), (25, "6"), (0, "8")]
    assert drawn.along == (Tick(0, "Nov 20", "start"), Tick(100, "Nov 21", "end"))
    assert drawn.rows == (Row("2025-11-20", (3, 1)), Row("2025-11-21", (0, 8)))
    assert (drawn.each, drawn.told) == ("each day", "12 in all, the most 2025-11-21: 8")
    assert drawn.several


def test_a_short_time_is_told_by_the_hour() -> None:
    drawn = bars(timeline((1,) * 24, step=3600.0))
    assert [one.text for one in drawn.along] == ["00:00", "08:00", "15:00", "23:00"]
    assert drawn.each == "each hour"
    assert drawn.rows[1].begin == "2025-11-20 01:00"
    assert bars(timeline((1,), step=900.0)).each == "each 15 minutes"


def test_where_nothing_is_there_the_picture_says_so() -> None:
    drawn = bars(timeline((0, 0), (0, 0)))
    assert drawn.bars == ()
    assert drawn.told == "none"
    assert not drawn.several
    assert sparkline(timeline((0, 0))).path == "M0 1V1h1V1h1V1z"


def test_a_sparkline_is_one_path_over_all_series() -> None:
    spark = sparkline(timeline((3, 0), (1, 8)))
    assert spark.path == "M0 1V0.5h1V0h1V1z"
    assert (spark.width, spark.told) == (2, "12 in all, the most 2025-11-21: 8")


@given(st.integers(1, 100).flatmap(lambda steps: st.lists(st.tuples(*[counts] * steps), min_size=1, max_size=5)))
def test_all_of_it_lies_within_the_picture(series: list[tuple[int, ...]]) -> None:
    drawn = bars(timeline(*series))
    for one in drawn.bars:
        assert 0 <= one.x <= one.x + one.width <= 100.001
        assert -0.001 <= one.y <= one.y + one.height <= 100.002
    assert 2 <= len(drawn.up) <= 6
    assert drawn.up[0].text == "0"
    assert len(drawn.along) <= 5
    assert len(drawn.rows) == len(series[0])
