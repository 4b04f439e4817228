"""The filters in a page's URL: read, applied and written again."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.insight.figures import Where
from gerritbot_er.web.asked import SPANS, Asked, Unreadable, read_asked

FILTERS = ["last", "since", "until", "project", "branch", "pipeline", "job", "stale"]
NOW = 1_800_000_000.0
DAY = 86_400.0
JAN_1, JAN_3 = 1_735_689_600.0, 1_735_862_400.0


def asking(arguments: dict[str, str], last: str) -> Asked:
    return read_asked(arguments.items(), last)


def test_a_span_reaches_back_from_now() -> None:
    assert asking({"last": "24h"}, "14d").where(NOW) == Where(NOW - DAY, NOW + DAY)


def test_days_are_whole_and_both_included() -> None:
    asked = asking({"since": "2025-01-01", "until": "2025-01-02"}, "14d")
    assert asked.where(NOW) == Where(JAN_1, JAN_3)


def test_without_a_first_day_the_span_ends_with_the_last() -> None:
    assert asking({"until": "2025-01-02"}, "24h").where(NOW).since == JAN_3 - 2 * DAY


def test_names_are_exact_and_empty_ones_filter_nothing() -> None:
    where = asking({"project": "openstack/nova", "job": "", "pipeline": "gate"}, "14d").where(NOW)
    assert (where.project, where.job, where.pipeline, where.branch) == ("openstack/nova", None, "gate", None)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("projct=nova", "“projct” is no filter: perhaps “project” is meant."),
        (
            "x=y",
            "“x” is no filter: there are last, since, until, project, branch, pipeline, job and stale.",
        ),
        (
            "last=3 weeks",
            "“last=3 weeks” is no time that can be asked for: write one of 6h, 24h, 7d, 14d, 30d, 90d, 365d.",
        ),
        ("since=7x", "“since=7x” is no day since 1970: write one such as since=2026-11-21, or last=7d for a week."),
        (
            "until=1969-12-31",
            "“until=1969-12-31” is no day since 1970: write one such as until=2026-11-21, or last=7d for a week.",
        ),
        ("stale=soon", "“stale=soon” is no number of days: write one from 1 to 999."),
        ("job=unit&job=docs", "“job” is there more than once: give it once."),
        (
            "since=2026-11-21&until=2026-11-2",
            "The last day, 2026-11-2, lies before the first, 2026-11-21: exchange them.",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_what_to_write(query: str, said: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_asked([*parse_qsl(query), ("branch", "master")], "7d")
    assert caught.value.problems == (said,)
    assert caught.value.rest == Asked("7d", branch="master")


def test_the_first_day_of_all_may_be_asked_for() -> None:
    assert asking({"until": "1970-01-01"}, "24h").where(NOW) == Where(-DAY, DAY)


def test_a_link_keeps_what_was_asked() -> None:
    assert Asked("14d", project="a&b", job="ü").query(job="") == "?last=14d&project=a%26b"


@given(
    st.lists(st.tuples(st.one_of(st.sampled_from(FILTERS), st.text()), st.one_of(st.text(), st.dates().map(str)))),
    st.sampled_from(sorted(SPANS)),
)
def test_whatever_is_asked_reads_the_same_when_it_is_written_again(pairs: list[tuple[str, str]], last: str) -> None:
    said: tuple[str, ...] = ()
    try:
        asked = read_asked(pairs, last)
    except Unreadable as error:
        asked, said = error.rest, error.problems
    assert all(len(one) < 200 for one in said)
    assert asked.last in SPANS
    assert read_asked(parse_qsl(asked.query()[1:]), "7d") == asked
    asked.where(NOW)
