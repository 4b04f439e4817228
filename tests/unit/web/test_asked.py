"""The filters in a page's URL: read, applied and written again."""

from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.insight.figures import Where
from gerritbot_er.web.asked import SPANS, Asked, read_asked

NOW = 1_800_000_000.0
DAY = 86_400.0
JAN_1, JAN_3 = 1_735_689_600.0, 1_735_862_400.0


def test_a_span_reaches_back_from_now() -> None:
    assert read_asked({"last": "24h"}, "14d").where(NOW) == Where(NOW - DAY, NOW + DAY)


def test_days_are_whole_and_both_included() -> None:
    asked = read_asked({"since": "2025-01-01", "until": "2025-01-02"}, "14d")
    assert asked.where(NOW) == Where(JAN_1, JAN_3)


def test_without_a_first_day_the_span_ends_with_the_last() -> None:
    assert read_asked({"until": "2025-01-02"}, "24h").where(NOW).since == JAN_3 - 2 * DAY


def test_names_are_exact_and_empty_ones_filter_nothing() -> None:
    where = read_asked({"project": "openstack/nova", "job": "", "pipeline": "gate"}, "14d").where(NOW)
    assert (where.project, where.job, where.pipeline, where.branch) == ("openstack/nova", None, "gate", None)


def test_what_is_none_of_ours_counts_as_not_there() -> None:
    assert read_asked({"last": "3 weeks", "since": "yesterday", "x": "y"}, "7d") == Asked("7d")


def test_no_span_begins_before_time_itself() -> None:
    for day in ("0001-01-01", "1969-12-31"):
        assert read_asked({"since": day, "until": day}, "365d") == Asked("365d")
    assert read_asked({"until": "1970-01-01"}, "24h").where(NOW) == Where(-DAY, DAY)


def test_a_link_keeps_what_was_asked() -> None:
    assert Asked("14d", project="a&b", job="ü").query(job="") == "?last=14d&project=a%26b"


@given(st.dictionaries(st.sampled_from(["last", "since", "until", "project", "branch", "pipeline", "job"]), st.text()))
def test_whatever_is_asked_reads_the_same_when_it_is_written_again(arguments: dict[str, str]) -> None:
    asked = read_asked(arguments, "14d")
    assert asked.last in SPANS
    assert read_asked(dict(parse_qsl(asked.query()[1:])), "7d") == asked
    asked.where(NOW)
