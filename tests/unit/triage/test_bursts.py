"""What is a burst, in whatever order its hits are told."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from gerritbot_er.settings import OutageRules
from gerritbot_er.triage.bursts import Hit, burst

RULES = OutageRules(changes=3, window=100.0)
HITS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 5)), max_size=12)


def by_definition(hits: Sequence[Hit], at: int) -> int | None:
    """The first hit that opens a time of the window's length which holds enough changes, and this second."""
    for first, _ in sorted(hits):
        within = [hit for hit in hits if first <= hit[0] <= first + RULES.window]
        if len({change for _, change in within}) >= RULES.changes and first <= at <= max(within)[0]:
            return first
    return None


def test_a_change_that_is_tried_again_and_again_is_no_burst() -> None:
    assert burst([(at, 1) for at in range(50)] + [(50, 2)], 50, RULES) is None


def test_enough_changes_within_the_window_are_one_since_the_first_of_them() -> None:
    hits = [(0, 1), (90, 2), (100, 3), (300, 4)]
    assert [burst(hits, at, RULES) for at, _ in hits] == [0, 0, 0, None]
    assert burst([*hits[:2], (101, 3)], 101, RULES) is None


@given(HITS, st.randoms())
def test_a_burst_is_what_it_is_defined_as_whatever_the_order(hits: list[Hit], chance: object) -> None:
    for at, _ in hits:
        wanted = by_definition(hits, at)
        chance.shuffle(hits)  # type: ignore[attr-defined]
        assert burst(hits, at, RULES) == wanted
